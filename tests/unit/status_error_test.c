#include "test.h"

#include "base/mem.h"
#include "registry/status_error.h"

static int set(const char *method, const char *url, int status, struct span body, struct err *err)
{
    CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
    check_ok(url, httpurl_parse(url, &response.url, err), err);
    response.status = status;
    return status_error_set(method, &response, body, err);
}

static void words_errors_as_go_does(void **state)
{
    (void)state;
    static const struct {
        const char *method;
        int status;
        enum err_class class;
        const char *body, *want;
    } rows[] = {
        {"GET", 404, ERR_NOT_FOUND, "404 page not found\n",
         "GET https://h/x?n=1: unexpected status code 404 Not Found: 404 page not found"},
        {"GET", 404, ERR_NOT_FOUND, "",
         "GET https://h/x?n=1: unexpected status code 404 Not Found"},
        {"HEAD", 404, ERR_NOT_FOUND, "",
         "HEAD https://h/x?n=1: unexpected status code 404 Not Found (HEAD responses have no body, "
         "use GET for details)"},
        {"GET", 401, ERR_UNAUTHORIZED, "{\"details\":\"incorrect username or password\"}",
         "GET https://h/x?n=1: unexpected status code 401 Unauthorized: {\"details\":\"incorrect "
         "username or password\"}"},
        {"GET", 403, ERR_UNAUTHORIZED, "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"no\"}]}",
         "GET https://h/x?n=1: DENIED: no"},
        {"GET", 404, ERR_NOT_FOUND,
         "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"m\",\"detail\":{\"name\":\"a/b\","
         "\"b\":[1,2.5,null,true,{\"x\":\"y\"}],\"e\":{},\"l\":[]}}]}",
         "GET https://h/x?n=1: NAME_UNKNOWN: m; map[b:[1 2.5 <nil> true map[x:y]] e:map[] l:[] "
         "name:a/b]"},
        {"GET", 400, ERR_UNAVAILABLE,
         "{\"errors\":[{\"code\":\"A\",\"message\":\"b\"},{\"code\":\"C\",\"message\":\"\","
         "\"detail\":"
         "\"x\"}]}",
         "GET https://h/x?n=1: multiple errors returned: A: b; C: ; x"},
        {"GET", 404, ERR_NOT_FOUND, "{\"errors\":[]}",
         "GET https://h/x?n=1: unexpected status code 404 Not Found: {\"errors\":[]}"},
        {"GET", 404, ERR_NOT_FOUND, "{\"errors\":[{\"message\":\"m\"}]}",
         "GET https://h/x?n=1: : m"},
        {"GET", 404, ERR_NOT_FOUND, "{\"errors\":\"x\"}",
         "GET https://h/x?n=1: unexpected status code 404 Not Found: {\"errors\":\"x\"}"},
        {"GET", 500, ERR_UNAVAILABLE, "a\r\nb\x1b",
         "GET https://h/x?n=1: unexpected status code 500 "
         "Internal Server Error: a  b "},
        {"GET", 999, ERR_UNAVAILABLE, "no", "GET https://h/x?n=1: unexpected status code 999 : no"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        check_fails(
            rows[i].want,
            set(rows[i].method, "https://h/x?n=1", rows[i].status, span_of(rows[i].body), &err),
            &err, rows[i].class, rows[i].want);
    }
}

static void hides_secrets_of_urls(void **state)
{
    (void)state;
    struct err err;
    check_fails(
        "url", set("GET", "https://h/x?X-Amz-Signature=abc&n=1", 403, SPAN_LITERAL(""), &err), &err,
        ERR_UNAUTHORIZED,
        "GET https://h/x?X-Amz-Signature=REDACTED&n=1: unexpected status code 403 Forbidden");
}

static void holds_its_limits(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *body = mem_alloc(STATUS_ERROR_BODY_MAX);
    memset(body, 'x', STATUS_ERROR_BODY_MAX);
    struct err err;
    check_int("at",
              set("GET", "https://h/", 500, (struct span){body, STATUS_ERROR_SHOWN_MAX}, &err), -1);
    check_int("at", err.text[strlen(err.text) - 1], 'x');
    check_int("over",
              set("GET", "https://h/", 500, (struct span){body, STATUS_ERROR_SHOWN_MAX + 1}, &err),
              -1);
    check_text("over", err.text + strlen(err.text) - 4, "x...");
    CLEANUP(buf_finish) struct buf deep = BUF_INIT(10000);
    buf_adds(&deep, "{\"errors\":[{\"code\":\"D\",\"message\":\"m\",\"detail\":");
    for (int i = 0; i < 100; i++)
        buf_addc(&deep, '[');
    for (int i = 0; i < 100; i++)
        buf_addc(&deep, ']');
    buf_adds(&deep, "}]}");
    check_fails("deep", set("GET", "https://h/", 500, buf_span(&deep), &err), &err, ERR_UNAVAILABLE,
                "GET https://h/: D: m; [[[[[[[[[...]]]]]]]]]");
    CLEANUP(buf_finish) struct buf many = BUF_INIT(STATUS_ERROR_BODY_MAX);
    buf_adds(&many, "{\"errors\":[");
    for (int i = 0; i < 400; i++)
        buf_addf(&many, "%s{\"code\":\"E%d\",\"message\":\"%.100s\"}", i == 0 ? "" : ",", i, body);
    buf_adds(&many, "]}");
    check_int("many", set("GET", "https://h/", 500, buf_span(&many), &err), -1);
    assert_true(strstr(err.text, "E7: ") && !strstr(err.text, "E8: "));
}

static void finds_codes(void **state)
{
    (void)state;
    struct span body = SPAN_LITERAL("{\"errors\":[{\"code\":\"A\"},{\"code\":\"NAME_INVALID\"}]}");
    assert_true(status_error_has_code(body, "NAME_INVALID"));
    assert_false(status_error_has_code(body, "B"));
    assert_false(status_error_has_code(SPAN_LITERAL("A"), "A"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_errors_as_go_does),
        cmocka_unit_test(hides_secrets_of_urls),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(finds_codes),
    };
    return test_main("status_error", tests);
}
