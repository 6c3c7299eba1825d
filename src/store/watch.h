/*
 * Watches on a local store: a thread for each, which waits for a signal and
 * then reads from the store what has changed since the last time.
 *
 * Every write of a local store has a version, a number that grows. A removed
 * object leaves a tombstone with the version of its removal. So "what has
 * changed" is all objects and tombstones with a version above the last one
 * told, in order of versions, whoever wrote them. Where tombstones have been
 * forgotten in the meantime, the watch finds out what is gone by comparing.
 */
#ifndef TIDEMARK_STORE_WATCH_H
#define TIDEMARK_STORE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

enum {
    WATCH_BATCH = 32,        /* changes that are read at a time */
    WATCH_RETRY_MS = 1000,   /* between tries to read a store that fails */
    WATCH_TOMBSTONES = 1000, /* that a store keeps */
};

struct watch_change {
    int64_t version;
    bool removed;
    struct api_object *object; /* owned; removed: as it was last */
};

struct watch_batch {
    struct watch_change changes[WATCH_BATCH]; /* in order of versions */
    size_t count;
    int64_t current;   /* the store's version when this was read */
    int64_t forgotten; /* tombstones up to this version are not kept any more */
};

/* What a watch reads from. Both are called without locks held, from any thread. */
struct watch_source {
    /* The next changes of the query after version AFTER. */
    int (*read_changes)(void *arg, const struct store_query *query, int64_t after,
                        struct watch_batch *ret, struct err *err);
    /* All objects of the query, with metadata at least. */
    int (*list)(void *arg, const struct store_query *query, store_visit_fn visit, void *visit_arg,
                struct err *err);
    void *arg;
};

struct watch_hub;

struct watch_hub *watch_hub_new(const struct watch_source *source);

/* No watch may be left. */
void watch_hub_free(struct watch_hub *hub);
MEM_DEFINE_FREEP(struct watch_hub, watch_hub_free)

/* Something may have changed: all watches look. */
void watch_hub_signal(struct watch_hub *hub);

/* The operations of store.h. */
int watch_begin(struct watch_hub *hub, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err);
void watch_end(struct store_watch *watch);

#endif
