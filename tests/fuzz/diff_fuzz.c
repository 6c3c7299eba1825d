/*
 * A difference, applied to the one text, gives the other; and the other way
 * round. The input is the two texts, parted by a byte 0xff.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "update/diff.h"

/* Takes the next line off *REST, with its end. */
static struct span take_line(struct span *rest)
{
    ptrdiff_t end = span_find_byte(*rest, '\n');
    size_t len = end < 0 ? rest->len : (size_t)end + 1;
    struct span line = span_slice(*rest, 0, len);
    *rest = span_slice(*rest, len, rest->len);
    return line;
}

/* A line of a hunk without its mark, and without an end that is not there. */
static struct span hunk_line(struct span line, struct span rest)
{
    bool has_no_end = span_starts_with(rest, "\\");
    return span_slice(line, 1, line.len - (has_no_end ? 1 : 0));
}

/* Applies the hunks of DIFF to TEXT as `patch` does, without any fuzz. */
static void apply(struct span diff, struct span text, struct buf *ret)
{
    size_t line_number = 1;
    take_line(&diff);
    take_line(&diff);
    while (diff.len != 0) {
        struct span line = take_line(&diff);
        struct span content = hunk_line(line, diff);
        if (line.data[0] == '@') {
            char *end;
            unsigned long start = strtoul(line.data + 4, &end, 10);
            bool is_empty = strncmp(end, ",0 ", 3) == 0;
            for (; line_number < start + is_empty; line_number++)
                buf_add_span(ret, take_line(&text));
        } else if (line.data[0] == '+') {
            buf_add_span(ret, content);
        } else if (line.data[0] != '\\') {
            FUZZ_ASSERT(span_equal(take_line(&text), content));
            line_number++;
            if (line.data[0] == ' ')
                buf_add_span(ret, content);
        }
    }
    buf_add_span(ret, text);
}

static void check(struct span before, struct span after)
{
    CLEANUP(buf_finish) struct buf diff = BUF_INIT(16 * (before.len + after.len) + 1024);
    CLEANUP(buf_finish) struct buf got = BUF_INIT(before.len + after.len);
    diff_print("f", before, after, &diff);
    FUZZ_ASSERT(!buf_overflowed(&diff));
    FUZZ_ASSERT((diff.len == 0) == span_equal(before, after));
    if (diff.len == 0)
        return;
    apply(buf_span(&diff), before, &got);
    FUZZ_ASSERT(span_equal(buf_span(&got), after));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    ptrdiff_t at = span_find_byte(text, '\xff');
    if (at < 0)
        return 0;
    struct span before = span_slice(text, 0, (size_t)at);
    struct span after = span_slice(text, (size_t)at + 1, text.len);
    check(before, after);
    check(after, before);
    return 0;
}
