/*
 * Notifications, against a real HTTP server.
 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "adapt/httpd.h"
#include "adapt/json.h"
#include "base/cancel.h"
#include "base/str.h"
#include "control/notify.h"

enum { BODIES_MAX = 64, PATIENCE_MS = 20000 };

/* Answers with the statuses in turn, and with 200 afterwards. */
struct receiver {
    struct httpd *httpd;
    const int *statuses;
    pthread_mutex_t lock; /* guards what follows */
    size_t count;
    char *bodies[BODIES_MAX];
    bool closed; /* holds every answer back */
};

static void take(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    struct receiver *receiver = arg;
    struct err err;
    const struct deadline pause = deadline_in(clock_system(), 0, NULL);
    bool closed;
    do {
        pthread_mutex_lock(&receiver->lock);
        closed = receiver->closed;
        pthread_mutex_unlock(&receiver->lock);
    } while (closed && deadline_sleep_ms(&pause, 5, &err) == 0);
    check_text("type", httpd_header(request, "Content-Type"), "application/json");
    pthread_mutex_lock(&receiver->lock);
    if (receiver->count < BODIES_MAX)
        receiver->bodies[receiver->count] = span_dup(httpd_body(request));
    ret->status = 200;
    for (size_t i = 0; receiver->statuses && receiver->statuses[i] != 0; i++) {
        if (i == receiver->count)
            ret->status = receiver->statuses[i];
    }
    receiver->count++;
    pthread_mutex_unlock(&receiver->lock);
}

struct lab {
    struct receiver receiver;
    struct httpd_route route;
    struct http_client *http;
    struct metric_registry *registry;
    struct notifier *notifier;
};

static void begin(struct lab *lab, const int *statuses)
{
    static const char *const labels[] = {"result"};
    struct err err;
    *lab = (struct lab){.receiver.statuses = statuses};
    pthread_mutex_init(&lab->receiver.lock, NULL);
    lab->route = (struct httpd_route){
        .path = "/", .method = "POST", .body_max = 1 << 20, .handle = take, .arg = &lab->receiver};
    check_ok("listen", httpd_start("127.0.0.1:0", &lab->route, 1, &lab->receiver.httpd, &err),
             &err);
    lab->registry = metric_registry_new(0);
    lab->http = http_client_new();
    CLEANUP(mem_freep)
    char *url = str_printf("http://%s/hook?token=secret", httpd_address(lab->receiver.httpd));
    const struct notify_config config = {
        .url = url,
        .http = lab->http,
        .results = metric_define(lab->registry, &(struct metric_def){.name = "n",
                                                                     .help = "N.",
                                                                     .type = METRIC_COUNTER,
                                                                     .labels = labels,
                                                                     .label_count = 1}),
        .wait_ms = 2,
    };
    check_ok("notifier", notifier_new(&config, &lab->notifier, &err), &err);
}

static void close_gate(struct lab *lab, bool closed)
{
    pthread_mutex_lock(&lab->receiver.lock);
    lab->receiver.closed = closed;
    pthread_mutex_unlock(&lab->receiver.lock);
}

static void end(struct lab *lab, int grace_ms)
{
    notifier_end(MEM_STEAL(lab->notifier), grace_ms * CLOCK_NS_PER_MS);
    close_gate(lab, false);
    httpd_stop(MEM_STEAL(lab->receiver.httpd));
}

static void clear(struct lab *lab)
{
    for (size_t i = 0; i < BODIES_MAX; i++)
        free(lab->receiver.bodies[i]);
    http_client_free(lab->http);
    metric_registry_free(lab->registry);
    pthread_mutex_destroy(&lab->receiver.lock);
}

static void check_counted(struct lab *lab, const char *row, const char *want)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1 << 16);
    metric_write(lab->registry, &text);
    if (!strstr(buf_text(&text), want))
        fail_msg("%s: no %s in %s", row, want, buf_text(&text));
}

static const struct api_event event = {
    .object = {API_IMAGE_POLICY, "apps", "web"},
    .uid = "u-1",
    .resource_version = "42",
    .type = API_EVENT_NORMAL,
    .reason = "Succeeded",
    .message = "resolved \"1.1.0\"\nsecond line",
    .last_ns = 1767323045 * CLOCK_NS_PER_S + 999,
};

static void payloads(void **state)
{
    (void)state;
    CLEANUP(strmap_finish) struct strmap annotations = STRMAP_INIT;
    struct api_event changed = event;
    CLEANUP(mem_freep) char *plain = notify_payload(&event, "host-1");
    check_text("plain", plain,
               "{\"involvedObject\":{\"kind\":\"ImagePolicy\",\"namespace\":\"apps\",\"name\":"
               "\"web\",\"uid\":\"u-1\",\"apiVersion\":\"image.toolkit.fluxcd.io/v1\","
               "\"resourceVersion\":\"42\"},\"severity\":\"info\",\"timestamp\":"
               "\"2026-01-02T03:04:05Z\",\"message\":\"resolved \\\"1.1.0\\\"\\nsecond line\","
               "\"reason\":\"Succeeded\",\"reportingController\":\"image-reflector-controller\","
               "\"reportingInstance\":\"host-1\"}");
    changed.type = API_EVENT_WARNING;
    changed.object.kind = API_IMAGE_UPDATE_AUTOMATION;
    changed.annotations = &annotations;
    CLEANUP(mem_freep) char *empty = notify_payload(&changed, "host-1");
    assert_null(strstr(empty, "metadata"));
    strmap_set(&annotations, "event.toolkit.fluxcd.io/team", "x");
    CLEANUP(mem_freep) char *full = notify_payload(&changed, "host-1");
    assert_non_null(strstr(full, "\"severity\":\"error\""));
    assert_non_null(strstr(full, "\"metadata\":{\"event.toolkit.fluxcd.io/team\":\"x\"}"));
    assert_non_null(strstr(full, "\"reportingController\":\"image-automation-controller\""));
    CLEANUP(mem_freep) char *huge = mem_zalloc(512 * 1024);
    memset(huge, 'x', 512 * 1024 - 1);
    strmap_set(&annotations, "event.toolkit.fluxcd.io/team", huge);
    assert_null(notify_payload(&changed, "host-1"));
}

/* Too long a message is cut, between two runes, so that the event arrives. */
static void long_messages_are_cut(void **state)
{
    (void)state;
    enum { CUT = 32 * 1024, WHOLE = 256 * 1024 };
    static const struct {
        const char *row, *unit;
        size_t count; /* of units */
        size_t want;  /* bytes that arrive */
    } rows[] = {
        {"fits", "x", WHOLE - 1000, WHOLE - 1000},
        {"too long", "x", WHOLE, CUT},
        {"a rune at the end", "\xc3\xa9", WHOLE, CUT - 1},
        {"all escaped", "\x01", WHOLE, CUT},
    };
    struct lab lab;
    begin(&lab, NULL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf message = BUF_INIT(1 << 20);
        struct api_event one = event;
        for (size_t j = 0; j < rows[i].count; j++)
            buf_adds(&message, rows[i].unit);
        one.message = buf_text(&message);
        notify_event(lab.notifier, &one);
    }
    end(&lab, PATIENCE_MS);
    check_int("arrived", lab.receiver.count, ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *body = NULL;
        struct err err;
        check_ok("json", json_parse(span_of(lab.receiver.bodies[i]), &body, &err), &err);
        const char *message = json_member_text(body, "message");
        check_int(rows[i].row, strlen(message), rows[i].want);
        check_int(rows[i].row, str_ends_with(message, "..."), i != 0);
    }
    check_counted(&lab, "counted", "n{result=\"sent\"} 4\n");
    clear(&lab);
}

static void events_arrive_in_order(void **state)
{
    (void)state;
    struct lab lab;
    begin(&lab, NULL);
    for (size_t i = 0; i < 10; i++) {
        CLEANUP(mem_freep) char *message = str_printf("number %zu", i);
        struct api_event one = event;
        one.message = message;
        notify_event(lab.notifier, &one);
    }
    end(&lab, PATIENCE_MS);
    check_int("arrived", lab.receiver.count, 10);
    for (size_t i = 0; i < 10; i++) {
        CLEANUP(json_freep) struct json *body = NULL;
        CLEANUP(mem_freep) char *message = str_printf("number %zu", i);
        struct err err;
        check_ok("json", json_parse(span_of(lab.receiver.bodies[i]), &body, &err), &err);
        check_text("message", json_member_text(body, "message"), message);
        assert_false(str_empty(json_member_text(body, "reportingInstance")));
    }
    check_counted(&lab, "counted", "n{result=\"sent\"} 10\n");
    clear(&lab);
}

static void faults(void **state)
{
    static const struct {
        const char *row;
        int statuses[NOTIFY_TRIES + 1];
        size_t requests; /* of two events */
        const char *counted;
    } cases[] = {
        {"passing faults", {500, 503, 0}, 4, "n{result=\"sent\"} 2\n"},
        {"to the last try", {500, 500, 500, 500, 0}, 6, "n{result=\"sent\"} 2\n"},
        {"and beyond",
         {500, 500, 500, 500, 500, 0},
         6,
         "n{result=\"lost\"} 1\nn{result=\"sent\"} 1\n"},
        {"refused", {400, 0}, 2, "n{result=\"lost\"} 1\nn{result=\"sent\"} 1\n"},
        {"a duplicate", {429, 0}, 2, "n{result=\"duplicate\"} 1\nn{result=\"sent\"} 1\n"},
        {"no redirects", {302, 0}, 2, "n{result=\"lost\"} 1\nn{result=\"sent\"} 1\n"},
        {"anything good", {202, 0}, 2, "n{result=\"sent\"} 2\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct lab lab;
        begin(&lab, cases[i].statuses);
        notify_event(lab.notifier, &event);
        notify_event(lab.notifier, &event);
        end(&lab, PATIENCE_MS);
        check_int(cases[i].row, lab.receiver.count, cases[i].requests);
        check_counted(&lab, cases[i].row, cases[i].counted);
        clear(&lab);
    }
}

/* A receiver that hangs holds up nobody: the oldest events give way, and the
 * end does not wait for it. */
static void a_receiver_that_hangs(void **state)
{
    enum { SENT = NOTIFY_QUEUE_MAX + 50 };
    (void)state;
    struct lab lab;
    begin(&lab, NULL);
    close_gate(&lab, true);
    int64_t began_ns = clock_monotonic_ns(clock_system());
    for (size_t i = 0; i < SENT; i++)
        notify_event(lab.notifier, &event);
    notifier_end(MEM_STEAL(lab.notifier), 10 * CLOCK_NS_PER_MS);
    assert_true(clock_seconds_since(clock_system(), began_ns) < NOTIFY_TIMEOUT_MS / 1000.0);
    CLEANUP(mem_freep) char *want = str_printf("n{result=\"lost\"} %d\n", SENT);
    check_counted(&lab, "all", want);
    close_gate(&lab, false);
    httpd_stop(MEM_STEAL(lab.receiver.httpd));
    clear(&lab);
}

static void the_queue_is_bounded_in_bytes(void **state)
{
    enum { MESSAGE = 200 * 1024, SENT = NOTIFY_QUEUE_SIZE_MAX / MESSAGE + 20 };
    (void)state;
    struct lab lab;
    CLEANUP(mem_freep) char *message = mem_zalloc(MESSAGE + 1);
    struct api_event large = event;
    memset(message, 'x', MESSAGE);
    large.message = message;
    begin(&lab, NULL);
    close_gate(&lab, true);
    for (size_t i = 0; i < SENT; i++)
        notify_event(lab.notifier, &large);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1 << 16);
    metric_write(lab.registry, &text);
    assert_non_null(strstr(buf_text(&text), "n{result=\"lost\"} "));
    end(&lab, 10);
    clear(&lab);
}

/* The address in the Deployments of Flux's controllers, with its last dot. */
static void the_usual_address(void **state)
{
    (void)state;
    struct notifier *notifier;
    struct err err;
    const struct notify_config config = {
        .url = "http://notification-controller.flux-system.svc.cluster.local./"};
    check_ok(config.url, notifier_new(&config, &notifier, &err), &err);
    notifier_end(notifier, 0);
}

static void bad_urls_are_refused(void **state)
{
    static const char *const cases[] = {"notification-controller", "ftp://host/",
                                        "http://u:p@host/"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct notifier *notifier;
        struct err err;
        const struct notify_config config = {.url = cases[i]};
        check_int(cases[i], notifier_new(&config, &notifier, &err), -1);
        check_text(cases[i], err_class_name(err.class), "invalid");
        assert_true(str_starts_with(err.text, "cannot send events: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(events_arrive_in_order),
        cmocka_unit_test(faults),
        cmocka_unit_test(a_receiver_that_hangs),
        cmocka_unit_test(the_queue_is_bounded_in_bytes),
        cmocka_unit_test(the_usual_address),
        cmocka_unit_test(bad_urls_are_refused),
    };
    return test_main("control_notify", tests);
}
