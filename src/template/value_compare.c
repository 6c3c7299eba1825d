#include "template/value.h"

/* Keys are texts, or structs of texts and structs; see data.c. */
int value_order(struct value a, struct value b)
{
    if (value_kind(a) == VALUE_STRUCT && a.type == b.type) {
        int order = 0;
        for (size_t i = 0; i < a.type->n_fields && order == 0; i++)
            order = value_order(a.fields[i], b.fields[i]);
        return order;
    }
    return span_compare(a.text, b.text);
}

static int same_at(struct budget *budget, struct value a, struct value b, size_t depth,
                   struct err *err);

static int same_items(struct budget *budget, const struct value *a, const struct value *b,
                      size_t count, size_t depth, struct err *err)
{
    int same = 1;
    for (size_t i = 0; i < count && same == 1; i++)
        same = same_at(budget, a[i], b[i], depth, err);
    return same;
}

static int same_maps(struct budget *budget, const struct value_map *a, const struct value_map *b,
                     size_t depth, struct err *err)
{
    int same = 1;
    for (size_t i = 0; i < a->len && same == 1; i++) {
        same = value_order(a->entries[i].key, b->entries[i].key) == 0;
        if (same)
            same = same_at(budget, a->entries[i].value, b->entries[i].value, depth, err);
    }
    return same;
}

static int same_at(struct budget *budget, struct value a, struct value b, size_t depth,
                   struct err *err)
{
    if (a.type != b.type)
        return 0;
    if (budget_check_depth(depth, err) != 0 || budget_take(budget, 1, err) != 0)
        return -1;
    switch (value_kind(a)) {
    case VALUE_INVALID:
    case VALUE_INTERFACE:
        return 1;
    case VALUE_BOOL:
        return a.truth == b.truth;
    case VALUE_INT:
    case VALUE_INT64:
    case VALUE_UINT8:
    case VALUE_UINT64:
        return a.integer == b.integer;
    case VALUE_FLOAT64:
        return a.real == b.real;
    case VALUE_COMPLEX128:
        return a.complex.re == b.complex.re && a.complex.im == b.complex.im;
    case VALUE_STRING:
        if (budget_take_bytes(budget, a.text.len, err) != 0)
            return -1;
        return span_equal(a.text, b.text);
    case VALUE_SLICE:
    case VALUE_MAP:
        if (value_is_nil(a) || value_is_nil(b))
            return value_is_nil(a) == value_is_nil(b);
        if (value_len(a) != value_len(b))
            return 0;
        /* The same memory is equal even if it holds a NaN, as in Go. */
        if (value_kind(a) == VALUE_MAP ? a.map == b.map : a.list->items == b.list->items)
            return 1;
        if (value_kind(a) == VALUE_MAP)
            return same_maps(budget, a.map, b.map, depth + 1, err);
        return same_items(budget, a.list->items, b.list->items, a.list->len, depth + 1, err);
    case VALUE_STRUCT:
        return same_items(budget, a.fields, b.fields, a.type->n_fields, depth + 1, err);
    case VALUE_POINTER:
        if (a.pointed_to == b.pointed_to || !a.pointed_to || !b.pointed_to)
            return a.pointed_to == b.pointed_to;
        return same_at(budget, *a.pointed_to, *b.pointed_to, depth + 1, err);
    }
    return 0;
}

int value_same(struct budget *budget, struct value a, struct value b, struct err *err)
{
    return same_at(budget, a, b, 0, err);
}
