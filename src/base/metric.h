/*
 * Metrics: counters, gauges and histograms with labels, and their text for
 * Prometheus (exposition format 0.0.4).
 *
 * A registry holds metrics, a metric holds series: one for each combination of
 * label values that was ever named. Series come into being with their first
 * value, and go when they are dropped.
 *
 *     static const char *const labels[] = {"kind", "result"};
 *     struct metric *runs = metric_define(registry, &(struct metric_def){
 *         .name = "runs_total", .help = "Runs by result.", .type = METRIC_COUNTER,
 *         .labels = labels, .label_count = ARRAY_LEN(labels)});
 *     metric_add(runs, 1, "ImagePolicy", "success");
 *
 * What is not collected costs nothing: a registry that is NULL defines metrics
 * that are NULL, and those take every call and do nothing.
 *
 * The number of lines in the text is bounded whatever names the labels take:
 * a series that would go beyond METRIC_LINES_MAX is not made, and
 * tidemark_metric_values_refused_total counts the values lost so.
 *
 * All functions may be called from any thread. One lock guards a registry with
 * all its metrics; it is a leaf: nothing else is locked while it is held.
 */
#ifndef TIDEMARK_BASE_METRIC_H
#define TIDEMARK_BASE_METRIC_H

#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"

enum {
    METRIC_LABELS_MAX = 8,      /* labels of one metric */
    METRIC_VALUE_MAX = 256,     /* bytes of a label's value; longer ones are cut */
    METRIC_LINES_MAX = 200000,  /* lines of values in the text of one registry */
    METRIC_TEXT_MAX = 96 << 20, /* bytes of that text */
};

#define METRIC_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
};

/* Everything is borrowed for as long as the registry lives. */
struct metric_def {
    const char *name;
    const char *help;
    enum metric_type type;
    const char *const *labels; /* names */
    size_t label_count;
    const double *buckets; /* of a histogram: upper bounds, growing, without infinity */
    size_t bucket_count;
};

struct metric_registry;
struct metric;

/* LINES_MAX 0: METRIC_LINES_MAX. */
struct metric_registry *metric_registry_new(size_t lines_max);
void metric_registry_free(struct metric_registry *registry);
MEM_DEFINE_FREEP(struct metric_registry, metric_registry_free)

/* The metric of that name; it lives as long as the registry. Defining it again
 * gives the same one. */
struct metric *metric_define(struct metric_registry *registry, const struct metric_def *def);

/*
 * Adds to a counter or a gauge; sets either (a counter that is counted
 * elsewhere); adds an observation to a histogram. What follows are the values
 * of the labels, as many as the metric has, in their order; NULL counts as "".
 */
#define metric_add(metric, delta, ...)     metric_add_at(metric, delta, METRIC_AT(__VA_ARGS__))
#define metric_set(metric, value, ...)     metric_set_at(metric, value, METRIC_AT(__VA_ARGS__))
#define metric_observe(metric, value, ...) metric_observe_at(metric, value, METRIC_AT(__VA_ARGS__))

/* Drops the series whose first labels have these values; without values, all
 * of them. */
#define metric_drop(metric, ...)                                                                   \
    metric_drop_at(metric, METRIC_AT(__VA_ARGS__),                                                 \
                   sizeof((const char *const[]){NULL, ##__VA_ARGS__}) / sizeof(char *) - 1)

#define METRIC_AT(...) ((const char *const[]){NULL, ##__VA_ARGS__} + 1)
void metric_add_at(struct metric *metric, double delta, const char *const *labels);
void metric_set_at(struct metric *metric, double value, const char *const *labels);
void metric_observe_at(struct metric *metric, double value, const char *const *labels);
void metric_drop_at(struct metric *metric, const char *const *labels, size_t count);

/*
 * Has COLLECT called at the beginning of each metric_write(), without the lock,
 * to set what is only known by looking: memory in use, lengths of queues. Ends
 * with metric_forget_collector(), which waits for a call that is under way.
 */
typedef void (*metric_collect_fn)(void *arg);
void metric_on_write(struct metric_registry *registry, metric_collect_fn collect, void *arg);
void metric_forget_collector(struct metric_registry *registry, void *arg);

/* Appends the text: metrics in the order of their definition, series sorted by
 * the values of their labels, metrics without series left out. */
void metric_write(struct metric_registry *registry, struct buf *ret);

#endif
