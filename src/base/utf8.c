#include "base/utf8.h"

#include <string.h>

#include "base/str.h"

/* How a lead byte begins a rune: its length, its payload bits, and the least
 * value that needs that length. */
struct lead {
    size_t len;
    uint32_t bits;
    uint32_t least;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte < 0x80)
        return (struct lead){1, byte, 0};
    if (byte >= 0xc2 && byte <= 0xdf)
        return (struct lead){2, byte & 0x1fU, 0x80};
    if (byte >= 0xe0 && byte <= 0xef)
        return (struct lead){3, byte & 0x0fU, 0x800};
    if (byte >= 0xf0 && byte <= 0xf4)
        return (struct lead){4, byte & 0x07U, 0x10000};
    return (struct lead){0};
}

size_t utf8_decode_checked(struct span text, uint32_t *ret_rune, bool *ret_valid)
{
    *ret_rune = UTF8_REPLACEMENT;
    *ret_valid = false;
    if (text.len == 0)
        return 0;
    struct lead lead = lead_of((unsigned char)text.data[0]);
    if (lead.len == 0 || lead.len > text.len)
        return 1;
    uint32_t rune = lead.bits;
    for (size_t i = 1; i < lead.len; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if ((byte & 0xc0) != 0x80)
            return 1;
        rune = rune << 6 | (byte & 0x3fU);
    }
    if (rune < lead.least || rune > UTF8_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff))
        return 1;
    *ret_rune = rune;
    *ret_valid = true;
    return lead.len;
}

size_t utf8_decode(struct span text, uint32_t *ret_rune)
{
    bool valid;
    return utf8_decode_checked(text, ret_rune, &valid);
}

void utf8_encode(struct buf *buf, uint32_t rune)
{
    if (rune > UTF8_RUNE_MAX || (rune >= 0xd800 && rune <= 0xdfff))
        rune = UTF8_REPLACEMENT;
    char bytes[4];
    size_t len;
    if (rune < 0x80) {
        bytes[0] = (char)rune;
        len = 1;
    } else if (rune < 0x800) {
        bytes[0] = (char)(0xc0 | rune >> 6);
        len = 2;
    } else if (rune < 0x10000) {
        bytes[0] = (char)(0xe0 | rune >> 12);
        len = 3;
    } else {
        bytes[0] = (char)(0xf0 | rune >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++)
        bytes[i] = (char)(0x80 | (rune >> (6 * (len - 1 - i)) & 0x3f));
    buf_add(buf, bytes, len);
}

bool utf8_valid(struct span text)
{
    uint32_t rune;
    bool valid = true;
    while (valid && text.len != 0) {
        size_t len = utf8_decode_checked(text, &rune, &valid);
        text = span_slice(text, len, text.len);
    }
    return valid;
}

size_t utf8_count(struct span text)
{
    uint32_t rune;
    size_t count = 0;
    for (; text.len != 0; count++)
        text = span_slice(text, utf8_decode(text, &rune), text.len);
    return count;
}

void utf8_clean(struct span text, struct buf *ret)
{
    uint32_t rune;
    bool valid;
    while (text.len != 0) {
        size_t len = utf8_decode_checked(text, &rune, &valid);
        if (valid)
            buf_add_span(ret, span_slice(text, 0, len));
        else
            utf8_encode(ret, UTF8_REPLACEMENT);
        text = span_slice(text, len, text.len);
    }
}

char *utf8_cut(const char *text, size_t max)
{
    static const char dots[] = "...";
    enum { CONTINUATION_MAX = 3 }; /* bytes of a rune behind its first */
    char *copy = str_dup(text);
    if (strlen(copy) <= max)
        return copy;
    size_t end = max - strlen(dots);
    for (int i = 0; i < CONTINUATION_MAX && end > 0 && (copy[end] & 0xc0) == 0x80; i++)
        end--;
    memcpy(copy + end, dots, sizeof(dots));
    return copy;
}
