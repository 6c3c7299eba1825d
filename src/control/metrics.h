/*
 * The engine's metrics: those of Flux's controllers under their names, so that
 * its dashboards and alerts work, and tidemark's own.
 *
 * Series with the name of an object go when the object goes.
 */
#ifndef TIDEMARK_CONTROL_METRICS_H
#define TIDEMARK_CONTROL_METRICS_H

#include "api/object.h"
#include "base/metric.h"
#include "control/queue.h"

enum metrics_id {
    /* kind, name, namespace[, type, status] */
    METRICS_RECONCILE_SECONDS,
    METRICS_CONDITION,
    METRICS_SUSPEND,
    /* controller[, result] */
    METRICS_PASSES,
    METRICS_PASS_ERRORS,
    METRICS_PASS_TERMINAL_ERRORS,
    METRICS_PASS_PANICS,
    METRICS_PASS_TIMEOUTS,
    METRICS_PASS_SECONDS,
    METRICS_WORKERS_ACTIVE,
    METRICS_WORKERS_MAX,
    /* name, controller[, priority] */
    METRICS_QUEUE_DEPTH,
    METRICS_QUEUE_ADDS,
    METRICS_QUEUE_RETRIES,
    METRICS_QUEUE_SECONDS,
    METRICS_QUEUE_WORK_SECONDS,
    METRICS_QUEUE_UNFINISHED,
    METRICS_QUEUE_LONGEST,
    /* code, method, host */
    METRICS_REST_REQUESTS,
    /* result */
    METRICS_SCAN_SECONDS,
    METRICS_PUSH_SECONDS,
    METRICS_PUSHES,
    METRICS_NOTIFICATIONS,
    /* name, namespace */
    METRICS_TAGS,
    METRICS_CACHE_BYTES,
};

#define METRICS_COUNT ((size_t)METRICS_CACHE_BYTES + 1)

#define METRICS_SUCCESS "success"
#define METRICS_FAILURE "failure"

struct metrics {
    struct metric *of[METRICS_COUNT];
};

/* REGISTRY may be NULL: nothing is collected. */
void metrics_define(struct metrics *metrics, struct metric_registry *registry);

/* The requests to an API server (METRICS_REST_REQUESTS), which are counted before
 * there is an engine: not among those of metrics_define(). */
struct metric *metrics_define_rest(struct metric_registry *registry);

/* A queue and its workers begin: their series show from now on. */
void metrics_begin_kind(const struct metrics *metrics, enum api_kind kind, size_t workers);

/* A pass over an object of KIND is over. */
void metrics_count_pass(const struct metrics *metrics, enum api_kind kind,
                        enum queue_verdict verdict, double seconds);

/* The object as it is after a pass: its Ready condition, and whether it is suspended. */
void metrics_show_object(const struct metrics *metrics, const struct api_object *object,
                         const struct json *status);

/* The object is gone, and its series with it. */
void metrics_forget_object(const struct metrics *metrics, struct api_ref ref);

/* The state of a queue at this moment. */
void metrics_show_queue(const struct metrics *metrics, enum api_kind kind,
                        const struct queue_stats *stats);

/* Counts an answer of an API server, for kube/client.h; METRIC is that of
 * metrics_define_rest(). Without an answer (STATUS 0) the code is "<error>". */
void metrics_on_answer(void *metric, const char *method, const char *host, int status);

#endif
