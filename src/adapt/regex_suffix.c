#include "adapt/regex_suffix.h"

#include <string.h>

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Does an odd number of backslashes stand before the byte at AT? */
static bool is_escaped(struct span pattern, size_t at)
{
    size_t count = 0;
    while (count < at && pattern.data[at - count - 1] == '\\')
        count++;
    return count % 2 == 1;
}

/* Alternatives, flags and quoted parts may change what the end means. */
static bool is_simple(struct span pattern)
{
    return span_find_byte(pattern, '|') < 0 && span_find(pattern, SPAN_LITERAL("(?")) < 0 &&
           span_find(pattern, SPAN_LITERAL("\\Q")) < 0;
}

void regex_suffix(struct span pattern, struct buf *ret)
{
    if (!span_ends_with(pattern, "$") || is_escaped(pattern, pattern.len - 1) ||
        !is_simple(pattern))
        return;
    size_t end = pattern.len - 1, at = end;
    while (at > 0) {
        char c = pattern.data[at - 1];
        bool escaped = is_escaped(pattern, at - 1);
        if (escaped && is_alnum(c))
            return; /* \x41, \pL: what was taken so far may belong to it */
        if ((unsigned char)c >= 0x80)
            break; /* U+FFFD also matches a byte that is not UTF-8 */
        if (!escaped && strchr("\\.+*?()[]{}^$", c))
            break;
        at -= escaped ? 2 : 1;
    }
    for (; at < end; at++) {
        if (pattern.data[at] == '\\')
            at++;
        buf_addc(ret, pattern.data[at]);
    }
}
