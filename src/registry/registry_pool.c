#include "registry/registry_pool.h"

struct registry_pool *registry_pool_new(struct http_client *http, const struct clock *clock,
                                        const struct registry_limits *limits)
{
    struct registry_pool *pool = mem_zalloc(sizeof(*pool));
    pool->http = http;
    pool->clock = clock;
    pool->limits = *limits;
    pool->gates = host_gates_new(limits->host_requests, clock);
    return pool;
}

void registry_pool_free(struct registry_pool *pool)
{
    if (!pool)
        return;
    host_gates_free(pool->gates);
    free(pool);
}
