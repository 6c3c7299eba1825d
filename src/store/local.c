#include "store/local.h"

#include "base/str.h"
#include "base/utf8.h"

static struct local_store *local_of(struct store *store)
{
    return (struct local_store *)store; /* base is its first member */
}

/* Carries a request out and tells the watches. */
static int carry_out(struct store *store, struct change_request request, struct api_object **ret,
                     struct err *err)
{
    struct local_store *local = local_of(store);
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    enum change_verdict verdict;
    request.now_ns = clock_wall_ns(local->clock);
    if (local->apply(local, &request, &verdict, &object, err) != 0)
        return -1;
    if (verdict == CHANGE_PUT || verdict == CHANGE_DROP)
        watch_hub_signal(local->hub);
    if (verdict == CHANGE_ABSENT)
        return 0;
    if (ret)
        *ret = MEM_STEAL(object);
    return 1;
}

int local_create(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err)
{
    return carry_out(store,
                     (struct change_request){
                         .verb = CHANGE_CREATE,
                         .ref = api_object_ref(object),
                         .object = object,
                     },
                     ret, err);
}

int local_update(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err)
{
    return carry_out(store,
                     (struct change_request){
                         .verb = CHANGE_UPDATE,
                         .ref = api_object_ref(object),
                         .object = object,
                     },
                     ret, err);
}

int local_patch(struct store *store, struct api_ref ref, const struct json *patch,
                struct api_object **ret, struct err *err)
{
    return carry_out(
        store, (struct change_request){.verb = CHANGE_PATCH, .ref = ref, .json = patch}, ret, err);
}

int local_patch_status(struct store *store, const struct api_object *object,
                       const struct json *status, struct api_object **ret, struct err *err)
{
    return carry_out(store,
                     (struct change_request){
                         .verb = CHANGE_STATUS,
                         .ref = api_object_ref(object),
                         .object = object,
                         .json = status,
                     },
                     ret, err);
}

int local_remove(struct store *store, struct api_ref ref, struct err *err)
{
    return carry_out(store, (struct change_request){.verb = CHANGE_REMOVE, .ref = ref}, NULL, err);
}

int local_watch(struct store *store, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err)
{
    return watch_begin(local_of(store)->hub, query, watcher, ret, err);
}

void local_unwatch(struct store *store, struct store_watch *watch)
{
    (void)store;
    watch_end(watch);
}

bool local_event_repeats(const struct api_event *event, const struct api_event *last)
{
    return str_equal(event->uid, last->uid) && str_equal(event->type, last->type) &&
           str_equal(event->reason, last->reason) && str_equal(event->message, last->message);
}

char *local_event_message(const struct api_event *event)
{
    return utf8_cut(event->message, LOCAL_EVENT_MESSAGE_MAX);
}

struct api_object *local_tombstone(const struct api_object *object)
{
    struct api_object *left = api_object_clone(object);
    if (left->kind == API_SECRET) {
        strmap_finish(&left->meta.annotations); /* kubectl keeps a copy of all there */
        json_free(left->spec);
        left->spec = json_new_object();
    }
    return left;
}
