/*
 * Lines of case files, read and written. The format stands in compare.h.
 */
#ifndef TIDEMARK_TESTS_CASE_LINE_H
#define TIDEMARK_TESTS_CASE_LINE_H

#include <stdbool.h>

#include "adapt/json.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

struct case_line {
    struct json *args; /* an object of texts */
    struct json *want; /* {"ok": value} or {"error": text} */
    bool differs;      /* from Go, on purpose */
};

#define CASE_LINE_INIT                                                                             \
    {                                                                                              \
        0                                                                                          \
    }

void case_line_finish(struct case_line *it);

/* NAMES are the arguments' names, as the file's first line has them. Fills IT,
 * which the caller finishes on failure too. */
int case_line_read(struct span line, struct span names, struct case_line *it, struct err *err);

/* Appends the first line of a file, for questions like ARGS, and a case. */
void case_line_write_head(const char *op, const struct json *args, struct buf *out);
void case_line_write(const struct json *args, const struct json *want, struct buf *out);

#endif
