#include "server/metrics_page.h"

static void page(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    (void)request;
    ret->type = METRIC_CONTENT_TYPE;
    ret->body.max = METRIC_TEXT_MAX;
    metric_write(arg, &ret->body);
}

struct httpd_route metrics_page_route(struct metric_registry *metrics)
{
    return (struct httpd_route){
        .path = "/metrics", .method = "GET", .handle = page, .arg = metrics};
}
