#include "store/memory.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/str.h"
#include "store/local.h"

/* An event with its strings. */
struct kept_event {
    struct api_event event; /* points into what follows */
    char *strings[7];
    struct strmap annotations;
};

struct memory_store {
    struct local_store local; /* must be first */
    pthread_mutex_t lock;     /* guards what follows */
    int64_t version;
    struct api_object **objects; /* ordered by kind, namespace and name */
    size_t count;
    size_t cap;
    struct watch_change *tombstones; /* in order of versions */
    size_t tombstone_count;
    size_t tombstone_cap;
    int64_t forgotten;
    struct kept_event **events; /* the oldest first */
    size_t event_count;
    size_t event_cap;
    int64_t last_sequence; /* of events */
};

static struct memory_store *memory_store_of(struct store *store)
{
    return (struct memory_store *)store; /* local.base is its first member */
}

/* Objects. */

static int compare_refs(struct api_ref a, struct api_ref b)
{
    if (a.kind != b.kind)
        return a.kind < b.kind ? -1 : 1;
    int order = strcmp(a.namespace, b.namespace);
    return order != 0 ? order : strcmp(a.name, b.name);
}

/* The index of the object, or of the place where it belongs. */
static size_t place(const struct memory_store *store, struct api_ref ref, bool *ret_found)
{
    size_t at = 0;
    int order = -1;
    while (at < store->count && (order = compare_refs(api_object_ref(store->objects[at]), ref)) < 0)
        at++;
    *ret_found = at < store->count && order == 0;
    return at;
}

static void take_version(struct memory_store *store, struct api_object *object)
{
    free(object->meta.resource_version);
    object->meta.resource_version = str_printf("%" PRId64, ++store->version);
}

static int64_t version_of(const struct api_object *object)
{
    uint64_t version = 0;
    span_to_u64(span_of(object->meta.resource_version), &version);
    return (int64_t)version;
}

static void put(struct memory_store *store, struct api_object *object)
{
    bool found;
    size_t at = place(store, api_object_ref(object), &found);
    take_version(store, object);
    if (found) {
        api_object_free(store->objects[at]);
    } else {
        store->objects =
            mem_grow(store->objects, &store->cap, store->count + 1, sizeof(struct api_object *));
        memmove(store->objects + at + 1, store->objects + at,
                (store->count - at) * sizeof(struct api_object *));
        store->count++;
    }
    store->objects[at] = api_object_clone(object);
}

static void forget_tombstone(struct memory_store *store)
{
    store->forgotten = store->tombstones[0].version;
    api_object_free(store->tombstones[0].object);
    store->tombstone_count--;
    memmove(store->tombstones, store->tombstones + 1,
            store->tombstone_count * sizeof(*store->tombstones));
}

static void drop(struct memory_store *store, struct api_object *object)
{
    bool found;
    size_t at = place(store, api_object_ref(object), &found);
    take_version(store, object);
    api_object_free(store->objects[at]);
    store->count--;
    memmove(store->objects + at, store->objects + at + 1,
            (store->count - at) * sizeof(struct api_object *));
    store->tombstones = mem_grow(store->tombstones, &store->tombstone_cap,
                                 store->tombstone_count + 1, sizeof(*store->tombstones));
    store->tombstones[store->tombstone_count++] =
        (struct watch_change){store->version, true, local_tombstone(object)};
    if (store->tombstone_count > WATCH_TOMBSTONES)
        forget_tombstone(store);
}

static int apply(struct local_store *local, const struct change_request *request,
                 enum change_verdict *ret_verdict, struct api_object **ret, struct err *err)
{
    struct memory_store *store = memory_store_of(&local->base);
    bool found;
    pthread_mutex_lock(&store->lock);
    size_t at = place(store, request->ref, &found);
    int answer = change_decide(request, found ? store->objects[at] : NULL, ret_verdict, ret, err);
    if (answer == 0 && *ret_verdict == CHANGE_PUT)
        put(store, *ret);
    else if (answer == 0 && *ret_verdict == CHANGE_DROP)
        drop(store, *ret);
    pthread_mutex_unlock(&store->lock);
    return answer;
}

static int get(struct store *base, struct api_ref ref, struct api_object **ret, struct err *err)
{
    (void)err;
    struct memory_store *store = memory_store_of(base);
    bool found;
    pthread_mutex_lock(&store->lock);
    size_t at = place(store, ref, &found);
    if (found)
        *ret = api_object_clone(store->objects[at]);
    pthread_mutex_unlock(&store->lock);
    return found;
}

static bool matches(const struct store_query *query, const struct api_object *object)
{
    return object->kind == query->kind &&
           (!query->namespace || str_equal(query->namespace, object->meta.namespace));
}

/* Visits copies, so that the visitor may use the store. */
static int list(struct store *base, const struct store_query *query, store_visit_fn visit,
                void *arg, struct err *err)
{
    struct memory_store *store = memory_store_of(base);
    size_t count = 0;
    pthread_mutex_lock(&store->lock);
    struct api_object **copies = mem_calloc(store->count, sizeof(struct api_object *));
    for (size_t i = 0; i < store->count; i++) {
        if (matches(query, store->objects[i]))
            copies[count++] = api_object_clone(store->objects[i]);
    }
    pthread_mutex_unlock(&store->lock);
    int answer = 0;
    for (size_t i = 0; i < count; i++) {
        if (answer == 0)
            answer = visit(arg, copies[i], err);
        api_object_free(copies[i]);
    }
    free(copies);
    return answer == 0 ? 0 : -1;
}

/* Watches. */

/* Keeps the WATCH_BATCH smallest versions in the batch, in order. */
static void offer(struct watch_batch *batch, int64_t version, bool removed,
                  const struct api_object *object)
{
    size_t at = batch->count;
    while (at > 0 && batch->changes[at - 1].version > version)
        at--;
    if (at == WATCH_BATCH)
        return;
    if (batch->count == WATCH_BATCH)
        api_object_free(batch->changes[--batch->count].object);
    memmove(batch->changes + at + 1, batch->changes + at,
            (batch->count - at) * sizeof(*batch->changes));
    batch->changes[at] = (struct watch_change){version, removed, api_object_clone(object)};
    batch->count++;
}

static int read_changes(void *arg, const struct store_query *query, int64_t after,
                        struct watch_batch *ret, struct err *err)
{
    (void)err;
    struct memory_store *store = arg;
    pthread_mutex_lock(&store->lock);
    ret->count = 0;
    ret->current = store->version;
    ret->forgotten = store->forgotten;
    for (size_t i = 0; i < store->count; i++) {
        const struct api_object *object = store->objects[i];
        if (version_of(object) > after && matches(query, object))
            offer(ret, version_of(object), false, object);
    }
    for (size_t i = 0; i < store->tombstone_count; i++) {
        const struct watch_change *stone = &store->tombstones[i];
        if (stone->version > after && matches(query, stone->object))
            offer(ret, stone->version, true, stone->object);
    }
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int list_for_watch(void *arg, const struct store_query *query, store_visit_fn visit,
                          void *visit_arg, struct err *err)
{
    struct memory_store *store = arg;
    return list(&store->local.base, query, visit, visit_arg, err);
}

/* Events. */

static struct kept_event *keep_event(const struct api_event *event)
{
    struct kept_event *kept = mem_zalloc(sizeof(*kept));
    kept->strings[0] = str_dup(event->object.namespace);
    kept->strings[1] = str_dup(event->object.name);
    kept->strings[2] = str_dup(event->uid);
    kept->strings[3] = str_dup(event->resource_version);
    kept->strings[4] = str_dup(event->type);
    kept->strings[5] = str_dup(event->reason);
    kept->strings[6] = local_event_message(event);
    if (event->annotations)
        strmap_copy(&kept->annotations, event->annotations);
    kept->event = (struct api_event){
        .object = {event->object.kind, kept->strings[0], kept->strings[1]},
        .uid = kept->strings[2],
        .resource_version = kept->strings[3],
        .type = kept->strings[4],
        .reason = kept->strings[5],
        .message = kept->strings[6],
        .annotations = &kept->annotations,
        .first_ns = event->first_ns,
        .last_ns = event->last_ns,
        .count = event->count,
        .sequence = event->sequence,
    };
    return kept;
}

static void kept_event_free(struct kept_event *kept)
{
    for (size_t i = 0; i < ARRAY_LEN(kept->strings); i++)
        free(kept->strings[i]);
    strmap_finish(&kept->annotations);
    free(kept);
}

static void remove_event(struct memory_store *store, size_t at)
{
    kept_event_free(store->events[at]);
    store->event_count--;
    memmove(store->events + at, store->events + at + 1,
            (store->event_count - at) * sizeof(struct kept_event *));
}

/* Takes what the object's last event counted, if EVENT repeats it, over to
 * EVENT, which becomes the newest. */
static void join_last(struct memory_store *store, struct api_event *event)
{
    for (size_t i = store->event_count; i-- > 0;) {
        const struct api_event *last = &store->events[i]->event;
        if (!api_ref_equal(last->object, event->object))
            continue;
        if (local_event_repeats(event, last)) {
            event->first_ns = last->first_ns;
            event->count += last->count;
            remove_event(store, i);
        }
        return;
    }
}

static int record_event(struct store *base, const struct api_event *event, struct err *err)
{
    (void)err;
    struct memory_store *store = memory_store_of(base);
    struct kept_event *kept = keep_event(event);
    pthread_mutex_lock(&store->lock);
    join_last(store, &kept->event);
    kept->event.sequence = ++store->last_sequence;
    if (store->event_count == LOCAL_EVENTS_MAX)
        remove_event(store, 0);
    store->events = mem_grow(store->events, &store->event_cap, store->event_count + 1,
                             sizeof(struct kept_event *));
    store->events[store->event_count++] = kept;
    pthread_mutex_unlock(&store->lock);
    return 0;
}

static int list_events(struct store *base, const char *namespace, store_visit_event_fn visit,
                       void *arg, struct err *err)
{
    struct memory_store *store = memory_store_of(base);
    size_t count = 0;
    pthread_mutex_lock(&store->lock);
    struct kept_event **copies = mem_calloc(store->event_count, sizeof(struct kept_event *));
    for (size_t i = 0; i < store->event_count; i++) {
        const struct api_event *event = &store->events[i]->event;
        if (!namespace || str_equal(namespace, event->object.namespace))
            copies[count++] = keep_event(event);
    }
    pthread_mutex_unlock(&store->lock);
    int answer = 0;
    for (size_t i = 0; i < count; i++) {
        if (answer == 0)
            answer = visit(arg, &copies[i]->event, err);
        kept_event_free(copies[i]);
    }
    free(copies);
    return answer == 0 ? 0 : -1;
}

static void store_end(struct store *base)
{
    struct memory_store *store = memory_store_of(base);
    watch_hub_free(store->local.hub);
    for (size_t i = 0; i < store->count; i++)
        api_object_free(store->objects[i]);
    for (size_t i = 0; i < store->tombstone_count; i++)
        api_object_free(store->tombstones[i].object);
    for (size_t i = 0; i < store->event_count; i++)
        kept_event_free(store->events[i]);
    free(store->objects);
    free(store->tombstones);
    free(store->events);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

struct store *memory_store_new(const struct clock *clock)
{
    static const struct store_ops ops = {
        .get = get,
        .list = list,
        .create = local_create,
        .update = local_update,
        .patch = local_patch,
        .patch_status = local_patch_status,
        .remove = local_remove,
        .watch = local_watch,
        .unwatch = local_unwatch,
        .record_event = record_event,
        .list_events = list_events,
        .free = store_end,
    };
    struct memory_store *store = mem_zalloc(sizeof(*store));
    const struct watch_source source = {read_changes, list_for_watch, store};
    store->local.base.ops = &ops;
    store->local.clock = clock;
    store->local.apply = apply;
    store->local.hub = watch_hub_new(&source);
    pthread_mutex_init(&store->lock, NULL);
    return &store->local.base;
}
