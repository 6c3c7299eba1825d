#include "base/recent.h"

#include <stdalign.h>
#include <string.h>

struct entry {
    struct entry *next_in_slot;
    struct entry *older, *newer; /* in order of use */
    unsigned char key[RECENT_KEY_SIZE];
    alignas(max_align_t) unsigned char value[];
};

struct recent {
    size_t max;
    size_t count;
    size_t value_size;
    struct entry *oldest, *newest;
    struct entry *slots[]; /* `max` of them */
};

struct recent *recent_new(size_t max, size_t value_size)
{
    struct recent *recent = mem_zalloc(sizeof(*recent) + max * sizeof(struct entry *));
    recent->max = max;
    recent->value_size = value_size;
    return recent;
}

void recent_free(struct recent *recent)
{
    if (!recent)
        return;
    for (struct entry *entry = recent->oldest, *newer; entry; entry = newer) {
        newer = entry->newer;
        free(entry);
    }
    free(recent);
}

/* Where a pointer to the entry of KEY stands, or would stand. */
static struct entry **find(struct recent *recent, const unsigned char *key)
{
    size_t hash;
    memcpy(&hash, key, sizeof(hash));
    struct entry **at = &recent->slots[hash % recent->max];
    while (*at && memcmp((*at)->key, key, RECENT_KEY_SIZE) != 0)
        at = &(*at)->next_in_slot;
    return at;
}

static void unlink_use(struct recent *recent, struct entry *entry)
{
    *(entry->older ? &entry->older->newer : &recent->oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &recent->newest) = entry->older;
}

static void link_newest(struct recent *recent, struct entry *entry)
{
    entry->older = recent->newest;
    entry->newer = NULL;
    *(recent->newest ? &recent->newest->newer : &recent->oldest) = entry;
    recent->newest = entry;
}

static void forget_oldest(struct recent *recent)
{
    struct entry *entry = recent->oldest;
    *find(recent, entry->key) = entry->next_in_slot;
    unlink_use(recent, entry);
    free(entry);
    recent->count--;
}

void *recent_get(struct recent *recent, const unsigned char key[static RECENT_KEY_SIZE],
                 bool *ret_fresh)
{
    struct entry *entry = *find(recent, key);
    *ret_fresh = !entry;
    if (entry) {
        unlink_use(recent, entry);
    } else {
        if (recent->count == recent->max)
            forget_oldest(recent);
        entry = mem_zalloc(sizeof(*entry) + recent->value_size);
        memcpy(entry->key, key, RECENT_KEY_SIZE);
        *find(recent, key) = entry;
        recent->count++;
    }
    link_newest(recent, entry);
    return entry->value;
}
