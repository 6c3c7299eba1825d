#include "registry/status_error.h"

#include <inttypes.h>

#include "adapt/json.h"
#include "base/str.h"

enum {
    DETAIL_DEPTH_MAX = 8, /* nesting of a detail that is shown */
};

static void print_value(const struct json *value, int depth, struct buf *ret);

static void print_number(const struct json *value, struct buf *ret)
{
    int64_t whole;
    double real = 0;
    if (json_int(value, &whole))
        buf_addf(ret, "%" PRId64, whole);
    else if (json_number(value, &real))
        buf_addf(ret, "%g", real);
}

static void print_object(const struct json *value, int depth, struct buf *ret)
{
    const char *separator = "map[";
    json_foreach_member (key, member, value) {
        buf_addf(ret, "%s%s:", separator, key);
        print_value(member, depth + 1, ret);
        separator = " ";
    }
    buf_adds(ret, json_count(value) == 0 ? "map[]" : "]");
}

static void print_array(const struct json *value, int depth, struct buf *ret)
{
    buf_addc(ret, '[');
    for (size_t i = 0; i < json_count(value); i++) {
        if (i != 0)
            buf_addc(ret, ' ');
        print_value(json_at(value, i), depth + 1, ret);
    }
    buf_addc(ret, ']');
}

/* As Go's fmt prints a decoded JSON value with %v. */
static void print_value(const struct json *value, int depth, struct buf *ret)
{
    if (depth > DETAIL_DEPTH_MAX) {
        buf_adds(ret, "...");
        return;
    }
    switch (json_kind(value)) {
    case JSON_KIND_NULL:
        buf_adds(ret, "<nil>");
        break;
    case JSON_KIND_BOOL:
        buf_adds(ret, json_bool(value, false) ? "true" : "false");
        break;
    case JSON_KIND_INT:
    case JSON_KIND_REAL:
        print_number(value, ret);
        break;
    case JSON_KIND_STRING:
        buf_adds(ret, json_text(value));
        break;
    case JSON_KIND_ARRAY:
        print_array(value, depth, ret);
        break;
    case JSON_KIND_OBJECT:
        print_object(value, depth, ret);
        break;
    }
}

/* "CODE: message; detail" */
static void print_error(const struct json *error, struct buf *ret)
{
    const char *code = json_member_text(error, "code"),
               *message = json_member_text(error, "message");
    const struct json *detail = json_member(error, "detail");
    buf_addf(ret, "%s: %s", code ? code : "", message ? message : "");
    if (json_kind(detail) != JSON_KIND_NULL) {
        buf_adds(ret, "; ");
        print_value(detail, 0, ret);
    }
}

static void print_errors(const struct json *errors, struct buf *ret)
{
    size_t count = json_count(errors);
    if (count > 1)
        buf_adds(ret, "multiple errors returned: ");
    for (size_t i = 0; i < count && i < STATUS_ERROR_LISTED_MAX; i++) {
        if (i != 0)
            buf_adds(ret, "; ");
        print_error(json_at(errors, i), ret);
    }
}

static void print_status(const char *method, int status, struct span body, struct buf *ret)
{
    buf_addf(ret, "unexpected status code %d %s", status, http_status_text(status));
    body = span_trim(body);
    if (body.len > STATUS_ERROR_SHOWN_MAX)
        buf_addf(ret, ": %.*s...", STATUS_ERROR_SHOWN_MAX, body.data);
    else if (body.len != 0)
        buf_addf(ret, ": %.*s", (int)body.len, body.data);
    else if (str_equal(method, "HEAD"))
        buf_adds(ret, " (HEAD responses have no body, use GET for details)");
}

/* Even a "bad request" may be taken back by who runs the registry. */
static enum err_class class_of(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ERR_UNAUTHORIZED;
    case 404:
        return ERR_NOT_FOUND;
    default:
        return ERR_UNAVAILABLE;
    }
}

/*
 * The list of errors in a registry's body, borrowed from *RET_BODY, or NULL.
 * Objects are sorted by key, the order in which Go prints them.
 */
static const struct json *errors_of(struct span body, struct json **ret_body)
{
    CLEANUP(json_freep) struct json *parsed = NULL;
    CLEANUP(buf_finish) struct buf sorted = BUF_INIT(8 * STATUS_ERROR_BODY_MAX);
    if (body.len == 0 || json_parse(body, &parsed, NULL) != 0)
        return NULL;
    json_print(parsed, JSON_STYLE_SORTED, &sorted);
    if (json_parse(buf_span(&sorted), ret_body, NULL) != 0)
        return NULL;
    const struct json *errors = json_member(*ret_body, "errors");
    return json_kind(errors) == JSON_KIND_ARRAY && json_count(errors) != 0 ? errors : NULL;
}

int status_error_set(const char *method, const struct http_response *response, struct span body,
                     struct err *err)
{
    CLEANUP(json_freep) struct json *parsed = NULL;
    CLEANUP(buf_finish) struct buf url = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    CLEANUP(buf_finish) struct buf what = BUF_INIT(2 * STATUS_ERROR_BODY_MAX);
    const struct json *errors = errors_of(body, &parsed);
    httpurl_print_public(&response->url, &url);
    if (errors)
        print_errors(errors, &what);
    else
        print_status(method, response->status, body, &what);
    if (what.len > ERR_TEXT_SIZE / 2) { /* leaves room for what callers add */
        buf_truncate(&what, ERR_TEXT_SIZE / 2);
        buf_adds(&what, "...");
    }
    return err_set(err, class_of(response->status), "%s %s: %s", method, buf_text(&url),
                   buf_text(&what));
}

bool status_error_has_code(struct span body, const char *code)
{
    CLEANUP(json_freep) struct json *parsed = NULL;
    const struct json *errors = errors_of(body, &parsed);
    for (size_t i = 0; i < json_count(errors); i++) {
        if (str_equal(json_member_text(json_at(errors, i), "code"), code))
            return true;
    }
    return false;
}
