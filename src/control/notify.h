/*
 * Notifications: the events of objects, sent to Flux's notification-controller
 * or whatever else takes its JSON (--events-addr).
 *
 * A reconcile never waits for them: they stand in a bounded queue from which a
 * thread sends them, one after the other, and tries again what a passing fault
 * kept from arriving. What is lost is counted, and told in the log once until
 * the receiver takes events again.
 */
#ifndef TIDEMARK_CONTROL_NOTIFY_H
#define TIDEMARK_CONTROL_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/http.h"
#include "api/event.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/metric.h"

enum {
    NOTIFY_QUEUE_MAX = 1000,                  /* events that wait; the oldest gives way */
    NOTIFY_QUEUE_SIZE_MAX = 16 * 1024 * 1024, /* their bytes */
    NOTIFY_TRIES = 5,                         /* of one event */
    NOTIFY_TIMEOUT_MS = 5000,                 /* of one try */
    NOTIFY_WAIT_MS = 1000,                    /* after the first try; then twice as long each */
};

struct notifier;

struct notify_config {
    const char *url; /* http or https; where to POST, as it is */
    struct http_client *http;
    struct metric *results; /* counts by `result`; or NULL */
    int64_t wait_ms;        /* 0: NOTIFY_WAIT_MS */
};

/* Starts the thread; the client and the metric are borrowed. Class invalid if
 * the URL is none. */
int notifier_new(const struct notify_config *config, struct notifier **ret, struct err *err);

/*
 * Gives what still waits GRACE_NS to be sent, and gives the rest up. Sends and
 * waits are cut off then. NULL is fine.
 */
void notifier_end(struct notifier *notifier, int64_t grace_ns);

/* Queues an event; from any thread, at once. */
void notify_event(struct notifier *notifier, const struct api_event *event);

/* The JSON text of an event, as INSTANCE (a host name) sends it. If it is too large
 * its message is cut; NULL if that does not help. */
char *notify_payload(const struct api_event *event, const char *instance);

#endif
