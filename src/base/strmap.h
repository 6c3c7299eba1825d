/*
 * A map from strings to strings, kept sorted bytewise by key: labels,
 * annotations, template values. For the tens of entries that those have.
 */
#ifndef TIDEMARK_BASE_STRMAP_H
#define TIDEMARK_BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>

struct strmap_entry {
    char *key;
    char *value;
};

struct strmap {
    struct strmap_entry *entries; /* sorted by key */
    size_t len;
    size_t cap;
};

#define STRMAP_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

void strmap_finish(struct strmap *map);

/* The value, borrowed until the map changes, or NULL. */
const char *strmap_get(const struct strmap *map, const char *key);

/* Adds or replaces; both strings are copied. */
void strmap_set(struct strmap *map, const char *key, const char *value);

/* Returns whether the key was there. */
bool strmap_remove(struct strmap *map, const char *key);

void strmap_copy(struct strmap *to, const struct strmap *from);
bool strmap_equal(const struct strmap *a, const struct strmap *b);

#define strmap_foreach(entry, map)                                                                 \
    for (const struct strmap_entry *entry = (map)->entries;                                        \
         entry && entry < (map)->entries + (map)->len; entry++)

#endif
