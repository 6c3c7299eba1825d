#include "template/value.h"

#include <string.h>

#include "base/sorted.h"

/* The spare elements behind a list; the list that ends where the use ends may
 * take the next one. */
struct value_room {
    struct value *items;
    size_t used;
    size_t cap;
};

#define SCALAR(id, go_name, go_kind)                                                               \
    const struct value_type id = {.name = (go_name), .kind = (go_kind)}

SCALAR(type_any, "interface {}", VALUE_INTERFACE);
SCALAR(type_bool, "bool", VALUE_BOOL);
SCALAR(type_int, "int", VALUE_INT);
SCALAR(type_int64, "int64", VALUE_INT64);
SCALAR(type_uint8, "uint8", VALUE_UINT8);
SCALAR(type_uint64, "uint64", VALUE_UINT64);
SCALAR(type_float64, "float64", VALUE_FLOAT64);
SCALAR(type_complex128, "complex128", VALUE_COMPLEX128);
SCALAR(type_string, "string", VALUE_STRING);

#define SLICE(id, go_name, elem_type)                                                              \
    const struct value_type id = {.name = (go_name), .kind = VALUE_SLICE, .elem = &(elem_type)}

SLICE(type_list, "[]interface {}", type_any);
SLICE(type_lists, "[][]interface {}", type_list);
SLICE(type_strings, "[]string", type_string);
SLICE(type_ints, "[]int", type_int);

#define STRING_MAP(id, go_name, elem_type)                                                         \
    const struct value_type id = {                                                                 \
        .name = (go_name), .kind = VALUE_MAP, .elem = &(elem_type), .key = &type_string}

STRING_MAP(type_dict, "map[string]interface {}", type_any);
STRING_MAP(type_string_map, "map[string]string", type_string);

struct value value_none(void)
{
    return (struct value){.type = NULL};
}

struct value value_nil(void)
{
    return (struct value){.type = &type_any, .boxed = true};
}

struct value value_bool(bool truth)
{
    return (struct value){.type = &type_bool, .truth = truth};
}

struct value value_int(int64_t integer)
{
    return (struct value){.type = &type_int, .integer = integer};
}

struct value value_int64(int64_t integer)
{
    return (struct value){.type = &type_int64, .integer = integer};
}

struct value value_float(double real)
{
    return (struct value){.type = &type_float64, .real = real};
}

struct value value_text(struct span text)
{
    return (struct value){.type = &type_string, .text = text};
}

struct value value_texts(const char *text)
{
    return value_text(span_of(text));
}

static int new_list_header(struct budget *budget, const struct value_type *type, struct value *ret,
                           struct err *err)
{
    struct value_list *list = budget_alloc(budget, sizeof(*list), err);
    if (!list)
        return -1;
    *ret = (struct value){.type = type, .list = list};
    return 0;
}

int value_new_list(struct budget *budget, const struct value_type *type, size_t len,
                   struct value *ret, struct err *err)
{
    if (new_list_header(budget, type, ret, err) != 0 ||
        budget_take_bytes(budget, len * sizeof(struct value), err) != 0)
        return -1;
    ret->list->items = budget_calloc(budget, len, sizeof(struct value), err);
    ret->list->len = len;
    return ret->list->items ? 0 : -1;
}

/* LIST moved to where it has room for as much again. */
static int add_room(struct budget *budget, struct value list, struct value *ret, struct err *err)
{
    size_t len = value_len(list), cap = 2 * len + 4;
    struct value_room *room = budget_alloc(budget, sizeof(*room), err);
    if (!room || value_new_list(budget, list.type, cap, ret, err) != 0)
        return -1;
    *room = (struct value_room){.items = ret->list->items, .used = len, .cap = cap};
    if (len != 0)
        memcpy(room->items, list.list->items, len * sizeof(struct value));
    *ret->list = (struct value_list){.items = room->items, .len = len, .room = room};
    return 0;
}

int value_append(struct budget *budget, struct value list, struct value item, struct value *ret,
                 struct err *err)
{
    size_t len = value_len(list);
    if (budget_check_list(len + 1, err) != 0)
        return -1;
    const struct value_room *room = list.list ? list.list->room : NULL;
    bool grows_in_place =
        room && room->items + room->used == list.list->items + len && room->used < room->cap;
    if (!grows_in_place && add_room(budget, list, &list, err) != 0)
        return -1;
    if (new_list_header(budget, list.type, ret, err) != 0)
        return -1;
    *ret->list = *list.list;
    ret->list->items[len] = value_unboxed(item);
    ret->list->len = len + 1;
    ret->list->room->used++;
    return 0;
}

int value_sublist(struct budget *budget, struct value list, size_t from, size_t to,
                  struct value *ret, struct err *err)
{
    if (new_list_header(budget, list.type, ret, err) != 0)
        return -1;
    if (!list.list)
        return 0;
    *ret->list = *list.list;
    ret->list->items += from;
    ret->list->len = to - from;
    return 0;
}

int value_new_map(struct budget *budget, const struct value_type *type, struct value *ret,
                  struct err *err)
{
    struct value_map *map = budget_alloc(budget, sizeof(*map), err);
    if (!map)
        return -1;
    *ret = (struct value){.type = type, .map = map};
    return 0;
}

static int compare_keys(const void *key, const void *entry)
{
    return value_order(*(const struct value *)key, ((const struct value_entry *)entry)->key);
}

/* Where KEY stands, or where it would have to. */
static size_t locate(const struct value_map *map, struct value key, bool *ret_found)
{
    return sorted_place(&key, map->entries, map->len, sizeof(*map->entries), compare_keys,
                        ret_found);
}

static int grow_map(struct budget *budget, struct value_map *map, struct err *err)
{
    size_t cap = 2 * map->cap + 4;
    struct value_entry *entries = budget_calloc(budget, cap, sizeof(*entries), err);
    if (!entries)
        return -1;
    if (map->len != 0)
        memcpy(entries, map->entries, map->len * sizeof(*entries));
    map->entries = entries;
    map->cap = cap;
    return 0;
}

int value_put(struct budget *budget, struct value map, struct value key, struct value item,
              struct err *err)
{
    bool found;
    struct value_map *in = map.map;
    if (!in)
        return err_set(err, ERR_INVALID, "assignment to entry in nil map");
    size_t at = in->len;
    /* Keys mostly come in order. */
    found = false;
    if (in->len != 0 && value_order(in->entries[in->len - 1].key, key) >= 0)
        at = locate(in, key, &found);
    if (found) {
        in->entries[at].value = value_unboxed(item);
        return 0;
    }
    if (budget_take_bytes(budget, (in->len - at) * sizeof(*in->entries), err) != 0 ||
        (in->len == in->cap && grow_map(budget, in, err) != 0))
        return -1;
    memmove(in->entries + at + 1, in->entries + at, (in->len - at) * sizeof(*in->entries));
    in->entries[at] = (struct value_entry){value_unboxed(key), value_unboxed(item)};
    in->len++;
    return 0;
}

int value_put_text(struct budget *budget, struct value map, const char *key, struct value item,
                   struct err *err)
{
    return value_put(budget, map, value_texts(key), item, err);
}

void value_remove(struct value map, struct value key)
{
    bool found = false;
    struct value_map *in = map.map;
    size_t at = in ? locate(in, key, &found) : 0;
    if (!found)
        return;
    memmove(in->entries + at, in->entries + at + 1, (in->len - at - 1) * sizeof(*in->entries));
    in->len--;
}

const struct value *value_find(struct value map, struct value key)
{
    bool found = false;
    size_t at = map.map ? locate(map.map, key, &found) : 0;
    return found ? &map.map->entries[at].value : NULL;
}

const struct value *value_find_text(struct value map, struct span key)
{
    return value_find(map, value_text(key));
}

struct value value_in(const struct value_type *container, struct value item)
{
    item.boxed = container->elem->kind == VALUE_INTERFACE;
    return item;
}

struct value value_at(struct value list, size_t i)
{
    return value_in(list.type, list.list->items[i]);
}

/* As in Go, an exported field of the struct itself hides those of embedded
 * ones. Types do not nest deeply, nor in circles. */
bool value_find_field(struct value strct, struct span name, struct value *ret)
{
    const struct value_type *type = strct.type;
    for (size_t i = 0; i < type->n_fields; i++) {
        if (span_is(name, type->fields[i].name)) {
            *ret = strct.fields[i];
            return true;
        }
    }
    for (size_t i = 0; i < type->n_fields; i++) {
        if (type->fields[i].embedded && value_find_field(strct.fields[i], name, ret))
            return true;
    }
    return false;
}

size_t value_len(struct value value)
{
    switch (value_kind(value)) {
    case VALUE_STRING:
        return value.text.len;
    case VALUE_SLICE:
        return value.list ? value.list->len : 0;
    case VALUE_MAP:
        return value.map ? value.map->len : 0;
    default:
        return 0;
    }
}

bool value_is_nil(struct value value)
{
    switch (value_kind(value)) {
    case VALUE_INTERFACE:
        return true;
    case VALUE_SLICE:
        return !value.list;
    case VALUE_MAP:
        return !value.map;
    case VALUE_POINTER:
        return !value.pointed_to;
    default:
        return false;
    }
}

const char *value_static_name(struct value value)
{
    if (!value.type)
        return "<nil>";
    return value.boxed ? type_any.name : value.type->name;
}

bool value_is_true(struct value value)
{
    switch (value_kind(value)) {
    case VALUE_INVALID:
    case VALUE_INTERFACE:
        return false;
    case VALUE_BOOL:
        return value.truth;
    case VALUE_INT:
    case VALUE_INT64:
    case VALUE_UINT8:
    case VALUE_UINT64:
        return value.integer != 0;
    case VALUE_FLOAT64:
        return value.real != 0;
    case VALUE_COMPLEX128:
        return value.complex.re != 0 || value.complex.im != 0;
    case VALUE_POINTER:
        return value.pointed_to;
    case VALUE_STRING:
    case VALUE_SLICE:
    case VALUE_MAP:
        return value_len(value) != 0;
    case VALUE_STRUCT:
        break;
    }
    return true;
}
