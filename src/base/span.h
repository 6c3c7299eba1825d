/*
 * A span: bytes that somebody else owns, as pointer and length.
 *
 * File content and wire data travel as spans, never as C strings: they may
 * hold NUL bytes and need not end in one. A span is a plain value and is
 * passed by value; it lives as long as the memory that it points into.
 */
#ifndef TIDEMARK_BASE_SPAN_H
#define TIDEMARK_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const char *data; /* may be NULL only if len is 0 */
    size_t len;
};

/* The span of a string literal, usable in static initialisers. */
#define SPAN_LITERAL(text) ((struct span){"" text, sizeof(text) - 1})

/* A C string without its NUL; NULL gives the empty span. */
struct span span_of(const char *text);

/* The part [from, to) of SPAN; both are clamped to its length. */
static inline struct span span_slice(struct span span, size_t from, size_t to)
{
    if (to > span.len)
        to = span.len;
    if (from > to)
        from = to;
    return (struct span){span.len != 0 ? span.data + from : span.data, to - from};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool span_is(struct span span, const char *text);

/* Bytewise order; a prefix is smaller. Negative, zero or positive. */
static inline int span_compare(struct span a, struct span b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared != 0 ? memcmp(a.data, b.data, shared) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool span_starts_with(struct span span, const char *prefix);
bool span_ends_with(struct span span, const char *suffix);
bool span_ends_with_span(struct span span, struct span suffix);

/* The offset of the first occurrence, or -1. */
ptrdiff_t span_find(struct span span, struct span part);
ptrdiff_t span_find_byte(struct span span, char byte);

/* SPAN without the blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span span);

/*
 * Takes the text up to SEPARATOR (or all) off the front of *REST. Returns
 * false once nothing is left to take:
 *
 *     for (struct span rest = text, line; span_next(&rest, '\n', &line);)
 *
 * As with lines of a file, a separator at the very end adds no empty part.
 */
bool span_next(struct span *rest, char separator, struct span *ret_part);

/* An owned C string with the span's bytes; bytes after a NUL are out of reach. */
char *span_dup(struct span span);

/*
 * Reads the whole span as a decimal number without sign. Returns false, with
 * *RET untouched, if it is empty, holds another character or exceeds 64 bits.
 */
bool span_to_u64(struct span span, uint64_t *ret);

#endif
