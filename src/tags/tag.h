/*
 * What the files of this folder know of one tag: its limits, and ways to look
 * at its bytes eight at a time.
 */
#ifndef TIDEMARK_TAGS_TAG_H
#define TIDEMARK_TAGS_TAG_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/span.h"

enum {
    TAG_SIZE_MAX = 1024, /* bytes; registries allow 128, Flux reads back 1024 */
};

/* The (up to) eight bytes of TAG from OFFSET on as a number that orders as the
 * bytes do; what is missing counts as zero, which no tag holds. */
static inline uint64_t tag_word(struct span tag, size_t offset)
{
    uint64_t word = 0;
    if (offset + sizeof(word) <= tag.len) {
        memcpy(&word, tag.data + offset, sizeof(word));
        return be64toh(word);
    }
    if (offset >= tag.len)
        return 0;
    if (tag.len >= sizeof(word)) { /* the last eight bytes, without those before OFFSET */
        memcpy(&word, tag.data + tag.len - sizeof(word), sizeof(word));
        return be64toh(word) << 8 * (sizeof(word) - (tag.len - offset));
    }
    for (size_t i = offset; i < tag.len; i++)
        word |= (uint64_t)(unsigned char)tag.data[i] << (56 - 8 * (i - offset));
    return word;
}

/* Class invalid if TAG is empty, longer than TAG_SIZE_MAX or holds a control
 * character: it could not be stored as a line. */
int tag_check(struct span tag, struct err *err);

/* How many bytes A and B have in common at their beginning. */
size_t tag_common_prefix(struct span a, struct span b);

/* Mixes TAG into HASH. The same on every machine, for what is stored depends
 * on it. Not for keeping adversaries out. */
uint64_t tag_hash(uint64_t hash, struct span tag);

#endif
