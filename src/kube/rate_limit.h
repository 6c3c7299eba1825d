/*
 * A token bucket: how long to wait before the next request. Internal to kube/.
 * Any thread.
 */
#ifndef TIDEMARK_KUBE_RATE_LIMIT_H
#define TIDEMARK_KUBE_RATE_LIMIT_H

#include <pthread.h>
#include <stdint.h>

struct rate_limit {
    pthread_mutex_t lock; /* guards the rest */
    double qps;           /* negative: no limit */
    double burst;
    double tokens; /* negative: requests are waiting */
    int64_t at_ns; /* when there were so many */
};

void rate_limit_init(struct rate_limit *limit, double qps, int burst, int64_t now_ns);
void rate_limit_finish(struct rate_limit *limit);

/* Takes a token and answers how many nanoseconds from NOW_NS (monotonic) it may
 * be used; waiters are served in the order of their calls. */
int64_t rate_limit_take(struct rate_limit *limit, int64_t now_ns);

/* From now on there is no limit. */
void rate_limit_lift(struct rate_limit *limit);

#endif
