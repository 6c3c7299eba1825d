#include "yaml/yaml_plain.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

struct word {
    const char *lower; /* also matches with a capital first letter, and all capitals */
    enum yaml_plain_kind kind;
    bool value;
};

static const struct word words[] = {
    {"null", YAML_PLAIN_NULL, false},   {"~", YAML_PLAIN_NULL, false},
    {"", YAML_PLAIN_NULL, false},       {"true", YAML_PLAIN_BOOL, true},
    {"yes", YAML_PLAIN_BOOL, true},     {"on", YAML_PLAIN_BOOL, true},
    {"y", YAML_PLAIN_BOOL, true},       {"false", YAML_PLAIN_BOOL, false},
    {"no", YAML_PLAIN_BOOL, false},     {"off", YAML_PLAIN_BOOL, false},
    {"n", YAML_PLAIN_BOOL, false},      {".inf", YAML_PLAIN_NUMBER, false},
    {".nan", YAML_PLAIN_NUMBER, false},
};

/* `word`, `Word` or `WORD`; `.nan` has the form `.NaN` too. */
static bool matches_word(struct span text, const char *lower)
{
    if (text.len != strlen(lower))
        return false;
    size_t capitals = 0, letters = 0;
    bool first_is_capital = false;
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.data[i];
        if (tolower(c) != lower[i])
            return false;
        if (!isalpha((unsigned char)lower[i]))
            continue;
        if (c != lower[i]) {
            first_is_capital |= letters == 0;
            capitals++;
        }
        letters++;
    }
    return capitals == 0 || capitals == letters || (capitals == 1 && first_is_capital) ||
           span_is(text, ".NaN");
}

static const struct word *find_word(struct span text)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (matches_word(text, words[i].lower))
            return &words[i];
    }
    return NULL;
}

static bool is_sign(char c)
{
    return c == '+' || c == '-';
}

static struct span without_sign(struct span text)
{
    return text.len != 0 && is_sign(text.data[0]) ? span_slice(text, 1, text.len) : text;
}

static const char decimals[] = "0123456789";

static size_t count_of(struct span text, size_t from, const char *set)
{
    size_t at = from;
    while (at < text.len && text.data[at] != '\0' && strchr(set, text.data[at]))
        at++;
    return at - from;
}

/* Skips `e+10` at AT, if it is one. */
static size_t skip_exponent(struct span text, size_t at)
{
    if (at >= text.len || (text.data[at] != 'e' && text.data[at] != 'E'))
        return at;
    size_t first = at + 1;
    if (first < text.len && is_sign(text.data[first]))
        first++;
    size_t count = count_of(text, first, decimals);
    return count != 0 ? first + count : at;
}

/* 0b101, 0o17, 0x1f */
static bool is_based_number(struct span text)
{
    static const char *const digits_of[] = {"bB01", "oO01234567", "xX0123456789abcdefABCDEF"};
    if (text.len < 3 || text.data[0] != '0')
        return false;
    for (size_t i = 0; i < ARRAY_LEN(digits_of); i++) {
        const char *set = digits_of[i];
        if ((text.data[1] == set[0] || text.data[1] == set[1]) &&
            count_of(text, 2, set + 2) == text.len - 2)
            return true;
    }
    return false;
}

/* Skips `:20:30` at AT, the rest of a number in base 60. */
static size_t skip_base60(struct span text, size_t at)
{
    while (at < text.len && text.data[at] == ':') {
        size_t count = count_of(text, at + 1, decimals);
        if (count == 0 || count > 2 || (count == 2 && text.data[at + 1] > '5'))
            break;
        at += 1 + count;
    }
    return at;
}

/* 12, 1.5, 1., .5, 1e3; with BASE60 also 190:20:30.15 */
static bool is_decimal_number(struct span text, bool base60)
{
    size_t whole = count_of(text, 0, decimals), at = whole;
    if (whole != 0 && base60)
        at = skip_base60(text, at);
    if (at < text.len && text.data[at] == '.') {
        size_t fraction = count_of(text, at + 1, decimals);
        if (whole == 0 && fraction == 0)
            return false;
        at += 1 + fraction;
    } else if (whole == 0) {
        return false;
    }
    return skip_exponent(text, at) == text.len;
}

static bool is_signed_infinity(struct span text)
{
    struct span bare = without_sign(text);
    return bare.len != text.len && matches_word(bare, ".inf");
}

/* Whether TEXT begins as numbers do; most texts do not. */
static bool may_be_number(struct span text)
{
    size_t first = text.len != 0 && text.data[0] == '.' ? 1 : 0;
    return count_of(text, first, decimals) != 0 || (text.len != 0 && is_sign(text.data[0]));
}

/* Appends TEXT without the underscores that may group digits. */
static void ungroup(struct span text, struct buf *ret)
{
    for (struct span part; span_next(&text, '_', &part);)
        buf_add_span(ret, part);
}

static bool is_number(struct span text)
{
    if (!may_be_number(text))
        return false;
    CLEANUP(buf_finish) struct buf digits_only = BUF_INIT(text.len);
    ungroup(text, &digits_only);
    struct span bare = without_sign(buf_span(&digits_only));
    return is_based_number(bare) || is_decimal_number(bare, true) || is_signed_infinity(text);
}

/* Takes FROM to TO digits at *AT. */
static bool take_digits(struct span text, size_t *at, size_t from, size_t to)
{
    size_t count = count_of(text, *at, decimals);
    *at += count;
    return count >= from && count <= to;
}

static bool take_char(struct span text, size_t *at, const char *set)
{
    if (count_of(text, *at, set) == 0)
        return false;
    (*at)++;
    return true;
}

/* 2024-01-31, 2024-1-31T12:00:00Z, 2001-12-14 21:59:43.10 -5:30 */
static bool is_date(struct span text)
{
    size_t at = 0;
    if (!take_digits(text, &at, 4, 4) || !take_char(text, &at, "-") ||
        !take_digits(text, &at, 1, 2) || !take_char(text, &at, "-") ||
        !take_digits(text, &at, 1, 2))
        return false;
    if (at == text.len)
        return true;
    if (!take_char(text, &at, "Tt \t"))
        return false;
    at += count_of(text, at, " \t");
    if (!take_digits(text, &at, 1, 2) || !take_char(text, &at, ":") ||
        !take_digits(text, &at, 1, 2) || !take_char(text, &at, ":") ||
        !take_digits(text, &at, 1, 2))
        return false;
    if (take_char(text, &at, "."))
        at += count_of(text, at, decimals);
    at += count_of(text, at, " \t");
    if (take_char(text, &at, "+-")) {
        if (!take_digits(text, &at, 1, 2) ||
            (take_char(text, &at, ":") && !take_digits(text, &at, 1, 2)))
            return false;
    } else {
        take_char(text, &at, "Z");
    }
    return at == text.len;
}

enum yaml_plain_kind yaml_plain_kind(struct span text)
{
    const struct word *word = find_word(text);
    if (word)
        return word->kind;
    if (is_number(text))
        return YAML_PLAIN_NUMBER;
    return is_date(text) ? YAML_PLAIN_DATE : YAML_PLAIN_STRING;
}

static bool is_printable(uint32_t rune)
{
    return (rune >= 0x20 && rune <= 0x7e) ||
           (rune >= 0xa0 && rune <= 0xfffd && rune != 0x2028 && rune != 0x2029 && rune != 0xfeff);
}

bool yaml_plain_printable(struct span text)
{
    bool valid = true;
    for (uint32_t rune; text.len != 0;) {
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (!valid || !is_printable(rune))
            return false;
        text = span_slice(text, len, text.len);
    }
    return true;
}

/* Whether a scalar can begin with this. */
static bool fits_first(struct span text, bool in_flow)
{
    char first = text.data[0];
    if (strchr("#,[]{}&*!|>'\"%@` ", first))
        return false;
    if (first != '-' && first != '?' && first != ':')
        return true;
    return text.len > 1 && !strchr(in_flow ? " ,[]{}" : " ", text.data[1]);
}

bool yaml_plain_fits(struct span text, bool in_flow)
{
    if (text.len == 0 || !yaml_plain_printable(text) || !fits_first(text, in_flow))
        return false;
    if (span_starts_with(text, "---") || span_starts_with(text, "..."))
        return false;
    char last = text.data[text.len - 1];
    if (last == ' ' || last == ':')
        return false;
    for (size_t i = 1; i < text.len; i++) {
        char before = text.data[i - 1], c = text.data[i];
        if (c == '#' && before == ' ')
            return false;
        if (before == ':' && strchr(in_flow ? " ,[]{}" : " ", c))
            return false;
        if (in_flow && strchr(",[]{}", c))
            return false;
    }
    return true;
}

/* The base that a prefix asks for, and the digits behind it. A bare leading
 * zero asks for octal, as in C. */
static int base_of(struct span *digits)
{
    static const struct {
        char letter;
        int base;
    } prefixes[] = {{'b', 2}, {'o', 8}, {'x', 16}};
    if (digits->len < 2 || digits->data[0] != '0')
        return 10;
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (tolower((unsigned char)digits->data[1]) == prefixes[i].letter) {
            *digits = span_slice(*digits, 2, digits->len);
            return prefixes[i].base;
        }
    }
    return 8;
}

/* Reads digits that were checked for nothing yet. */
static bool read_unsigned(struct span digits, int base, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int c = tolower((unsigned char)digits.data[i]);
        int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
        if (digit >= base || __builtin_mul_overflow(value, (uint64_t)base, &value) ||
            __builtin_add_overflow(value, (uint64_t)digit, &value))
            return false;
    }
    *ret = value;
    return digits.len != 0;
}

/* NULL if TEXT is no integer, or one beyond 64 bits. One between 63 and 64,
 * which struct json does not have, becomes a double. */
static struct json *integer_value(struct span text)
{
    struct span bare = without_sign(text);
    bool negative = text.data[0] == '-';
    uint64_t value;
    int base = base_of(&bare);
    if (!read_unsigned(bare, base, &value))
        return NULL;
    if (value <= INT64_MAX)
        return json_new_int(negative ? -(int64_t)value : (int64_t)value);
    if (negative && value == (uint64_t)INT64_MAX + 1)
        return json_new_int(INT64_MIN);
    return negative ? NULL : json_new_real((double)value);
}

/* NULL if TEXT is no number within a double's range. */
static struct json *real_value(const char *text)
{
    if (!is_decimal_number(without_sign(span_of(text)), false))
        return NULL;
    double value = strtod(text, NULL);
    if (fabs(value) < 0x1p63 && nearbyint(value) == value)
        return json_new_int((int64_t)value);
    return isfinite(value) ? json_new_real(value) : NULL;
}

static struct json *number_value(struct span text)
{
    CLEANUP(buf_finish) struct buf plain = BUF_INIT(text.len);
    if (text.data[0] == '.') {
        buf_add_span(&plain, text);
        return real_value(buf_text(&plain));
    }
    ungroup(text, &plain);
    struct json *value = integer_value(buf_span(&plain));
    return value ? value : real_value(buf_text(&plain));
}

int yaml_plain_value(struct span text, struct json **ret, struct err *err)
{
    const struct word *word = find_word(text);
    if ((word && word->kind == YAML_PLAIN_NUMBER) || is_signed_infinity(text))
        return err_set(err, ERR_INVALID, "number '%.*s' has no JSON form", (int)text.len,
                       text.data);
    struct json *value = NULL;
    if (word)
        value = word->kind == YAML_PLAIN_BOOL ? json_new_bool(word->value) : json_new_null();
    else if (may_be_number(text))
        value = number_value(text);
    *ret = value ? value : json_new_span(text);
    return 0;
}
