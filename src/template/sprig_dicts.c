/* Sprig's functions on dicts. */
#include "template/convert.h"
#include "template/funcs.h"

static int new_dict(struct call *call, struct value *ret)
{
    return value_new_map(call->budget, &type_dict, ret, call->err);
}

static int put(struct call *call, struct value dict, struct value key, struct value item)
{
    return value_put(call->budget, dict, key, item, call->err);
}

static int dict(struct call *call)
{
    if (new_dict(call, call->ret) != 0)
        return -1;
    for (size_t i = 0; i < call->n_args; i += 2) {
        struct span key;
        struct value item = i + 1 < call->n_args ? call->args[i + 1] : value_texts("");
        if (convert_text(call, call->args[i], &key) != 0 ||
            put(call, *call->ret, value_text(key), item) != 0)
            return -1;
    }
    return 0;
}

/* An item as a function hands it out. */
static struct value given(const struct value *item)
{
    return value_in(&type_dict, *item);
}

static int get(struct call *call)
{
    const struct value *item = value_find(call->args[0], call->args[1]);
    return call_give(call, item ? given(item) : value_texts(""));
}

static int set(struct call *call)
{
    *call->ret = call->args[0];
    return put(call, call->args[0], call->args[1], call->args[2]);
}

static int unset(struct call *call)
{
    value_remove(call->args[0], call->args[1]);
    return call_give(call, call->args[0]);
}

static int has_key(struct call *call)
{
    return call_give_bool(call, value_find(call->args[0], call->args[1]) != NULL);
}

static int pluck(struct call *call)
{
    if (value_new_list(call->budget, &type_list, call->n_args, call->ret, call->err) != 0)
        return -1;
    size_t len = 0;
    for (size_t i = 1; i < call->n_args; i++) {
        const struct value *item = value_find(call->args[i], call->args[0]);
        if (item)
            call->ret->list->items[len++] = *item;
    }
    call->ret->list->len = len;
    return 0;
}

/* In the order of the dicts, and in each by key. (In Go, by chance.) */
static int keys(struct call *call)
{
    size_t count = 0, len = 0;
    for (size_t i = 0; i < call->n_args; i++)
        count += value_len(call->args[i]);
    if (budget_check_list(count, call->err) != 0 ||
        value_new_list(call->budget, &type_strings, count, call->ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < call->n_args; i++) {
        for (size_t j = 0; j < value_len(call->args[i]); j++)
            call->ret->list->items[len++] = call->args[i].map->entries[j].key;
    }
    return 0;
}

static int values(struct call *call)
{
    size_t count = value_len(call->args[0]);
    if (budget_check_list(count, call->err) != 0 ||
        value_new_list(call->budget, &type_list, count, call->ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        call->ret->list->items[i] = call->args[0].map->entries[i].value;
    return 0;
}

static int pick(struct call *call)
{
    if (new_dict(call, call->ret) != 0)
        return -1;
    for (size_t i = 1; i < call->n_args; i++) {
        const struct value *item = value_find(call->args[0], call->args[i]);
        if (item && put(call, *call->ret, call->args[i], *item) != 0)
            return -1;
    }
    return 0;
}

static bool is_named(const struct call *call, struct value key)
{
    for (size_t i = 1; i < call->n_args; i++) {
        if (span_equal(call->args[i].text, key.text))
            return true;
    }
    return false;
}

static int omit(struct call *call)
{
    struct value old = call->args[0];
    if (new_dict(call, call->ret) != 0 ||
        budget_take(call->budget, value_len(old) * call->n_args, call->err) != 0)
        return -1;
    for (size_t i = 0; i < value_len(old); i++) {
        const struct value_entry *entry = &old.map->entries[i];
        if (!is_named(call, entry->key) && put(call, *call->ret, entry->key, entry->value) != 0)
            return -1;
    }
    return 0;
}

static int fail_conversion(struct call *call, struct value value, const struct value_type *want)
{
    bool nil = !value.type || value_kind(value) == VALUE_INTERFACE;
    return call_fail(call, "interface conversion: interface {} is %s, not %s",
                     nil ? "nil" : value.type->name, want->name);
}

/* key … default dict */
static int dig(struct call *call)
{
    if (call->n_args < 3)
        return call_fail(call, "dig needs at least three arguments");
    struct value at = call->args[call->n_args - 1], fallback = call->args[call->n_args - 2];
    size_t count = call->n_args - 2;
    if (!value_is(at, &type_dict))
        return fail_conversion(call, at, &type_dict);
    for (size_t i = 0; i < count; i++) {
        if (!value_is(call->args[i], &type_string))
            return fail_conversion(call, call->args[i], &type_string);
    }
    for (size_t i = 0; i < count; i++) {
        if (!value_is(at, &type_dict))
            return fail_conversion(call, at, &type_dict);
        const struct value *item = value_find(at, call->args[i]);
        if (!item)
            return call_give(call, fallback);
        at = *item;
    }
    return call_give(call, given(&at));
}

static int copy_deep(struct call *call, struct value value, size_t depth, struct value *ret);

static int copy_list(struct call *call, struct value old, size_t depth, struct value *ret)
{
    if (value_new_list(call->budget, old.type, value_len(old), ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < value_len(old); i++) {
        if (copy_deep(call, old.list->items[i], depth, &ret->list->items[i]) != 0)
            return -1;
    }
    return 0;
}

static int copy_map(struct call *call, struct value old, size_t depth, struct value *ret)
{
    if (value_new_map(call->budget, old.type, ret, call->err) != 0)
        return -1;
    for (size_t i = 0; i < value_len(old); i++) {
        struct value item;
        if (copy_deep(call, old.map->entries[i].value, depth, &item) != 0 ||
            put(call, *ret, old.map->entries[i].key, item) != 0)
            return -1;
    }
    return 0;
}

/* Only dicts can change, and what holds them; the rest may be shared. */
static int copy_deep(struct call *call, struct value value, size_t depth, struct value *ret)
{
    *ret = value;
    if (budget_check_depth(depth, call->err) != 0 || budget_take(call->budget, 1, call->err) != 0)
        return -1;
    if (value_is_nil(value))
        return 0;
    if (value_kind(value) == VALUE_SLICE)
        return copy_list(call, value, depth + 1, ret);
    return value_kind(value) == VALUE_MAP ? copy_map(call, value, depth + 1, ret) : 0;
}

static int deep_copy(struct call *call)
{
    if (value_kind(call->args[0]) == VALUE_INTERFACE)
        return call_fail(call, "reflect: call of reflect.Value.Type on zero Value");
    return copy_deep(call, call->args[0], 0, call->ret);
}

const struct func funcs_dicts[] = {
    {"deepCopy", "x", deep_copy},
    {"dict", "x*", dict},
    {"dig", "x*", dig},
    {"get", "ds", get},
    {"hasKey", "ds", has_key},
    {"keys", "d*", keys},
    {"mustDeepCopy", "x", deep_copy},
    {"omit", "ds*", omit},
    {"pick", "ds*", pick},
    {"pluck", "sd*", pluck},
    {"set", "dsx", set},
    {"unset", "ds", unset},
    {"values", "d", values},
    {0},
};
