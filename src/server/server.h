/*
 * The pages that operators and probes read, on one or two addresses:
 *
 *     GET /metrics            on the metrics address, for Prometheus
 *     GET /healthz, /readyz   on the health address, for probes
 *
 * They show nothing secret and take nothing in.
 */
#ifndef TIDEMARK_SERVER_SERVER_H
#define TIDEMARK_SERVER_SERVER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/metric.h"

struct server;

/* Addresses as in base/listen.h; "0" and "" serve nothing. The rest is borrowed. */
struct server_config {
    const char *metrics_address;
    const char *health_address;
    struct metric_registry *metrics; /* or NULL, if metrics_address is off */
    const char *version;             /* of the program */
    bool (*is_ready)(void *arg);     /* is the engine at work? Called on the server's thread. */
    void *arg;
};

/* Starts to serve, and tells the addresses in the log. The error names the flag
 * and the address. */
int server_start(const struct server_config *config, struct server **ret, struct err *err);
void server_stop(struct server *server);
MEM_DEFINE_FREEP(struct server, server_stop)

#endif
