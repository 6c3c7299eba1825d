#include "template/literal.h"

#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/quote.h"

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 36;
}

/* The base that a prefix asks for; takes the prefix off *TEXT. */
static unsigned take_prefix(struct span *text)
{
    if (text->data[0] != '0')
        return 10;
    char sign = text->len >= 3 ? (char)(text->data[1] | 0x20) : '0';
    unsigned base = sign == 'x' ? 16 : sign == 'o' ? 8 : sign == 'b' ? 2 : 0;
    *text = span_slice(*text, base != 0 ? 2 : 1, text->len);
    return base != 0 ? base : 8;
}

/* strconv.ParseUint; see literal_read_integer(). */
static enum literal_answer read_natural(struct span text, unsigned base, uint64_t *ret)
{
    *ret = 0;
    if (text.len == 0)
        return LITERAL_SYNTAX;
    bool underscores = base == 0;
    /* May an underscore stand here? After a prefix it may, too. */
    bool after_digit = underscores && text.data[0] == '0';
    bool after_underscore = false;
    if (base == 0)
        base = take_prefix(&text);
    for (size_t i = 0; i < text.len; i++) {
        if (underscores && text.data[i] == '_' && after_digit) {
            after_digit = false;
            after_underscore = true;
            continue;
        }
        unsigned digit = (unsigned)digit_value(text.data[i]);
        if (digit >= base)
            return LITERAL_SYNTAX;
        after_digit = true;
        after_underscore = false;
        if (__builtin_mul_overflow(*ret, base, ret) || __builtin_add_overflow(*ret, digit, ret)) {
            *ret = UINT64_MAX;
            return LITERAL_RANGE; /* whatever may follow, as in Go */
        }
    }
    return after_underscore ? LITERAL_SYNTAX : LITERAL_OK;
}

enum literal_answer literal_read_integer(struct span text, unsigned base, int64_t *ret)
{
    *ret = 0;
    bool sign = text.len != 0 && (text.data[0] == '+' || text.data[0] == '-');
    bool negative = sign && text.data[0] == '-';
    const uint64_t most = (uint64_t)INT64_MAX + negative;
    uint64_t natural;
    enum literal_answer answer = read_natural(span_slice(text, sign, text.len), base, &natural);
    if (answer == LITERAL_SYNTAX)
        return LITERAL_SYNTAX;
    if (natural > most) {
        answer = LITERAL_RANGE;
        natural = most;
    }
    *ret = (int64_t)(negative ? 0 - natural : natural);
    return answer;
}

static int refuse(const char *what, struct span text, struct err *err)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    quote_go(text, &quoted);
    return err_set(err, ERR_INVALID, "%s: %s", what, buf_text(&quoted));
}

static int read_char(struct span text, struct literal_number *ret, struct err *err)
{
    uint32_t rune;
    bool byte;
    size_t len = quote_go_read_char(span_slice(text, 1, text.len), '\'', &rune, &byte);
    if (len == 0)
        return err_set(err, ERR_INVALID, "invalid syntax");
    if (1 + len + 1 != text.len)
        return err_set(err, ERR_INVALID, "malformed character constant: %.*s", (int)text.len,
                       text.data);
    *ret = (struct literal_number){.is_integer = true,
                                   .is_natural = true,
                                   .is_float = true,
                                   .integer = rune,
                                   .natural = rune,
                                   .real = rune};
    return 0;
}

/* What a float or complex number is besides, when it has no fraction. */
static void add_integers(struct literal_number *number)
{
    double real = number->real;
    if (real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real) {
        number->is_integer = true;
        number->integer = (int64_t)real;
    }
    if (real >= 0 && real < 0x1p64 && (double)(uint64_t)real == real) {
        number->is_natural = true;
        number->natural = (uint64_t)real;
    }
}

static void set_complex(double re, double im, struct literal_number *ret)
{
    *ret = (struct literal_number){.is_complex = true, .complex = {re, im}};
    ret->is_float = im == 0;
    ret->real = re;
    if (ret->is_float)
        add_integers(ret);
}

/* Where the second number of "1+2i" begins: at a sign that is not that of an
 * exponent. 0 if there is one number only. */
static size_t second_number(struct span text)
{
    bool sign = text.data[0] == '+' || text.data[0] == '-';
    struct span digits = span_slice(text, sign, text.len);
    char exponent = span_starts_with(digits, "0x") || span_starts_with(digits, "0X") ? 'p' : 'e';
    for (size_t i = 1; i < text.len; i++) {
        if ((text.data[i] == '+' || text.data[i] == '-') && (text.data[i - 1] | 0x20) != exponent)
            return i;
    }
    return 0;
}

/* A number that ends in "i", perhaps after a real one. */
static int read_imaginary(struct span text, struct literal_number *ret, struct err *err)
{
    double re = 0, im;
    size_t split = second_number(text);
    struct span last = span_slice(text, split, text.len - 1);
    bool good = number_parse_float(last, &im, NULL) == 0;
    if (split == 0 && !good)
        return refuse("illegal number syntax", text, err);
    if (!good || (split != 0 && number_parse_float(span_slice(text, 0, split), &re, NULL) != 0))
        return err_set(err, ERR_INVALID, "syntax error scanning complex number");
    set_complex(re, im, ret);
    return 0;
}

static bool has_any(struct span text, const char *chars)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(chars, text.data[i]))
            return true;
    }
    return false;
}

int literal_read(struct span text, struct literal_number *ret, struct err *err)
{
    if (span_starts_with(text, "'"))
        return read_char(text, ret, err);
    if (span_ends_with(text, "i"))
        return read_imaginary(text, ret, err);
    *ret = (struct literal_number){0};
    ret->is_natural = read_natural(text, 0, &ret->natural) == LITERAL_OK;
    ret->is_integer = literal_read_integer(text, 0, &ret->integer) == LITERAL_OK;
    if (ret->is_integer && ret->integer == 0) /* "-0" */
        ret->is_natural = true;
    if (ret->is_integer || ret->is_natural) {
        ret->is_float = true;
        ret->real = ret->is_integer ? (double)ret->integer : (double)ret->natural;
        return 0;
    }
    if (number_parse_float(text, &ret->real, NULL) != 0)
        return refuse("illegal number syntax", text, err);
    if (!has_any(text, ".eEpP"))
        return refuse("integer overflow", text, err);
    ret->is_float = true;
    add_integers(ret);
    return 0;
}
