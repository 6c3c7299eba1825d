#include "cli/registry_tags.h"

#include "base/clock.h"
#include "registry/docker_home.h"
#include "registry/image_name.h"
#include "registry/registry_client.h"

struct filter {
    tag_stream_fn *on_tag;
    void *arg;
};

static int pass_on(void *arg, struct span tag, struct err *err)
{
    const struct filter *filter = arg;
    return span_ends_with(tag, ".sig") ? 0 : filter->on_tag(filter->arg, tag, err);
}

int registry_tags_list(const char *image, bool insecure, int64_t timeout_ns, tag_stream_fn *on_tag,
                       void *arg, struct err *err)
{
    static const struct registry_limits limits = REGISTRY_LIMITS_DEFAULT;
    const struct deadline deadline = deadline_in(clock_system(), timeout_ns, NULL);
    CLEANUP(image_name_finish) struct image_name name = IMAGE_NAME_INIT;
    CLEANUP(http_client_freep) struct http_client *http = NULL;
    CLEANUP(registry_pool_freep) struct registry_pool *pool = NULL;
    CLEANUP(registry_client_freep) struct registry_client *client = NULL;
    struct filter filter = {on_tag, arg};
    struct registry_listing listing;
    if (image_name_parse(image, &name, err) != 0)
        return -1;
    http = http_client_new();
    pool = registry_pool_new(http, clock_system(), &limits);
    const struct registry_options options = {
        .registry = name.registry,
        .repository = name.repository,
        .insecure = insecure,
        .credentials = {docker_home_find, NULL},
        .deadline = &deadline,
    };
    client = registry_client_new(pool, &options);
    return registry_client_list_tags(client, pass_on, &filter, &listing, err);
}
