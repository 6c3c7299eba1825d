#include "control/metrics.h"

#include <stdio.h>

#include "api/condition.h"
#include "base/str.h"

/* Bounds of histograms. Those of Flux and of controller-runtime, whose texts
 * people's queries contain: 0.01 to 1800 in ten equal factors, … */
static const double flux_bounds[] = {0.01,
                                     0.038363583488692544,
                                     0.1471764538093883,
                                     0.5646216173286169,
                                     2.166090855590701,
                                     8.309900738254731,
                                     31.879757075478317,
                                     122.30217221643493,
                                     469.19495946736544,
                                     1799.9999999999986};
static const double pass_bounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3,  0.35,
                                     0.4,   0.45, 0.5,   0.6,  0.7, 0.8,  0.9, 1,    1.25, 1.5,
                                     1.75,  2,    2.5,   3,    3.5, 4,    4.5, 5,    6,    7,
                                     8,     9,    10,    15,   20,  25,   30,  40,   50,   60};
static const double queue_bounds[] = {1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3,
                                      0.01, 0.1,  1,    10,   100,  1000};
/* … and ours: from a list that did not change to a repository of many pages. */
static const double work_bounds[] = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                     5,    10,    25,   50,  100,  250, 500, 1000};

/* Names of labels; a metric has the first ones of its row. */
static const char *const object_labels[] = {"kind", "name", "namespace", "type", "status"};
static const char *const pass_labels[] = {"controller", "result"};
static const char *const queue_labels[] = {"name", "controller", "priority"};
static const char *const rest_labels[] = {"code", "method", "host"};
static const char *const result_labels[] = {"result"};
static const char *const tags_labels[] = {"name", "namespace"};

#define COUNTER(metric, row, used, words)                                                          \
    {                                                                                              \
        .name = (metric), .help = (words), .type = METRIC_COUNTER, .labels = (row),                \
        .label_count = (used)                                                                      \
    }
#define GAUGE(metric, row, used, words)                                                            \
    {                                                                                              \
        .name = (metric), .help = (words), .type = METRIC_GAUGE, .labels = (row),                  \
        .label_count = (used)                                                                      \
    }
#define HISTOGRAM(metric, row, used, bounds, words)                                                \
    {                                                                                              \
        .name = (metric), .help = (words), .type = METRIC_HISTOGRAM, .labels = (row),              \
        .label_count = (used), .buckets = (bounds), .bucket_count = ARRAY_LEN(bounds)              \
    }

static const struct metric_def defs[METRICS_COUNT] = {
    [METRICS_RECONCILE_SECONDS] =
        HISTOGRAM("gotk_reconcile_duration_seconds", object_labels, 3, flux_bounds,
                  "How long passes over an object took, suspended ones included."),
    [METRICS_CONDITION] =
        GAUGE("gotk_reconcile_condition", object_labels, 5,
              "1 for the status that a condition of an object has, 0 for others."),
    [METRICS_SUSPEND] =
        GAUGE("gotk_suspend_status", object_labels, 3, "1 for an object that is suspended."),
    [METRICS_PASSES] = COUNTER("controller_runtime_reconcile_total", pass_labels, 2,
                               "Passes over objects, by what follows."),
    [METRICS_PASS_ERRORS] = COUNTER("controller_runtime_reconcile_errors_total", pass_labels, 1,
                                    "Passes that failed and are tried again."),
    [METRICS_PASS_TERMINAL_ERRORS] =
        COUNTER("controller_runtime_terminal_reconcile_errors_total", pass_labels, 1,
                "Always 0: an object that only a change can mend is stalled, without an error."),
    [METRICS_PASS_PANICS] = COUNTER("controller_runtime_reconcile_panics_total", pass_labels, 1,
                                    "Always 0: a fault of the program ends it."),
    [METRICS_PASS_TIMEOUTS] = COUNTER("controller_runtime_reconcile_timeouts_total", pass_labels, 1,
                                      "Always 0: a time limit of an object is one of its errors."),
    [METRICS_PASS_SECONDS] = HISTOGRAM("controller_runtime_reconcile_time_seconds", pass_labels, 1,
                                       pass_bounds, "How long passes took."),
    [METRICS_WORKERS_ACTIVE] =
        GAUGE("controller_runtime_active_workers", pass_labels, 1, "Passes that are under way."),
    [METRICS_WORKERS_MAX] = GAUGE("controller_runtime_max_concurrent_reconciles", pass_labels, 1,
                                  "Passes that may be under way at the same time."),
    [METRICS_QUEUE_DEPTH] =
        GAUGE("workqueue_depth", queue_labels, 3, "Objects that are due and wait for a worker."),
    [METRICS_QUEUE_ADDS] =
        COUNTER("workqueue_adds_total", queue_labels, 2, "Times that an object became due."),
    [METRICS_QUEUE_RETRIES] = COUNTER("workqueue_retries_total", queue_labels, 2,
                                      "Times that an object was put back after a failure."),
    [METRICS_QUEUE_SECONDS] =
        HISTOGRAM("workqueue_queue_duration_seconds", queue_labels, 2, queue_bounds,
                  "How long objects were due before a worker "
                  "took them."),
    [METRICS_QUEUE_WORK_SECONDS] = HISTOGRAM("workqueue_work_duration_seconds", queue_labels, 2,
                                             queue_bounds, "How long workers had an object."),
    [METRICS_QUEUE_UNFINISHED] =
        GAUGE("workqueue_unfinished_work_seconds", queue_labels, 2,
              "For how long workers have had the objects that they have, added up."),
    [METRICS_QUEUE_LONGEST] = GAUGE("workqueue_longest_running_processor_seconds", queue_labels, 2,
                                    "For how long a worker has had an object at most."),
    [METRICS_REST_REQUESTS] = COUNTER("rest_client_requests_total", rest_labels, 3,
                                      "Requests to the Kubernetes API server."),
    [METRICS_SCAN_SECONDS] =
        HISTOGRAM("tidemark_scan_duration_seconds", result_labels, 1, work_bounds,
                  "How long listing and storing of a "
                  "repository's tags took."),
    [METRICS_PUSH_SECONDS] = HISTOGRAM("tidemark_push_duration_seconds", result_labels, 1,
                                       work_bounds, "How long pushes to Git took."),
    [METRICS_PUSHES] = COUNTER("tidemark_pushes_total", result_labels, 1,
                               "Pushes to Git; a conflict is one that somebody else was faster "
                               "than, and is tried again."),
    [METRICS_NOTIFICATIONS] = COUNTER("tidemark_notifications_total", result_labels, 1,
                                      "Events for the notification receiver, by what became of "
                                      "them."),
    [METRICS_TAGS] = GAUGE("tidemark_tags", tags_labels, 2, "Tags that the last scan found."),
    [METRICS_CACHE_BYTES] = GAUGE("tidemark_cache_bytes", NULL, 0,
                                  "Size of the mirrors of Git repositories, looked at once a "
                                  "minute at most."),
};

static const char *const results[] = {
    [QUEUE_FORGET] = "success", [QUEUE_AFTER] = "requeue_after", [QUEUE_RETRY] = "error"};

void metrics_define(struct metrics *metrics, struct metric_registry *registry)
{
    for (size_t i = 0; i < METRICS_COUNT; i++) {
        if (i != METRICS_REST_REQUESTS)
            metrics->of[i] = metric_define(registry, &defs[i]);
    }
}

struct metric *metrics_define_rest(struct metric_registry *registry)
{
    return metric_define(registry, &defs[METRICS_REST_REQUESTS]);
}

void metrics_begin_kind(const struct metrics *metrics, enum api_kind kind, size_t workers)
{
    static const enum metrics_id zeros[] = {METRICS_PASS_ERRORS, METRICS_PASS_TERMINAL_ERRORS,
                                            METRICS_PASS_PANICS, METRICS_PASS_TIMEOUTS,
                                            METRICS_WORKERS_ACTIVE};
    const char *controller = api_kind_info(kind)->singular;
    for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
        metric_add(metrics->of[zeros[i]], 0, controller);
    for (size_t i = 0; i < ARRAY_LEN(results); i++)
        metric_add(metrics->of[METRICS_PASSES], 0, controller, results[i]);
    metric_add(metrics->of[METRICS_PASSES], 0, controller, "requeue");
    metric_set(metrics->of[METRICS_WORKERS_MAX], (double)workers, controller);
}

void metrics_count_pass(const struct metrics *metrics, enum api_kind kind,
                        enum queue_verdict verdict, double seconds)
{
    const char *controller = api_kind_info(kind)->singular;
    metric_add(metrics->of[METRICS_PASSES], 1, controller, results[verdict]);
    if (verdict == QUEUE_RETRY)
        metric_add(metrics->of[METRICS_PASS_ERRORS], 1, controller);
    metric_observe(metrics->of[METRICS_PASS_SECONDS], seconds, controller);
}

void metrics_show_object(const struct metrics *metrics, const struct api_object *object,
                         const struct json *status)
{
    static const char *const statuses[] = {API_TRUE, API_FALSE, API_UNKNOWN};
    const char *kind = api_kind_info(object->kind)->name;
    const struct api_meta *meta = &object->meta;
    struct api_condition ready;
    metric_set(metrics->of[METRICS_SUSPEND], api_object_suspended(object) ? 1 : 0, kind, meta->name,
               meta->namespace);
    if (!api_condition_get(status, API_READY, &ready))
        return;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        metric_set(metrics->of[METRICS_CONDITION], str_equal(ready.status, statuses[i]) ? 1 : 0,
                   kind, meta->name, meta->namespace, API_READY, statuses[i]);
}

void metrics_forget_object(const struct metrics *metrics, struct api_ref ref)
{
    static const enum metrics_id ids[] = {METRICS_RECONCILE_SECONDS, METRICS_CONDITION,
                                          METRICS_SUSPEND};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++)
        metric_drop(metrics->of[ids[i]], api_kind_info(ref.kind)->name, ref.name, ref.namespace);
    if (ref.kind == API_IMAGE_REPOSITORY)
        metric_drop(metrics->of[METRICS_TAGS], ref.name, ref.namespace);
}

void metrics_show_queue(const struct metrics *metrics, enum api_kind kind,
                        const struct queue_stats *stats)
{
    const char *name = api_kind_info(kind)->singular;
    metric_set(metrics->of[METRICS_QUEUE_DEPTH], (double)stats->depth, name, name, "0");
    metric_set(metrics->of[METRICS_QUEUE_ADDS], (double)stats->adds, name, name);
    metric_set(metrics->of[METRICS_QUEUE_RETRIES], (double)stats->retries, name, name);
    metric_set(metrics->of[METRICS_QUEUE_UNFINISHED], stats->unfinished_seconds, name, name);
    metric_set(metrics->of[METRICS_QUEUE_LONGEST], stats->longest_seconds, name, name);
}

void metrics_on_answer(void *metric, const char *method, const char *host, int status)
{
    char code[16];
    snprintf(code, sizeof(code), "%d", status);
    metric_add(metric, 1, status != 0 ? code : "<error>", method, host);
}
