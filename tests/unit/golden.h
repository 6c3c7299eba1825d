/*
 * Case files: many small cases of text in and text out in one file.
 *
 *     # comment
 *     > a line of input
 *     > another one
 *     | a line of the expected output
 *
 * A case ends where the next line of input follows a line of output. A line's
 * mark is one character and one blank; the line end belongs to the text.
 */
#ifndef TIDEMARK_TESTS_GOLDEN_H
#define TIDEMARK_TESTS_GOLDEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/span.h"

#include "test.h"

enum {
    GOLDEN_MAX = 1024 * 1024,
};

struct golden {
    size_t line; /* where the case begins */
    struct buf input;
    struct buf output;
};

/* Takes the next case off *REST into GOLDEN; false at the end of the file. */
static inline bool golden_next(struct span *rest, size_t *line, struct golden *golden)
{
    struct span text, before = *rest;
    buf_clear(&golden->input);
    buf_clear(&golden->output);
    for (; span_next(rest, '\n', &text); before = *rest, ++*line) {
        struct buf *to = NULL;
        if (span_starts_with(text, ">"))
            to = &golden->input;
        else if (span_starts_with(text, "|"))
            to = &golden->output;
        else
            continue;
        if (to == &golden->input && golden->output.len != 0) {
            *rest = before;
            break;
        }
        if (golden->input.len == 0)
            golden->line = *line;
        buf_add_span(to, span_slice(text, 2, text.len));
        buf_addc(to, '\n');
    }
    return golden->output.len != 0;
}

/* Calls CHECK with each case of the file PATH, and fails if it has none. */
static inline void golden_each(const char *path,
                               void (*check)(const char *row, struct span in, struct span out))
{
    CLEANUP(buf_finish) struct buf file = BUF_INIT(GOLDEN_MAX);
    struct golden golden = {.input = BUF_INIT(GOLDEN_MAX), .output = BUF_INIT(GOLDEN_MAX)};
    struct err err;
    check_ok(path, file_read(path, &file, &err), &err);
    struct span rest = buf_span(&file);
    size_t line = 1, count = 0;
    for (; golden_next(&rest, &line, &golden); count++) {
        char row[32];
        snprintf(row, sizeof(row), "line %zu", golden.line);
        check(row, buf_span(&golden.input), buf_span(&golden.output));
    }
    assert_true(count != 0);
    buf_finish(&golden.input);
    buf_finish(&golden.output);
}

#endif
