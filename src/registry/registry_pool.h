/*
 * What all registry clients of the process share: the HTTP client, the
 * courtesy towards each host, and the limits. One object for all threads.
 */
#ifndef TIDEMARK_REGISTRY_REGISTRY_POOL_H
#define TIDEMARK_REGISTRY_REGISTRY_POOL_H

#include <stddef.h>

#include "adapt/http.h"
#include "base/clock.h"
#include "base/mem.h"
#include "registry/host_gates.h"

/* What a registry may ask of tidemark, and tidemark of a registry. */
struct registry_limits {
    size_t tags_max;      /* tags of one repository */
    size_t pages_max;     /* pages of one listing */
    size_t listing_max;   /* bytes of one listing, all pages */
    int host_requests;    /* requests that one host gets at a time */
    int retry_wait_ms[2]; /* waits before the second and the third try */
    int https_first_ms;   /* how long HTTPS may take before plain HTTP is tried too */
};

#define REGISTRY_LIMITS_DEFAULT                                                                    \
    {                                                                                              \
        .tags_max = 1000 * 1000, .pages_max = 10 * 1000, .listing_max = 256 * 1024 * 1024,         \
        .host_requests = 8, .retry_wait_ms = {1000, 3000}, .https_first_ms = 2000                  \
    }

struct registry_pool {
    struct http_client *http; /* borrowed */
    const struct clock *clock;
    struct registry_limits limits;
    struct host_gates *gates;
};

struct registry_pool *registry_pool_new(struct http_client *http, const struct clock *clock,
                                        const struct registry_limits *limits);
void registry_pool_free(struct registry_pool *pool);
MEM_DEFINE_FREEP(struct registry_pool, registry_pool_free)

#endif
