#include "store/change.h"

#include "adapt/crypto.h"
#include "api/admission.h"
#include "api/condition.h"
#include "base/clock.h"
#include "base/str.h"

/* A random uid (RFC 9562, version 4). */
static char *new_uid(void)
{
    unsigned char b[16];
    crypto_random(b, sizeof(b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return str_printf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                      b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                      b[13], b[14], b[15]);
}

/* Manifests show whole seconds. */
static int64_t whole_seconds(int64_t wall_ns)
{
    return wall_ns - wall_ns % CLOCK_NS_PER_S;
}

/* "imagepolicies.image.toolkit.fluxcd.io "web"", as the API server says it. */
static char *resource_name(struct api_ref ref)
{
    const struct api_kind_info *info = api_kind_info(ref.kind);
    return str_printf("%s%s%s \"%s\"", info->plural, *info->group ? "." : "", info->group,
                      ref.name);
}

static int fail_exists(struct api_ref ref, struct err *err)
{
    CLEANUP(mem_freep) char *name = resource_name(ref);
    return err_set(err, ERR_CONFLICT, "%s already exists", name);
}

static int fail_modified(struct api_ref ref, struct err *err)
{
    CLEANUP(mem_freep) char *name = resource_name(ref);
    return err_set(err, ERR_CONFLICT,
                   "Operation cannot be fulfilled on %s: the object has been modified; please "
                   "apply your changes to the latest version and try again",
                   name);
}

static void copy_finalizers(struct strlist *to, const struct strlist *from)
{
    strlist_finish(to);
    for (size_t i = 0; i < from->len; i++)
        strlist_add(to, from->items[i]);
}

/* The parts that create and update take from what the caller wants. */
static void take_over(struct api_object *object, const struct api_object *wanted)
{
    strmap_copy(&object->meta.labels, &wanted->meta.labels);
    strmap_copy(&object->meta.annotations, &wanted->meta.annotations);
    copy_finalizers(&object->meta.finalizers, &wanted->meta.finalizers);
    json_free(object->spec);
    object->spec = json_clone(wanted->spec);
}

static struct api_object *created(const struct change_request *request)
{
    struct api_object *object = api_object_new(request->ref);
    take_over(object, request->object);
    free(object->meta.uid);
    object->meta.uid = new_uid();
    object->meta.generation = 1;
    object->meta.created_ns = whole_seconds(request->now_ns);
    /* The default of Flux's CRDs. */
    if (object->kind < API_RECONCILED_COUNT)
        json_put_int(object->status, "observedGeneration", -1);
    return object;
}

static int update(struct api_object *object, const struct api_object *wanted, struct err *err)
{
    const struct api_meta *meta = &wanted->meta;
    if ((*meta->resource_version &&
         !str_equal(meta->resource_version, object->meta.resource_version)) ||
        (*meta->uid && !str_equal(meta->uid, object->meta.uid)))
        return fail_modified(api_object_ref(object), err);
    take_over(object, wanted);
    return 0;
}

/* Patches. */

static int patch_map(struct strmap *map, const char *path, const struct json *patch,
                     struct err *err)
{
    if (json_kind(patch) == JSON_KIND_NULL)
        strmap_finish(map);
    else if (json_kind(patch) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "patch: %s must be a mapping", path);
    json_foreach_member (key, value, patch) {
        if (json_kind(value) == JSON_KIND_NULL)
            strmap_remove(map, key);
        else if (json_kind(value) == JSON_KIND_STRING)
            strmap_set(map, key, json_text(value));
        else
            return err_set(err, ERR_INVALID, "patch: %s.%s must be a string", path, key);
    }
    return 0;
}

static int patch_finalizers(struct strlist *finalizers, const struct json *patch, struct err *err)
{
    if (json_kind(patch) != JSON_KIND_NULL && json_kind(patch) != JSON_KIND_ARRAY)
        return err_set(err, ERR_INVALID, "patch: metadata.finalizers must be a list");
    strlist_finish(finalizers);
    for (size_t i = 0; i < json_count(patch); i++) {
        const char *finalizer = json_text(json_at(patch, i));
        if (!finalizer)
            return err_set(err, ERR_INVALID, "patch: metadata.finalizers[%zu] must be a string", i);
        strlist_add(finalizers, finalizer);
    }
    return 0;
}

static int patch_meta(struct api_object *object, const struct json *patch, struct err *err)
{
    struct api_meta *meta = &object->meta;
    if (json_kind(patch) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "patch: metadata must be a mapping");
    json_foreach_member (key, value, patch) {
        int answer;
        if (str_equal(key, "labels"))
            answer = patch_map(&meta->labels, "metadata.labels", value, err);
        else if (str_equal(key, "annotations"))
            answer = patch_map(&meta->annotations, "metadata.annotations", value, err);
        else if (str_equal(key, "finalizers"))
            answer = patch_finalizers(&meta->finalizers, value, err);
        else if (str_equal(key, "resourceVersion"))
            answer = str_equal(json_text(value), meta->resource_version)
                         ? 0
                         : fail_modified(api_object_ref(object), err);
        else
            answer = err_set(err, ERR_INVALID, "patch: metadata.%s cannot be changed", key);
        if (answer != 0)
            return -1;
    }
    return 0;
}

int change_merge(struct api_object *object, const struct json *patch, struct err *err)
{
    if (json_kind(patch) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "patch: it must be a mapping");
    json_foreach_member (key, value, patch) {
        int answer = 0;
        if (str_equal(key, "metadata"))
            answer = patch_meta(object, value, err);
        else if (str_equal(key, "spec") && json_kind(value) == JSON_KIND_OBJECT)
            json_merge_patch(object->spec, value);
        else if (str_equal(key, "spec"))
            answer = err_set(err, ERR_INVALID, "patch: spec must be a mapping");
        else
            answer = err_set(err, ERR_INVALID, "patch: %s cannot be changed", key);
        if (answer != 0)
            return -1;
    }
    return 0;
}

struct json *change_merge_status(const struct json *current, const struct json *read,
                                 const struct json *wanted)
{
    static const char conditions[] = "conditions";
    CLEANUP(json_freep) struct json *difference = json_diff_patch(read, wanted);
    struct json *status = json_clone(current);
    bool one_by_one = json_member(difference, conditions) &&
                      !json_same(json_member(current, conditions), json_member(read, conditions));
    if (one_by_one)
        json_remove(difference, conditions);
    json_merge_patch(status, difference);
    if (one_by_one)
        api_conditions_merge(status, read, wanted);
    return status;
}

/* Judging the outcome. */

static int check_size(const struct api_object *object, struct err *err)
{
    CLEANUP(json_freep) struct json *manifest = api_object_to_json(object, API_FORM_FULL);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(CHANGE_OBJECT_SIZE_MAX);
    json_print(manifest, JSON_STYLE_COMPACT, &text);
    if (!buf_overflowed(&text))
        return 0;
    return err_set(err, ERR_INVALID, "%s %s/%s is larger than the limit of %d bytes",
                   api_kind_info(object->kind)->name, object->meta.namespace, object->meta.name,
                   CHANGE_OBJECT_SIZE_MAX);
}

/* Who waits for its finalizers to go gets no new ones. */
static int check_finalizers(const struct api_object *stored, const struct api_object *object,
                            struct err *err)
{
    for (size_t i = 0; stored->meta.deleted_ns != 0 && i < object->meta.finalizers.len; i++) {
        if (!strlist_contains(&stored->meta.finalizers, object->meta.finalizers.items[i]))
            return err_set(err, ERR_INVALID,
                           "metadata.finalizers: Forbidden: no new finalizers can be added if the "
                           "object is being deleted, found new finalizers []string{\"%s\"}",
                           object->meta.finalizers.items[i]);
    }
    return 0;
}

static bool same_meta(const struct api_meta *a, const struct api_meta *b)
{
    return strmap_equal(&a->labels, &b->labels) && strmap_equal(&a->annotations, &b->annotations) &&
           strlist_equal(&a->finalizers, &b->finalizers) && a->deleted_ns == b->deleted_ns;
}

/* What was admitted once stays, whatever newer rules say, as long as only
 * other parts change: or it could not even be deleted. */
static int admit(const struct api_object *stored, struct api_object *object, struct err *err)
{
    if (json_same(stored->spec, object->spec) &&
        strmap_equal(&stored->meta.labels, &object->meta.labels))
        return 0;
    return api_admit(object, err);
}

/* Compares an object in its new form with the stored one. */
static int settle(const struct api_object *stored, struct api_object *object,
                  enum change_verdict *ret, struct err *err)
{
    if (admit(stored, object, err) != 0 || check_finalizers(stored, object, err) != 0)
        return -1;
    bool same_spec = json_same(stored->spec, object->spec);
    if (same_spec && same_meta(&stored->meta, &object->meta) &&
        json_same(stored->status, object->status)) {
        *ret = CHANGE_NONE;
        return 0;
    }
    if (!same_spec || stored->meta.deleted_ns != object->meta.deleted_ns)
        object->meta.generation++;
    *ret =
        object->meta.deleted_ns != 0 && object->meta.finalizers.len == 0 ? CHANGE_DROP : CHANGE_PUT;
    return check_size(object, err);
}

static int decide_create(const struct change_request *request, const struct api_object *stored,
                         enum change_verdict *ret_verdict, struct api_object **ret, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = created(request);
    /* As the API server, which judges before it looks whether there is one. */
    if (api_admit(object, err) != 0 || check_size(object, err) != 0)
        return -1;
    if (stored)
        return fail_exists(request->ref, err);
    *ret_verdict = CHANGE_PUT;
    *ret = MEM_STEAL(object);
    return 0;
}

static int apply(const struct change_request *request, struct api_object *object, struct err *err)
{
    struct json *status;
    switch (request->verb) {
    case CHANGE_UPDATE:
        return update(object, request->object, err);
    case CHANGE_PATCH:
        return change_merge(object, request->json, err);
    case CHANGE_STATUS:
        status = change_merge_status(object->status, request->object->status, request->json);
        json_free(object->status);
        object->status = status;
        return 0;
    case CHANGE_REMOVE:
        if (object->meta.deleted_ns == 0)
            object->meta.deleted_ns = whole_seconds(request->now_ns);
        return 0;
    case CHANGE_CREATE:
    default:
        return err_set(err, ERR_INTERNAL, "unknown kind of change");
    }
}

int change_decide(const struct change_request *request, const struct api_object *stored,
                  enum change_verdict *ret_verdict, struct api_object **ret, struct err *err)
{
    *ret = NULL;
    if (request->verb == CHANGE_CREATE)
        return decide_create(request, stored, ret_verdict, ret, err);
    if (!stored || (request->verb == CHANGE_STATUS && *request->object->meta.uid &&
                    !str_equal(request->object->meta.uid, stored->meta.uid))) {
        *ret_verdict = CHANGE_ABSENT;
        return 0;
    }
    CLEANUP(api_object_freep) struct api_object *object = api_object_clone(stored);
    if (apply(request, object, err) != 0 || settle(stored, object, ret_verdict, err) != 0)
        return -1;
    *ret = MEM_STEAL(object);
    return 0;
}
