#include "base/span.h"

#include <string.h>

#include "base/mem.h"

struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

bool span_is(struct span span, const char *text)
{
    return span_equal(span, span_of(text));
}

bool span_starts_with(struct span span, const char *prefix)
{
    struct span want = span_of(prefix);
    return span_equal(span_slice(span, 0, want.len), want);
}

bool span_ends_with(struct span span, const char *suffix)
{
    return span_ends_with_span(span, span_of(suffix));
}

bool span_ends_with_span(struct span span, struct span suffix)
{
    return span.len >= suffix.len &&
           span_equal(span_slice(span, span.len - suffix.len, span.len), suffix);
}

ptrdiff_t span_find(struct span span, struct span part)
{
    if (part.len == 0)
        return 0;
    if (span.len == 0)
        return -1;
    const char *hit = memmem(span.data, span.len, part.data, part.len);
    return hit ? hit - span.data : -1;
}

ptrdiff_t span_find_byte(struct span span, char byte)
{
    if (span.len == 0)
        return -1;
    const char *hit = memchr(span.data, byte, span.len);
    return hit ? hit - span.data : -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
    while (span.len != 0 && is_blank(span.data[0]))
        span = span_slice(span, 1, span.len);
    while (span.len != 0 && is_blank(span.data[span.len - 1]))
        span.len--;
    return span;
}

bool span_next(struct span *rest, char separator, struct span *ret_part)
{
    if (rest->len == 0)
        return false;
    ptrdiff_t at = span_find_byte(*rest, separator);
    size_t end = at < 0 ? rest->len : (size_t)at;
    *ret_part = span_slice(*rest, 0, end);
    *rest = span_slice(*rest, at < 0 ? end : end + 1, rest->len);
    return true;
}

char *span_dup(struct span span)
{
    return mem_dup(span.data, span.len);
}

bool span_to_u64(struct span span, uint64_t *ret)
{
    uint64_t value = 0;
    if (span.len == 0)
        return false;
    for (size_t i = 0; i < span.len; i++) {
        unsigned digit = (unsigned)(unsigned char)span.data[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}
