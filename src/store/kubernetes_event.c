/* Events on the Kubernetes store: core/v1 Events, as Flux's controllers write them. */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "kube/list.h"
#include "store/kubernetes_store.h"
#include "store/local.h"

enum {
    EVENTS_MAX = 5000, /* that list_events() tells, the newest */
};

static const struct kube_resource events_resource = {"", "v1", "events", true};

/* Writing. */

static void put_time(struct json *to, const char *key, int64_t wall_ns)
{
    char text[CLOCK_TEXT_SIZE];
    json_put_text(to, key, clock_format_utc(wall_ns, text));
}

static const char *event_namespace(const struct api_event *event)
{
    return *event->object.namespace ? event->object.namespace : "default";
}

static void put_involved(struct json *to, const struct api_event *event,
                         const struct kube_resource *resource)
{
    struct json *involved = json_ensure_object(to, "involvedObject");
    CLEANUP(mem_freep)
    char *api_version =
        str_printf("%s%s%s", resource->group, *resource->group ? "/" : "", resource->version);
    json_put_text(involved, "apiVersion", api_version);
    json_put_text(involved, "kind", api_kind_info(event->object.kind)->name);
    if (*event->object.namespace)
        json_put_text(involved, "namespace", event->object.namespace);
    json_put_text(involved, "name", event->object.name);
    json_put_text(involved, "uid", event->uid);
    json_put_text(involved, "resourceVersion", event->resource_version);
}

/* The Event as a whole. */
static struct json *manifest_of(const struct api_event *event, const struct correlated *correlated,
                                const struct kube_resource *resource)
{
    const char *component = api_kind_info(event->object.kind)->controller;
    struct json *to = json_new_object();
    struct json *meta = json_ensure_object(to, "metadata");
    json_put_text(to, "apiVersion", "v1");
    json_put_text(to, "kind", "Event");
    json_put_text(meta, "name", correlated->name);
    json_put_text(meta, "namespace", event_namespace(event));
    if (event->annotations && event->annotations->len > 0) {
        struct json *annotations = json_ensure_object(meta, "annotations");
        strmap_foreach (entry, event->annotations) {
            json_put_text(annotations, entry->key, entry->value);
        }
    }
    put_involved(to, event, resource);
    json_put_text(to, "type", event->type);
    json_put_text(to, "reason", event->reason);
    json_put_text(to, "message", correlated->message);
    json_put_text(json_ensure_object(to, "source"), "component", component);
    json_put_text(to, "reportingComponent", component);
    json_put_text(to, "reportingInstance", "");
    put_time(to, "firstTimestamp", correlated->first_ns);
    put_time(to, "lastTimestamp", event->last_ns);
    json_put_int(to, "count", correlated->count);
    return to;
}

static int create_event(struct kubernetes_store *store, const struct api_event *event,
                        const struct correlated *correlated, struct err *err)
{
    struct kube_resource resource;
    if (kubernetes_resource(store, event->object.kind, &resource, err) != 0)
        return -1;
    CLEANUP(json_freep) struct json *body = manifest_of(event, correlated, &resource);
    const struct kube_request request = {
        .method = "POST",
        .resource = events_resource,
        .namespace = event_namespace(event),
        .body = body,
    };
    struct kube_answer answer = {0};
    if (kubernetes_send(store, request, api_kind_info(event->object.kind)->controller, NULL,
                        &answer, err) == 1)
        return 0;
    /* Another thread was faster with the same news. */
    return str_equal(answer.reason, "AlreadyExists") ? 0 : -1;
}

/* 1, or 0 if the Event is not there any more: the server keeps them for an hour. */
static int repeat_event(struct kubernetes_store *store, const struct api_event *event,
                        const struct correlated *correlated, struct err *err)
{
    CLEANUP(json_freep) struct json *body = json_new_object();
    json_put_text(body, "message", correlated->message);
    json_put_int(body, "count", correlated->count);
    put_time(body, "lastTimestamp", event->last_ns);
    const struct kube_request request = {
        .method = "PATCH",
        .resource = events_resource,
        .namespace = event_namespace(event),
        .name = correlated->name,
        .body = body,
        .content_type = KUBE_MERGE_PATCH,
    };
    return kubernetes_send(store, request, api_kind_info(event->object.kind)->controller, NULL,
                           NULL, err);
}

int kubernetes_record_event(struct store *base, const struct api_event *event, struct err *err)
{
    struct kubernetes_store *store = kubernetes_store_of(base);
    CLEANUP(correlated_finish) struct correlated correlated = {0};
    CLEANUP(mem_freep) char *message = local_event_message(event);
    struct api_event kept = *event;
    kept.message = message;
    enum correlator_action action = correlator_take(
        store->correlator, api_kind_info(event->object.kind)->controller, &kept, &correlated);
    int answer = 0;
    if (action == CORRELATOR_DROP)
        return 0;
    if (action == CORRELATOR_PATCH)
        answer = repeat_event(store, event, &correlated, err);
    if (answer != 0)
        return answer < 0 ? -1 : 0;
    return create_event(store, event, &correlated, err);
}

/* Reading. */

struct kept_event {
    struct json *manifest; /* the strings of `event` */
    struct strmap annotations;
    struct api_event event;
};

struct collection {
    struct kept_event **events;
    size_t count;
    size_t cap;
};

static void kept_event_free(struct kept_event *kept)
{
    json_free(kept->manifest);
    strmap_finish(&kept->annotations);
    free(kept);
}

static void collection_finish(struct collection *collection)
{
    for (size_t i = 0; i < collection->count; i++)
        kept_event_free(collection->events[i]);
    free(collection->events);
}

static const char *text_or_empty(const struct json *object, const char *key)
{
    const char *text = json_member_text(object, key);
    return text ? text : "";
}

/* The first of these that is a time. */
static int64_t first_time(const struct json *a, const struct json *b, const struct json *c)
{
    const struct json *const times[] = {a, b, c};
    int64_t ns = 0;
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        if (clock_parse(json_span(times[i]), &ns))
            return ns;
    }
    return 0;
}

/* Events may be in the older form (count, lastTimestamp) or the newer one
 * (series, eventTime). */
static void read_occurrences(const struct json *manifest, struct api_event *event)
{
    const struct json *meta = json_member(manifest, "metadata");
    const struct json *series = json_member(manifest, "series");
    const struct json *event_time = json_member(manifest, "eventTime");
    const struct json *created = json_member(meta, "creationTimestamp");
    int64_t version = 0;
    event->first_ns = first_time(json_member(manifest, "firstTimestamp"), event_time, created);
    event->last_ns = first_time(json_member(manifest, "lastTimestamp"),
                                json_member(series, "lastObservedTime"), event_time);
    if (event->last_ns == 0)
        event->last_ns = event->first_ns;
    event->count = 1;
    if (!json_int(json_member(manifest, "count"), &event->count))
        json_int(json_member(series, "count"), &event->count);
    const char *text = text_or_empty(meta, "resourceVersion");
    for (const char *digit = text; *digit >= '0' && *digit <= '9' && digit - text < 18; digit++)
        version = 10 * version + (*digit - '0');
    event->sequence = version;
}

/* NULL if it is not of an object that tidemark knows. */
static struct kept_event *read_event(const struct json *listed)
{
    const struct json *involved = json_member(listed, "involvedObject");
    enum api_kind kind;
    if (!api_kind_find(text_or_empty(involved, "apiVersion"), text_or_empty(involved, "kind"),
                       &kind) ||
        kind >= (enum api_kind)API_RECONCILED_COUNT)
        return NULL;
    struct kept_event *kept = mem_zalloc(sizeof(*kept));
    struct api_event *event = &kept->event;
    kept->manifest = json_clone(listed);
    involved = json_member(kept->manifest, "involvedObject");
    event->object = (struct api_ref){kind, text_or_empty(involved, "namespace"),
                                     text_or_empty(involved, "name")};
    event->uid = text_or_empty(involved, "uid");
    event->resource_version = text_or_empty(involved, "resourceVersion");
    event->type = text_or_empty(kept->manifest, "type");
    event->reason = text_or_empty(kept->manifest, "reason");
    event->message = text_or_empty(kept->manifest, "message");
    read_occurrences(kept->manifest, event);
    json_foreach_member (key, value,
                         json_member(json_member(kept->manifest, "metadata"), "annotations")) {
        if (json_text(value))
            strmap_set(&kept->annotations, key, json_text(value));
    }
    if (kept->annotations.len > 0)
        event->annotations = &kept->annotations;
    return kept;
}

static int compare_events(const void *a, const void *b)
{
    const struct api_event *left = &(*(struct kept_event *const *)a)->event;
    const struct api_event *right = &(*(struct kept_event *const *)b)->event;
    if (left->sequence != right->sequence)
        return left->sequence < right->sequence ? -1 : 1;
    return left->last_ns < right->last_ns ? -1 : left->last_ns > right->last_ns;
}

/* Sorts, the oldest first, and forgets the oldest beyond the cap. */
static void settle(struct collection *collection)
{
    if (collection->count > 1)
        qsort(collection->events, collection->count, sizeof(struct kept_event *), compare_events);
    size_t excess = collection->count > EVENTS_MAX ? collection->count - EVENTS_MAX : 0;
    if (excess == 0)
        return;
    for (size_t i = 0; i < excess; i++)
        kept_event_free(collection->events[i]);
    collection->count -= excess;
    memmove(collection->events, collection->events + excess,
            collection->count * sizeof(struct kept_event *));
}

static int collect(void *arg, const struct json *manifest, struct err *err)
{
    (void)err;
    struct collection *collection = arg;
    struct kept_event *kept = read_event(manifest);
    if (!kept)
        return 0;
    if (collection->count == 2 * EVENTS_MAX)
        settle(collection);
    collection->events = mem_grow(collection->events, &collection->cap, collection->count + 1,
                                  sizeof(struct kept_event *));
    collection->events[collection->count++] = kept;
    return 0;
}

int kubernetes_list_events(struct store *base, const char *namespace, store_visit_event_fn visit,
                           void *arg, struct err *err)
{
    struct kubernetes_store *store = kubernetes_store_of(base);
    const struct kube_query query = {
        .resource = events_resource,
        .namespace = namespace ? namespace : store->config.namespace,
    };
    CLEANUP(collection_finish) struct collection collection = {0};
    if (kube_list(store->config.client, &query, collect, &collection, &store->deadline, err) != 0)
        return -1;
    settle(&collection);
    for (size_t i = 0; i < collection.count; i++) {
        if (visit(arg, &collection.events[i]->event, err) != 0)
            return -1;
    }
    return 0;
}
