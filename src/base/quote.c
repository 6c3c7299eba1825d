#include "base/quote.h"

#include <string.h>

#include "base/unicode.h"
#include "base/utf8.h"

/* The letters of the escapes for 0x07 to 0x0d. */
static const char short_escapes[] = "abtnvfr";

enum {
    SHORT_ESCAPE_FIRST = 0x07,
    SHORT_ESCAPE_LAST = 0x0d,
};

static void add_rune(uint32_t rune, char quote, bool ascii, struct buf *ret)
{
    if (rune == (unsigned char)quote || rune == '\\')
        buf_addf(ret, "\\%c", (char)rune);
    else if (unicode_is_print(rune) && (rune < 0x80 || !ascii))
        utf8_encode(ret, rune);
    else if (rune >= SHORT_ESCAPE_FIRST && rune <= SHORT_ESCAPE_LAST)
        buf_addf(ret, "\\%c", short_escapes[rune - SHORT_ESCAPE_FIRST]);
    else if (rune < 0x80)
        buf_addf(ret, "\\x%02x", rune);
    else if (rune < 0x10000)
        buf_addf(ret, "\\u%04x", rune);
    else
        buf_addf(ret, "\\U%08x", rune);
}

static void add_quoted(struct span text, bool ascii, struct buf *ret)
{
    buf_addc(ret, '"');
    while (text.len != 0 && !buf_overflowed(ret)) {
        uint32_t rune;
        bool valid;
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (valid)
            add_rune(rune, '"', ascii, ret);
        else
            buf_addf(ret, "\\x%02x", (unsigned)(unsigned char)text.data[0]);
        text = span_slice(text, len, text.len);
    }
    buf_addc(ret, '"');
}

void quote_go(struct span text, struct buf *ret)
{
    add_quoted(text, false, ret);
}

void quote_go_ascii(struct span text, struct buf *ret)
{
    add_quoted(text, true, ret);
}

void quote_go_time(struct span text, struct buf *ret)
{
    buf_addc(ret, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < ' ' || byte >= 0x80)
            buf_addf(ret, "\\x%02x", byte);
        else if (byte == '"' || byte == '\\')
            buf_addf(ret, "\\%c", byte);
        else
            buf_addc(ret, text.data[i]);
    }
    buf_addc(ret, '"');
}

void quote_go_rune(uint32_t rune, bool ascii, struct buf *ret)
{
    if (rune > UTF8_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff))
        rune = UTF8_REPLACEMENT;
    buf_addc(ret, '\'');
    add_rune(rune, '\'', ascii, ret);
    buf_addc(ret, '\'');
}

bool quote_go_fits_raw(struct span text)
{
    while (text.len != 0) {
        uint32_t rune;
        bool valid;
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (!valid || rune == '`' || rune == 0x7f || rune == 0xfeff || (rune < ' ' && rune != '\t'))
            return false;
        text = span_slice(text, len, text.len);
    }
    return true;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return 16;
}

/* COUNT digits of BASE at the start of TEXT; false if they are not there. */
static bool read_digits(struct span text, size_t count, int base, uint32_t *ret)
{
    *ret = 0;
    if (text.len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int value = digit_value(text.data[i]);
        if (value >= base)
            return false;
        *ret = *ret * (uint32_t)base + (uint32_t)value;
    }
    return true;
}

static bool is_rune(uint32_t rune)
{
    return rune <= UTF8_RUNE_MAX && (rune < 0xd800 || rune > 0xdfff);
}

/* What follows a backslash; TEXT is not empty. */
static size_t read_escape(struct span text, char quote, uint32_t *ret_rune, bool *ret_byte)
{
    char letter = text.data[0];
    const char *found = strchr(short_escapes, letter);
    size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 8;
    if (letter != '\0' && found) {
        *ret_rune = (uint32_t)(SHORT_ESCAPE_FIRST + (found - short_escapes));
        return 1;
    }
    switch (letter) {
    case '\\':
        *ret_rune = '\\';
        return 1;
    case '\'':
    case '"':
        *ret_rune = (unsigned char)letter;
        return letter == quote ? 1 : 0;
    case 'x':
    case 'u':
    case 'U':
        *ret_byte = letter == 'x';
        if (!read_digits(span_slice(text, 1, text.len), digits, 16, ret_rune))
            return 0;
        return *ret_byte || is_rune(*ret_rune) ? 1 + digits : 0;
    default:
        *ret_byte = true;
        return read_digits(text, 3, 8, ret_rune) && *ret_rune <= 0xff ? 3 : 0;
    }
}

size_t quote_go_read_char(struct span text, char quote, uint32_t *ret_rune, bool *ret_byte)
{
    *ret_byte = false;
    if (text.len == 0 || text.data[0] == quote)
        return 0;
    if (text.data[0] != '\\')
        return utf8_decode(text, ret_rune);
    if (text.len == 1)
        return 0;
    size_t len = read_escape(span_slice(text, 1, text.len), quote, ret_rune, ret_byte);
    return len != 0 ? 1 + len : 0;
}

/* Go leaves carriage returns out of raw literals. */
static bool read_raw(struct span inner, struct buf *ret)
{
    for (size_t i = 0; i < inner.len; i++) {
        if (inner.data[i] == '`')
            return false;
        if (inner.data[i] != '\r')
            buf_addc(ret, inner.data[i]);
    }
    return true;
}

bool quote_go_read(struct span text, struct buf *ret)
{
    if (text.len < 2 || text.data[0] != text.data[text.len - 1])
        return false;
    char quote = text.data[0];
    struct span inner = span_slice(text, 1, text.len - 1);
    if (quote == '`')
        return read_raw(inner, ret);
    if (quote != '"')
        return false;
    while (inner.len != 0) {
        uint32_t rune;
        bool byte;
        size_t len = quote_go_read_char(inner, quote, &rune, &byte);
        if (len == 0 || inner.data[0] == '\n')
            return false;
        if (byte)
            buf_addc(ret, (char)rune);
        else
            utf8_encode(ret, rune);
        inner = span_slice(inner, len, inner.len);
    }
    return true;
}
