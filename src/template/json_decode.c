#include "template/json_decode.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/quote.h"
#include "base/utf8.h"

enum {
    END = -1, /* of the text */
};

struct decoder {
    struct budget *budget;
    struct span text;
    size_t at;
    size_t depth;
    bool unfit; /* a number did not fit, and the error tells which */
    struct err *err;
};

static int decode_value(struct decoder *d, struct value *ret);

static int peek(const struct decoder *d)
{
    return d->at < d->text.len ? (unsigned char)d->text.data[d->at] : END;
}

static void skip_blanks(struct decoder *d)
{
    while (peek(d) == ' ' || peek(d) == '\t' || peek(d) == '\r' || peek(d) == '\n')
        d->at++;
}

/* The current byte is wrong. At the end Go tries a blank, and where that would
 * be fine, something is missing. */
static int refuse(struct decoder *d, const char *where, bool blank_is_wrong)
{
    int byte = peek(d);
    CLEANUP(buf_finish) struct buf shown = BUF_INIT(32);
    if (byte == END && !blank_is_wrong) {
        err_set(d->err, ERR_INVALID, "unexpected end of JSON input");
        return 1;
    }
    if (byte == '"')
        buf_adds(&shown, "'\"'");
    else
        quote_go_rune(byte == END ? ' ' : (uint32_t)byte, false, &shown);
    err_set(d->err, ERR_INVALID, "invalid character %s %s", buf_text(&shown), where);
    return 1;
}

static int decode_literal(struct decoder *d, const char *word, struct value value,
                          struct value *ret)
{
    for (size_t i = 0; word[i]; i++, d->at++) {
        if (peek(d) == word[i])
            continue;
        char where[64];
        snprintf(where, sizeof(where), "in literal %s (expecting '%c')", word, word[i]);
        return refuse(d, where, true);
    }
    *ret = value;
    return 0;
}

static bool is_digit(int byte)
{
    return byte >= '0' && byte <= '9';
}

static int skip_digits(struct decoder *d, const char *where)
{
    if (!is_digit(peek(d)))
        return refuse(d, where, true);
    while (is_digit(peek(d)))
        d->at++;
    return 0;
}

static int skip_number(struct decoder *d)
{
    if (peek(d) == '-')
        d->at++;
    if (peek(d) == '0')
        d->at++;
    else if (skip_digits(d, "in numeric literal") != 0)
        return 1;
    if (peek(d) == '.') {
        d->at++;
        if (skip_digits(d, "after decimal point in numeric literal") != 0)
            return 1;
    }
    if (peek(d) == 'e' || peek(d) == 'E') {
        d->at++;
        if (peek(d) == '+' || peek(d) == '-')
            d->at++;
        return skip_digits(d, "in exponent of numeric literal");
    }
    return 0;
}

static int decode_number(struct decoder *d, struct value *ret)
{
    size_t start = d->at;
    double real;
    if (skip_number(d) != 0)
        return 1;
    struct span text = span_slice(d->text, start, d->at);
    if (number_parse_float(text, &real, NULL) == 0) {
        *ret = value_float(real);
        return 0;
    }
    *ret = value_nil();
    if (!d->unfit)
        err_set(d->err, ERR_INVALID,
                "json: cannot unmarshal number %.*s into Go value of type float64", (int)text.len,
                text.data);
    d->unfit = true;
    return 0;
}

/* Four hexadecimal digits. */
static int read_unit(struct decoder *d, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++, d->at++) {
        int byte = peek(d), lower = byte | 0x20;
        bool letter = byte != END && lower >= 'a' && lower <= 'f';
        if (!is_digit(byte) && !letter)
            return refuse(d, "in \\u hexadecimal character escape", true);
        *ret = *ret * 16 + (uint32_t)(letter ? lower - 'a' + 10 : byte - '0');
    }
    return 0;
}

/* From behind "\u"; half of a pair alone is U+FFFD. */
static int read_escaped_rune(struct decoder *d, struct buf *out)
{
    uint32_t unit, low;
    if (read_unit(d, &unit) != 0)
        return 1;
    struct span rest = span_slice(d->text, d->at, d->text.len);
    if (unit >= 0xd800 && unit < 0xdc00 && span_starts_with(rest, "\\u")) {
        struct decoder ahead = *d;
        struct err ignored;
        ahead.at += 2;
        ahead.err = &ignored;
        if (read_unit(&ahead, &low) == 0 && low >= 0xdc00 && low < 0xe000) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            d->at = ahead.at;
        }
    }
    utf8_encode(out, unit);
    return 0;
}

/* From behind the backslash. */
static int read_escape(struct decoder *d, struct buf *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    int byte = peek(d);
    for (size_t i = 0; letters[i]; i++) {
        if (byte == letters[i]) {
            buf_addc(out, meanings[i]);
            d->at++;
            return 0;
        }
    }
    if (byte != 'u')
        return refuse(d, "in string escape code", true);
    d->at++;
    return read_escaped_rune(d, out);
}

static int decode_text(struct decoder *d, struct span *ret)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(3 * (size_t)BUDGET_TEXT_MAX);
    for (d->at++; peek(d) != '"';) {
        uint32_t rune;
        if (peek(d) == END || peek(d) < ' ')
            return refuse(d, "in string literal", false);
        if (peek(d) == '\\') {
            d->at++;
            if (read_escape(d, &out) != 0)
                return 1;
            continue;
        }
        d->at += utf8_decode(span_slice(d->text, d->at, d->text.len), &rune);
        utf8_encode(&out, rune);
    }
    d->at++;
    return budget_text_of(d->budget, &out, ret, d->err);
}

static int decode_array(struct decoder *d, struct value *ret)
{
    struct value item;
    int answer = value_new_list(d->budget, &type_list, 0, ret, d->err);
    d->at++;
    skip_blanks(d);
    if (answer == 0 && peek(d) == ']') {
        d->at++;
        return 0;
    }
    while (answer == 0) {
        answer = decode_value(d, &item);
        if (answer == 0)
            answer = value_append(d->budget, *ret, item, ret, d->err);
        if (answer != 0)
            break;
        skip_blanks(d);
        if (peek(d) == ']') {
            d->at++;
            break;
        }
        if (peek(d) != ',')
            return refuse(d, "after array element", false);
        d->at++;
    }
    return answer;
}

/* "key": value */
static int decode_member(struct decoder *d, struct value object)
{
    struct span key;
    struct value item;
    skip_blanks(d);
    if (peek(d) != '"')
        return refuse(d, "looking for beginning of object key string", false);
    int answer = decode_text(d, &key);
    if (answer != 0)
        return answer;
    skip_blanks(d);
    if (peek(d) != ':')
        return refuse(d, "after object key", false);
    d->at++;
    answer = decode_value(d, &item);
    if (answer == 0)
        answer = value_put(d->budget, object, value_text(key), item, d->err);
    return answer;
}

static int decode_object(struct decoder *d, struct value *ret)
{
    int answer = value_new_map(d->budget, &type_dict, ret, d->err);
    d->at++;
    skip_blanks(d);
    if (answer == 0 && peek(d) == '}') {
        d->at++;
        return 0;
    }
    while (answer == 0) {
        answer = decode_member(d, *ret);
        if (answer != 0)
            break;
        skip_blanks(d);
        if (peek(d) == '}') {
            d->at++;
            break;
        }
        if (peek(d) != ',')
            return refuse(d, "after object key:value pair", false);
        d->at++;
    }
    return answer;
}

static int decode_nested(struct decoder *d, struct value *ret)
{
    if (budget_check_depth(++d->depth, d->err) != 0)
        return -1;
    int answer = peek(d) == '{' ? decode_object(d, ret) : decode_array(d, ret);
    d->depth--;
    return answer;
}

static int decode_value(struct decoder *d, struct value *ret)
{
    struct span text;
    int answer;
    *ret = value_nil();
    if (budget_take(d->budget, 1, d->err) != 0)
        return -1;
    skip_blanks(d);
    switch (peek(d)) {
    case '{':
    case '[':
        return decode_nested(d, ret);
    case '"':
        answer = decode_text(d, &text);
        if (answer == 0)
            *ret = value_text(text);
        return answer;
    case 't':
        return decode_literal(d, "true", value_bool(true), ret);
    case 'f':
        return decode_literal(d, "false", value_bool(false), ret);
    case 'n':
        return decode_literal(d, "null", value_nil(), ret);
    default:
        if (peek(d) == '-' || is_digit(peek(d)))
            return decode_number(d, ret);
        return refuse(d, "looking for beginning of value", false);
    }
}

int json_decode(struct budget *budget, struct span text, struct value *ret, struct err *err)
{
    struct decoder d = {.budget = budget, .text = text, .err = err};
    int answer = decode_value(&d, ret);
    if (answer == 0) {
        skip_blanks(&d);
        if (peek(&d) != END)
            answer = refuse(&d, "after top-level value", false);
    }
    if (answer != 0)
        *ret = value_nil();
    return answer == 0 ? d.unfit : answer;
}
