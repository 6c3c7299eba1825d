#include "server/health.h"

enum {
    STATUS_UNAVAILABLE = 503,
};

static void live(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    (void)arg;
    (void)request;
    buf_adds(&ret->body, "ok");
}

static void ready(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    const struct server_config *config = arg;
    (void)request;
    bool is_ready = config->is_ready(config->arg);
    if (!is_ready)
        ret->status = STATUS_UNAVAILABLE;
    buf_adds(&ret->body, is_ready ? "ok" : "not ready: the objects have not been read yet\n");
}

struct httpd_route health_live_route(void)
{
    return (struct httpd_route){.path = "/healthz", .method = "GET", .handle = live};
}

struct httpd_route health_ready_route(struct server_config *config)
{
    return (struct httpd_route){.path = "/readyz", .method = "GET", .handle = ready, .arg = config};
}
