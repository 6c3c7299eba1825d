#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "template/printer.h"

enum {
    SHORTEST_SIZE = 40,      /* bytes for a float with all its digits */
    SHORTEST_PRECISION = 16, /* decimals that tell any two floats apart */
    FRACTION_BITS = 52,
    FRACTION_NIBBLES = FRACTION_BITS / 4,
    DEFAULT_PRECISION = 6,
    /* The powers of ten from which on %v has an exponent. */
    EXPONENT_BELOW = -4,
    EXPONENT_FROM = 6,
};

/* Digits of the shortest form that reads back the same, and where the point
 * stands: the value is 0.DIGITS times ten to the power returned. REAL is
 * finite and above zero. */
static int shortest_digits(double real, char digits[static SHORTEST_SIZE], size_t *ret_len)
{
    char text[SHORTEST_SIZE];
    for (int precision = 0; precision <= SHORTEST_PRECISION; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision, real);
        if (strtod(text, NULL) == real)
            break;
    }
    size_t len = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (*at != '.')
            digits[len++] = *at;
    }
    while (len > 1 && digits[len - 1] == '0')
        len--;
    *ret_len = len;
    return (int)strtol(at + 1, NULL, 10) + 1;
}

static void add_exponent_form(const char *digits, size_t len, int exponent, int exponent_digits,
                              struct buf *out)
{
    buf_addc(out, digits[0]);
    if (len > 1) {
        buf_addc(out, '.');
        buf_add(out, digits + 1, len - 1);
    }
    buf_addf(out, "e%c%0*d", exponent < 0 ? '-' : '+', exponent_digits, abs(exponent));
}

static void add_plain_form(const char *digits, size_t len, int point, struct buf *out)
{
    if (point <= 0)
        buf_adds(out, "0.");
    for (int i = point; i < 0; i++)
        buf_addc(out, '0');
    for (int i = 0; i < point || (size_t)i < len; i++) {
        if (i == point && point > 0)
            buf_addc(out, '.');
        buf_addc(out, (size_t)i < len ? digits[i] : '0');
    }
}

static void add_shortest(double real, int below, int from, int exponent_digits, struct buf *out)
{
    char digits[SHORTEST_SIZE];
    size_t len;
    if (signbit(real))
        buf_addc(out, '-');
    if (real == 0) {
        buf_addc(out, '0');
        return;
    }
    int point = shortest_digits(fabs(real), digits, &len);
    if (point - 1 < below || point - 1 >= from)
        add_exponent_form(digits, len, point - 1, exponent_digits, out);
    else
        add_plain_form(digits, len, point, out);
}

void fmt_add_float(double real, int least, int most, struct buf *out)
{
    add_shortest(real, least, most, 1, out);
}

/* Mantissa and binary exponent, as in "4503599627370496p-52". */
static void add_binary(double real, struct buf *out)
{
    int exponent = 0;
    double fraction = frexp(fabs(real), &exponent);
    int least = -1074; /* of the numbers below the normal range */
    int power = real == 0 || exponent - 53 < least ? least : exponent - 53;
    uint64_t mantissa = (uint64_t)ldexp(fraction, exponent - power);
    buf_addf(out, "%s%llup%+d", signbit(real) ? "-" : "", (unsigned long long)mantissa, power);
}

/* The 53 bits of a mantissa cut to 1 + PRECISION nibbles, ties to even. */
static uint64_t round_mantissa(uint64_t mantissa, size_t precision)
{
    unsigned shift = 4 * (unsigned)(FRACTION_NIBBLES - precision);
    uint64_t half = UINT64_C(1) << (shift - 1), rest = mantissa & (2 * half - 1);
    mantissa >>= shift;
    return mantissa + (rest > half || (rest == half && (mantissa & 1)));
}

/* "0x1.8p+00": the exponent has at least two digits. */
static void add_hexadecimal(double real, const struct fmt_flags *flags, struct buf *out)
{
    int exponent = 0;
    uint64_t mantissa = (uint64_t)ldexp(frexp(fabs(real), &exponent), FRACTION_BITS + 1);
    exponent -= real != 0;
    size_t nibbles = FRACTION_NIBBLES;
    if (flags->has_precision && flags->precision < nibbles) {
        nibbles = flags->precision;
        mantissa = round_mantissa(mantissa, nibbles);
        if (mantissa >> (4 * nibbles) > 1) { /* rounded up to the next power */
            mantissa >>= 1;
            exponent++;
        }
    }
    while (!flags->has_precision && nibbles > 0 && (mantissa & 15) == 0) {
        mantissa >>= 4;
        nibbles--;
    }
    uint64_t one = UINT64_C(1) << (4 * nibbles);
    buf_addf(out, "%s0x%d", signbit(real) ? "-" : "", (int)(mantissa / one));
    if (nibbles > 0)
        buf_addf(out, ".%0*llx", (int)nibbles, (unsigned long long)(mantissa % one));
    else if (flags->has_precision && flags->precision > 0)
        buf_addc(out, '.');
    for (size_t i = nibbles; flags->has_precision && i < flags->precision; i++)
        buf_addc(out, '0');
    buf_addf(out, "p%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
}

/* The number with a minus but no plus, in lower case. */
static void add_number(double real, uint32_t verb, const struct fmt_flags *flags, struct buf *out)
{
    int precision = flags->has_precision ? (int)flags->precision : DEFAULT_PRECISION;
    switch (verb) {
    case 'e':
    case 'E':
        buf_addf(out, "%.*e", precision, real);
        break;
    case 'f':
    case 'F':
        buf_addf(out, "%.*f", precision, real);
        break;
    case 'b':
        add_binary(real, out);
        break;
    case 'x':
    case 'X':
        add_hexadecimal(real, flags, out);
        break;
    default:
        if (flags->has_precision)
            buf_addf(out, "%.*g", precision, real);
        else
            add_shortest(real, EXPONENT_BELOW, EXPONENT_FROM, 2, out);
        break;
    }
}

/* Where the exponent begins, or the end. */
static size_t exponent_at(struct span number, uint32_t verb)
{
    char letter = verb == 'x' || verb == 'X' ? 'p' : 'e';
    ptrdiff_t at = span_find_byte(number, letter);
    return at < 0 ? number.len : (size_t)at;
}

/*
 * The flag #: a point in every number, and for %g as many digits as the
 * precision says. Go counts the x of a prefix as a digit.
 */
static void add_point(struct span number, uint32_t verb, const struct fmt_flags *flags,
                      struct buf *out)
{
    size_t end = exponent_at(number, verb), digits = 0, seen = 0;
    bool point = false, nonzero = false;
    if (verb == 'v' || verb == 'g' || verb == 'G' || verb == 'x')
        digits = flags->has_precision ? flags->precision : DEFAULT_PRECISION;
    struct span mantissa = span_slice(number, number.data[0] == '-', end);
    for (size_t i = 0; i < mantissa.len; i++) {
        char c = mantissa.data[i];
        point = point || c == '.';
        nonzero = nonzero || (c != '.' && c != '0');
        seen += nonzero && c != '.';
    }
    if (!point && span_is(mantissa, "0"))
        seen++;
    buf_add_span(out, span_slice(number, 0, end));
    if (!point)
        buf_addc(out, '.');
    for (; seen < digits; seen++)
        buf_addc(out, '0');
    buf_add_span(out, span_slice(number, end, number.len));
}

static bool is_upper_verb(uint32_t verb)
{
    return verb == 'E' || verb == 'G' || verb == 'X';
}

static void to_upper(struct buf *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] >= 'a' && text->data[i] <= 'z')
            text->data[i] = (char)(text->data[i] - 'a' + 'A');
    }
}

/* The sign and the digits, with the padding between them if that is zeros. */
static void pad_signed(struct printer *p, char sign, struct span digits)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    const struct fmt_flags *flags = &p->flags;
    size_t len = digits.len + 1;
    if (sign != '\0' && flags->zero && !flags->minus && flags->has_width && flags->width > len) {
        buf_addc(p->out, sign);
        printer_fill(p, flags->width - len);
        buf_add_span(p->out, digits);
        return;
    }
    if (sign != '\0')
        buf_addc(&text, sign);
    buf_add_span(&text, digits);
    printer_pad(p, buf_span(&text));
}

/* Infinities and NaN are no numbers: no zeros in front of them. */
static void add_strange(struct printer *p, double real, char sign)
{
    bool zero = p->flags.zero;
    p->flags.zero = false;
    if (isinf(real))
        pad_signed(p, sign != '\0' ? sign : '+', SPAN_LITERAL("Inf"));
    else
        pad_signed(p, sign, SPAN_LITERAL("NaN"));
    p->flags.zero = zero;
}

bool printer_float(struct printer *p, double real, uint32_t verb)
{
    if (!printer_verb_in(verb, "vbgGxXfFeE"))
        return false;
    bool negative = signbit(real) && !isnan(real);
    char sign = negative ? '-' : p->flags.plus ? '+' : p->flags.space ? ' ' : '\0';
    if (!isfinite(real)) {
        add_strange(p, real, sign);
        return true;
    }
    CLEANUP(buf_finish) struct buf number = BUF_INIT(BUDGET_TEXT_MAX);
    CLEANUP(buf_finish) struct buf pointed = BUF_INIT(BUDGET_TEXT_MAX);
    add_number(fabs(real), verb, &p->flags, &number);
    if (p->flags.sharp && verb != 'b')
        add_point(buf_span(&number), verb, &p->flags, &pointed);
    struct buf *text = pointed.len != 0 ? &pointed : &number;
    if (is_upper_verb(verb))
        to_upper(text);
    if (buf_overflowed(text))
        printer_overflow(p);
    pad_signed(p, sign, buf_span(text));
    return true;
}

bool printer_complex(struct printer *p, struct value_complex complex, uint32_t verb)
{
    if (!printer_verb_in(verb, "vbgGxXfFeE"))
        return false;
    bool plus = p->flags.plus;
    buf_addc(p->out, '(');
    printer_float(p, complex.re, verb);
    p->flags.plus = true;
    printer_float(p, complex.im, verb);
    buf_adds(p->out, "i)");
    p->flags.plus = plus;
    return true;
}
