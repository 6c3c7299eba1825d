#include "base/number.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/quote.h"

enum {
    EXACT_DIGITS = 15, /* a number with so many decimal digits is exact in a double */
};

static bool is_digit(char c, bool hex)
{
    return (c >= '0' && c <= '9') || (hex && isxdigit((unsigned char)c));
}

/* Counts and years, which most tags are: exact without any rounding. */
static bool read_short(struct span text, double *ret)
{
    uint64_t value;
    if (text.len > EXACT_DIGITS || !span_to_u64(text, &value))
        return false;
    *ret = (double)value;
    return true;
}

static bool is_word(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

/* inf, infinity and nan. */
static bool read_word(struct span text, double *ret)
{
    bool sign = text.len != 0 && (text.data[0] == '+' || text.data[0] == '-');
    struct span word = span_slice(text, sign, text.len);
    if (is_word(word, "inf") || is_word(word, "infinity"))
        *ret = sign && text.data[0] == '-' ? -(double)INFINITY : (double)INFINITY;
    else if (!sign && is_word(word, "nan"))
        *ret = (double)NAN;
    else
        return false;
    return true;
}

/* A walk over the number that copies it for strtod(), without underscores. */
struct reader {
    struct span text;
    size_t at;
    bool hex;
    char copy[NUMBER_TEXT_MAX + 1];
    size_t len;
};

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.data[reader->at] : '\0';
}

static void take(struct reader *reader)
{
    reader->copy[reader->len++] = reader->text.data[reader->at++];
}

static void take_sign(struct reader *reader)
{
    if (peek(reader) == '+' || peek(reader) == '-')
        take(reader);
}

/* An underscore stands between two digits, or the prefix 0x and a digit. */
static bool skip_underscore(struct reader *reader, bool after_digit)
{
    reader->at++;
    return after_digit && is_digit(peek(reader), reader->hex);
}

/* Digits with, if POINT, at most one point among them; at least one digit. */
static bool take_digits(struct reader *reader, bool hex, bool point, bool after_prefix)
{
    bool after_digit = after_prefix, any = false;
    for (char c; (c = peek(reader)) != '\0';) {
        if (c == '_') {
            if (!skip_underscore(reader, after_digit))
                return false;
            continue;
        }
        bool is_point = point && c == '.';
        if (!is_point && !is_digit(c, hex))
            break;
        take(reader);
        point = point && !is_point;
        after_digit = !is_point;
        any = any || after_digit;
    }
    return any;
}

static bool take_number(struct reader *reader)
{
    take_sign(reader);
    if (peek(reader) == '0' && reader->at + 1 < reader->text.len &&
        (reader->text.data[reader->at + 1] | 0x20) == 'x') {
        reader->hex = true;
        take(reader);
        take(reader);
    }
    if (!take_digits(reader, reader->hex, true, reader->hex))
        return false;
    bool exponent = (peek(reader) | 0x20) == (reader->hex ? 'p' : 'e');
    if (exponent) {
        take(reader);
        take_sign(reader);
        if (!is_digit(peek(reader), false) || !take_digits(reader, false, false, false))
            return false;
    }
    reader->copy[reader->len] = '\0';
    return reader->at == reader->text.len && (exponent || !reader->hex);
}

/* strtod() with a point as decimal point, whatever the process' locale. */
static double to_double(const char *text)
{
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = strtod_l(text, NULL, plain);
    freelocale(plain);
    return value;
}

static int refuse(struct span text, const char *why, struct err *err)
{
    if (!err)
        return -1;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    quote_go(text, &quoted);
    return err_set(err, ERR_INVALID, "strconv.ParseFloat: parsing %s: %s", buf_text(&quoted), why);
}

int number_parse_float(struct span text, double *ret, struct err *err)
{
    if (read_short(text, ret) || read_word(text, ret))
        return 0;
    struct reader reader;
    reader.text = text;
    reader.at = reader.len = 0;
    reader.hex = false;
    if (text.len > NUMBER_TEXT_MAX || !take_number(&reader))
        return refuse(text, "invalid syntax", err);
    double value = to_double(reader.copy);
    if (isinf(value))
        return refuse(text, "value out of range", err);
    *ret = value;
    return 0;
}
