#include "store/store.h"

#include "base/str.h"

enum {
    UPSERT_TRIES = 10, /* against somebody who writes all the time */
};

void store_free(struct store *store)
{
    if (store)
        store->ops->free(store);
}

int store_get(struct store *store, struct api_ref ref, struct api_object **ret, struct err *err)
{
    return store->ops->get(store, ref, ret, err);
}

int store_list(struct store *store, const struct store_query *query, store_visit_fn visit,
               void *arg, struct err *err)
{
    return store->ops->list(store, query, visit, arg, err);
}

int store_create(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err)
{
    return store->ops->create(store, object, ret, err);
}

int store_update(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err)
{
    return store->ops->update(store, object, ret, err);
}

int store_patch(struct store *store, struct api_ref ref, const struct json *patch,
                struct api_object **ret, struct err *err)
{
    return store->ops->patch(store, ref, patch, ret, err);
}

int store_patch_status(struct store *store, const struct api_object *object,
                       const struct json *status, struct api_object **ret, struct err *err)
{
    return store->ops->patch_status(store, object, status, ret, err);
}

int store_remove(struct store *store, struct api_ref ref, struct err *err)
{
    return store->ops->remove(store, ref, err);
}

int store_watch(struct store *store, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err)
{
    return store->ops->watch(store, query, watcher, ret, err);
}

void store_unwatch(struct store *store, struct store_watch *watch)
{
    if (watch)
        store->ops->unwatch(store, watch);
}

int store_record_event(struct store *store, const struct api_event *event, struct err *err)
{
    return store->ops->record_event(store, event, err);
}

int store_list_events(struct store *store, const char *namespace, store_visit_event_fn visit,
                      void *arg, struct err *err)
{
    return store->ops->list_events(store, namespace, visit, arg, err);
}

/* FOUND with the spec and labels of WANTED, and its annotations added. */
static struct api_object *configure(const struct api_object *found, const struct api_object *wanted)
{
    struct api_object *object = api_object_clone(found);
    json_free(object->spec);
    object->spec = json_clone(wanted->spec);
    strmap_copy(&object->meta.labels, &wanted->meta.labels);
    strmap_foreach (entry, &wanted->meta.annotations) {
        strmap_set(&object->meta.annotations, entry->key, entry->value);
    }
    return object;
}

/* One attempt: 1 done, 0 or conflict: the object came or went meanwhile. */
static int upsert_once(struct store *store, const struct api_object *wanted,
                       enum store_applied *ret_how, struct api_object **ret, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    CLEANUP(api_object_freep) struct api_object *stored = NULL;
    int answer = store_get(store, api_object_ref(wanted), &found, err);
    if (answer < 0)
        return -1;
    if (answer == 0) {
        *ret_how = STORE_CREATED;
        return store_create(store, wanted, ret, err);
    }
    CLEANUP(api_object_freep) struct api_object *object = configure(found, wanted);
    answer = store_update(store, object, &stored, err);
    if (answer != 1)
        return answer;
    *ret_how = str_equal(stored->meta.resource_version, found->meta.resource_version)
                   ? STORE_UNCHANGED
                   : STORE_CONFIGURED;
    if (ret)
        *ret = MEM_STEAL(stored);
    return 1;
}

int store_upsert(struct store *store, const struct api_object *wanted, enum store_applied *ret_how,
                 struct api_object **ret, struct err *err)
{
    struct err why = {0};
    for (int i = 0; i < UPSERT_TRIES; i++) {
        int answer = upsert_once(store, wanted, ret_how, ret, &why);
        if (answer == 1)
            return 1;
        if (answer < 0 && why.class != ERR_CONFLICT)
            break;
        if (answer == 0)
            err_set(&why, ERR_CONFLICT, "the object is being deleted and made at the same time");
    }
    if (err)
        *err = why;
    return -1;
}

int store_apply(struct store *store, const struct api_object *wanted, bool force,
                enum store_applied *ret_how, struct api_object **ret, struct err *err)
{
    if (store->ops->apply)
        return store->ops->apply(store, wanted, force, ret_how, ret, err);
    return store_upsert(store, wanted, ret_how, ret, err);
}
