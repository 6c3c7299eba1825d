#include "adapt/json.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/utf8.h"

/* `struct json` is jansson's json_t under another name. */
static json_t *raw(struct json *value)
{
    return (json_t *)(void *)value;
}

static const json_t *raw_const(const struct json *value)
{
    return (const json_t *)(const void *)value;
}

/* For jansson's readers that take a json_t they do not change. */
static json_t *raw_mut(const struct json *value)
{
    json_t *same;
    memcpy(&same, &value, sizeof(same));
    return same;
}

static struct json *cooked(json_t *value)
{
    if (!value)
        abort(); /* jansson found no memory */
    return (struct json *)(void *)value;
}

static const struct json *cooked_const(const json_t *value)
{
    return (const struct json *)(const void *)value;
}

void json_free(struct json *value)
{
    json_decref(raw(value));
}

/* Nesting of TEXT, counted without recursion. Brackets in strings do not count. */
static bool too_deep(struct span text)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
            return true;
        else if (!in_string && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return false;
}

int json_parse(struct span text, struct json **ret, struct err *err)
{
    if (too_deep(text))
        return err_set(err, ERR_INVALID, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
    if (span_find_byte(text, '\0') >= 0) /* jansson passes over one behind a number */
        return err_set(err, ERR_INVALID, "invalid JSON: NUL byte");
    json_error_t why;
    json_t *value = json_loadb(text.len != 0 ? text.data : "", text.len, JSON_DECODE_ANY, &why);
    if (!value)
        return err_set(err, ERR_INVALID, "invalid JSON: line %d, column %d: %s", why.line,
                       why.column, why.text);
    *ret = cooked(value);
    return 0;
}

static int add_piece(const char *piece, size_t len, void *arg)
{
    buf_add(arg, piece, len);
    return 0;
}

void json_print(const struct json *value, enum json_style style, struct buf *buf)
{
    static const size_t flags[] = {
        [JSON_STYLE_COMPACT] = JSON_COMPACT,
        [JSON_STYLE_SORTED] = JSON_COMPACT | JSON_SORT_KEYS,
        [JSON_STYLE_PRETTY] = JSON_INDENT(2) | JSON_SORT_KEYS,
    };
    json_dump_callback(raw_const(value), add_piece, buf, flags[style] | JSON_ENCODE_ANY);
}

struct json *json_new_null(void)
{
    return cooked(json_null());
}

struct json *json_new_bool(bool value)
{
    return cooked(json_boolean(value));
}

struct json *json_new_int(int64_t value)
{
    return cooked(json_integer(value));
}

struct json *json_new_real(double value)
{
    return isfinite(value) ? cooked(json_real(value)) : json_new_null();
}

struct json *json_new_span(struct span text)
{
    json_t *value = json_stringn(text.len != 0 ? text.data : "", text.len);
    if (value)
        return cooked(value);
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(SIZE_MAX / 2);
    utf8_clean(text, &clean);
    return cooked(json_stringn_nocheck(buf_text(&clean), clean.len));
}

struct json *json_new_text(const char *text)
{
    return json_new_span(span_of(text));
}

struct json *json_new_array(void)
{
    return cooked(json_array());
}

struct json *json_new_object(void)
{
    return cooked(json_object());
}

struct json *json_clone(const struct json *value)
{
    return value ? cooked(json_deep_copy(raw_const(value))) : NULL;
}

enum json_kind json_kind(const struct json *value)
{
    if (!value)
        return JSON_KIND_NULL;
    switch (json_typeof(raw_const(value))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_STRING;
    case JSON_INTEGER:
        return JSON_KIND_INT;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
    default:
        return JSON_KIND_NULL;
    }
}

const char *json_text(const struct json *value)
{
    return value ? json_string_value(raw_const(value)) : NULL;
}

struct span json_span(const struct json *value)
{
    const char *text = json_text(value);
    return (struct span){text, text ? json_string_length(raw_const(value)) : 0};
}

bool json_bool(const struct json *value, bool fallback)
{
    return json_kind(value) == JSON_KIND_BOOL ? json_is_true(raw_const(value)) : fallback;
}

bool json_int(const struct json *value, int64_t *ret)
{
    if (json_kind(value) != JSON_KIND_INT)
        return false;
    *ret = json_integer_value(raw_const(value));
    return true;
}

bool json_number(const struct json *value, double *ret)
{
    enum json_kind kind = json_kind(value);
    if (kind != JSON_KIND_INT && kind != JSON_KIND_REAL)
        return false;
    *ret = json_number_value(raw_const(value));
    return true;
}

size_t json_count(const struct json *value)
{
    switch (json_kind(value)) {
    case JSON_KIND_ARRAY:
        return json_array_size(raw_const(value));
    case JSON_KIND_OBJECT:
        return json_object_size(raw_const(value));
    default:
        return 0;
    }
}

const struct json *json_at(const struct json *array, size_t index)
{
    return array ? cooked_const(json_array_get(raw_const(array), index)) : NULL;
}

struct json *json_at_mut(struct json *array, size_t index)
{
    return array ? (struct json *)(void *)json_array_get(raw(array), index) : NULL;
}

const struct json *json_member(const struct json *object, const char *key)
{
    return object ? cooked_const(json_object_get(raw_const(object), key)) : NULL;
}

struct json *json_member_mut(struct json *object, const char *key)
{
    return object ? (struct json *)(void *)json_object_get(raw(object), key) : NULL;
}

const char *json_member_text(const struct json *object, const char *key)
{
    return json_text(json_member(object, key));
}

bool json_same(const struct json *a, const struct json *b)
{
    return a && b ? json_equal(raw_const(a), raw_const(b)) == 1 : a == b;
}

void json_put_take(struct json *object, const char *key, struct json *value)
{
    if (json_object_set_new(raw(object), key, raw(value)) != 0)
        abort();
}

void json_put_text(struct json *object, const char *key, const char *text)
{
    if (text)
        json_put_take(object, key, json_new_text(text));
    else
        json_remove(object, key);
}

void json_put_int(struct json *object, const char *key, int64_t value)
{
    json_put_take(object, key, json_new_int(value));
}

void json_put_bool(struct json *object, const char *key, bool value)
{
    json_put_take(object, key, json_new_bool(value));
}

void json_remove(struct json *object, const char *key)
{
    json_object_del(raw(object), key);
}

void json_push_take(struct json *array, struct json *value)
{
    if (json_array_append_new(raw(array), raw(value)) != 0)
        abort();
}

void json_remove_at(struct json *array, size_t index)
{
    json_array_remove(raw(array), index);
}

struct json *json_ensure_object(struct json *object, const char *key)
{
    struct json *member = json_member_mut(object, key);
    if (json_kind(member) == JSON_KIND_OBJECT)
        return member;
    json_put_take(object, key, json_new_object());
    return json_member_mut(object, key);
}

struct json *json_ensure_array(struct json *object, const char *key)
{
    struct json *member = json_member_mut(object, key);
    if (json_kind(member) == JSON_KIND_ARRAY)
        return member;
    json_put_take(object, key, json_new_array());
    return json_member_mut(object, key);
}

void json_merge_patch(struct json *target, const struct json *patch)
{
    json_foreach_member (key, value, patch) {
        if (json_kind(value) == JSON_KIND_NULL)
            json_remove(target, key);
        else if (json_kind(value) == JSON_KIND_OBJECT)
            json_merge_patch(json_ensure_object(target, key), value);
        else
            json_put_take(target, key, json_clone(value));
    }
}

struct json *json_diff_patch(const struct json *before, const struct json *after)
{
    struct json *patch = json_new_object();
    json_foreach_member (old_key, old_value, before) {
        if (!json_member(after, old_key))
            json_put_take(patch, old_key, json_new_null());
    }
    json_foreach_member (key, value, after) {
        const struct json *old = json_member(before, key);
        if (json_same(old, value))
            continue;
        if (json_kind(old) == JSON_KIND_OBJECT && json_kind(value) == JSON_KIND_OBJECT)
            json_put_take(patch, key, json_diff_patch(old, value));
        else
            json_put_take(patch, key, json_clone(value));
    }
    return patch;
}

/* jansson's iterators want a json_t that they do not change. */
void *json_iter_first(const struct json *object)
{
    return json_object_iter(raw_mut(object));
}

void *json_iter_after(const struct json *object, void *iter)
{
    return json_object_iter_next(raw_mut(object), iter);
}

const char *json_iter_name(void *iter)
{
    return json_object_iter_key(iter);
}

const struct json *json_iter_item(void *iter)
{
    return cooked_const(json_object_iter_value(iter));
}
