#include "base/mem.h"
#include "base/utf8.h"
#include "template/printer.h"

static void print_value(struct printer *p, struct value value, uint32_t verb, size_t depth);

/* "%!d(string=x)" */
static void bad_verb(struct printer *p, struct value value, uint32_t verb)
{
    p->bad_verbs = true;
    buf_adds(p->out, "%!");
    utf8_encode(p->out, verb);
    if (!value.type || value_kind(value) == VALUE_INTERFACE) {
        buf_adds(p->out, "(<nil>)");
    } else {
        buf_addf(p->out, "(%s=", value.type->name);
        print_value(p, value, 'v', 0);
        buf_addc(p->out, ')');
    }
    p->bad_verbs = false;
}

/* The String or GoString method, if the verb asks for it. */
static bool print_method(struct printer *p, struct value value, uint32_t verb)
{
    const struct value_type *type = value.type;
    if (p->bad_verbs)
        return false;
    if (type->kind == VALUE_POINTER && value.pointed_to)
        return print_method(p, *value.pointed_to, verb);
    bool go = p->flags.sharp_v;
    if (go ? !type->go_string : !type->string || !printer_verb_in(verb, "vsxXq"))
        return false;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (go)
        type->go_string(&value, &text);
    else
        type->string(&value, &text);
    printer_text(p, buf_span(&text), go ? 's' : verb);
    return true;
}

static void print_separator(struct printer *p, size_t i)
{
    if (i > 0)
        buf_adds(p->out, p->flags.sharp_v ? ", " : " ");
}

static void print_list(struct printer *p, struct value list, uint32_t verb, size_t depth)
{
    if (p->flags.sharp_v) {
        buf_adds(p->out, list.type->name);
        if (!list.list) {
            buf_adds(p->out, "(nil)");
            return;
        }
    }
    buf_addc(p->out, p->flags.sharp_v ? '{' : '[');
    for (size_t i = 0; i < value_len(list); i++) {
        print_separator(p, i);
        print_value(p, value_at(list, i), verb, depth + 1);
    }
    buf_addc(p->out, p->flags.sharp_v ? '}' : ']');
}

static void print_map(struct printer *p, struct value map, uint32_t verb, size_t depth)
{
    if (p->flags.sharp_v) {
        buf_adds(p->out, map.type->name);
        if (!map.map) {
            buf_adds(p->out, "(nil)");
            return;
        }
    }
    buf_adds(p->out, p->flags.sharp_v ? "{" : "map[");
    for (size_t i = 0; i < value_len(map); i++) {
        print_separator(p, i);
        print_value(p, map.map->entries[i].key, verb, depth + 1);
        buf_addc(p->out, ':');
        print_value(p, value_in(map.type, map.map->entries[i].value), verb, depth + 1);
    }
    buf_addc(p->out, p->flags.sharp_v ? '}' : ']');
}

static void print_struct(struct printer *p, struct value strct, uint32_t verb, size_t depth)
{
    if (p->flags.sharp_v)
        buf_adds(p->out, strct.type->name);
    buf_addc(p->out, '{');
    for (size_t i = 0; i < strct.type->n_fields; i++) {
        print_separator(p, i);
        if (p->flags.plus_v || p->flags.sharp_v)
            buf_addf(p->out, "%s:", strct.type->fields[i].name);
        print_value(p, strct.fields[i], verb, depth + 1);
    }
    buf_addc(p->out, '}');
}

static void print_nil_interface(struct printer *p)
{
    buf_adds(p->out, p->flags.sharp_v ? "interface {}(nil)" : "<nil>");
}

static bool print_nil_pointer(struct printer *p, struct value pointer, uint32_t verb)
{
    if (printer_verb_in(verb, "bodxX"))
        return printer_integer(p, 0, false, verb);
    if (verb != 'v')
        return false;
    if (p->flags.sharp_v)
        buf_addf(p->out, "(%s)(nil)", pointer.type->name);
    else
        printer_pad(p, SPAN_LITERAL("<nil>"));
    return true;
}

/* Go shows the address where the pointer lies in another value; here it is
 * followed, so that the text is the same every time. */
static bool print_pointer(struct printer *p, struct value pointer, uint32_t verb, size_t depth)
{
    if (!pointer.pointed_to)
        return print_nil_pointer(p, pointer, verb);
    buf_addc(p->out, '&');
    print_value(p, *pointer.pointed_to, verb, depth + 1);
    return true;
}

static bool may_go_on(struct printer *p, size_t depth)
{
    if (p->failed || buf_overflowed(p->out))
        return false;
    p->failed = budget_check_depth(depth, p->err) != 0 || budget_take(p->budget, 1, p->err) != 0;
    return !p->failed;
}

/* The digits of a float that somebody asked for take long to find. */
static bool may_have_digits(struct printer *p)
{
    size_t digits = p->flags.has_precision ? p->flags.precision : 0;
    p->failed = budget_take(p->budget, digits, p->err) != 0;
    return !p->failed;
}

static void print_value(struct printer *p, struct value value, uint32_t verb, size_t depth)
{
    if (!may_go_on(p, depth))
        return;
    if (depth > 0 && value.type && print_method(p, value, verb))
        return;
    bool good = true;
    switch (value_kind(value)) {
    case VALUE_INVALID:
    case VALUE_INTERFACE:
        print_nil_interface(p);
        break;
    case VALUE_BOOL:
        good = printer_bool(p, value.truth, verb);
        break;
    case VALUE_INT:
    case VALUE_INT64:
        good = printer_integer(p, value.natural, true, verb);
        break;
    case VALUE_UINT8:
    case VALUE_UINT64:
        good = printer_integer(p, value.natural, false, verb);
        break;
    case VALUE_FLOAT64:
        if (!may_have_digits(p))
            return;
        good = printer_float(p, value.real, verb);
        break;
    case VALUE_COMPLEX128:
        if (!may_have_digits(p))
            return;
        good = printer_complex(p, value.complex, verb);
        break;
    case VALUE_STRING:
        good = printer_text(p, value.text, verb);
        break;
    case VALUE_SLICE:
        print_list(p, value, verb, depth);
        break;
    case VALUE_MAP:
        print_map(p, value, verb, depth);
        break;
    case VALUE_STRUCT:
        print_struct(p, value, verb, depth);
        break;
    case VALUE_POINTER:
        good = print_pointer(p, value, verb, depth);
        break;
    }
    if (!good)
        bad_verb(p, value, verb);
}

void printer_arg(struct printer *p, struct value value, uint32_t verb)
{
    value.boxed = false;
    bool nothing = !value.type || value_kind(value) == VALUE_INTERFACE;
    if (nothing && (verb == 'v' || verb == 'T'))
        printer_pad(p, SPAN_LITERAL("<nil>"));
    else if (verb == 'T')
        printer_text(p, span_of(value.type->name), 's');
    else if (nothing || verb == 'p' || verb == 'w')
        bad_verb(p, value, verb);
    else if (!print_method(p, value, verb))
        print_value(p, value, verb, 0);
}

int fmt_value(struct budget *budget, struct value value, struct buf *out, struct err *err)
{
    struct printer p = {.out = out, .budget = budget, .err = err};
    printer_arg(&p, value, 'v');
    return p.failed ? -1 : 0;
}

int fmt_action(struct budget *budget, struct value value, struct buf *out, struct err *err)
{
    if (value_kind(value) == VALUE_STRING) {
        buf_add_span(out, value.text);
        return 0;
    }
    if (!value.type) {
        buf_adds(out, "<no value>");
        return 0;
    }
    if (value_kind(value) == VALUE_POINTER && value.pointed_to)
        value = *value.pointed_to;
    return fmt_value(budget, value, out, err);
}
