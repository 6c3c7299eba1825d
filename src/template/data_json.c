#include <string.h>

#include "adapt/json.h"
#include "template/data.h"
#include "template/value.h"

static struct span copied(struct budget *budget, struct span text)
{
    char *copy = budget_alloc(budget, text.len, NULL);
    if (text.len != 0)
        memcpy(copy, text.data, text.len);
    return (struct span){copy, text.len};
}

/* Recursion ends at JSON_DEPTH_MAX, which the JSON parser keeps. */
static struct value convert(struct budget *budget, const struct json *json)
{
    struct value value = value_nil();
    int64_t integer = 0;
    double real = 0;
    switch (json_kind(json)) {
    case JSON_KIND_NULL:
        break;
    case JSON_KIND_BOOL:
        return value_bool(json_bool(json, false));
    case JSON_KIND_INT:
        json_int(json, &integer);
        return value_int(integer);
    case JSON_KIND_REAL:
        json_number(json, &real);
        return value_float(real);
    case JSON_KIND_STRING:
        return value_text(copied(budget, json_span(json)));
    case JSON_KIND_ARRAY:
        value_new_list(budget, &type_list, json_count(json), &value, NULL);
        for (size_t i = 0; i < json_count(json); i++)
            value.list->items[i] = value_unboxed(convert(budget, json_at(json, i)));
        break;
    case JSON_KIND_OBJECT:
        value_new_map(budget, &type_dict, &value, NULL);
        json_foreach_member (key, member, json) {
            struct value name = value_text(copied(budget, span_of(key)));
            value_put(budget, value, name, convert(budget, member), NULL);
        }
        break;
    }
    return value;
}

struct template_data *template_data_new_json(const struct json *json)
{
    struct template_data *data = mem_zalloc(sizeof(*data));
    budget_init(&data->budget);
    /* As Go's Execute(nil): null is no data, not a nil in some place. */
    data->root = json_kind(json) == JSON_KIND_NULL ? value_none() : convert(&data->budget, json);
    return data;
}
