#include "template/base_n.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base32_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum {
    BASE64_GROUP = 4, /* digits that make whole bytes */
    BASE32_GROUP = 8,
};

/* The value of a digit, or -1. */
static int value_of(const char *digits, char digit)
{
    const char *found = digit != '\0' ? strchr(digits, digit) : NULL;
    return found ? (int)(found - digits) : -1;
}

static bool is_newline(char c)
{
    return c == '\n' || c == '\r';
}

/* The bytes that COUNT digits of BITS each make; what is over is dropped. */
static void add_bytes(const int *digits, size_t count, unsigned bits, struct buf *ret)
{
    uint64_t gathered = 0;
    unsigned have = 0;
    for (size_t i = 0; i < count; i++) {
        gathered = gathered << bits | (unsigned)digits[i];
        have += bits;
        if (have >= 8) {
            have -= 8;
            buf_addc(ret, (char)(gathered >> have & 0xff));
        }
    }
}

static size_t skip_newlines(struct span text, size_t at)
{
    while (at < text.len && is_newline(text.data[at]))
        at++;
    return at;
}

/* From behind the first sign of padding, after HAVE digits of the group.
 * Answers -1 or the place of the fault; *RET_STOP: nothing may follow. */
static ptrdiff_t read_padding(struct span text, size_t at, size_t have)
{
    if (have < 2)
        return (ptrdiff_t)at - 1;
    if (have == 2) {
        at = skip_newlines(text, at);
        if (at == text.len)
            return (ptrdiff_t)text.len;
        if (text.data[at] != '=')
            return (ptrdiff_t)at - 1;
        at++;
    }
    at = skip_newlines(text, at);
    return at < text.len ? (ptrdiff_t)at : -1;
}

ptrdiff_t base_n_read64(struct span text, struct buf *ret)
{
    int digits[BASE64_GROUP];
    size_t have = 0;
    for (size_t at = 0; at < text.len;) {
        char c = text.data[at++];
        int value = value_of(base64_digits, c);
        if (value >= 0) {
            digits[have++] = value;
        } else if (c == '=') {
            ptrdiff_t fault = read_padding(text, at, have);
            if (fault < 0)
                add_bytes(digits, have, 6, ret);
            return fault;
        } else if (!is_newline(c)) {
            return (ptrdiff_t)at - 1;
        }
        if (have == BASE64_GROUP) {
            add_bytes(digits, have, 6, ret);
            have = 0;
        }
    }
    return have != 0 ? (ptrdiff_t)(text.len - have) : -1;
}

/* As read_padding(), of base32: TEXT is the rest, OFFSET where it begins. */
static ptrdiff_t read_padding32(struct span rest, size_t offset, size_t have, size_t all)
{
    if (rest.len + have < BASE32_GROUP - 1)
        return (ptrdiff_t)all;
    for (size_t i = 0; i < BASE32_GROUP - 1 - have; i++) {
        if (i < rest.len && rest.data[i] != '=')
            return (ptrdiff_t)(offset + i) - 1;
    }
    /* One, three or six digits make no whole bytes. */
    return have == 3 || have == 6 ? (ptrdiff_t)offset - 1 : -1;
}

ptrdiff_t base_n_read32(struct span text, struct buf *ret)
{
    CLEANUP(buf_finish) struct buf plain = BUF_INIT(text.len);
    int digits[BASE32_GROUP];
    size_t have = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_newline(text.data[i]))
            buf_addc(&plain, text.data[i]);
    }
    text = buf_span(&plain);
    for (size_t at = 0; at < text.len;) {
        char c = text.data[at++];
        struct span rest = span_slice(text, at, text.len);
        if (c == '=' && have >= 2 && rest.len < BASE32_GROUP) {
            ptrdiff_t fault = read_padding32(rest, at, have, text.len);
            if (fault < 0)
                add_bytes(digits, have, 5, ret);
            return fault;
        }
        digits[have] = value_of(base32_digits, c);
        if (digits[have++] < 0)
            return (ptrdiff_t)at - 1;
        if (have == BASE32_GROUP) {
            add_bytes(digits, have, 5, ret);
            have = 0;
        }
    }
    return have != 0 ? (ptrdiff_t)(text.len - have) : -1;
}

void base_n_write32(struct span data, struct buf *ret)
{
    size_t written = 0;
    uint64_t gathered = 0;
    unsigned have = 0;
    for (size_t i = 0; i < data.len; i++) {
        gathered = gathered << 8 | (unsigned char)data.data[i];
        for (have += 8; have >= 5; written++) {
            have -= 5;
            buf_addc(ret, base32_digits[gathered >> have & 31]);
        }
    }
    if (have > 0) {
        buf_addc(ret, base32_digits[gathered << (5 - have) & 31]);
        written++;
    }
    for (; written % BASE32_GROUP != 0; written++)
        buf_addc(ret, '=');
}
