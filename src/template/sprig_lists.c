/* Sprig's functions on lists. None changes the list that it is given. */
#include <string.h>

#include "template/convert.h"
#include "template/funcs.h"

/* Answers 0 if the argument is a list; else fails with "<WHAT> <its kind>". */
static int want_list(struct call *call, struct value value, const char *what)
{
    int is_list = convert_is_list(call, value);
    if (is_list == 0)
        return call_fail(call, "%s %s", what, convert_kind_name(value));
    return is_list == 1 ? 0 : -1;
}

static int new_list(struct call *call, size_t len, struct value *ret)
{
    if (budget_check_list(len, call->err) != 0)
        return -1;
    return value_new_list(call->budget, &type_list, len, ret, call->err);
}

/* Copies the elements [FROM, TO) of LIST to the place AT of TARGET. */
static void copy_items(struct value list, size_t from, size_t to, struct value target, size_t at)
{
    if (to > from)
        memcpy(target.list->items + at, list.list->items + from,
               (to - from) * sizeof(struct value));
}

static int list(struct call *call)
{
    if (new_list(call, call->n_args, call->ret) != 0)
        return -1;
    for (size_t i = 0; i < call->n_args; i++)
        call->ret->list->items[i] = value_unboxed(call->args[i]);
    return 0;
}

static int append(struct call *call)
{
    struct value old = call->args[0];
    if (want_list(call, old, "Cannot push on type") != 0)
        return -1;
    old.type = &type_list;
    return value_append(call->budget, old, call->args[1], call->ret, call->err);
}

static int prepend(struct call *call)
{
    struct value old = call->args[0];
    if (want_list(call, old, "Cannot prepend on type") != 0 ||
        new_list(call, value_len(old) + 1, call->ret) != 0)
        return -1;
    call->ret->list->items[0] = value_unboxed(call->args[1]);
    copy_items(old, 0, value_len(old), *call->ret, 1);
    return 0;
}

static int first(struct call *call)
{
    if (want_list(call, call->args[0], "Cannot find first on type") != 0)
        return -1;
    bool any = value_len(call->args[0]) != 0;
    return call_give(call, any ? value_at(call->args[0], 0) : value_nil());
}

static int last(struct call *call)
{
    size_t len = value_len(call->args[0]);
    if (want_list(call, call->args[0], "Cannot find last on type") != 0)
        return -1;
    return call_give(call, len != 0 ? value_at(call->args[0], len - 1) : value_nil());
}

/* A part of the list as []interface {}; of an empty one nil. */
static int give_part(struct call *call, const char *what, size_t skip_first, size_t skip_last)
{
    struct value old = call->args[0];
    if (want_list(call, old, what) != 0)
        return -1;
    if (value_len(old) == 0)
        return call_give(call, (struct value){.type = &type_list});
    old.type = &type_list;
    return value_sublist(call->budget, old, skip_first, value_len(old) - skip_last, call->ret,
                         call->err);
}

static int rest(struct call *call)
{
    return give_part(call, "Cannot find rest on type", 1, 0);
}

static int initial(struct call *call)
{
    return give_part(call, "Cannot find initial on type", 0, 1);
}

static int reverse(struct call *call)
{
    struct value old = call->args[0];
    size_t len = value_len(old);
    if (want_list(call, old, "Cannot find reverse on type") != 0 ||
        new_list(call, len, call->ret) != 0)
        return -1;
    for (size_t i = 0; i < len; i++)
        call->ret->list->items[len - 1 - i] = old.list->items[i];
    return 0;
}

/* Is VALUE deeply equal to one of ITEMS? 1, 0, -1. */
static int is_among(struct call *call, const struct value *items, size_t count, struct value value)
{
    int found = 0;
    for (size_t i = 0; i < count && found == 0; i++) {
        if (budget_take(call->budget, 1, call->err) != 0)
            return -1;
        found = value_same(call->budget, items[i], value, call->err);
    }
    return found;
}

/* Keeps the elements for which KEEP answers 1; KEPT are those so far. */
static int filter(struct call *call, struct value old,
                  int (*keep)(struct call *call, struct value item, struct value kept))
{
    if (new_list(call, value_len(old), call->ret) != 0)
        return -1;
    size_t *len = &call->ret->list->len;
    *len = 0;
    for (size_t i = 0; i < value_len(old); i++) {
        int answer = keep(call, old.list->items[i], *call->ret);
        if (answer < 0)
            return -1;
        if (answer == 1)
            call->ret->list->items[(*len)++] = old.list->items[i];
    }
    return 0;
}

static int is_new(struct call *call, struct value item, struct value kept)
{
    int found = is_among(call, kept.list->items, kept.list->len, item);
    return found < 0 ? -1 : !found;
}

static int is_not_named(struct call *call, struct value item, struct value kept)
{
    (void)kept;
    int found = is_among(call, call->args + 1, call->n_args - 1, item);
    return found < 0 ? -1 : !found;
}

static int is_full(struct call *call, struct value item, struct value kept)
{
    (void)call;
    (void)kept;
    return !convert_is_empty(item);
}

static int uniq(struct call *call)
{
    if (want_list(call, call->args[0], "Cannot find uniq on type") != 0)
        return -1;
    return filter(call, call->args[0], is_new);
}

static int without(struct call *call)
{
    if (want_list(call, call->args[0], "Cannot find without on type") != 0)
        return -1;
    return filter(call, call->args[0], is_not_named);
}

static int compact(struct call *call)
{
    if (want_list(call, call->args[0], "Cannot compact on type") != 0)
        return -1;
    return filter(call, call->args[0], is_full);
}

static int has(struct call *call)
{
    struct value in = call->args[1];
    if (value_kind(in) == VALUE_INTERFACE)
        return call_give_bool(call, false);
    if (want_list(call, in, "Cannot find has on type") != 0)
        return -1;
    size_t len = value_len(in);
    int found = len != 0 ? is_among(call, in.list->items, len, call->args[0]) : 0;
    return found < 0 ? -1 : call_give_bool(call, found == 1);
}

static int slice(struct call *call)
{
    struct value old = call->args[0];
    int64_t len = (int64_t)value_len(old);
    if (want_list(call, old, "list should be type of slice or array but") != 0)
        return -1;
    if (len == 0)
        return call_give(call, value_nil());
    int64_t from = call->n_args > 1 ? convert_integer(call->args[1]) : 0;
    int64_t to = call->n_args > 2 ? convert_integer(call->args[2]) : len;
    if (from < 0 || to < from || to > len)
        return call_fail(call, "reflect.Value.Slice: slice index out of bounds");
    return value_sublist(call->budget, value_unboxed(old), (size_t)from, (size_t)to, call->ret,
                         call->err);
}

/* In Go it answers with an interface, which a field of the answer tells. */
static int concat(struct call *call)
{
    size_t len = 0;
    for (size_t i = 0; i < call->n_args; i++) {
        int is_list = convert_is_list(call, call->args[i]);
        if (is_list < 0)
            return -1;
        if (is_list == 0)
            return call_fail(call, "Cannot concat type %s as list",
                             convert_kind_name(call->args[i]));
        len += value_len(call->args[i]);
    }
    if (len == 0)
        return call_give(call, (struct value){.type = &type_list, .boxed = true});
    if (new_list(call, len, call->ret) != 0)
        return -1;
    for (size_t i = 0, at = 0; i < call->n_args; i++) {
        copy_items(call->args[i], 0, value_len(call->args[i]), *call->ret, at);
        at += value_len(call->args[i]);
    }
    return 0;
}

/* How many lists of SIZE elements hold LEN, or -1 for a size that Go chokes on.
 * A negative size gives what Go's arithmetic makes of it. */
static int64_t count_chunks(int64_t size, int64_t len)
{
    if (size > 0)
        return (len + size - 1) / size;
    if (size == 0 || len == 0 || (size == -1 && len == 1))
        return -1;
    if (len == 1)
        return 1;
    return len - 1 <= -size ? 0 : -1;
}

/* Lists of so many elements, the last one of what is left. */
static int chunk(struct call *call)
{
    struct value old = call->args[1];
    int64_t len = (int64_t)value_len(old), size = call->args[0].integer;
    if (want_list(call, old, "Cannot chunk type") != 0)
        return -1;
    if (size > len)
        size = len != 0 ? len : 1;
    int64_t count = count_chunks(size, len);
    if (count < 0)
        return call_fail(call, "runtime error: makeslice: len out of range");
    if (call_take(call, (size_t)count) != 0 ||
        value_new_list(call->budget, &type_lists, (size_t)count, call->ret, call->err) != 0)
        return -1;
    old.type = &type_list;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = size > 0 ? i * size : 0;
        int64_t to = size > 0 && len - from > size ? from + size : len;
        if (value_sublist(call->budget, old, (size_t)from, (size_t)to, &call->ret->list->items[i],
                          call->err) != 0)
            return -1;
    }
    return 0;
}

const struct func funcs_lists[] = {
    {"append", "xx", append},
    {"chunk", "ix", chunk},
    {"compact", "x", compact},
    {"concat", "x*", concat},
    {"first", "x", first},
    {"has", "xx", has},
    {"initial", "x", initial},
    {"last", "x", last},
    {"list", "x*", list},
    {"mustAppend", "xx", append},
    {"mustChunk", "ix", chunk},
    {"mustCompact", "x", compact},
    {"mustFirst", "x", first},
    {"mustHas", "xx", has},
    {"mustInitial", "x", initial},
    {"mustLast", "x", last},
    {"mustPrepend", "xx", prepend},
    {"mustPush", "xx", append},
    {"mustRest", "x", rest},
    {"mustReverse", "x", reverse},
    {"mustSlice", "xx*", slice},
    {"mustUniq", "x", uniq},
    {"mustWithout", "xx*", without},
    {"prepend", "xx", prepend},
    {"push", "xx", append},
    {"rest", "x", rest},
    {"reverse", "x", reverse},
    {"slice", "xx*", slice},
    {"tuple", "x*", list},
    {"uniq", "x", uniq},
    {"without", "xx*", without},
    {0},
};
