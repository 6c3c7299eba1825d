#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "base/utf8.h"
#include "template/printer.h"

bool printer_verb_in(uint32_t verb, const char *verbs)
{
    return verb != 0 && verb < 0x80 && strchr(verbs, (int)verb);
}

void printer_overflow(struct printer *p)
{
    buf_reserve(p->out, SIZE_MAX);
}

void printer_fill(struct printer *p, size_t width)
{
    /* Zeros stand on the left only. */
    char byte = p->flags.zero && !p->flags.minus ? '0' : ' ';
    char *room = width != 0 ? buf_reserve(p->out, width) : NULL;
    if (!room)
        return;
    memset(room, byte, width);
    buf_added(p->out, width);
}

void printer_pad(struct printer *p, struct span text)
{
    size_t count = p->flags.has_width ? utf8_count(text) : 0;
    size_t fill = p->flags.has_width && p->flags.width > count ? p->flags.width - count : 0;
    if (!p->flags.minus)
        printer_fill(p, fill);
    buf_add_span(p->out, text);
    if (p->flags.minus)
        printer_fill(p, fill);
}

/* The precision counts runes. */
static struct span cut(const struct printer *p, struct span text)
{
    if (!p->flags.has_precision)
        return text;
    size_t len = 0;
    uint32_t rune;
    for (size_t i = 0; i < p->flags.precision && len < text.len; i++)
        len += utf8_decode(span_slice(text, len, text.len), &rune);
    return span_slice(text, 0, len);
}

static void add_quoted(struct printer *p, struct span text)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(12 * (size_t)BUDGET_TEXT_MAX);
    if (p->flags.sharp && quote_go_fits_raw(text)) {
        buf_addc(&quoted, '`');
        buf_add_span(&quoted, text);
        buf_addc(&quoted, '`');
    } else if (p->flags.plus) {
        quote_go_ascii(text, &quoted);
    } else {
        quote_go(text, &quoted);
    }
    printer_pad(p, buf_span(&quoted));
}

/* Here the precision counts bytes. */
static void add_hex(struct printer *p, struct span text, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const char prefix[] = {'0', upper ? 'X' : 'x', '\0'};
    const struct fmt_flags *flags = &p->flags;
    size_t count = text.len;
    if (flags->has_precision && flags->precision < count)
        count = flags->precision;
    size_t width = 2 * count;
    if (count != 0 && flags->space)
        width += count - 1 + (flags->sharp ? 2 * count : 0);
    else if (count != 0 && flags->sharp)
        width += 2;
    size_t fill = flags->has_width && flags->width > width ? flags->width - width : 0;
    p->failed = budget_take(p->budget, count, p->err) != 0;
    if (!flags->minus)
        printer_fill(p, fill);
    for (size_t i = 0; i < count && !p->failed; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (buf_overflowed(p->out))
            return;
        if (flags->space && i > 0)
            buf_addc(p->out, ' ');
        if (flags->sharp && (flags->space || i == 0))
            buf_adds(p->out, prefix);
        buf_addc(p->out, digits[byte >> 4]);
        buf_addc(p->out, digits[byte & 15]);
    }
    if (flags->minus)
        printer_fill(p, fill);
}

bool printer_text(struct printer *p, struct span text, uint32_t verb)
{
    switch (verb) {
    case 'v':
        if (p->flags.sharp_v)
            add_quoted(p, cut(p, text));
        else
            printer_pad(p, cut(p, text));
        return true;
    case 's':
        printer_pad(p, cut(p, text));
        return true;
    case 'q':
        add_quoted(p, cut(p, text));
        return true;
    case 'x':
    case 'X':
        add_hex(p, text, verb == 'X');
        return true;
    default:
        return false;
    }
}

bool printer_bool(struct printer *p, bool truth, uint32_t verb)
{
    if (verb != 't' && verb != 'v')
        return false;
    printer_pad(p, truth ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
    return true;
}
