#include "kube/rate_limit.h"

#include "base/clock.h"

void rate_limit_init(struct rate_limit *limit, double qps, int burst, int64_t now_ns)
{
    *limit = (struct rate_limit){.qps = qps, .burst = burst, .tokens = burst, .at_ns = now_ns};
    pthread_mutex_init(&limit->lock, NULL);
}

void rate_limit_finish(struct rate_limit *limit)
{
    pthread_mutex_destroy(&limit->lock);
}

int64_t rate_limit_take(struct rate_limit *limit, int64_t now_ns)
{
    double wait_s = 0;
    pthread_mutex_lock(&limit->lock);
    if (limit->qps > 0) {
        double since_s = (double)(now_ns - limit->at_ns) / (double)CLOCK_NS_PER_S;
        limit->tokens += since_s > 0 ? since_s * limit->qps : 0;
        if (limit->tokens > limit->burst)
            limit->tokens = limit->burst;
        limit->at_ns = now_ns > limit->at_ns ? now_ns : limit->at_ns;
        limit->tokens -= 1;
        wait_s = limit->tokens < 0 ? -limit->tokens / limit->qps : 0;
    }
    pthread_mutex_unlock(&limit->lock);
    return (int64_t)(wait_s * (double)CLOCK_NS_PER_S);
}

void rate_limit_lift(struct rate_limit *limit)
{
    pthread_mutex_lock(&limit->lock);
    limit->qps = -1;
    pthread_mutex_unlock(&limit->lock);
}
