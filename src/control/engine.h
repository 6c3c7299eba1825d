/*
 * The inside of the engine, for the reconcilers: what they all share.
 */
#ifndef TIDEMARK_CONTROL_ENGINE_H
#define TIDEMARK_CONTROL_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "control/control.h"
#include "control/index.h"
#include "control/metrics.h"
#include "control/notify.h"
#include "control/progress.h"
#include "control/queue.h"
#include "control/workers.h"
#include "registry/registry_pool.h"
#include "tags/tagdb.h"

/* The queue and the workers of one kind. */
struct lane {
    struct control *control;
    enum api_kind kind;
    struct queue *queue;
    struct workers *workers;
    struct store_watch *watch;
};

struct control {
    struct control_config config;
    char *cache_dir; /* absolute */
    struct tagdb *tags;
    struct http_client *http;
    struct registry_pool *registries;
    struct lane lanes[API_RECONCILED_COUNT];
    struct store_watch *secret_watch;
    pthread_mutex_t lock; /* guards index */
    struct index *index;
    struct notifier *notifier; /* or NULL */
    struct progress *progress;
    struct metrics metrics;
    int64_t cache_bytes;          /* guarded by the lock of the registry's collectors, */
    int64_t cache_seen_ns;        /* when it was looked at; 0: never */
    atomic_size_t watches;        /* that have begun */
    atomic_size_t watches_synced; /* that have told all that was there */
    atomic_bool draining;         /* this is a command: own writes are followed at once */
    atomic_bool started;          /* all watches have begun */
};

/* May this process change anything just now? See control_config. */
bool control_may_act(const struct control *control);

/* An object was written or removed: makes it and its dependents due, as far as
 * the change concerns them. */
void control_follow(struct control *control, enum store_change change,
                    const struct api_object *object);

/* Makes all that use REF due: something that their objects do not show has
 * changed. */
void control_wake_dependents(struct control *control, struct api_ref ref);

#endif
