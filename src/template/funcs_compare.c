#include "base/mem.h"
#include "template/fmt.h"
#include "template/funcs.h"

/* Values of the same class can be compared, and integers of both classes. */
enum class {
    CLASS_NONE, /* lists, maps, structs, pointers, nil, nothing */
    CLASS_BOOL,
    CLASS_COMPLEX,
    CLASS_FLOAT,
    CLASS_INTEGER,
    CLASS_NATURAL,
    CLASS_STRING,
};

static enum class class_of(struct value value) {
    switch (value_kind(value)){
        case VALUE_BOOL : return CLASS_BOOL; case VALUE_COMPLEX128 : return CLASS_COMPLEX;
        case VALUE_FLOAT64 : return CLASS_FLOAT;
        case VALUE_INT : case VALUE_INT64 : return CLASS_INTEGER;
        case VALUE_UINT8 : case VALUE_UINT64 : return CLASS_NATURAL;
        case VALUE_STRING : return CLASS_STRING;
        default : return CLASS_NONE;
    }
}

static bool is_integral(enum class class)
{
    return class == CLASS_INTEGER || class == CLASS_NATURAL;
}

static int compare_integers(struct value a, struct value b)
{
    if (class_of(a) == CLASS_INTEGER && class_of(b) == CLASS_INTEGER)
        return (a.integer > b.integer) - (a.integer < b.integer);
    if (class_of(a) == CLASS_INTEGER && a.integer < 0)
        return -1;
    if (class_of(b) == CLASS_INTEGER && b.integer < 0)
        return 1;
    return (a.natural > b.natural) - (a.natural < b.natural);
}

/* nil and no value have no type for a message. */
static bool is_nothing(struct value value)
{
    return !value.type || value_kind(value) == VALUE_INTERFACE;
}

static int refuse_mix(struct call *call, struct value a, struct value b)
{
    return err_set(call->err, ERR_INVALID, "incompatible types for comparison: %s and %s",
                   a.type->name, b.type->name);
}

/* Does == compare values of that type? */
static bool is_comparable(const struct value_type *type)
{
    for (size_t i = 0; i < type->n_fields; i++) {
        if (!is_comparable(type->fields[i].type))
            return false;
    }
    return type->kind != VALUE_SLICE && type->kind != VALUE_MAP;
}

/* Values that == compares only if they are structs of plain fields. */
static int equal_composites(struct call *call, struct value a, struct value b)
{
    enum value_kind kind_a = value_kind(a), kind_b = value_kind(b);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    struct span format = SPAN_LITERAL("%s");
    if (is_nothing(a) || is_nothing(b) || value_is_nil(a) || value_is_nil(b)) {
        bool nil_a = is_nothing(a) || value_is_nil(a), nil_b = is_nothing(b) || value_is_nil(b);
        if (!is_nothing(a) && !is_nothing(b) && kind_a != kind_b)
            goto mixed;
        return nil_a == nil_b;
    }
    if (kind_a != kind_b)
        goto mixed;
    if (!is_comparable(b.type)) {
        fmt_printf(call->budget, format, &b, 1, &text, NULL);
        return err_set(call->err, ERR_INVALID, "non-comparable type %s: %s", buf_text(&text),
                       b.type->name);
    }
    if (a.type != b.type)
        return 0;
    if (value_kind(b) == VALUE_POINTER)
        return a.pointed_to == b.pointed_to;
    return value_same(call->budget, a, b, call->err);
mixed:
    fmt_printf(call->budget, format, &a, 1, &text, NULL);
    buf_addf(&text, ": %s, %s: ", a.type->name, b.type->name);
    fmt_value(call->budget, b, &text, NULL);
    return err_set(call->err, ERR_INVALID, "non-comparable types %s", buf_text(&text));
}

/* 1, 0 or -1 with an error. */
static int equal(struct call *call, struct value a, struct value b)
{
    enum class class_a = class_of(a), class_b = class_of(b);
    if (is_integral(class_a) && is_integral(class_b))
        return compare_integers(a, b) == 0;
    if (class_a != class_b)
        return is_nothing(a) || is_nothing(b) ? 0 : refuse_mix(call, a, b);
    switch (class_a) {
    case CLASS_BOOL:
        return a.truth == b.truth;
    case CLASS_COMPLEX:
        return a.complex.re == b.complex.re && a.complex.im == b.complex.im;
    case CLASS_FLOAT:
        return a.real == b.real;
    case CLASS_STRING:
        return span_equal(a.text, b.text);
    default:
        return equal_composites(call, a, b);
    }
}

static int eq(struct call *call)
{
    int same = 0;
    if (call->n_args == 1)
        return err_set(call->err, ERR_INVALID, "missing argument for comparison");
    for (size_t i = 1; i < call->n_args && same == 0; i++)
        same = equal(call, call->args[0], call->args[i]);
    *call->ret = value_bool(same == 1);
    return same < 0 ? -1 : 0;
}

static int ne(struct call *call)
{
    int same = equal(call, call->args[0], call->args[1]);
    *call->ret = value_bool(same == 0);
    return same < 0 ? -1 : 0;
}

/* What holds between two values that have an order. With a NaN nothing does. */
struct relation {
    bool less, equal;
};

static int relate(struct call *call, struct relation *ret)
{
    struct value a = call->args[0], b = call->args[1];
    enum class class_a = class_of(a), class_b = class_of(b);
    bool ordered_a = class_a >= CLASS_FLOAT, ordered_b = class_b >= CLASS_FLOAT;
    int order = 0;
    if (class_a == CLASS_NONE || class_b == CLASS_NONE)
        return err_set(call->err, ERR_INVALID, "invalid type for comparison");
    if (class_a != class_b && !(is_integral(class_a) && is_integral(class_b)))
        return refuse_mix(call, a, b);
    if (!ordered_a || !ordered_b)
        return err_set(call->err, ERR_INVALID, "invalid type for comparison");
    if (class_a == CLASS_FLOAT) {
        *ret = (struct relation){a.real < b.real, a.real == b.real};
        return 0;
    }
    order = class_a == CLASS_STRING ? span_compare(a.text, b.text) : compare_integers(a, b);
    *ret = (struct relation){order < 0, order == 0};
    return 0;
}

static int lt(struct call *call)
{
    struct relation relation = {0};
    int answer = relate(call, &relation);
    *call->ret = value_bool(relation.less);
    return answer;
}

static int le(struct call *call)
{
    struct relation relation = {0};
    int answer = relate(call, &relation);
    *call->ret = value_bool(relation.less || relation.equal);
    return answer;
}

/* Go defines these two as the negations, which a NaN shows. */
static int gt(struct call *call)
{
    struct relation relation = {0};
    int answer = relate(call, &relation);
    *call->ret = value_bool(!relation.less && !relation.equal);
    return answer;
}

static int ge(struct call *call)
{
    struct relation relation = {0};
    int answer = relate(call, &relation);
    *call->ret = value_bool(!relation.less);
    return answer;
}

const struct func funcs_compare[] = {
    {"eq", "vv*", eq},
    {"ge", "vv", ge},
    {"gt", "vv", gt},
    {"le", "vv", le},
    {"lt", "vv", lt},
    {"ne", "vv", ne},
    {0},
};
