/*
 * A run: tags in memory, collected in any order and then sorted.
 *
 * Made for scans of a hundred thousand tags, whose cost is mostly this sort:
 * the bytes of all tags lie in one block, and what is sorted are small entries
 * that carry the eight bytes under comparison with them, so that the sort
 * seldom looks at the tags themselves.
 */
#ifndef TIDEMARK_TAGS_RUN_H
#define TIDEMARK_TAGS_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct run_entry {
    uint64_t word; /* eight bytes of the tag, where the sort stands */
    uint32_t offset;
    uint32_t len;
};

struct run {
    char *bytes;
    size_t bytes_len;
    size_t bytes_cap;
    struct run_entry *entries;
    size_t count;
    size_t cap;
};

#define RUN_INIT                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

void run_finish(struct run *run);

/* Forgets the tags, keeps the memory. */
void run_clear(struct run *run);

/* Adds a tag that has passed tag_check(). The caller keeps the size far below
 * 4 GiB. */
void run_add(struct run *run, struct span tag);

/* Bytes of memory that it takes to hold and sort the tags. */
size_t run_size(const struct run *run);

/* Sorts the tags bytewise and drops repeated ones. */
void run_sort(struct run *run);

/* The tags of a sorted run, the greatest first; borrowed until it changes. */
static inline struct span run_at(const struct run *run, size_t index)
{
    const struct run_entry *entry = &run->entries[run->count - 1 - index];
    return (struct span){run->bytes + entry->offset, entry->len};
}

#endif
