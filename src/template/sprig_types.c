/* Sprig's functions that choose, tell types, and fail. */
#include "template/convert.h"
#include "template/funcs.h"

static int default_(struct call *call)
{
    bool given = call->n_args > 1 && !convert_is_empty(call->args[1]);
    return call_give(call, call->args[given ? 1 : 0]);
}

static int empty(struct call *call)
{
    return call_give_bool(call, convert_is_empty(call->args[0]));
}

static int coalesce(struct call *call)
{
    for (size_t i = 0; i < call->n_args; i++) {
        if (!convert_is_empty(call->args[i]))
            return call_give(call, call->args[i]);
    }
    return call_give(call, value_nil());
}

static int all(struct call *call)
{
    bool full = true;
    for (size_t i = 0; i < call->n_args; i++)
        full = full && !convert_is_empty(call->args[i]);
    return call_give_bool(call, full);
}

static int any(struct call *call)
{
    bool full = false;
    for (size_t i = 0; i < call->n_args; i++)
        full = full || !convert_is_empty(call->args[i]);
    return call_give_bool(call, full);
}

static int ternary(struct call *call)
{
    return call_give(call, call->args[call->args[2].truth ? 0 : 1]);
}

static const char *type_name(struct value value)
{
    bool nil = !value.type || value_kind(value) == VALUE_INTERFACE;
    return nil ? "<nil>" : value.type->name;
}

static int type_of(struct call *call)
{
    return call_give(call, value_texts(type_name(call->args[0])));
}

static int type_is(struct call *call)
{
    return call_give_bool(call, span_is(call->args[0].text, type_name(call->args[1])));
}

static int type_is_like(struct call *call)
{
    const char *name = type_name(call->args[1]);
    bool like = span_is(call->args[0].text, name) ||
                (name[0] == '*' && span_is(call->args[0].text, name + 1));
    return call_give_bool(call, like);
}

static int kind_of(struct call *call)
{
    return call_give(call, value_texts(convert_kind_name(call->args[0])));
}

static int kind_is(struct call *call)
{
    return call_give_bool(call, span_is(call->args[0].text, convert_kind_name(call->args[1])));
}

static int deep_equal(struct call *call)
{
    int same = value_same(call->budget, value_unboxed(call->args[0]), value_unboxed(call->args[1]),
                          call->err);
    return same < 0 ? -1 : call_give_bool(call, same == 1);
}

static int fail(struct call *call)
{
    struct span text = call->args[0].text;
    return call_fail(call, "%.*s", (int)text.len, text.data);
}

const struct func funcs_types[] = {
    {"all", "x*", all},           {"any", "x*", any},
    {"coalesce", "x*", coalesce}, {"deepEqual", "xx", deep_equal},
    {"default", "xx*", default_}, {"empty", "x", empty},
    {"fail", "s", fail},          {"kindIs", "sx", kind_is},
    {"kindOf", "x", kind_of},     {"ternary", "xxb", ternary},
    {"typeIs", "sx", type_is},    {"typeIsLike", "sx", type_is_like},
    {"typeOf", "x", type_of},     {0},
};
