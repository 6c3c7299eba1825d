#include "api/object.h"

#include <string.h>

#include "adapt/crypto.h"
#include "base/clock.h"
#include "base/str.h"

bool api_ref_equal(struct api_ref a, struct api_ref b)
{
    return a.kind == b.kind && str_equal(a.name, b.name) && str_equal(a.namespace, b.namespace);
}

char *api_ref_text(struct api_ref ref)
{
    if (str_empty(ref.namespace))
        return str_dup(ref.name);
    return str_printf("%s/%s", ref.namespace, ref.name);
}

struct api_object *api_object_new(struct api_ref ref)
{
    struct api_object *object = mem_zalloc(sizeof(*object));
    object->kind = ref.kind;
    object->meta.name = str_dup(ref.name);
    object->meta.namespace = str_dup(ref.namespace);
    object->meta.uid = str_dup("");
    object->meta.resource_version = str_dup("");
    object->spec = json_new_object();
    object->status = json_new_object();
    return object;
}

static void meta_copy(struct api_meta *to, const struct api_meta *from)
{
    str_set(&to->uid, from->uid);
    str_set(&to->resource_version, from->resource_version);
    to->generation = from->generation;
    to->created_ns = from->created_ns;
    to->deleted_ns = from->deleted_ns;
    strmap_copy(&to->labels, &from->labels);
    strmap_copy(&to->annotations, &from->annotations);
    for (size_t i = 0; i < from->finalizers.len; i++)
        strlist_add(&to->finalizers, from->finalizers.items[i]);
}

struct api_object *api_object_clone(const struct api_object *object)
{
    struct api_object *copy = api_object_new(api_object_ref(object));
    meta_copy(&copy->meta, &object->meta);
    json_free(copy->spec);
    json_free(copy->status);
    copy->spec = json_clone(object->spec);
    copy->status = json_clone(object->status);
    return copy;
}

void api_object_free(struct api_object *object)
{
    if (!object)
        return;
    free(object->meta.name);
    free(object->meta.namespace);
    free(object->meta.uid);
    free(object->meta.resource_version);
    strmap_finish(&object->meta.labels);
    strmap_finish(&object->meta.annotations);
    strlist_finish(&object->meta.finalizers);
    json_free(object->spec);
    json_free(object->status);
    free(object);
}

struct api_ref api_object_ref(const struct api_object *object)
{
    return (struct api_ref){object->kind, object->meta.namespace, object->meta.name};
}

bool api_object_has_finalizer(const struct api_object *object, const char *finalizer)
{
    return strlist_contains(&object->meta.finalizers, finalizer);
}

bool api_object_suspended(const struct api_object *object)
{
    return json_bool(json_member(object->spec, "suspend"), false);
}

/* Reading a manifest. */

static int read_map(const struct json *map, const char *path, struct strmap *ret, struct err *err)
{
    if (json_kind(map) != JSON_KIND_NULL && json_kind(map) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID, "%s must be a mapping", path);
    json_foreach_member (key, value, map) {
        if (!json_text(value))
            return err_set(err, ERR_INVALID, "%s.%s must be a string", path, key);
        strmap_set(ret, key, json_text(value));
    }
    return 0;
}

static int64_t read_time(const struct json *value)
{
    int64_t ns = 0;
    return clock_parse(json_span(value), &ns) ? ns : 0;
}

static int read_meta(const struct json *from, struct api_meta *ret, struct err *err)
{
    if (read_map(json_member(from, "labels"), "metadata.labels", &ret->labels, err) != 0 ||
        read_map(json_member(from, "annotations"), "metadata.annotations", &ret->annotations,
                 err) != 0)
        return -1;
    const struct json *finalizers = json_member(from, "finalizers");
    for (size_t i = 0; i < json_count(finalizers); i++) {
        const char *finalizer = json_text(json_at(finalizers, i));
        if (!finalizer)
            return err_set(err, ERR_INVALID, "metadata.finalizers[%zu] must be a string", i);
        strlist_add(&ret->finalizers, finalizer);
    }
    const char *uid = json_member_text(from, "uid");
    const char *version = json_member_text(from, "resourceVersion");
    str_set(&ret->uid, uid ? uid : "");
    str_set(&ret->resource_version, version ? version : "");
    json_int(json_member(from, "generation"), &ret->generation);
    ret->created_ns = read_time(json_member(from, "creationTimestamp"));
    ret->deleted_ns = read_time(json_member(from, "deletionTimestamp"));
    return 0;
}

/* Secret.stringData holds plain text; data holds base64 and is what is kept. */
static int fold_string_data(struct json *body, struct err *err)
{
    const struct json *plain = json_member(body, "stringData");
    if (!plain)
        return 0;
    struct json *data = json_ensure_object(body, "data");
    json_foreach_member (key, value, plain) {
        struct span text = json_span(value);
        if (!json_text(value))
            return err_set(err, ERR_INVALID, "stringData.%s must be a string", key);
        CLEANUP(buf_finish) struct buf encoded = BUF_INIT(2 * text.len + 8);
        crypto_base64_encode(text, &encoded);
        json_put_text(data, key, buf_text(&encoded));
    }
    json_remove(body, "stringData");
    return 0;
}

static int read_content(const struct json *manifest, struct api_object *object, struct err *err)
{
    static const char *const not_content[] = {"apiVersion", "kind", "metadata", "status"};
    if (api_kind_info(object->kind)->has_spec) {
        const struct json *spec = json_member(manifest, "spec");
        const struct json *status = json_member(manifest, "status");
        if (spec && json_kind(spec) != JSON_KIND_OBJECT)
            return err_set(err, ERR_INVALID, "spec must be a mapping");
        if (spec)
            json_merge_patch(object->spec, spec);
        if (json_kind(status) == JSON_KIND_OBJECT)
            json_merge_patch(object->status, status);
        return 0;
    }
    json_merge_patch(object->spec, manifest);
    for (size_t i = 0; i < ARRAY_LEN(not_content); i++)
        json_remove(object->spec, not_content[i]);
    return object->kind == API_SECRET ? fold_string_data(object->spec, err) : 0;
}

int api_object_from_json_of(enum api_kind kind, const struct json *manifest,
                            const char *default_namespace, struct api_object **ret, struct err *err)
{
    const struct json *meta = json_member(manifest, "metadata");
    const char *name = json_member_text(meta, "name");
    struct api_ref ref = {kind, json_member_text(meta, "namespace"), name};
    if (str_empty(name))
        return err_set(err, ERR_INVALID, "metadata.name is missing");
    if (!api_kind_info(kind)->namespaced)
        ref.namespace = "";
    else if (str_empty(ref.namespace))
        ref.namespace = default_namespace;
    CLEANUP(api_object_freep) struct api_object *object = api_object_new(ref);
    if (read_meta(meta, &object->meta, err) != 0 || read_content(manifest, object, err) != 0)
        return -1;
    *ret = MEM_STEAL(object);
    return 0;
}

int api_object_from_json(const struct json *manifest, const char *default_namespace,
                         struct api_object **ret, struct err *err)
{
    const char *api_version = json_member_text(manifest, "apiVersion");
    const char *kind_name = json_member_text(manifest, "kind");
    enum api_kind kind;
    if (!api_version || !kind_name)
        return err_set(err, ERR_INVALID, "it has no apiVersion and kind");
    if (!api_kind_find(api_version, kind_name, &kind))
        return err_set(err, ERR_INVALID, "kind %s of %s is not one that tidemark keeps", kind_name,
                       api_version);
    return api_object_from_json_of(kind, manifest, default_namespace, ret, err);
}

/* Writing one. */

static void put_map(struct json *to, const char *key, const struct strmap *map)
{
    if (map->len == 0)
        return;
    struct json *object = json_ensure_object(to, key);
    strmap_foreach (entry, map) {
        json_put_text(object, entry->key, entry->value);
    }
}

static void put_time(struct json *to, const char *key, int64_t wall_ns)
{
    char text[CLOCK_TEXT_SIZE];
    if (wall_ns != 0)
        json_put_text(to, key, clock_format_utc(wall_ns, text));
}

static struct json *meta_to_json(const struct api_meta *meta, enum api_form form)
{
    struct json *to = json_new_object();
    json_put_text(to, "name", meta->name);
    if (*meta->namespace)
        json_put_text(to, "namespace", meta->namespace);
    put_map(to, "labels", &meta->labels);
    put_map(to, "annotations", &meta->annotations);
    if (form == API_FORM_EXPORT)
        return to;
    json_put_text(to, "uid", meta->uid);
    json_put_text(to, "resourceVersion", meta->resource_version);
    json_put_int(to, "generation", meta->generation);
    put_time(to, "creationTimestamp", meta->created_ns);
    put_time(to, "deletionTimestamp", meta->deleted_ns);
    for (size_t i = 0; i < meta->finalizers.len; i++)
        json_push_take(json_ensure_array(to, "finalizers"),
                       json_new_text(meta->finalizers.items[i]));
    return to;
}

struct json *api_object_to_json(const struct api_object *object, enum api_form form)
{
    const struct api_kind_info *info = api_kind_info(object->kind);
    struct json *to = json_new_object();
    json_put_text(to, "apiVersion", api_kind_api_version(object->kind));
    json_put_text(to, "kind", info->name);
    json_put_take(to, "metadata", meta_to_json(&object->meta, form));
    if (!info->has_spec) {
        json_merge_patch(to, object->spec);
        return to;
    }
    json_put_take(to, "spec", json_clone(object->spec));
    if (form == API_FORM_FULL && json_count(object->status) != 0)
        json_put_take(to, "status", json_clone(object->status));
    return to;
}
