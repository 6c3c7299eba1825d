/* Watches on the Kubernetes store: manifests that become objects on the way. */
#include "base/str.h"
#include "kube/watch.h"
#include "store/kubernetes_store.h"

struct store_watch {
    enum api_kind kind;
    struct store_watcher watcher;
    struct kube_watch *watch;
};

static void pass_error(void *arg, const struct err *err)
{
    const struct store_watch *watch = arg;
    if (watch->watcher.on_error)
        watch->watcher.on_error(watch->watcher.arg, err);
}

/* What is deleted must be told even if it cannot be understood. */
static struct api_object *names_of(enum api_kind kind, const struct json *manifest)
{
    const struct json *meta = json_member(manifest, "metadata");
    const char *namespace = json_member_text(meta, "namespace");
    const char *name = json_member_text(meta, "name"), *uid = json_member_text(meta, "uid");
    if (!name)
        return NULL;
    struct api_object *object =
        api_object_new((struct api_ref){kind, namespace ? namespace : "", name});
    str_set(&object->meta.uid, uid ? uid : "");
    return object;
}

static void pass_change(void *arg, enum kube_change change, const struct json *manifest)
{
    static const enum store_change changes[] = {
        [KUBE_ADDED] = STORE_ADDED,
        [KUBE_MODIFIED] = STORE_MODIFIED,
        [KUBE_DELETED] = STORE_DELETED,
        [KUBE_SYNCED] = STORE_SYNCED,
    };
    const struct store_watch *watch = arg;
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    struct err err;
    if (manifest && kubernetes_read(watch->kind, manifest, &object, &err) != 0) {
        pass_error(arg, &err);
        object = change == KUBE_DELETED ? names_of(watch->kind, manifest) : NULL;
        if (!object)
            return;
    }
    if (object && change == KUBE_DELETED && object->kind == API_SECRET) {
        json_free(object->spec); /* nobody has a use for it any more */
        object->spec = json_new_object();
        strmap_finish(&object->meta.annotations); /* kubectl keeps a copy of all there */
    }
    watch->watcher.on_change(watch->watcher.arg, changes[change], object);
}

int kubernetes_watch(struct store *base, const struct store_query *query,
                     const struct store_watcher *watcher, struct store_watch **ret, struct err *err)
{
    const struct kubernetes_store *store = kubernetes_store_of(base);
    const struct kube_query asked = kubernetes_query(store, query);
    struct store_watch *watch = mem_zalloc(sizeof(*watch));
    const struct kube_watcher inner = {pass_change, pass_error, watch};
    watch->kind = query->kind;
    watch->watcher = *watcher;
    *ret = watch; /* before a call can reach the watcher */
    if (kube_watch_new(store->config.client, &asked, &inner, &watch->watch, err) == 0)
        return 0;
    *ret = NULL;
    free(watch);
    return -1;
}

void kubernetes_unwatch(struct store *base, struct store_watch *watch)
{
    (void)base;
    kube_watch_free(watch->watch);
    free(watch);
}
