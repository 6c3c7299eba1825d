#include "test.h"

#include <math.h>
#include <pthread.h>

#include "base/metric.h"
#include "base/str.h"

static const char *const two_labels[] = {"name", "result"};

static struct metric *define(struct metric_registry *registry, enum metric_type type)
{
    static const double buckets[] = {0.01, 0.5, 10};
    static const char *const names[] = {
        [METRIC_COUNTER] = "c_total", [METRIC_GAUGE] = "g", [METRIC_HISTOGRAM] = "h_seconds"};
    return metric_define(
        registry,
        &(struct metric_def){.name = names[type],
                             .help = "Help.",
                             .type = type,
                             .labels = two_labels,
                             .label_count = 2,
                             .buckets = buckets,
                             .bucket_count = type == METRIC_HISTOGRAM ? ARRAY_LEN(buckets) : 0});
}

static void check_page(const char *row, struct metric_registry *registry, const char *want,
                       unsigned refused)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1 << 20);
    CLEANUP(mem_freep)
    char *all = str_printf("%s# HELP tidemark_metric_values_refused_total Values that were lost "
                           "because there are too many series.\n"
                           "# TYPE tidemark_metric_values_refused_total counter\n"
                           "tidemark_metric_values_refused_total %u\n",
                           want, refused);
    metric_write(registry, &text);
    check_text(row, buf_text(&text), all);
}

static void prints_numbers(void **state)
{
    static const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0"},
        {1, "1"},
        {-3, "-3"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {1799.9999999999986, "1799.9999999999986"},
        {1e-8, "1e-08"},
        {1700000000.25, "1700000000.25"},
        {9007199254740991.0, "9007199254740991"},
        {HUGE_VAL, "+Inf"},
        {-HUGE_VAL, "-Inf"},
        {NAN, "NaN"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct metric_registry *registry = metric_registry_new(0);
        CLEANUP(mem_freep)
        char *want = str_printf("# HELP g Help.\n# TYPE g gauge\n"
                                "g{name=\"a\",result=\"b\"} %s\n",
                                cases[i].want);
        metric_set(define(registry, METRIC_GAUGE), cases[i].value, "a", "b");
        check_page(cases[i].want, registry, want, 0);
        metric_registry_free(registry);
    }
}

static void counters_and_gauges(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *counter = define(registry, METRIC_COUNTER);
    struct metric *gauge = define(registry, METRIC_GAUGE);
    check_page("nothing yet", registry, "", 0);
    metric_add(counter, 1, "b", "ok");
    metric_add(counter, 2, "a", "ok");
    metric_add(counter, 1, "b", "ok");
    metric_add(counter, 0, "b", NULL);
    metric_set(gauge, 5, "x", "y");
    metric_add(gauge, -7, "x", "y");
    check_int("the same metric", define(registry, METRIC_COUNTER) == counter, 1);
    check_page("series in order", registry,
               "# HELP c_total Help.\n# TYPE c_total counter\n"
               "c_total{name=\"a\",result=\"ok\"} 2\n"
               "c_total{name=\"b\",result=\"\"} 0\n"
               "c_total{name=\"b\",result=\"ok\"} 2\n"
               "# HELP g Help.\n# TYPE g gauge\n"
               "g{name=\"x\",result=\"y\"} -2\n",
               0);
}

static void buckets_add_up(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *histogram = define(registry, METRIC_HISTOGRAM);
    static const double values[] = {0.01, 0.25, 0.5, 10.5, 0};
    for (size_t i = 0; i < ARRAY_LEN(values); i++)
        metric_observe(histogram, values[i], "n", "r");
    check_page("cumulated, bounds included", registry,
               "# HELP h_seconds Help.\n# TYPE h_seconds histogram\n"
               "h_seconds_bucket{name=\"n\",result=\"r\",le=\"0.01\"} 2\n"
               "h_seconds_bucket{name=\"n\",result=\"r\",le=\"0.5\"} 4\n"
               "h_seconds_bucket{name=\"n\",result=\"r\",le=\"10\"} 4\n"
               "h_seconds_bucket{name=\"n\",result=\"r\",le=\"+Inf\"} 5\n"
               "h_seconds_sum{name=\"n\",result=\"r\"} 11.26\n"
               "h_seconds_count{name=\"n\",result=\"r\"} 5\n",
               0);
}

static void a_histogram_without_labels(void **state)
{
    (void)state;
    static const double bounds[] = {1};
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    static const struct metric_def def = {
        .name = "t", .help = "T.", .type = METRIC_HISTOGRAM, .buckets = bounds, .bucket_count = 1};
    struct metric *histogram = metric_define(registry, &def);
    metric_observe(histogram, 2);
    check_page("only le in braces", registry,
               "# HELP t T.\n# TYPE t histogram\nt_bucket{le=\"1\"} 0\nt_bucket{le=\"+Inf\"} 1\n"
               "t_sum 2\nt_count 1\n",
               0);
}

static void escapes(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *gauge =
        metric_define(registry, &(struct metric_def){.name = "g",
                                                     .help = "A \\ and \"a\nb\".",
                                                     .type = METRIC_GAUGE,
                                                     .labels = two_labels,
                                                     .label_count = 2});
    metric_set(gauge, 1, "a\"b\\c\nd",
               "\xff"
               "é");
    check_page("help and values", registry,
               "# HELP g A \\\\ and \"a\\nb\".\n# TYPE g gauge\n"
               "g{name=\"a\\\"b\\\\c\\nd\",result=\"\xef\xbf\xbdé\"} 1\n",
               0);
}

static void long_values_are_cut(void **state)
{
    (void)state;
    char value[METRIC_VALUE_MAX + 2];
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *gauge = define(registry, METRIC_GAUGE);
    memset(value, 'x', sizeof(value));
    value[METRIC_VALUE_MAX + 1] = '\0';
    metric_set(gauge, 1, value, "");
    value[METRIC_VALUE_MAX] = '\0';
    metric_add(gauge, 1, value, "");
    CLEANUP(mem_freep)
    char *want =
        str_printf("# HELP g Help.\n# TYPE g gauge\ng{name=\"%s\",result=\"\"} 2\n", value);
    check_page("one series of both", registry, want, 0);
}

static void series_are_dropped(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(3);
    struct metric *gauge = define(registry, METRIC_GAUGE);
    metric_set(gauge, 1, "ab", "x");
    metric_set(gauge, 2, "a", "x");
    metric_set(gauge, 3, "a", "y");
    metric_drop(gauge, "a");
    check_page("not what only begins alike", registry,
               "# HELP g Help.\n# TYPE g gauge\ng{name=\"ab\",result=\"x\"} 1\n", 0);
    metric_set(gauge, 4, "c", "x");
    metric_set(gauge, 5, "d", "x");
    metric_drop(gauge, "c", "x");
    metric_drop(gauge, "d", "no");
    check_page("by all labels; their room is free again", registry,
               "# HELP g Help.\n# TYPE g gauge\ng{name=\"ab\",result=\"x\"} 1\n"
               "g{name=\"d\",result=\"x\"} 5\n",
               0);
    metric_drop(gauge);
    check_page("all", registry, "", 0);
}

static void the_number_of_lines_is_bounded(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(7);
    struct metric *histogram = define(registry, METRIC_HISTOGRAM);
    struct metric *gauge = define(registry, METRIC_GAUGE);
    metric_set(gauge, 1, "a", "");
    metric_set(gauge, 1, "b", "");
    metric_observe(histogram, 1, "six lines", "");
    metric_drop(gauge, "b");
    metric_observe(histogram, 1, "six lines", "");
    metric_add(gauge, 1, "c", "");
    metric_add(gauge, 1, "a", "");
    metric_drop(histogram);
    check_page("at the cap", registry,
               "# HELP g Help.\n# TYPE g gauge\ng{name=\"a\",result=\"\"} 2\n", 2);
}

static void nobody_collects(void **state)
{
    (void)state;
    struct metric *none = define(NULL, METRIC_COUNTER);
    metric_add(none, 1, "a", "b");
    metric_set(none, 1, "a", "b");
    metric_observe(none, 1, "a", "b");
    metric_drop(none, "a");
    metric_on_write(NULL, NULL, NULL);
    metric_forget_collector(NULL, NULL);
    assert_null(none);
}

static void set_from_collector(void *arg)
{
    metric_add(arg, 1, "collected", "");
}

static void collectors_are_asked(void **state)
{
    (void)state;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *gauge = define(registry, METRIC_GAUGE);
    metric_on_write(registry, set_from_collector, gauge);
    check_page("once", registry,
               "# HELP g Help.\n# TYPE g gauge\ng{name=\"collected\",result=\"\"} 1\n", 0);
    metric_forget_collector(registry, gauge);
    check_page("and no more", registry,
               "# HELP g Help.\n# TYPE g gauge\ng{name=\"collected\",result=\"\"} 1\n", 0);
}

enum { ROUNDS = 2000, THREADS = 4 };

static void *count(void *arg)
{
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < ROUNDS; i++)
        metric_add(arg, 1, names[i % 3], "");
    return NULL;
}

static void threads_lose_nothing(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    struct metric *counter = define(registry, METRIC_COUNTER);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, counter), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    check_page("sums", registry,
               "# HELP c_total Help.\n# TYPE c_total counter\n"
               "c_total{name=\"a\",result=\"\"} 2668\n"
               "c_total{name=\"b\",result=\"\"} 2668\n"
               "c_total{name=\"c\",result=\"\"} 2664\n",
               0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_numbers),
        cmocka_unit_test(counters_and_gauges),
        cmocka_unit_test(buckets_add_up),
        cmocka_unit_test(a_histogram_without_labels),
        cmocka_unit_test(escapes),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(series_are_dropped),
        cmocka_unit_test(the_number_of_lines_is_bounded),
        cmocka_unit_test(nobody_collects),
        cmocka_unit_test(collectors_are_asked),
        cmocka_unit_test(threads_lose_nothing),
    };
    return test_main("metric", tests);
}
