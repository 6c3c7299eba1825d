/*
 * Chunks: a sorted list of tags, cut into pieces of about a kilobyte.
 *
 * Where one chunk ends and the next begins is decided by a hash of the tag at
 * the cut, so that after a few tags have come or gone nearly all chunks but
 * those that they are in are the same as before, byte for byte.
 *
 * In a chunk each tag is written as what it has in common with the tag before
 * it and what differs:
 *
 *     header     1 byte   common length (high 4 bits), length of the rest (low)
 *     common     varint   the common length less 15, if the 4 bits say 15
 *     rest       varint   the length of the rest less 15, likewise
 *     bytes               the rest
 *
 * The chunk's first tag is compared with itself. A check value of four bytes
 * over the first tag and the rest of the chunk stands at the end.
 */
#ifndef TIDEMARK_TAGS_CHUNK_H
#define TIDEMARK_TAGS_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "tags/tag.h"

enum {
    CHUNK_CUT_MIN = 512,   /* bytes before a cut may come */
    CHUNK_CUT_MEAN = 1024, /* bytes on average from there to the cut; a power of two */
    CHUNK_CUT_MAX = 2944,  /* bytes after which a cut comes in any case */
    CHUNK_ENTRY_MAX = 1 + 2 + 2 + TAG_SIZE_MAX, /* bytes of one tag at most */
    CHUNK_CHECK_SIZE = 4,
    CHUNK_SIZE_MAX = CHUNK_CUT_MAX + CHUNK_ENTRY_MAX + CHUNK_CHECK_SIZE,
};

/* A chunk that is being filled. */
struct chunk {
    char first[TAG_SIZE_MAX + 1]; /* with a NUL */
    size_t first_len;
    char last[TAG_SIZE_MAX];
    size_t last_len;
    size_t count;
    bool full; /* no more tags may be added */
    unsigned char data[CHUNK_SIZE_MAX];
    size_t len;
};

/* Begins a new chunk. */
void chunk_clear(struct chunk *chunk);

/* Adds the next tag of the list to a chunk that is not full. */
void chunk_add(struct chunk *chunk, struct span tag);

/* Ends the chunk; its bytes, borrowed from it. */
struct span chunk_seal(struct chunk *chunk);

/* Reads the tags of a chunk. */
struct chunk_reader {
    struct span rest;
    char tag[TAG_SIZE_MAX + 1]; /* the last one that was read, with a NUL */
    size_t len;
};

/* False if the chunk is damaged. DATA is borrowed while the reader is used. */
bool chunk_open(struct chunk_reader *reader, struct span first, struct span data);

/* 1 with the next tag, valid until the next call, 0 at the end, -1 if what
 * follows cannot be read. */
int chunk_next(struct chunk_reader *reader, struct span *ret_tag);

#endif
