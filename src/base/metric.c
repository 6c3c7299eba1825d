#include "base/metric.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "base/span.h"
#include "base/str.h"
#include "base/utf8.h"

enum {
    COLLECTORS_MAX = 8,
    KEY_MAX = METRIC_LABELS_MAX * (METRIC_VALUE_MAX + 1),
    LABELS_TEXT_MAX = METRIC_LABELS_MAX * (4 * METRIC_VALUE_MAX + 64),
    HELP_MAX = 4096,
    NUMBER_TEXT_MAX = 40,
};

#define WHOLE_MAX 9007199254740992.0 /* whole numbers below are exact in a double: 2 to the 53 */

struct series {
    char *key; /* the values of the labels, a NUL behind each */
    size_t key_len;
    char *labels; /* the same as text */
    double value; /* of a histogram: the sum */
    uint64_t count;
    uint64_t buckets[]; /* observations in each alone, not cumulated */
};

struct metric {
    struct metric_registry *registry;
    struct metric_def def;
    char **bounds; /* of the buckets, as text, and infinity */
    void *series;  /* tsearch() tree */
    struct metric *next;
};

struct collector {
    metric_collect_fn collect;
    void *arg;
};

struct metric_registry {
    pthread_mutex_t lock; /* guards what follows, and all metrics */
    struct metric *first;
    struct metric **last;
    size_t lines;
    size_t lines_max;
    uint64_t refused;

    pthread_mutex_t collecting; /* guards what follows; taken before `lock` */
    struct collector collectors[COLLECTORS_MAX];
    size_t collector_count;
};

struct metric_registry *metric_registry_new(size_t lines_max)
{
    struct metric_registry *registry = mem_zalloc(sizeof(*registry));
    registry->lines_max = lines_max != 0 ? lines_max : METRIC_LINES_MAX;
    registry->last = &registry->first;
    pthread_mutex_init(&registry->lock, NULL);
    pthread_mutex_init(&registry->collecting, NULL);
    return registry;
}

static void free_series(void *node)
{
    struct series *series = node;
    free(series->key);
    free(series->labels);
    free(series);
}

void metric_registry_free(struct metric_registry *registry)
{
    if (!registry)
        return;
    for (struct metric *metric = registry->first, *next; metric; metric = next) {
        next = metric->next;
        tdestroy(metric->series, free_series);
        for (size_t i = 0; metric->bounds && i <= metric->def.bucket_count; i++)
            free(metric->bounds[i]);
        free(metric->bounds);
        free(metric);
    }
    pthread_mutex_destroy(&registry->lock);
    pthread_mutex_destroy(&registry->collecting);
    free(registry);
}

/* Counts are most of what there is to print. */
static void print_whole(int64_t value, struct buf *ret)
{
    char digits[NUMBER_TEXT_MAX];
    size_t at = sizeof(digits);
    uint64_t rest = (uint64_t)(value < 0 ? -value : value);
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (value < 0)
        digits[--at] = '-';
    buf_add(ret, digits + at, sizeof(digits) - at);
}

/* As the format wants it: the shortest text that reads back as the same number. */
static void print_number(double value, struct buf *ret)
{
    enum { DIGITS_MIN = 15, DIGITS_MAX = 17 }; /* fewer come out of the first by themselves */
    char text[NUMBER_TEXT_MAX];
    if (fabs(value) < WHOLE_MAX && value == (double)(int64_t)value) {
        print_whole((int64_t)value, ret);
        return;
    }
    if (value != value) {
        buf_adds(ret, "NaN");
        return;
    }
    if (value > DBL_MAX || value < -DBL_MAX) {
        buf_adds(ret, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_adds(ret, text);
}

static char *number_text(double value)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(NUMBER_TEXT_MAX);
    print_number(value, &text);
    return buf_take(&text);
}

static struct metric *new_metric(struct metric_registry *registry, const struct metric_def *def)
{
    struct metric *metric = mem_zalloc(sizeof(*metric));
    metric->registry = registry;
    metric->def = *def;
    if (def->type != METRIC_HISTOGRAM)
        return metric;
    metric->bounds = mem_calloc(def->bucket_count + 1, sizeof(char *));
    for (size_t i = 0; i < def->bucket_count; i++)
        metric->bounds[i] = number_text(def->buckets[i]);
    metric->bounds[def->bucket_count] = number_text(HUGE_VAL);
    return metric;
}

struct metric *metric_define(struct metric_registry *registry, const struct metric_def *def)
{
    if (!registry)
        return NULL;
    if (def->label_count > METRIC_LABELS_MAX)
        abort();
    pthread_mutex_lock(&registry->lock);
    struct metric *metric = registry->first;
    while (metric && !str_equal(metric->def.name, def->name))
        metric = metric->next;
    if (!metric) {
        metric = new_metric(registry, def);
        *registry->last = metric;
        registry->last = &metric->next;
    }
    pthread_mutex_unlock(&registry->lock);
    return metric;
}

/* Series. With the lock held. */

static void print_escaped(struct span text, bool quotes, struct buf *ret)
{
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(HELP_MAX);
    utf8_clean(text, &clean);
    for (size_t i = 0; i < clean.len; i++) {
        char byte = clean.data[i];
        if (byte == '\n')
            buf_adds(ret, "\\n");
        else if (byte == '\\' || (byte == '"' && quotes))
            buf_addf(ret, "\\%c", byte);
        else
            buf_addc(ret, byte);
    }
}

/* The labels as they stand in every line of the series: `a="x",b="y"`. */
static char *print_values(const struct metric_def *def, const char *key, size_t key_len)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(LABELS_TEXT_MAX);
    struct span rest = {key, key_len}, value;
    for (size_t i = 0; i < def->label_count && span_next(&rest, '\0', &value); i++) {
        buf_addf(&text, "%s%s=\"", i != 0 ? "," : "", def->labels[i]);
        print_escaped(value, true, &text);
        buf_addc(&text, '"');
    }
    return buf_take(&text);
}

static int compare_series(const void *a, const void *b)
{
    const struct series *left = a, *right = b;
    return span_compare((struct span){left->key, left->key_len},
                        (struct span){right->key, right->key_len});
}

/* Writes the values one after the other; returns their length. */
static size_t make_key(const char *const *labels, size_t count, char ret[static KEY_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        size_t value_len = labels[i] ? strnlen(labels[i], METRIC_VALUE_MAX) : 0;
        if (value_len != 0)
            memcpy(ret + len, labels[i], value_len);
        len += value_len;
        ret[len++] = '\0';
    }
    return len;
}

static size_t lines_of(const struct metric *metric)
{
    /* Besides the buckets: infinity, sum and count. */
    return metric->def.type == METRIC_HISTOGRAM ? metric->def.bucket_count + 3 : 1;
}

static struct series *add_series(struct metric *metric, const struct series *wanted)
{
    struct metric_registry *registry = metric->registry;
    size_t lines = lines_of(metric);
    if (registry->lines_max - registry->lines < lines) {
        registry->refused++;
        return NULL;
    }
    struct series *series =
        mem_zalloc(sizeof(*series) + metric->def.bucket_count * sizeof(series->buckets[0]));
    series->key = mem_dup(wanted->key, wanted->key_len);
    series->key_len = wanted->key_len;
    series->labels = print_values(&metric->def, wanted->key, wanted->key_len);
    if (!tsearch(series, &metric->series, compare_series))
        abort();
    registry->lines += lines;
    return series;
}

/* The series of these values, made if it is new; NULL at the cap. */
static struct series *series_at(struct metric *metric, const char *const *labels)
{
    char key[KEY_MAX];
    const struct series wanted = {.key = key,
                                  .key_len = make_key(labels, metric->def.label_count, key)};
    struct series **node = tfind(&wanted, &metric->series, compare_series);
    return node ? *node : add_series(metric, &wanted);
}

void metric_add_at(struct metric *metric, double delta, const char *const *labels)
{
    if (!metric)
        return;
    pthread_mutex_lock(&metric->registry->lock);
    struct series *series = series_at(metric, labels);
    if (series)
        series->value += delta;
    pthread_mutex_unlock(&metric->registry->lock);
}

void metric_set_at(struct metric *metric, double value, const char *const *labels)
{
    if (!metric)
        return;
    pthread_mutex_lock(&metric->registry->lock);
    struct series *series = series_at(metric, labels);
    if (series)
        series->value = value;
    pthread_mutex_unlock(&metric->registry->lock);
}

void metric_observe_at(struct metric *metric, double value, const char *const *labels)
{
    if (!metric)
        return;
    const struct metric_def *def = &metric->def;
    size_t bucket = 0;
    while (bucket < def->bucket_count && value > def->buckets[bucket])
        bucket++;
    pthread_mutex_lock(&metric->registry->lock);
    struct series *series = series_at(metric, labels);
    if (series) {
        series->value += value;
        series->count++;
        if (bucket < def->bucket_count)
            series->buckets[bucket]++;
    }
    pthread_mutex_unlock(&metric->registry->lock);
}

struct dropping {
    struct span prefix;
    struct series **found;
    size_t len;
    size_t cap;
};

static void note_dropped(const void *node, VISIT visit, void *arg)
{
    struct dropping *dropping = arg;
    struct series *series = *(struct series *const *)node;
    if (visit != postorder && visit != leaf)
        return;
    if (series->key_len < dropping->prefix.len ||
        memcmp(series->key, dropping->prefix.data, dropping->prefix.len) != 0)
        return;
    dropping->found =
        mem_grow(dropping->found, &dropping->cap, dropping->len + 1, sizeof(struct series *));
    dropping->found[dropping->len++] = series;
}

void metric_drop_at(struct metric *metric, const char *const *labels, size_t count)
{
    if (!metric)
        return;
    char key[KEY_MAX];
    struct dropping dropping = {.prefix = {key, make_key(labels, count, key)}};
    pthread_mutex_lock(&metric->registry->lock);
    twalk_r(metric->series, note_dropped, &dropping);
    for (size_t i = 0; i < dropping.len; i++) {
        tdelete(dropping.found[i], &metric->series, compare_series);
        free_series(dropping.found[i]);
    }
    metric->registry->lines -= dropping.len * lines_of(metric);
    pthread_mutex_unlock(&metric->registry->lock);
    free(dropping.found);
}

/* Collectors. */

void metric_on_write(struct metric_registry *registry, metric_collect_fn collect, void *arg)
{
    if (!registry)
        return;
    pthread_mutex_lock(&registry->collecting);
    if (registry->collector_count == COLLECTORS_MAX)
        abort();
    registry->collectors[registry->collector_count++] = (struct collector){collect, arg};
    pthread_mutex_unlock(&registry->collecting);
}

void metric_forget_collector(struct metric_registry *registry, void *arg)
{
    if (!registry)
        return;
    size_t kept = 0;
    pthread_mutex_lock(&registry->collecting);
    for (size_t i = 0; i < registry->collector_count; i++) {
        if (registry->collectors[i].arg != arg)
            registry->collectors[kept++] = registry->collectors[i];
    }
    registry->collector_count = kept;
    pthread_mutex_unlock(&registry->collecting);
}

static void collect(struct metric_registry *registry)
{
    pthread_mutex_lock(&registry->collecting);
    for (size_t i = 0; i < registry->collector_count; i++)
        registry->collectors[i].collect(registry->collectors[i].arg);
    pthread_mutex_unlock(&registry->collecting);
}

/* The text. */

/* LE is the bound of a bucket as text, or NULL. */
static void print_line(const struct metric_def *def, const char *suffix,
                       const struct series *series, const char *le, double value, struct buf *ret)
{
    const char *labels = series->labels;
    buf_adds(ret, def->name);
    buf_adds(ret, suffix);
    if (*labels || le)
        buf_addc(ret, '{');
    buf_adds(ret, labels);
    if (le) {
        buf_adds(ret, *labels ? ",le=\"" : "le=\"");
        buf_adds(ret, le);
        buf_addc(ret, '"');
    }
    buf_adds(ret, *labels || le ? "} " : " ");
    print_number(value, ret);
    buf_addc(ret, '\n');
}

static void print_histogram(const struct metric *metric, const struct series *series,
                            struct buf *ret)
{
    const struct metric_def *def = &metric->def;
    uint64_t count = 0;
    for (size_t i = 0; i < def->bucket_count; i++) {
        count += series->buckets[i];
        print_line(def, "_bucket", series, metric->bounds[i], (double)count, ret);
    }
    print_line(def, "_bucket", series, metric->bounds[def->bucket_count], (double)series->count,
               ret);
    print_line(def, "_sum", series, NULL, series->value, ret);
    print_line(def, "_count", series, NULL, (double)series->count, ret);
}

static void print_head(const struct metric_def *def, struct buf *ret)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    buf_addf(ret, "# HELP %s ", def->name);
    print_escaped(span_of(def->help), false, ret);
    buf_addf(ret, "\n# TYPE %s %s\n", def->name, types[def->type]);
}

struct printing {
    const struct metric *metric;
    struct buf *ret;
};

static void print_series(const void *node, VISIT visit, void *arg)
{
    const struct printing *printing = arg;
    const struct series *series = *(struct series *const *)node;
    if (visit != postorder && visit != leaf)
        return;
    if (printing->metric->def.type == METRIC_HISTOGRAM)
        print_histogram(printing->metric, series, printing->ret);
    else
        print_line(&printing->metric->def, "", series, NULL, series->value, printing->ret);
}

void metric_write(struct metric_registry *registry, struct buf *ret)
{
    static const struct metric_def refused = {
        .name = "tidemark_metric_values_refused_total",
        .help = "Values that were lost because there are too many series.",
        .type = METRIC_COUNTER,
    };
    static char no_labels[] = "";
    static const struct series none = {.labels = no_labels};
    collect(registry);
    pthread_mutex_lock(&registry->lock);
    for (const struct metric *metric = registry->first; metric; metric = metric->next) {
        struct printing printing = {metric, ret};
        if (metric->series)
            print_head(&metric->def, ret);
        twalk_r(metric->series, print_series, &printing);
    }
    print_head(&refused, ret);
    print_line(&refused, "", &none, NULL, (double)registry->refused, ret);
    pthread_mutex_unlock(&registry->lock);
}
