#include "base/mem.h"
#include "base/quote.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/printer.h"

/* The sign as the flags want it, or 0. */
static char sign_of(const struct printer *p, bool negative)
{
    return negative ? '-' : p->flags.plus ? '+' : p->flags.space ? ' ' : '\0';
}

/* Digits of MAGNITUDE, most significant first; returns how many. */
static size_t to_digits(uint64_t magnitude, unsigned base, bool upper, char digits[static 64])
{
    const char *figures = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char reversed[64];
    size_t len = 0;
    do {
        reversed[len++] = figures[magnitude % base];
        magnitude /= base;
    } while (magnitude != 0);
    for (size_t i = 0; i < len; i++)
        digits[i] = reversed[len - 1 - i];
    return len;
}

static const char *prefix_of(const struct printer *p, uint32_t verb, char first_digit)
{
    if (verb == 'O') /* Go writes both prefixes */
        return p->flags.sharp && first_digit != '0' ? "0o0" : "0o";
    if (!p->flags.sharp)
        return "";
    switch (verb) {
    case 'b':
        return "0b";
    case 'o':
        return first_digit == '0' ? "" : "0";
    case 'x':
        return "0x";
    case 'X':
        return "0X";
    default:
        return "";
    }
}

/* Zeros are padded to the number itself, behind its sign. */
static void pad_number(struct printer *p, const struct buf *text)
{
    bool zero = p->flags.zero;
    if (buf_overflowed(text))
        printer_overflow(p);
    p->flags.zero = false;
    printer_pad(p, buf_span(text));
    p->flags.zero = zero;
}

static void add_integer(struct printer *p, uint64_t bits, bool is_signed, unsigned base,
                        uint32_t verb)
{
    const struct fmt_flags *flags = &p->flags;
    bool negative = is_signed && (int64_t)bits < 0;
    char digits[64], sign = sign_of(p, negative);
    size_t len = to_digits(negative ? 0 - bits : bits, base, verb == 'X', digits);
    size_t least = 0;
    if (flags->has_precision) {
        least = flags->precision;
        if (least == 0 && bits == 0)
            len = 0; /* nothing but padding */
    } else if (flags->zero && !flags->minus && flags->has_width) {
        least = flags->width - (sign != '\0' && flags->width != 0);
    }
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    bool nothing = len == 0;
    if (sign != '\0' && !nothing)
        buf_addc(&text, sign);
    char first = least > len ? '0' : digits[0];
    if (!nothing)
        buf_adds(&text, prefix_of(p, verb, first));
    for (size_t i = len; i < least && !nothing && !buf_overflowed(&text); i++)
        buf_addc(&text, '0');
    buf_add(&text, digits, len);
    pad_number(p, &text);
}

static void add_char(struct printer *p, uint64_t bits, bool quoted)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(64);
    uint32_t rune = bits > UTF8_RUNE_MAX ? UTF8_REPLACEMENT : (uint32_t)bits;
    if (quoted)
        quote_go_rune(rune, p->flags.plus, &text);
    else
        utf8_encode(&text, rune);
    printer_pad(p, buf_span(&text));
}

/* "U+0078 'x'" */
static void add_code_point(struct printer *p, uint64_t bits)
{
    char digits[64];
    size_t len = to_digits(bits, 16, true, digits);
    size_t least = p->flags.has_precision && p->flags.precision > 4 ? p->flags.precision : 4;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    buf_adds(&text, "U+");
    for (size_t i = len; i < least && !buf_overflowed(&text); i++)
        buf_addc(&text, '0');
    buf_add(&text, digits, len);
    if (p->flags.sharp && bits <= UTF8_RUNE_MAX && unicode_is_print((uint32_t)bits)) {
        buf_adds(&text, " '");
        utf8_encode(&text, (uint32_t)bits);
        buf_addc(&text, '\'');
    }
    pad_number(p, &text);
}

/* %#v of unsigned kinds. */
static void add_go_natural(struct printer *p, uint64_t bits)
{
    bool sharp = p->flags.sharp;
    p->flags.sharp = true;
    add_integer(p, bits, false, 16, 'x');
    p->flags.sharp = sharp;
}

bool printer_integer(struct printer *p, uint64_t bits, bool is_signed, uint32_t verb)
{
    switch (verb) {
    case 'v':
        if (p->flags.sharp_v && !is_signed)
            add_go_natural(p, bits);
        else
            add_integer(p, bits, is_signed, 10, verb);
        return true;
    case 'd':
        add_integer(p, bits, is_signed, 10, verb);
        return true;
    case 'b':
        add_integer(p, bits, is_signed, 2, verb);
        return true;
    case 'o':
    case 'O':
        add_integer(p, bits, is_signed, 8, verb);
        return true;
    case 'x':
    case 'X':
        add_integer(p, bits, is_signed, 16, verb);
        return true;
    case 'c':
    case 'q':
        add_char(p, bits, verb == 'q');
        return true;
    case 'U':
        add_code_point(p, bits);
        return true;
    default:
        return false;
    }
}
