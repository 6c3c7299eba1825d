/* Sprig's merging of dicts, which is that of the library mergo 1.0. */
#include <string.h>

#include "template/convert.h"
#include "template/funcs.h"

/* Complex zero counts for something, unlike in `default` and `empty`. */
static bool is_empty(const struct value *item)
{
    return !item || (value_kind(*item) != VALUE_COMPLEX128 && convert_is_empty(*item));
}

struct merging {
    struct call *call;
    bool overwrite;
    bool mismatch; /* it failed with an error of mergo's, and not with one of Go's */
};

/* May a value of type GIVEN stand where WANT is? */
static int check_type(struct call *call, const char *where, const struct value_type *given,
                      const struct value_type *want)
{
    if (want == given || want->kind == VALUE_INTERFACE)
        return 0;
    return call_fail(call, "reflect.Value.%s: value of type %s is not assignable to type %s", where,
                     given->name, want->name);
}

static int put(struct call *call, struct value into, const struct value_entry *entry,
               const struct value_type *type)
{
    if (check_type(call, "SetMapIndex", type, into.type->elem) != 0)
        return -1;
    return value_put(call->budget, into, entry->key, entry->value, call->err);
}

static int merge_maps(struct merging *merging, struct value into, struct value from, size_t depth);

/* What mergo makes of two items before it decides which one stays. Maps of
 * whatever types are merged in place, so that a nil one stays as it is. */
static int merge_items(struct merging *merging, struct value old, struct value new, size_t depth)
{
    enum value_kind kind = value_kind(new);
    switch (value_kind(old)) {
    case VALUE_MAP:
        if (value_is_nil(old) && kind == VALUE_STRUCT)
            return call_fail(merging->call, "reflect: call of reflect.Value.IsNil on struct Value");
        if (value_is_nil(old) || kind != VALUE_MAP)
            return 0;
        return merge_maps(merging, old, new, depth + 1);
    case VALUE_POINTER:
        merging->mismatch = !merging->overwrite && !value_is_nil(new) &&
                            (kind == VALUE_MAP || kind == VALUE_STRUCT);
        if (merging->mismatch)
            return call_fail(merging->call, "src and dst must be of same type");
        return 0;
    default:
        return 0;
    }
}

/* FROM is the type of the map that ENTRY comes from. */
static int merge_entry(struct merging *merging, struct value into, const struct value_entry *entry,
                       const struct value_type *from, size_t depth)
{
    struct call *call = merging->call;
    enum value_kind kind = value_kind(entry->value);
    if (check_type(call, "MapIndex", from->key, into.type->key) != 0)
        return -1;
    if (kind == VALUE_INTERFACE)
        return merging->overwrite ? put(call, into, entry, from->elem) : 0;
    const struct value *old = value_find(into, entry->key);
    if (old && merge_items(merging, *old, entry->value, depth) != 0)
        return -1;
    if (kind == VALUE_SLICE && old && into.type->elem->kind == VALUE_STRING)
        return call_fail(call, "reflect: call of reflect.Value.IsNil on string Value");
    if (kind == VALUE_SLICE &&
        check_type(call, "SetMapIndex", entry->value.type, into.type->elem) != 0)
        return -1;
    bool empty = is_empty(old);
    if (!empty && kind == VALUE_SLICE)
        return merging->overwrite ? put(call, into, entry, from->elem) : 0;
    if (!empty && kind == VALUE_MAP && value_kind(*old) == VALUE_MAP)
        return 0;
    return merging->overwrite || empty ? put(call, into, entry, from->elem) : 0;
}

/*
 * Puts what FROM has into INTO, in place: where INTO has nothing, or something
 * empty, or, when overwriting, always. The entries are those of the beginning,
 * since the two may share dicts.
 */
static int merge_maps(struct merging *merging, struct value into, struct value from, size_t depth)
{
    struct call *call = merging->call;
    size_t count = value_len(from);
    if (count == 0)
        return 0;
    if (budget_check_depth(depth, call->err) != 0 || call_take(call, count) != 0)
        return -1;
    struct value_entry *entries = budget_calloc(call->budget, count, sizeof(*entries), call->err);
    if (!entries)
        return -1;
    memcpy(entries, from.map->entries, count * sizeof(*entries));
    for (size_t i = 0; i < count; i++) {
        if (merge_entry(merging, into, &entries[i], from.type, depth) != 0)
            return -1;
    }
    return 0;
}

static int merge_all(struct merging *merging)
{
    struct call *call = merging->call;
    *call->ret = call->args[0];
    for (size_t i = 1; i < call->n_args; i++) {
        if (value_is_nil(*call->ret) && !value_is_nil(call->args[i]) &&
            value_new_map(call->budget, &type_dict, call->ret, call->err) != 0)
            return -1;
        if (merge_maps(merging, *call->ret, call->args[i], 0) != 0)
            return -1;
    }
    return 0;
}

/* The forms without must answer with nothing where the types do not fit. */
static int merge_or_nothing(struct call *call, bool overwrite)
{
    struct merging merging = {.call = call, .overwrite = overwrite};
    int answer = merge_all(&merging);
    return answer != 0 && merging.mismatch ? call_give(call, value_texts("")) : answer;
}

static int merge(struct call *call)
{
    return merge_or_nothing(call, false);
}

static int merge_overwrite(struct call *call)
{
    return merge_or_nothing(call, true);
}

static int must_merge(struct call *call)
{
    return merge_all(&(struct merging){.call = call});
}

static int must_merge_overwrite(struct call *call)
{
    return merge_all(&(struct merging){.call = call, .overwrite = true});
}

const struct func funcs_merge[] = {
    {"merge", "dd*", merge},
    {"mergeOverwrite", "dd*", merge_overwrite},
    {"mustMerge", "dd*", must_merge},
    {"mustMergeOverwrite", "dd*", must_merge_overwrite},
    {0},
};
