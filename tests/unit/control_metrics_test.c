#include "test.h"

#include "api/condition.h"
#include "base/str.h"
#include "control/metrics.h"

/* Does the page have this line? */
static void check_line(struct metric_registry *registry, const char *line, bool want)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1 << 20);
    CLEANUP(mem_freep) char *whole = str_printf("\n%s\n", line);
    metric_write(registry, &text);
    if ((strstr(buf_text(&text), whole) != NULL) != want)
        fail_msg("%s \"%s\" in:\n%s", want ? "no line" : "a line", line, buf_text(&text));
}

static struct api_object *new_object(enum api_kind kind, const char *ready)
{
    struct api_object *object = api_object_new((struct api_ref){kind, "apps", "web"});
    const struct api_condition condition = {.status = ready, .reason = "R", .message = "m"};
    if (ready)
        api_condition_set(object->status, API_READY, &condition, 0);
    return object;
}

#define OBJECT "{kind=\"ImageRepository\",name=\"web\",namespace=\"apps\""

static void objects_come_and_go(void **state)
{
    static const char *const lines[] = {
        "gotk_suspend_status" OBJECT "} 0",
        "gotk_reconcile_condition" OBJECT ",type=\"Ready\",status=\"True\"} 0",
        "gotk_reconcile_condition" OBJECT ",type=\"Ready\",status=\"False\"} 1",
        "gotk_reconcile_condition" OBJECT ",type=\"Ready\",status=\"Unknown\"} 0",
        "gotk_reconcile_duration_seconds_bucket" OBJECT ",le=\"0.5646216173286169\"} 0",
        "gotk_reconcile_duration_seconds_bucket" OBJECT ",le=\"1799.9999999999986\"} 1",
        "tidemark_tags{name=\"web\",namespace=\"apps\"} 12",
    };
    (void)state;
    struct metrics metrics;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    CLEANUP(api_object_freep) struct api_object *object = new_object(API_IMAGE_REPOSITORY, "False");
    metrics_define(&metrics, registry);
    metrics_show_object(&metrics, object, object->status);
    metric_observe(metrics.of[METRICS_RECONCILE_SECONDS], 2, "ImageRepository", "web", "apps");
    metric_set(metrics.of[METRICS_TAGS], 12, "web", "apps");
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        check_line(registry, lines[i], true);
    metrics_forget_object(&metrics, (struct api_ref){API_IMAGE_POLICY, "apps", "web"});
    metrics_forget_object(&metrics, (struct api_ref){API_IMAGE_REPOSITORY, "apps", "web2"});
    check_line(registry, lines[6], true);
    metrics_forget_object(&metrics, api_object_ref(object));
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        check_line(registry, lines[i], false);
}

static void suspended_and_not_yet_ready(void **state)
{
    (void)state;
    struct metrics metrics;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    CLEANUP(api_object_freep) struct api_object *object = new_object(API_IMAGE_REPOSITORY, NULL);
    json_put_bool(object->spec, "suspend", true);
    metrics_define(&metrics, registry);
    metrics_show_object(&metrics, object, object->status);
    check_line(registry, "gotk_suspend_status" OBJECT "} 1", true);
    check_line(registry, "# TYPE gotk_reconcile_condition gauge", false);
}

#define POLICY "{controller=\"imagepolicy\""
#define QUEUE  "{name=\"imagepolicy\",controller=\"imagepolicy\""

static void passes_are_counted(void **state)
{
    static const char *const lines[] = {
        "controller_runtime_reconcile_total" POLICY ",result=\"success\"} 0",
        "controller_runtime_reconcile_total" POLICY ",result=\"requeue\"} 0",
        "controller_runtime_reconcile_total" POLICY ",result=\"requeue_after\"} 1",
        "controller_runtime_reconcile_total" POLICY ",result=\"error\"} 1",
        "controller_runtime_reconcile_errors_total" POLICY "} 1",
        "controller_runtime_terminal_reconcile_errors_total" POLICY "} 0",
        "controller_runtime_reconcile_panics_total" POLICY "} 0",
        "controller_runtime_reconcile_timeouts_total" POLICY "} 0",
        "controller_runtime_reconcile_time_seconds_bucket" POLICY ",le=\"0.25\"} 1",
        "controller_runtime_reconcile_time_seconds_count" POLICY "} 2",
        "controller_runtime_active_workers" POLICY "} 0",
        "controller_runtime_max_concurrent_reconciles" POLICY "} 4",
    };
    (void)state;
    struct metrics metrics;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    metrics_define(&metrics, registry);
    metrics_begin_kind(&metrics, API_IMAGE_POLICY, 4);
    metrics_count_pass(&metrics, API_IMAGE_POLICY, QUEUE_AFTER, 0.25);
    metrics_count_pass(&metrics, API_IMAGE_POLICY, QUEUE_RETRY, 7);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        check_line(registry, lines[i], true);
}

static void queues_and_servers(void **state)
{
    static const char *const lines[] = {
        "workqueue_depth" QUEUE ",priority=\"0\"} 3",
        "workqueue_adds_total" QUEUE "} 9",
        "workqueue_retries_total" QUEUE "} 2",
        "workqueue_unfinished_work_seconds" QUEUE "} 1.5",
        "workqueue_longest_running_processor_seconds" QUEUE "} 1.25",
        "rest_client_requests_total{code=\"200\",method=\"GET\",host=\"10.0.0.1:443\"} 2",
        "rest_client_requests_total{code=\"<error>\",method=\"PATCH\",host=\"10.0.0.1:443\"} 1",
    };
    const struct queue_stats stats = {3, 9, 2, 1.5, 1.25};
    (void)state;
    struct metrics metrics;
    CLEANUP(metric_registry_freep) struct metric_registry *registry = metric_registry_new(0);
    metrics_define(&metrics, registry);
    metrics_show_queue(&metrics, API_IMAGE_POLICY, &stats);
    struct metric *requests = metrics_define_rest(registry);
    metrics_on_answer(requests, "GET", "10.0.0.1:443", 200);
    metrics_on_answer(requests, "GET", "10.0.0.1:443", 200);
    metrics_on_answer(requests, "PATCH", "10.0.0.1:443", 0);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        check_line(registry, lines[i], true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_come_and_go),
        cmocka_unit_test(suspended_and_not_yet_ready),
        cmocka_unit_test(passes_are_counted),
        cmocka_unit_test(queues_and_servers),
    };
    return test_main("control_metrics", tests);
}
