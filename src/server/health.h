/*
 * Probes: /healthz answers 200 while the process serves at all, /readyz while
 * the engine is at work, and 503 before.
 */
#ifndef TIDEMARK_SERVER_HEALTH_H
#define TIDEMARK_SERVER_HEALTH_H

#include "adapt/httpd.h"
#include "server/server.h"

struct httpd_route health_live_route(void);
/* CONFIG is borrowed. */
struct httpd_route health_ready_route(struct server_config *config);

#endif
