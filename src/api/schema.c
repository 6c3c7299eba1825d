#include "api/schema.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int admit_value(const struct schema *field, const char *path, struct json *parent,
                       struct err *err);

static const struct schema *find_field(const struct schema *fields, const char *name)
{
    for (const struct schema *field = fields; field->name; field++) {
        if (str_equal(field->name, name))
            return field;
    }
    return NULL;
}

static int unknown_field(const struct schema *fields, const char *path, const char *name,
                         struct err *err)
{
    const struct schema *near = NULL;
    size_t nearest = 3;
    for (const struct schema *field = fields; field->name; field++) {
        size_t far = str_distance(field->name, name);
        if (far < nearest) {
            nearest = far;
            near = field;
        }
    }
    if (near)
        return err_set(err, ERR_INVALID, "unknown field \"%s.%s\"; did you mean \"%s\"?", path,
                       name, near->name);
    return err_set(err, ERR_INVALID, "unknown field \"%s.%s\"", path, name);
}

static int wrong_type(const char *path, const char *want, struct err *err)
{
    return err_set(err, ERR_INVALID, "%s must be %s", path, want);
}

/* ^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$ */
static bool is_duration(struct span text, bool hours)
{
    if (text.len == 0)
        return false;
    while (text.len != 0) {
        size_t at = 0, digits = 0;
        while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
            at++;
        if (at == 0)
            return false;
        if (at < text.len && text.data[at] == '.') {
            for (at++; at < text.len && text.data[at] >= '0' && text.data[at] <= '9'; at++)
                digits++;
            if (digits == 0)
                return false;
        }
        text = span_slice(text, at, text.len);
        if (span_starts_with(text, "ms"))
            text = span_slice(text, 2, text.len);
        else if (span_starts_with(text, "s") || span_starts_with(text, "m") ||
                 (hours && span_starts_with(text, "h")))
            text = span_slice(text, 1, text.len);
        else
            return false;
    }
    return true;
}

static int check_rule(const struct schema *field, const char *path, struct span text,
                      struct err *err)
{
    bool hours = field->rule == SCHEMA_DURATION;
    switch (field->rule) {
    case SCHEMA_DURATION:
    case SCHEMA_DURATION_NO_HOURS:
        if (is_duration(text, hours))
            return 0;
        return err_set(err, ERR_INVALID, "%s: \"%.*s\" is not a duration such as \"1m30s\"%s", path,
                       (int)text.len, text.data, hours ? "" : " (hours are not allowed here)");
    case SCHEMA_REFSPEC:
        if (!span_starts_with(text, "+") && !span_starts_with(text, ":"))
            return 0;
        return err_set(err, ERR_INVALID,
                       "%s: \"%.*s\" must neither force ('+') nor delete (nothing before ':')",
                       path, (int)text.len, text.data);
    case SCHEMA_ANY:
    default:
        return 0;
    }
}

static int admit_string(const struct schema *field, const char *path, const struct json *value,
                        struct err *err)
{
    const char *text = json_text(value);
    struct span span = json_span(value);
    size_t max = field->max != 0 ? field->max : SCHEMA_STRING_MAX;
    if (!text)
        return wrong_type(path, "a string", err);
    if (span.len > max)
        return err_set(err, ERR_INVALID, "%s is longer than %zu bytes", path, max);
    if (check_rule(field, path, span, err) != 0)
        return -1;
    if (!field->values)
        return 0;
    CLEANUP(buf_finish) struct buf list = BUF_INIT(1024);
    for (const char *const *allowed = field->values; *allowed; allowed++) {
        if (strcmp(*allowed, text) == 0)
            return 0;
        buf_addf(&list, "%s\"%s\"", list.len != 0 ? ", " : "", *allowed);
    }
    return err_set(err, ERR_INVALID, "%s: \"%s\" is not one of %s", path, text, buf_text(&list));
}

static int admit_items(const struct schema *field, const char *path, struct json *list,
                       struct err *err)
{
    size_t max = field->max != 0 ? field->max : SCHEMA_ITEMS_MAX;
    if (json_kind(list) != JSON_KIND_ARRAY)
        return wrong_type(path, "a list", err);
    if (json_count(list) > max)
        return err_set(err, ERR_INVALID, "%s has more than %zu items", path, max);
    for (size_t i = 0; i < json_count(list); i++) {
        CLEANUP(mem_freep) char *item_path = str_printf("%s[%zu]", path, i);
        struct json *item = json_at_mut(list, i);
        if (field->type == SCHEMA_OBJECT_LIST) {
            if (json_kind(item) != JSON_KIND_OBJECT)
                return wrong_type(item_path, "a mapping", err);
            if (schema_admit(field->fields, item_path, item, err) != 0)
                return -1;
        } else if (!json_text(item)) {
            return wrong_type(item_path, "a string", err);
        }
    }
    return 0;
}

static int admit_string_map(const char *path, const struct json *map, struct err *err)
{
    if (json_kind(map) != JSON_KIND_OBJECT)
        return wrong_type(path, "a mapping", err);
    json_foreach_member (key, value, map) {
        if (!json_text(value))
            return err_set(err, ERR_INVALID, "%s.%s must be a string", path, key);
    }
    return 0;
}

static int admit_value(const struct schema *field, const char *path, struct json *parent,
                       struct err *err)
{
    struct json *value = json_member_mut(parent, field->name);
    switch (field->type) {
    case SCHEMA_STRING:
        return admit_string(field, path, value, err);
    case SCHEMA_BOOL:
        return json_kind(value) == JSON_KIND_BOOL ? 0 : wrong_type(path, "true or false", err);
    case SCHEMA_INT:
        return json_kind(value) == JSON_KIND_INT ? 0 : wrong_type(path, "a whole number", err);
    case SCHEMA_OBJECT:
        if (json_kind(value) != JSON_KIND_OBJECT)
            return wrong_type(path, "a mapping", err);
        return schema_admit(field->fields, path, value, err);
    case SCHEMA_OBJECT_LIST:
    case SCHEMA_STRING_LIST:
        return admit_items(field, path, value, err);
    case SCHEMA_STRING_MAP:
    default:
        return admit_string_map(path, value, err);
    }
}

static void fill_default(const struct schema *field, struct json *object)
{
    struct json *value = NULL;
    if (field->fallback && json_parse(span_of(field->fallback), &value, NULL) == 0)
        json_put_take(object, field->name, value);
}

static int find_unknown(const struct schema *fields, const char *path, const struct json *object,
                        struct err *err)
{
    json_foreach_member (key, value, object) {
        if (!find_field(fields, key))
            return unknown_field(fields, path, key, err);
    }
    return 0;
}

int schema_admit(const struct schema *fields, const char *path, struct json *object,
                 struct err *err)
{
    if (find_unknown(fields, path, object, err) != 0)
        return -1;
    for (const struct schema *field = fields; field->name; field++) {
        CLEANUP(mem_freep) char *field_path = str_printf("%s.%s", path, field->name);
        if (json_kind(json_member(object, field->name)) == JSON_KIND_NULL) {
            json_remove(object, field->name);
            fill_default(field, object);
        }
        if (!json_member(object, field->name)) {
            if (field->required)
                return err_set(err, ERR_INVALID, "%s is required", field_path);
            continue;
        }
        if (admit_value(field, field_path, object, err) != 0)
            return -1;
    }
    return 0;
}
