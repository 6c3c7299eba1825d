#include "test.h"

#include "kube_talk.h"

#include "kube/list.h"
#include "kube/rate_limit.h"
#include "kube/target.h"

static const struct kube_resource policies = {"image.toolkit.fluxcd.io", "v1", "imagepolicies",
                                              true};

static void prints_targets(void **state)
{
    (void)state;
    static const struct kube_resource namespaces = {"", "v1", "namespaces", false};
    static const struct kube_param params[] = {{"labelSelector", "a=b,c in (d)"}, {"limit", "2"}};
    static char long_name[KUBE_NAME_MAX + 2];
    memset(long_name, 'x', KUBE_NAME_MAX + 1);
    const struct {
        struct kube_request request;
        const char *want, *error;
    } rows[] = {
        {{.resource = secrets, .namespace = "apps", .name = "x"},
         "/api/v1/namespaces/apps/secrets/x",
         NULL},
        {{.resource = secrets}, "/api/v1/secrets", NULL},
        {{.resource = namespaces, .namespace = "ignored", .name = "apps"},
         "/api/v1/namespaces/apps",
         NULL},
        {{.resource = policies, .namespace = "apps", .name = "x", .subresource = "status"},
         "/apis/image.toolkit.fluxcd.io/v1/namespaces/apps/imagepolicies/x/status",
         NULL},
        {{.resource = policies, .params = params, .param_count = 2},
         "/apis/image.toolkit.fluxcd.io/v1/imagepolicies?labelSelector=a%3Db%2Cc+in+%28d%29&"
         "limit=2",
         NULL},
        {{.resource = secrets, .name = "a?b#c:d"}, "/api/v1/secrets/a%3Fb%23c:d", NULL},
        {{.resource = secrets, .name = "a/b"},
         NULL,
         "invalid resource name \"a/b\": may not contain '/' or '%'"},
        {{.resource = secrets, .name = "%2e%2e"},
         NULL,
         "invalid resource name \"%2e%2e\": may not contain '/' or '%'"},
        {{.resource = secrets, .namespace = "..", .name = "b"},
         NULL,
         "invalid resource name \"..\": may not be '.' or '..'"},
        {{.resource = secrets, .name = ""}, NULL, "invalid resource name \"\": may not be empty"},
        {{.resource = secrets, .name = "a\r\nb"},
         NULL,
         "invalid resource name \"a\\r\\nb\": may not contain blanks or control characters"},
        {{.resource = secrets, .name = long_name + 1}, "/api/v1/secrets/", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf path = BUF_INIT(KUBE_PATH_MAX);
        struct err err;
        int answer = kube_target_print(&rows[i].request, &path, &err);
        if (rows[i].error) {
            check_fails("target", answer, &err, ERR_INVALID, rows[i].error);
            continue;
        }
        check_ok(rows[i].want, answer, &err);
        if (rows[i].request.name == long_name + 1)
            buf_truncate(&path, strlen(rows[i].want));
        check_text("target", buf_text(&path), rows[i].want);
    }
    CLEANUP(buf_finish) struct buf path = BUF_INIT(KUBE_PATH_MAX);
    struct err err;
    const struct kube_request over = {.resource = secrets, .name = long_name};
    check_int("over", kube_target_print(&over, &path, &err), -1);
    assert_non_null(strstr(err.text, "is too long"));
}

static void sends_requests(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {OBJECT, OBJECT, WIRE_END};
    struct talk talk;
    talk_start(&talk, steps, "token: tt, as: ann, as-groups: [g, h]");
    CLEANUP(json_freep) struct json *got = NULL;
    CLEANUP(json_freep) struct json *body = json_new_object();
    struct kube_answer answer;
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    check_int("get", kube_perform(talk.client, &get, NULL, &got, &answer, &talk.err), 1);
    check_text("object", json_member_text(got, "kind"), "a");
    check_int("code", answer.code, 200);
    json_put_text(body, "b", "c");
    const struct kube_request patch = {.method = "PATCH",
                                       .resource = policies,
                                       .namespace = "a",
                                       .name = "p",
                                       .body = body,
                                       .content_type = KUBE_MERGE_PATCH};
    check_int("patch", kube_perform(talk.client, &patch, NULL, NULL, NULL, &talk.err), 1);
    CLEANUP(mem_freep) char *host = str_printf("127.0.0.1:%d", talk.wire.port);
    CLEANUP(mem_freep)
    char *want = str_printf(
        "GET /x/api/v1/namespaces/a/secrets/s HTTP/1.1\r\nHost: %s\r\n"
        "User-Agent: tidemark/0.1.0\r\nAccept: application/json\r\nImpersonate-Group: g\r\n"
        "Impersonate-Group: h\r\nImpersonate-User: ann\r\nAuthorization: Bearer tt\r\n\r\n"
        "PATCH /x/apis/image.toolkit.fluxcd.io/v1/namespaces/a/imagepolicies/p HTTP/1.1\r\n"
        "Host: %s\r\nUser-Agent: tidemark/0.1.0\r\nAccept: application/json\r\n"
        "Content-Type: application/merge-patch+json\r\nImpersonate-Group: g\r\n"
        "Impersonate-Group: h\r\nImpersonate-User: ann\r\nAuthorization: Bearer tt\r\n"
        "Content-Length: 9\r\n\r\n{\"b\":\"c\"}",
        host, host);
    check_text("wire", buf_text(&talk.wire.requests), want);
    check_text("answers", talk.seen, "GET 200,PATCH 200,");
    talk_stop(&talk);
}

#define STATUS(text) "{\"kind\":\"Status\"," text "}"

static void judges_answers(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *body;
        int want;
        enum err_class class;
        const char *reason, *error;
    } rows[] = {
        {201, "{}", 1, 0, "", NULL},
        {404,
         STATUS("\"reason\":\"NotFound\",\"message\":\"secrets \\\"s\\\" not found\","
                "\"details\":{\"name\":\"s\",\"kind\":\"secrets\"}"),
         0, 0, "NotFound", NULL},
        {404,
         STATUS("\"reason\":\"NotFound\",\"message\":\"namespaces \\\"s\\\" not found\","
                "\"details\":{\"name\":\"s\",\"kind\":\"namespaces\"}"),
         -1, ERR_NOT_FOUND, "NotFound", "namespaces \"s\" not found"},
        {404, "404 page not found", -1, ERR_NOT_FOUND, "",
         "the server could not find the requested resource"},
        {401, STATUS("\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\""), -1,
         ERR_UNAUTHORIZED, "Unauthorized", "Unauthorized"},
        {403, STATUS("\"message\":\"no\\nway\""), -1, ERR_UNAUTHORIZED, "", "no way"},
        {409, STATUS("\"reason\":\"AlreadyExists\",\"message\":\"m\""), -1, ERR_CONFLICT,
         "AlreadyExists", "m"},
        {409, STATUS("\"reason\":\"Conflict\",\"message\":\"m\""), -1, ERR_CONFLICT, "Conflict",
         "m"},
        {409,
         STATUS("\"reason\":\"Conflict\",\"message\":\"m\",\"details\":{\"causes\":[{\"reason\":"
                "\"Other\"},{\"reason\":\"FieldManagerConflict\",\"field\":\".spec.a\"}]}"),
         -1, ERR_CONFLICT, KUBE_FIELD_CONFLICT, "m"},
        {412, "", -1, ERR_CONFLICT, "",
         "the server responded with the status code 412 but did not return more information"},
        {410, STATUS("\"reason\":\"Expired\",\"message\":\"too old\""), -1, ERR_UNAVAILABLE,
         "Expired", "too old"},
        {422, STATUS("\"reason\":\"Invalid\",\"message\":\"m\""), -1, ERR_INVALID, "Invalid", "m"},
        {405, "", -1, ERR_INVALID, "",
         "the server does not allow this method on the requested resource"},
        {429, "", -1, ERR_UNAVAILABLE, "",
         "the server has received too many requests and has asked us to try again later"},
        {503, "<html>", -1, ERR_UNAVAILABLE, "",
         "the server is currently unable to handle the request"},
        {302, "", -1, ERR_UNAVAILABLE, "",
         "the server responded with the status code 302 but did not return more information"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep)
        char *text = str_printf("HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", rows[i].code,
                                strlen(rows[i].body), rows[i].body);
        const struct wire_step steps[] = {WIRE_ANSWER(text), WIRE_END};
        struct talk talk;
        struct kube_answer answer;
        talk_start(&talk, steps, "token: tt");
        const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
        int got = kube_perform(talk.client, &get, NULL, NULL, &answer, &talk.err);
        check_int(text, got, rows[i].want);
        check_int(text, answer.code, rows[i].code);
        check_text(text, answer.reason, rows[i].reason);
        if (rows[i].want < 0)
            check_fails(text, got, &talk.err, rows[i].class, rows[i].error);
        talk_stop(&talk);
    }
}

static void refuses_what_is_no_json_object(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {WIRE_ANSWER(ANSWER("200 OK", "", "6", "<html>")),
                                             WIRE_ANSWER(ANSWER("200 OK", "", "2", "[]")),
                                             WIRE_ANSWER(ANSWER("200 OK", "", "4", "null")),
                                             WIRE_END};
    struct talk talk;
    CLEANUP(json_freep) struct json *got = NULL;
    talk_start(&talk, steps, "");
    const struct kube_request list = {.resource = secrets};
    for (size_t i = 0; i + 1 < ARRAY_LEN(steps); i++) {
        check_int("list", kube_perform(talk.client, &list, NULL, &got, NULL, &talk.err), -1);
        check_int("class", talk.err.class, ERR_UNAVAILABLE);
        assert_non_null(strstr(talk.err.text, "to GET /api/v1/secrets is no JSON object"));
        assert_null(got);
    }
    talk_stop(&talk);
}

static int add_name(void *arg, const struct json *object, struct err *err)
{
    (void)err;
    buf_adds(arg, json_member_text(json_member(object, "metadata"), "name"));
    return 0;
}

/* Not every server that stands behind this API sorts by bytes. */
static void lists_in_any_order(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {
        WIRE_ANSWER(
            ANSWER("200 OK", "", "98",
                   "{\"metadata\":{\"resourceVersion\":\"1\"},"
                   "\"items\":[{\"metadata\":{\"name\":\"b\"}},{\"metadata\":{\"name\":\"a\"}}]}")),
        WIRE_END};
    struct talk talk;
    CLEANUP(buf_finish) struct buf names = BUF_INIT(16);
    const struct kube_query query = {.resource = secrets};
    talk_start(&talk, steps, "");
    check_int("list", kube_list(talk.client, &query, add_name, &names, NULL, &talk.err), 0);
    check_text("names", buf_text(&names), "ba");
    talk_stop(&talk);
}

static void waits_as_asked(void **state)
{
    (void)state;
#define BUSY(code, seconds) WIRE_ANSWER(ANSWER(code " X", "Retry-After: " seconds "\r\n", "0", ""))
    static const struct wire_step steps[] = {BUSY("429", "0"),
                                             BUSY("503", "0"),
                                             OBJECT,
                                             BUSY("429", "0"),
                                             BUSY("429", "0"),
                                             BUSY("429", "0"),
                                             BUSY("429", "0"),
                                             BUSY("429", "0"),
                                             BUSY("429", "0"),
                                             BUSY("429", "30"),
                                             BUSY("429", "61"),
                                             BUSY("403", "0"),
                                             WIRE_ANSWER(ANSWER("503 X", "", "0", "")),
                                             WIRE_END};
    struct talk talk;
    talk_start(&talk, steps, "");
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    check_int("twice", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), 1);
    check_int("requests", count_requests(&talk), 3);
    check_int("too often", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), -1);
    check_int("class", talk.err.class, ERR_UNAVAILABLE);
    check_int("requests", count_requests(&talk), 3 + 1 + KUBE_RETRIES_MAX);
    /* What the deadline does not allow is not begun. */
    struct deadline soon = deadline_in(clock_system(), 20 * CLOCK_NS_PER_S, NULL);
    check_int("too long", kube_perform(talk.client, &get, &soon, NULL, NULL, &talk.err), -1);
    check_int("class", talk.err.class, ERR_UNAVAILABLE);
    check_int("much too long", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), -1);
    check_int("not for this", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), -1);
    check_int("not asked to", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), -1);
    check_int("requests", count_requests(&talk), 13);
    talk_stop(&talk);
}

/* Collects lines as "[a][b]"; "stop" is enough, "fail" fails. */
static int take_line(void *arg, struct span line, struct err *err)
{
    struct buf *lines = arg;
    buf_addc(lines, '[');
    buf_add_span(lines, line.len > 100 ? SPAN_LITERAL("long") : line);
    buf_addc(lines, ']');
    if (span_is(line, "fail"))
        return err_set(err, ERR_INTERNAL, "as it likes");
    return span_is(line, "stop") ? 1 : 0;
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static void streams_lines(void **state)
{
    (void)state;
    static const struct {
        struct wire_step step;
        int want;
        const char *lines, *error;
        enum err_class class;
    } rows[] = {
        {{CHUNKED "3\r\na\nb\r\n5\r\nc\n\nd\n\r\n0\r\n\r\n", WIRE_KEEP}, 0, "[a][bc][d]", NULL, 0},
        {{CHUNKED "9\r\na\nstop\nb\n\r\n0\r\n\r\n", WIRE_KEEP}, 0, "[a][stop]", NULL, 0},
        {{CHUNKED "9\r\na\nfail\nb\n\r\n0\r\n\r\n", WIRE_KEEP},
         -1,
         "[a][fail]",
         "as it likes",
         ERR_INTERNAL},
        {{CHUNKED "4\r\na\nbc\r\n0\r\n\r\n", WIRE_KEEP},
         -1,
         "[a]",
         "the watch ended in the midst of an event",
         ERR_UNAVAILABLE},
        {{CHUNKED "4\r\na\nbc\r\n", WIRE_CLOSE}, -1, "[a]", "unexpected EOF", ERR_UNAVAILABLE},
        {{CHUNKED "2\r\na\n\r\n", WIRE_HANG},
         -1,
         "[a]",
         "nothing came for 200 ms",
         ERR_UNAVAILABLE},
        {{"", WIRE_HANG}, -1, "", "nothing came for 200 ms", ERR_UNAVAILABLE},
        {{ANSWER("410 Gone", "", "52", STATUS("\"message\":\"old\",\"reason\":\"Expired\"")),
          WIRE_KEEP},
         -1,
         "",
         "old",
         ERR_UNAVAILABLE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct wire_step steps[] = {rows[i].step, WIRE_END};
        CLEANUP(buf_finish) struct buf lines = BUF_INIT(4096);
        struct talk talk;
        struct kube_answer answer;
        static const struct kube_param params[] = {{"resourceVersion", "7"}};
        const struct kube_request watch = {.resource = secrets, .params = params, .param_count = 1};
        talk_start(&talk, steps, "");
        int got =
            kube_stream(talk.client, &watch, 200, take_line, &lines, NULL, &answer, &talk.err);
        check_int(rows[i].step.answer, got, rows[i].want);
        check_text(rows[i].step.answer, buf_text(&lines), rows[i].lines);
        if (got != 0 && !strstr(talk.err.text, rows[i].error))
            check_text(rows[i].step.answer, talk.err.text, rows[i].error);
        if (got != 0)
            check_int(rows[i].step.answer, talk.err.class, rows[i].class);
        assert_true(str_starts_with(buf_text(&talk.wire.requests),
                                    "GET /x/api/v1/secrets?resourceVersion=7&watch=true HTTP"));
        talk_stop(&talk);
    }
}

static void limits_bodies(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        size_t size = KUBE_BODY_MAX + (size_t)over;
        CLEANUP(mem_freep) char *text = mem_alloc(size + 128);
        int head = snprintf(text, 128, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{}", size);
        memset(text + head, ' ', size - 2);
        text[(size_t)head + size - 2] = '\0';
        const struct wire_step steps[] = {WIRE_ANSWER(text), WIRE_END};
        const struct kube_request list = {.resource = secrets};
        CLEANUP(json_freep) struct json *got = NULL;
        struct talk talk;
        talk_start(&talk, steps, "");
        int answer = kube_perform(talk.client, &list, NULL, &got, NULL, &talk.err);
        check_int("body", answer, over ? -1 : 1);
        if (over)
            assert_non_null(strstr(talk.err.text, "response body is larger than 33554432 bytes"));
        talk_stop(&talk);
    }
}

static void limits_lines(void **state)
{
    (void)state;
    for (int over = 0; over <= 1; over++) {
        size_t size = KUBE_WATCH_LINE_MAX + (size_t)over;
        CLEANUP(mem_freep) char *line = mem_zalloc(size + 1);
        memset(line, 'x', size);
        CLEANUP(mem_freep)
        char *text =
            str_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s\n", size + 1, line);
        const struct wire_step steps[] = {WIRE_ANSWER(text), WIRE_END};
        CLEANUP(buf_finish) struct buf lines = BUF_INIT(4096);
        const struct kube_request watch = {.resource = secrets};
        struct talk talk;
        talk_start(&talk, steps, "");
        int got = kube_stream(talk.client, &watch, 0, take_line, &lines, NULL, NULL, &talk.err);
        check_int("line", got, -over);
        check_text("line", buf_text(&lines), over ? "" : "[long]");
        if (over)
            check_text("line", talk.err.text, "an event of the watch is larger than 8388608 bytes");
        talk_stop(&talk);
    }
}

static void discovers(void **state)
{
    (void)state;
    static const char group[] = "{\"kind\":\"APIGroup\",\"versions\":[{\"version\":\"v1beta2\"},"
                                "{\"version\":\"v1\"}]}";
    CLEANUP(mem_freep)
    char *found =
        str_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(group), group);
    const struct wire_step steps[] = {
        WIRE_ANSWER(found),
        WIRE_ANSWER(found),
        WIRE_ANSWER(ANSWER("404 X", "", "0", "")),
        WIRE_ANSWER(ANSWER("200 OK", "", "19", "{\"versions\":[\"v1\"]}")),
        WIRE_ANSWER(ANSWER("200 OK", "", "24", "{\"gitVersion\":\"v1.34.1\"}")),
        WIRE_ANSWER(ANSWER("403 X", "", "0", "")),
        WIRE_END};
    static const char *const both[] = {"v1", "v1beta2", NULL}, *const newer[] = {"v2", NULL};
    struct talk talk;
    const char *version = NULL;
    talk_start(&talk, steps, "");
    check_int("best", kube_discover(talk.client, "g.io", both, NULL, &version, &talk.err), 1);
    check_text("best", version, "v1");
    check_int("none", kube_discover(talk.client, "g.io", newer, NULL, &version, &talk.err), 0);
    check_int("no group", kube_discover(talk.client, "g.io", both, NULL, &version, &talk.err), 0);
    check_int("core", kube_discover(talk.client, "", both, NULL, &version, &talk.err), 1);
    CLEANUP(mem_freep) char *text = NULL;
    check_int("version", kube_server_version(talk.client, NULL, &text, &talk.err), 0);
    check_text("version", text, "v1.34.1");
    check_fails("refused", kube_discover(talk.client, "g.io", both, NULL, &version, &talk.err),
                &talk.err, ERR_UNAUTHORIZED,
                "failed to get server groups: the server does not allow access to the requested "
                "resource");
    assert_non_null(strstr(buf_text(&talk.wire.requests), "GET /x/apis/g.io HTTP"));
    assert_non_null(strstr(buf_text(&talk.wire.requests), "GET /x/api HTTP"));
    talk_stop(&talk);
}

static void limits_the_rate(void **state)
{
    (void)state;
    struct rate_limit limit;
    rate_limit_init(&limit, 10, 2, 0);
    static const struct {
        int64_t now_ms, want_ms;
    } rows[] = {{0, 0},    {0, 0},    {0, 100},    {0, 200},  {50, 250},
                {1000, 0}, {1000, 0}, {1000, 100}, {900, 200}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t got = rate_limit_take(&limit, rows[i].now_ms * CLOCK_NS_PER_MS);
        CLEANUP(mem_freep) char *row = str_printf("take %zu", i);
        check_int(row, (got + CLOCK_NS_PER_MS / 2) / CLOCK_NS_PER_MS, rows[i].want_ms);
    }
    rate_limit_lift(&limit);
    check_int("lifted", rate_limit_take(&limit, 0), 0);
    rate_limit_finish(&limit);
}

/* The limit ends once the server shows that it has its own. */
static void trusts_fair_queueing(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {
        WIRE_ANSWER(ANSWER("200 OK", "X-Kubernetes-PF-FlowSchema-UID: u\r\n", "2", "{}")), OBJECT,
        OBJECT, WIRE_END};
    struct talk talk;
    talk_start(&talk, steps, "");
    const struct kube_client_options slow = {.config = talk.config,
                                             .http = talk.http,
                                             .clock = clock_system(),
                                             .qps = 0.001,
                                             .burst = 1};
    CLEANUP(kube_client_freep) struct kube_client *client = kube_client_new(&slow);
    struct deadline soon = deadline_in(clock_system(), 20 * CLOCK_NS_PER_S, NULL);
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    for (int i = 0; i < 3; i++)
        check_int("get", kube_perform(client, &get, &soon, NULL, NULL, &talk.err), 1);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_targets),     cmocka_unit_test(sends_requests),
        cmocka_unit_test(judges_answers),     cmocka_unit_test(refuses_what_is_no_json_object),
        cmocka_unit_test(lists_in_any_order), cmocka_unit_test(waits_as_asked),
        cmocka_unit_test(streams_lines),      cmocka_unit_test(limits_bodies),
        cmocka_unit_test(limits_lines),       cmocka_unit_test(discovers),
        cmocka_unit_test(limits_the_rate),    cmocka_unit_test(trusts_fair_queueing),
    };
    return test_main("kube_client", tests);
}
