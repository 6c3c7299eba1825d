/*
 * An arena: many small pieces of memory with one end.
 *
 * For trees and values that are built together and die together. Pieces are
 * never freed one by one. The arena must be told its cap; a piece that would
 * go past it is refused, and nothing else about the arena changes, so that a
 * smaller piece may still be had.
 *
 * Not safe for use by several threads at once.
 */
#ifndef TIDEMARK_BASE_ARENA_H
#define TIDEMARK_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* the newest first */
    char *at, *end;             /* what is free in the newest */
    size_t used;                /* bytes handed out, with their padding */
    size_t max;                 /* most bytes to hand out */
};

#define ARENA_INIT(max_bytes)                                                                      \
    {                                                                                              \
        .max = (max_bytes)                                                                         \
    }

void arena_init(struct arena *arena, size_t max_bytes);

/* Frees every piece; the arena can be used again, with the same cap. */
void arena_finish(struct arena *arena);

/* SIZE zeroed bytes, aligned for any object, or NULL if the cap forbids. The
 * cap must be far below SIZE_MAX. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((warn_unused_result));

#endif
