/*
 * Numbers as Go writes them in its source, and as strconv reads them.
 */
#ifndef TIDEMARK_TEMPLATE_LITERAL_H
#define TIDEMARK_TEMPLATE_LITERAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "template/value.h"

enum literal_answer {
    LITERAL_OK,
    LITERAL_SYNTAX, /* not a number */
    LITERAL_RANGE,  /* too big; the nearest possible value is there */
};

/* strconv.ParseInt with 64 bits. BASE 0 goes by the prefix 0x, 0o, 0 or 0b, and
 * then lets `_` stand between digits. */
enum literal_answer literal_read_integer(struct span text, unsigned base, int64_t *ret);

/* A number in a template: what it can be taken for. */
struct literal_number {
    bool is_integer, is_natural, is_float, is_complex;
    int64_t integer;
    uint64_t natural;
    double real;
    struct value_complex complex;
};

/* Reads a number, or a character in single quotes, as the lexer found it.
 * Fails with class invalid and Go's text. */
int literal_read(struct span text, struct literal_number *ret, struct err *err);

#endif
