#include "server/server.h"

#include "adapt/httpd.h"
#include "base/listen.h"
#include "base/log.h"
#include "server/health.h"
#include "server/metrics_page.h"
#include "server/process.h"

enum {
    HEALTH_ROUTES = 2,
};

struct server {
    struct server_config config;
    struct process *process;
    struct httpd_route metrics_routes[1];
    struct httpd_route health_routes[HEALTH_ROUTES];
    struct httpd *metrics;
    struct httpd *health;
};

static int serve(const char *address, const char *flag, const char *what,
                 const struct httpd_route *routes, size_t count, struct httpd **ret,
                 struct err *err)
{
    if (listen_is_off(address))
        return 0;
    if (httpd_start(address, routes, count, ret, err) != 0)
        return err_wrap(err, "cannot serve %s (%s)", what, flag);
    log_write(LOG_INFO, "listening", {"for", what}, {"address", httpd_address(*ret)});
    return 0;
}

int server_start(const struct server_config *config, struct server **ret, struct err *err)
{
    CLEANUP(server_stopp) struct server *server = mem_zalloc(sizeof(*server));
    server->config = *config;
    server->process = process_new(config->metrics, config->version);
    server->metrics_routes[0] = metrics_page_route(config->metrics);
    server->health_routes[0] = health_live_route();
    server->health_routes[1] = health_ready_route(&server->config);
    if (serve(config->metrics_address, "--metrics-addr", "metrics", server->metrics_routes,
              ARRAY_LEN(server->metrics_routes), &server->metrics, err) != 0 ||
        serve(config->health_address, "--health-addr", "health", server->health_routes,
              ARRAY_LEN(server->health_routes), &server->health, err) != 0)
        return -1;
    *ret = MEM_STEAL(server);
    return 0;
}

void server_stop(struct server *server)
{
    if (!server)
        return;
    httpd_stop(server->metrics);
    httpd_stop(server->health);
    process_free(server->process);
    free(server);
}
