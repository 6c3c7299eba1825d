#include "store/watch.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/thread.h"

struct watch_hub {
    struct watch_source source;
    pthread_mutex_t lock; /* guards what follows, and `ending` of the watches */
    pthread_cond_t signaled;
    uint64_t signals;
};

struct store_watch {
    struct watch_hub *hub;
    struct store_query query; /* its namespace is owned */
    char *namespace;
    struct store_watcher watcher;
    pthread_t thread;
    bool ending;

    /* The thread's own. */
    int64_t told;        /* the version up to which changes are told */
    int64_t complete;    /* the version up to which no removal is missing; -1: nothing is read */
    struct strmap known; /* "namespace/name" of what was told as there, and its uid */
    bool synced;
    bool failing; /* the watcher knows that the store cannot be read */
};

struct watch_hub *watch_hub_new(const struct watch_source *source)
{
    struct watch_hub *hub = mem_zalloc(sizeof(*hub));
    hub->source = *source;
    pthread_mutex_init(&hub->lock, NULL);
    thread_cond_init(&hub->signaled);
    return hub;
}

void watch_hub_free(struct watch_hub *hub)
{
    if (!hub)
        return;
    pthread_cond_destroy(&hub->signaled);
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

void watch_hub_signal(struct watch_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->signals++;
    pthread_cond_broadcast(&hub->signaled);
    pthread_mutex_unlock(&hub->lock);
}

static bool is_ending(struct store_watch *watch)
{
    pthread_mutex_lock(&watch->hub->lock);
    bool ending = watch->ending;
    pthread_mutex_unlock(&watch->hub->lock);
    return ending;
}

static void tell(struct store_watch *watch, enum store_change change,
                 const struct api_object *object)
{
    if (!is_ending(watch))
        watch->watcher.on_change(watch->watcher.arg, change, object);
}

/* Tells that an object is gone of which nothing but its name is left. */
static void tell_lost(struct store_watch *watch, const char *key, const char *uid)
{
    const char *slash = strchr(key, '/');
    CLEANUP(mem_freep) char *namespace = mem_dup(key, (size_t)(slash - key));
    CLEANUP(api_object_freep)
    struct api_object *object =
        api_object_new((struct api_ref){watch->query.kind, namespace, slash + 1});
    str_set(&object->meta.uid, uid);
    tell(watch, STORE_DELETED, object);
}

static void tell_removed(struct store_watch *watch, const char *key,
                         const struct api_object *object)
{
    /* One that came and went between two looks was never told. */
    if (!str_equal(strmap_get(&watch->known, key), object->meta.uid))
        return;
    strmap_remove(&watch->known, key);
    tell(watch, STORE_DELETED, object);
}

static void tell_change(struct store_watch *watch, const struct watch_change *change)
{
    const struct api_meta *meta = &change->object->meta;
    CLEANUP(mem_freep) char *key = str_printf("%s/%s", meta->namespace, meta->name);
    const char *uid = strmap_get(&watch->known, key);
    if (change->removed) {
        tell_removed(watch, key, change->object);
    } else if (str_equal(uid, meta->uid)) {
        tell(watch, STORE_MODIFIED, change->object);
    } else {
        if (uid)
            tell_lost(watch, key, uid);
        strmap_set(&watch->known, key, meta->uid);
        tell(watch, STORE_ADDED, change->object);
    }
}

static int note_present(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    CLEANUP(mem_freep) char *key = str_printf("%s/%s", object->meta.namespace, object->meta.name);
    strmap_set(arg, key, object->meta.uid);
    return 0;
}

/* Finds out by comparing what is gone; NOW is the store's version before. */
static int tell_missing(struct store_watch *watch, int64_t now, struct err *err)
{
    const struct watch_source *source = &watch->hub->source;
    CLEANUP(strmap_finish) struct strmap present = STRMAP_INIT;
    CLEANUP(strmap_finish) struct strmap before = STRMAP_INIT;
    if (source->list(source->arg, &watch->query, note_present, &present, err) != 0)
        return -1;
    strmap_copy(&before, &watch->known);
    strmap_foreach (entry, &before) {
        if (!str_equal(strmap_get(&present, entry->key), entry->value)) {
            strmap_remove(&watch->known, entry->key);
            tell_lost(watch, entry->key, entry->value);
        }
    }
    watch->complete = now;
    return 0;
}

/* Reads and tells one batch: 1 if there may be more, 0 if not. */
static int tell_batch(struct store_watch *watch, struct err *err)
{
    const struct watch_source *source = &watch->hub->source;
    struct watch_batch batch = {.count = 0};
    if (source->read_changes(source->arg, &watch->query, watch->told, &batch, err) != 0)
        return -1;
    int answer = 0;
    if (watch->complete < 0)
        watch->complete = batch.current; /* what went before that was never told */
    else if (watch->complete < batch.forgotten)
        answer = tell_missing(watch, batch.current, err);
    for (size_t i = 0; i < batch.count; i++) {
        if (answer == 0) {
            tell_change(watch, &batch.changes[i]);
            watch->told = batch.changes[i].version;
        }
        api_object_free(batch.changes[i].object);
    }
    if (answer != 0)
        return -1;
    if (batch.count == WATCH_BATCH)
        return 1;
    watch->complete = batch.current;
    return 0;
}

/* Tells all that there is to be told now. */
static int catch_up(struct store_watch *watch, struct err *err)
{
    int more = 1;
    while (more == 1 && !is_ending(watch))
        more = tell_batch(watch, err);
    if (more == 0 && !watch->synced) {
        watch->synced = true;
        tell(watch, STORE_SYNCED, NULL);
    }
    return more < 0 ? -1 : 0;
}

/* Waits for a signal that is not SEEN, or for the time to try again. */
static uint64_t wait_for_signal(struct store_watch *watch, uint64_t seen)
{
    struct watch_hub *hub = watch->hub;
    int64_t until_ns = clock_monotonic_ns(clock_system()) + WATCH_RETRY_MS * CLOCK_NS_PER_MS;
    bool in_time = true;
    pthread_mutex_lock(&hub->lock);
    while (!watch->ending && hub->signals == seen && in_time) {
        if (watch->failing)
            in_time = thread_wait_until(&hub->signaled, &hub->lock, until_ns);
        else
            pthread_cond_wait(&hub->signaled, &hub->lock);
    }
    seen = hub->signals;
    pthread_mutex_unlock(&hub->lock);
    return seen;
}

static void *run(void *arg)
{
    struct store_watch *watch = arg;
    uint64_t seen = 0;
    while (!is_ending(watch)) {
        struct err err;
        bool failed = catch_up(watch, &err) != 0;
        if (failed && !watch->failing && watch->watcher.on_error)
            watch->watcher.on_error(watch->watcher.arg, &err);
        watch->failing = failed;
        seen = wait_for_signal(watch, seen);
    }
    return NULL;
}

static void watch_free(struct store_watch *watch)
{
    strmap_finish(&watch->known);
    free(watch->namespace);
    free(watch);
}

int watch_begin(struct watch_hub *hub, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err)
{
    struct store_watch *watch = mem_zalloc(sizeof(*watch));
    watch->hub = hub;
    watch->complete = -1;
    watch->namespace = str_dup(query->namespace);
    watch->query = (struct store_query){query->kind, watch->namespace};
    watch->watcher = *watcher;
    *ret = watch; /* before a call can reach the watcher */
    int errnum = thread_start(&watch->thread, NULL, run, watch);
    if (errnum == 0)
        return 0;
    *ret = NULL;
    watch_free(watch);
    return err_set_errno(err, errnum, "cannot begin a watch");
}

void watch_end(struct store_watch *watch)
{
    struct watch_hub *hub = watch->hub;
    pthread_mutex_lock(&hub->lock);
    watch->ending = true;
    pthread_cond_broadcast(&hub->signaled);
    pthread_mutex_unlock(&hub->lock);
    pthread_join(watch->thread, NULL);
    watch_free(watch);
}
