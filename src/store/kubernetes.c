#include "store/kubernetes.h"

#include "api/admission.h"
#include "base/str.h"
#include "kube/list.h"
#include "store/change.h"
#include "store/kubernetes_store.h"

enum {
    WRITE_TRIES = 10, /* against somebody who writes all the time */
    PARAMS_MAX = 3,
};

/* Kinds and versions. */

const char *const *kubernetes_versions(enum api_kind kind)
{
    static const char *const core[] = {"v1", NULL};
    static const char *const flux[] = {"v1", "v1beta2", NULL};
    return *api_kind_info(kind)->group ? flux : core;
}

/* Sets what is known of all kinds of a group. */
static void note_version(struct kubernetes_store *store, const char *group, const char *version)
{
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < API_KIND_COUNT; i++) {
        if (str_equal(api_kind_info((enum api_kind)i)->group, group))
            store->versions[i] = version;
    }
    pthread_mutex_unlock(&store->lock);
}

int kubernetes_resource(struct kubernetes_store *store, enum api_kind kind,
                        struct kube_resource *ret, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(kind);
    pthread_mutex_lock(&store->lock);
    const char *version = store->versions[kind];
    pthread_mutex_unlock(&store->lock);
    if (!version && !*info->group)
        version = info->version;
    if (!version) {
        int answer = kube_discover(store->config.client, info->group, kubernetes_versions(kind),
                                   &store->deadline, &version, err);
        if (answer < 0)
            return -1;
        if (answer == 0)
            return err_set(err, ERR_NOT_FOUND, "no matches for kind \"%s\" in version \"%s\"",
                           info->name, api_kind_api_version(kind));
        note_version(store, info->group, version);
    }
    *ret = (struct kube_resource){info->group, version, info->plural, info->namespaced};
    return 0;
}

/* Requests. */

static bool may_write(const struct kubernetes_store *store)
{
    return !store->config.may_write || store->config.may_write(store->config.arg);
}

static int check_may_write(void *arg, struct err *err)
{
    if (may_write(arg))
        return 0;
    return err_set(err, ERR_CONFLICT, "this replica is not the leader, and must not write");
}

int kubernetes_send(struct kubernetes_store *store, struct kube_request request,
                    const char *field_manager, struct json **ret, struct kube_answer *answer,
                    struct err *err)
{
    struct kube_param params[PARAMS_MAX];
    size_t count = 0;
    bool reads = !request.method;
    if (!reads) {
        request.may_send = check_may_write;
        request.arg = store;
    }
    if (!reads && request.body) {
        params[count++] = (struct kube_param){"fieldManager", field_manager};
        params[count++] = (struct kube_param){"fieldValidation", "Strict"};
    }
    for (size_t i = 0; i < request.param_count; i++)
        params[count++] = request.params[i];
    request.params = params;
    request.param_count = count;
    bool limited = !reads && store->config.may_write;
    struct deadline limit =
        deadline_within(&store->deadline, limited ? store->config.write_ms * CLOCK_NS_PER_MS : 0);
    struct err why;
    int found = kube_perform(store->config.client, &request, &limit, ret, answer, &why);
    if (found >= 0)
        return found;
    if (why.class == ERR_CANCELED && deadline_check(&store->deadline, NULL) == 0)
        why.class = ERR_UNAVAILABLE; /* the limit was not the caller's */
    if (err)
        *err = why;
    return -1;
}

/* One request for the object REF, or, with COLLECTION, for those of its kind. */
struct call {
    const char *method; /* NULL: "GET" */
    bool collection;
    const char *subresource;
    struct json *body; /* borrowed; gets the apiVersion of the server, if it has one */
    const char *content_type;
    const char *field_manager; /* NULL: the store's */
    const char *force;         /* of a server-side apply: "true" or "false"; or NULL */
    struct kube_answer *answer;
};

/* Passes the error on. If it is that there is no such type, the versions are
 * found out again next time: the definitions may have changed. */
static int fail(struct kubernetes_store *store, enum api_kind kind, const struct err *why,
                struct err *err)
{
    if (why->class == ERR_NOT_FOUND)
        note_version(store, api_kind_info(kind)->group, NULL);
    if (err)
        *err = *why;
    return -1;
}

static int perform(struct kubernetes_store *store, struct api_ref ref, const struct call *call,
                   struct json **ret, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(ref.kind);
    const char *manager = call->field_manager ? call->field_manager : store->config.field_manager;
    const struct kube_param force = {"force", call->force};
    struct kube_resource resource;
    if (kubernetes_resource(store, ref.kind, &resource, err) != 0)
        return -1;
    if (json_member(call->body, "apiVersion")) {
        CLEANUP(mem_freep)
        char *api_version =
            str_printf("%s%s%s", info->group, *info->group ? "/" : "", resource.version);
        json_put_text(call->body, "apiVersion", api_version);
    }
    const struct kube_request request = {
        .method = call->method,
        .resource = resource,
        .namespace = info->namespaced ? ref.namespace : NULL,
        .name = call->collection ? NULL : ref.name,
        .subresource = call->subresource,
        .params = &force,
        .param_count = call->force ? 1 : 0,
        .body = call->body,
        .content_type = call->content_type,
    };
    struct err why;
    int answer = kubernetes_send(store, request, manager ? manager : info->controller, ret,
                                 call->answer, &why);
    return answer >= 0 ? answer : fail(store, ref.kind, &why, err);
}

int kubernetes_read(enum api_kind kind, const struct json *manifest, struct api_object **ret,
                    struct err *err)
{
    const struct json *meta = json_member(manifest, "metadata");
    const char *namespace = json_member_text(meta, "namespace");
    const char *name = json_member_text(meta, "name");
    if (api_object_from_json_of(kind, manifest, "", ret, err) == 0)
        return 0;
    return err_wrap(err, "cannot read %s '%s%s%s'", api_kind_info(kind)->name,
                    namespace ? namespace : "", namespace ? "/" : "", name ? name : "");
}

/* The same with an object as answer; RET may be NULL. */
static int perform_object(struct kubernetes_store *store, struct api_ref ref,
                          const struct call *call, struct api_object **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *object = NULL;
    int answer = perform(store, ref, call, &object, err);
    if (answer != 1 || !ret)
        return answer;
    return kubernetes_read(ref.kind, object, ret, err) == 0 ? 1 : -1;
}

/* Operations. */

static int get(struct store *base, struct api_ref ref, struct api_object **ret, struct err *err)
{
    return perform_object(kubernetes_store_of(base), ref, &(struct call){0}, ret, err);
}

struct lister {
    const struct store_kubernetes_config *config;
    enum api_kind kind;
    store_visit_fn visit;
    void *arg;
};

static int visit_listed(void *arg, const struct json *manifest, struct err *err)
{
    const struct lister *lister = arg;
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    struct err why;
    if (kubernetes_read(lister->kind, manifest, &object, &why) != 0) {
        if (lister->config->on_unreadable)
            lister->config->on_unreadable(lister->config->arg, &why);
        return 0;
    }
    return lister->visit(lister->arg, object, err);
}

struct kube_query kubernetes_query(const struct kubernetes_store *store,
                                   const struct store_query *query)
{
    const struct api_kind_info *info = api_kind_info(query->kind);
    const char *namespace = query->namespace ? query->namespace : store->config.namespace;
    return (struct kube_query){
        .resource = {info->group, info->version, info->plural, info->namespaced},
        .versions = *info->group ? kubernetes_versions(query->kind) : NULL,
        .namespace = info->namespaced ? namespace : NULL,
        .label_selector = query->kind < API_RECONCILED_COUNT ? store->config.label_selector : NULL,
    };
}

static int list(struct store *base, const struct store_query *query, store_visit_fn visit,
                void *arg, struct err *err)
{
    struct kubernetes_store *store = kubernetes_store_of(base);
    struct kube_query asked = kubernetes_query(store, query);
    struct lister lister = {&store->config, query->kind, visit, arg};
    struct err why;
    if (kubernetes_resource(store, query->kind, &asked.resource, err) != 0)
        return -1;
    asked.versions = NULL;
    if (kube_list(store->config.client, &asked, visit_listed, &lister, &store->deadline, &why) == 0)
        return 0;
    return fail(store, query->kind, &why, err);
}

static int create(struct store *base, const struct api_object *object, struct api_object **ret,
                  struct err *err)
{
    static const char *const generated[] = {"uid", "resourceVersion", "generation",
                                            "creationTimestamp", "deletionTimestamp"};
    CLEANUP(json_freep) struct json *body = api_object_to_json(object, API_FORM_FULL);
    for (size_t i = 0; i < ARRAY_LEN(generated); i++)
        json_remove(json_member_mut(body, "metadata"), generated[i]);
    if (api_kind_info(object->kind)->has_spec)
        json_remove(body, "status");
    const struct call call = {.method = "POST", .collection = true, .body = body};
    int answer = perform_object(kubernetes_store_of(base), api_object_ref(object), &call, ret, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND, "namespaces \"%s\" not found", object->meta.namespace);
    return answer;
}

/* Puts into CURRENT, as the server has it, what an update takes from OBJECT. What
 * else stands there (owners, above all) stays. */
static void take_over(struct json *current, const struct api_object *object)
{
    static const char *const parts[] = {"labels", "annotations", "finalizers"};
    CLEANUP(json_freep) struct json *wanted = api_object_to_json(object, API_FORM_FULL);
    struct json *meta = json_ensure_object(current, "metadata");
    const struct json *wanted_meta = json_member(wanted, "metadata");
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        json_remove(meta, parts[i]);
        if (json_member(wanted_meta, parts[i]))
            json_put_take(meta, parts[i], json_clone(json_member(wanted_meta, parts[i])));
    }
    /* For the server to compare. */
    if (*object->meta.uid)
        json_put_text(meta, "uid", object->meta.uid);
    if (*object->meta.resource_version)
        json_put_text(meta, "resourceVersion", object->meta.resource_version);
    kube_trim(current);
    if (api_kind_info(object->kind)->has_spec) {
        json_put_take(current, "spec", json_clone(object->spec));
        return;
    }
    json_put_take(wanted, "metadata", json_clone(meta));
    CLEANUP(json_freep) struct json *difference = json_diff_patch(current, wanted);
    json_merge_patch(current, difference);
}

/* Is STORED as OBJECT wants it, but for defaults? The server's answer would be
 * the same, but its first write after a creation stores defaults of the status,
 * and so makes a new version of what has not changed. */
static bool is_as_wanted(const struct api_object *stored, const struct api_object *object)
{
    const struct api_meta *has = &stored->meta, *wants = &object->meta;
    if ((*wants->uid && !str_equal(has->uid, wants->uid)) ||
        (*wants->resource_version && !str_equal(has->resource_version, wants->resource_version)) ||
        !strmap_equal(&has->labels, &wants->labels) ||
        !strmap_equal(&has->annotations, &wants->annotations) ||
        !strlist_equal(&has->finalizers, &wants->finalizers))
        return false;
    CLEANUP(api_object_freep) struct api_object *admitted = api_object_clone(object);
    return json_same(stored->spec, object->spec) ||
           (api_admit(admitted, NULL) == 0 && json_same(stored->spec, admitted->spec));
}

static int update_once(struct kubernetes_store *store, const struct api_object *object,
                       struct api_object **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *current = NULL;
    struct api_ref ref = api_object_ref(object);
    int answer = perform(store, ref, &(struct call){0}, &current, err);
    if (answer != 1)
        return answer;
    CLEANUP(api_object_freep) struct api_object *stored = NULL;
    if (kubernetes_read(ref.kind, current, &stored, err) != 0)
        return -1;
    if (is_as_wanted(stored, object)) {
        if (ret)
            *ret = MEM_STEAL(stored);
        return 1;
    }
    take_over(current, object);
    return perform_object(store, ref, &(struct call){.method = "PUT", .body = current}, ret, err);
}

static int update(struct store *base, const struct api_object *object, struct api_object **ret,
                  struct err *err)
{
    struct err why = {0};
    /* Whoever does not say which version it is about, means any. */
    int tries = *object->meta.resource_version ? 1 : WRITE_TRIES;
    int answer = -1;
    for (int i = 0; i < tries && answer < 0; i++) {
        answer = update_once(kubernetes_store_of(base), object, ret, &why);
        if (answer < 0 && (why.class != ERR_CONFLICT || !may_write(kubernetes_store_of(base))))
            break;
    }
    if (answer < 0 && err)
        *err = why;
    return answer;
}

static int patch(struct store *base, struct api_ref ref, const struct json *patch,
                 struct api_object **ret, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *scratch = api_object_new(ref);
    CLEANUP(json_freep) struct json *body = json_clone(patch);
    const char *version = json_member_text(json_member(patch, "metadata"), "resourceVersion");
    str_set(&scratch->meta.resource_version, version ? version : ""); /* the server compares it */
    if (change_merge(scratch, patch, err) != 0) /* only what a store's patch may hold */
        return -1;
    if (!api_kind_info(ref.kind)->has_spec && json_member(patch, "spec")) {
        json_remove(body, "spec");
        json_foreach_member (key, value, json_member(patch, "spec"))
            json_put_take(body, key, json_clone(value));
    }
    const struct call call = {.method = "PATCH", .body = body, .content_type = KUBE_MERGE_PATCH};
    return perform_object(kubernetes_store_of(base), ref, &call, ret, err);
}

/* Applies DIFFERENCE to the status of the object in its version VERSION: the
 * server refuses if it is another one, and so never touches another object. */
static int patch_status_of(struct kubernetes_store *store, struct api_ref ref, const char *version,
                           const struct json *difference, struct api_object **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *body = json_new_object();
    json_put_text(json_ensure_object(body, "metadata"), "resourceVersion", version);
    json_put_take(body, "status", json_clone(difference));
    const struct call call = {
        .method = "PATCH", .subresource = "status", .body = body, .content_type = KUBE_MERGE_PATCH};
    return perform_object(store, ref, &call, ret, err);
}

static int patch_status(struct store *base, const struct api_object *object,
                        const struct json *status, struct api_object **ret, struct err *err)
{
    struct api_ref ref = api_object_ref(object);
    CLEANUP(mem_freep) char *version = str_dup(object->meta.resource_version);
    CLEANUP(json_freep) struct json *difference = json_diff_patch(object->status, status);
    struct err why = {0};
    if (json_count(difference) == 0) {
        if (ret)
            *ret = api_object_clone(object);
        return 1;
    }
    for (int i = 0; i < WRITE_TRIES; i++) {
        CLEANUP(api_object_freep) struct api_object *current = NULL;
        int answer =
            patch_status_of(kubernetes_store_of(base), ref, version, difference, ret, &why);
        if (answer >= 0)
            return answer;
        if (why.class != ERR_CONFLICT || !may_write(kubernetes_store_of(base)))
            break;
        answer = get(base, ref, &current, err);
        if (answer != 1 || !str_equal(current->meta.uid, object->meta.uid))
            return answer < 0 ? -1 : 0;
        str_set(&version, current->meta.resource_version);
        CLEANUP(json_freep)
        struct json *merged = change_merge_status(current->status, object->status, status);
        json_free(difference);
        difference = json_diff_patch(current->status, merged);
        if (json_count(difference) == 0) {
            if (ret)
                *ret = MEM_STEAL(current);
            return 1;
        }
    }
    if (err)
        *err = why;
    return -1;
}

int kubernetes_send_apply(struct kubernetes_store *store, struct api_ref ref, struct json *body,
                          bool force, struct api_object **ret, struct kube_answer *answer,
                          struct err *err)
{
    const struct call call = {
        .method = "PATCH",
        .body = body,
        .content_type = KUBE_APPLY_PATCH,
        .field_manager = STORE_KUBERNETES_APPLY_MANAGER,
        .force = force ? "true" : "false",
        .answer = answer,
    };
    return perform_object(store, ref, &call, ret, err);
}

static int remove_object(struct store *base, struct api_ref ref, struct err *err)
{
    const struct call call = {.method = "DELETE"};
    return perform(kubernetes_store_of(base), ref, &call, NULL, err);
}

static void store_end(struct store *base)
{
    struct kubernetes_store *store = kubernetes_store_of(base);
    correlator_free(store->correlator);
    pthread_mutex_destroy(&store->lock);
    free(store->field_manager);
    free(store->namespace);
    free(store->label_selector);
    free(store);
}

struct store *store_kubernetes_new(const struct store_kubernetes_config *config)
{
    static const struct store_ops ops = {
        .get = get,
        .list = list,
        .create = create,
        .update = update,
        .patch = patch,
        .patch_status = patch_status,
        .apply = kubernetes_apply,
        .remove = remove_object,
        .watch = kubernetes_watch,
        .unwatch = kubernetes_unwatch,
        .record_event = kubernetes_record_event,
        .list_events = kubernetes_list_events,
        .free = store_end,
    };
    struct kubernetes_store *store = mem_zalloc(sizeof(*store));
    store->base.ops = &ops;
    store->config = *config;
    if (config->write_ms <= 0 || config->write_ms > STORE_KUBERNETES_WRITE_MS)
        store->config.write_ms = STORE_KUBERNETES_WRITE_MS;
    store->config.field_manager = store->field_manager = str_dup(config->field_manager);
    store->config.namespace = store->namespace = str_dup(config->namespace);
    store->config.label_selector = store->label_selector = str_dup(config->label_selector);
    store->deadline = config->deadline ? *config->deadline : deadline_in(config->clock, 0, NULL);
    store->correlator = correlator_new(config->clock);
    pthread_mutex_init(&store->lock, NULL);
    return &store->base;
}
