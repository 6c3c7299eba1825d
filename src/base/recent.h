/*
 * A bounded table of small records, which forgets the one that was used
 * longest ago. Keys are digests: their bytes are taken for random.
 *
 *     bool fresh;
 *     struct bucket *bucket = recent_get(table, key, &fresh);
 *     if (fresh)
 *         bucket->tokens = 25;
 *
 * For use by one thread at a time.
 */
#ifndef TIDEMARK_BASE_RECENT_H
#define TIDEMARK_BASE_RECENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

enum {
    RECENT_KEY_SIZE = 16, /* bytes */
};

struct recent;

/* A table of at most MAX records (at least 1) of VALUE_SIZE bytes each. */
struct recent *recent_new(size_t max, size_t value_size);
void recent_free(struct recent *recent);
MEM_DEFINE_FREEP(struct recent, recent_free)

/* The record of KEY, valid until the next call; if there was none, one that is
 * all zero, and *RET_FRESH is true. */
void *recent_get(struct recent *recent, const unsigned char key[static RECENT_KEY_SIZE],
                 bool *ret_fresh);

#endif
