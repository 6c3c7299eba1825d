#include "base/strmap.h"

#include <string.h>

#include "base/mem.h"
#include "base/sorted.h"
#include "base/str.h"

void strmap_finish(struct strmap *map)
{
    for (size_t i = 0; i < map->len; i++) {
        free(map->entries[i].key);
        free(map->entries[i].value);
    }
    free(map->entries);
    *map = (struct strmap)STRMAP_INIT;
}

static int compare(const void *key, const void *item)
{
    return strcmp(key, ((const struct strmap_entry *)item)->key);
}

/* The index of KEY, or of the place where it belongs. */
static size_t place(const struct strmap *map, const char *key, bool *ret_found)
{
    return sorted_place(key, map->entries, map->len, sizeof(*map->entries), compare, ret_found);
}

const char *strmap_get(const struct strmap *map, const char *key)
{
    bool found;
    size_t at = place(map, key, &found);
    return found ? map->entries[at].value : NULL;
}

void strmap_set(struct strmap *map, const char *key, const char *value)
{
    bool found;
    size_t at = place(map, key, &found);
    if (found) {
        str_set(&map->entries[at].value, value);
        return;
    }
    map->entries = mem_grow(map->entries, &map->cap, map->len + 1, sizeof(*map->entries));
    memmove(map->entries + at + 1, map->entries + at, (map->len - at) * sizeof(*map->entries));
    map->entries[at] = (struct strmap_entry){str_dup(key), str_dup(value)};
    map->len++;
}

bool strmap_remove(struct strmap *map, const char *key)
{
    bool found;
    size_t at = place(map, key, &found);
    if (!found)
        return false;
    free(map->entries[at].key);
    free(map->entries[at].value);
    map->len--;
    memmove(map->entries + at, map->entries + at + 1, (map->len - at) * sizeof(*map->entries));
    return true;
}

void strmap_copy(struct strmap *to, const struct strmap *from)
{
    strmap_finish(to);
    strmap_foreach (entry, from) {
        strmap_set(to, entry->key, entry->value);
    }
}

bool strmap_equal(const struct strmap *a, const struct strmap *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++) {
        if (!str_equal(a->entries[i].key, b->entries[i].key) ||
            !str_equal(a->entries[i].value, b->entries[i].value))
            return false;
    }
    return true;
}
