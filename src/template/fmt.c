#include "template/fmt.h"

#include "base/utf8.h"
#include "template/printer.h"

/* A walk over a format. */
struct format {
    struct printer printer;
    struct span text;
    size_t at;
    const struct value *args;
    size_t n_args;
    size_t arg;      /* the next operand */
    bool reordered;  /* some [n] was seen */
    bool good_index; /* the last [n] was right */
    bool after_index;
};

static bool is_string(struct value value)
{
    return value_kind(value) == VALUE_STRING;
}

int fmt_print(struct budget *budget, const struct value *args, size_t n_args, struct buf *out,
              struct err *err)
{
    for (size_t i = 0; i < n_args; i++) {
        if (i > 0 && !is_string(args[i - 1]) && !is_string(args[i]))
            buf_addc(out, ' ');
        if (fmt_value(budget, args[i], out, err) != 0)
            return -1;
    }
    return 0;
}

int fmt_println(struct budget *budget, const struct value *args, size_t n_args, struct buf *out,
                struct err *err)
{
    for (size_t i = 0; i < n_args; i++) {
        if (i > 0)
            buf_addc(out, ' ');
        if (fmt_value(budget, args[i], out, err) != 0)
            return -1;
    }
    buf_addc(out, '\n');
    return 0;
}

static char peek(const struct format *f)
{
    return f->at < f->text.len ? f->text.data[f->at] : '\0';
}

/* A number at the current place. A number beyond Go's limit takes all of the
 * format with it. */
static bool take_number(struct format *f, size_t *ret)
{
    bool any = false;
    *ret = 0;
    for (; peek(f) >= '0' && peek(f) <= '9'; f->at++, any = true) {
        if (*ret > FMT_WIDTH_MAX) {
            f->at = f->text.len;
            *ret = 0;
            return false;
        }
        *ret = *ret * 10 + (size_t)(peek(f) - '0');
    }
    return any;
}

/* What stands in the brackets at the current place, and their length; false
 * if it is no number. */
static bool read_index(const struct format *f, size_t *ret_index, size_t *ret_len)
{
    struct span rest = span_slice(f->text, f->at, f->text.len);
    ptrdiff_t close = rest.len < 3 ? -1 : span_find_byte(rest, ']');
    *ret_len = close < 0 ? 1 : (size_t)close + 1;
    if (close < 0)
        return false;
    struct format inner = *f;
    inner.text = span_slice(f->text, 0, f->at + (size_t)close);
    inner.at = f->at + 1;
    return take_number(&inner, ret_index) && inner.at == inner.text.len;
}

/* "[3]" before a star or verb picks an operand. */
static void take_index(struct format *f)
{
    size_t index, len;
    f->after_index = false;
    if (peek(f) != '[')
        return;
    f->reordered = true;
    f->after_index = read_index(f, &index, &len);
    f->at += len;
    if (f->after_index && index >= 1 && index <= f->n_args)
        f->arg = index - 1;
    else
        f->good_index = false;
}

/* The operand for a star; false if it is no int of a sane size. */
static bool take_star(struct format *f, int64_t *ret)
{
    if (f->arg >= f->n_args)
        return false;
    struct value value = f->args[f->arg++];
    *ret = 0;
    if (value_kind(value) == VALUE_INT || value_kind(value) == VALUE_INT64)
        *ret = value.integer;
    else if ((value_kind(value) == VALUE_UINT8 || value_kind(value) == VALUE_UINT64) &&
             value.natural <= FMT_WIDTH_MAX)
        *ret = (int64_t)value.natural;
    else
        return false;
    if (*ret >= -FMT_WIDTH_MAX && *ret <= FMT_WIDTH_MAX)
        return true;
    *ret = 0;
    return false;
}

static void take_flags(struct format *f)
{
    struct fmt_flags *flags = &f->printer.flags;
    for (;; f->at++) {
        switch (peek(f)) {
        case '#':
            flags->sharp = true;
            break;
        case '0':
            flags->zero = true;
            break;
        case '+':
            flags->plus = true;
            break;
        case '-':
            flags->minus = true;
            break;
        case ' ':
            flags->space = true;
            break;
        default:
            return;
        }
    }
}

static void take_width(struct format *f)
{
    struct fmt_flags *flags = &f->printer.flags;
    int64_t star = 0;
    take_index(f);
    if (peek(f) != '*') {
        flags->has_width = take_number(f, &flags->width);
        if (f->after_index && flags->has_width)
            f->good_index = false; /* "%[3]2d" */
        return;
    }
    f->at++;
    flags->has_width = take_star(f, &star);
    if (!flags->has_width)
        buf_adds(f->printer.out, "%!(BADWIDTH)");
    if (star < 0) {
        star = -star;
        flags->minus = true;
        flags->zero = false;
    }
    flags->width = (size_t)star;
    f->after_index = false;
}

static void take_precision(struct format *f)
{
    struct fmt_flags *flags = &f->printer.flags;
    int64_t star = 0;
    if (peek(f) != '.' || f->at + 1 == f->text.len) /* at the end it is the verb */
        return;
    f->at++;
    if (f->after_index)
        f->good_index = false; /* "%[3].2d" */
    take_index(f);
    if (peek(f) != '*') {
        if (!take_number(f, &flags->precision))
            flags->precision = 0;
        flags->has_precision = true;
        return;
    }
    f->at++;
    flags->has_precision = take_star(f, &star) && star >= 0;
    if (!flags->has_precision)
        buf_adds(f->printer.out, "%!(BADPREC)");
    flags->precision = star >= 0 ? (size_t)star : 0;
    f->after_index = false;
}

static void add_fault(struct format *f, uint32_t verb, const char *fault)
{
    buf_adds(f->printer.out, "%!");
    utf8_encode(f->printer.out, verb);
    buf_adds(f->printer.out, fault);
}

static void print_verb(struct format *f, uint32_t verb)
{
    struct fmt_flags *flags = &f->printer.flags;
    if (verb == '%') {
        buf_addc(f->printer.out, '%'); /* needs no operand, minds no width */
    } else if (!f->good_index) {
        add_fault(f, verb, "(BADINDEX)");
    } else if (f->arg >= f->n_args) {
        add_fault(f, verb, "(MISSING)");
    } else {
        if (verb == 'v' || verb == 'w') {
            flags->sharp_v = flags->sharp;
            flags->plus_v = flags->plus;
            flags->sharp = flags->plus = false;
        }
        if (flags->width > BUDGET_TEXT_MAX)
            printer_overflow(&f->printer);
        else
            printer_arg(&f->printer, f->args[f->arg++], verb);
    }
}

/* From behind the percent sign. */
static void take_verb(struct format *f)
{
    uint32_t verb;
    f->printer.flags = (struct fmt_flags){0};
    f->good_index = true;
    f->after_index = false;
    take_flags(f);
    take_width(f);
    take_precision(f);
    if (!f->after_index)
        take_index(f);
    size_t len = utf8_decode(span_slice(f->text, f->at, f->text.len), &verb);
    f->at += len;
    if (len == 0)
        buf_adds(f->printer.out, "%!(NOVERB)");
    else
        print_verb(f, verb);
}

static void add_extra(struct format *f)
{
    struct buf *out = f->printer.out;
    f->printer.flags = (struct fmt_flags){0};
    buf_adds(out, "%!(EXTRA ");
    for (size_t i = f->arg; i < f->n_args && !f->printer.failed; i++) {
        struct value value = f->args[i];
        if (i > f->arg)
            buf_adds(out, ", ");
        if (value_kind(value) != VALUE_INVALID && value_kind(value) != VALUE_INTERFACE)
            buf_addf(out, "%s=", value.type->name);
        printer_arg(&f->printer, value, 'v');
    }
    buf_addc(out, ')');
}

int fmt_printf(struct budget *budget, struct span format, const struct value *args, size_t n_args,
               struct buf *out, struct err *err)
{
    struct format f = {.printer = {.out = out, .budget = budget, .err = err},
                       .text = format,
                       .args = args,
                       .n_args = n_args};
    while (f.at < format.len && !f.printer.failed && !buf_overflowed(out)) {
        struct span rest = span_slice(format, f.at, format.len);
        ptrdiff_t percent = span_find_byte(rest, '%');
        size_t plain = percent < 0 ? rest.len : (size_t)percent;
        buf_add(out, rest.data, plain);
        f.at += plain;
        if (percent < 0)
            break;
        f.at++;
        take_verb(&f);
    }
    if (!f.reordered && f.arg < n_args && !f.printer.failed)
        add_extra(&f);
    return f.printer.failed ? -1 : 0;
}
