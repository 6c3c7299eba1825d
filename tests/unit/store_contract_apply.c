/* The contract of all stores: bringing objects to what somebody wants. */
#include "store_contract.h"

#include "base/str.h"

static struct api_object *policy(const struct store_contract *c)
{
    return contract_object(
        API_IMAGE_POLICY, c->namespace, "web",
        "{'imageRepositoryRef':{'name':'web'},'policy':{'semver':{'range':'1.x'}}}");
}

void contract_upserts_objects(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    enum store_applied how;
    CLEANUP(api_object_freep) struct api_object *wanted = policy(c);
    check_int("new", store_upsert(c->store, wanted, &how, NULL, &err), 1);
    check_int("new", how, STORE_CREATED);
    check_int("same", store_upsert(c->store, wanted, &how, NULL, &err), 1);
    check_int("same", how, STORE_UNCHANGED);

    CLEANUP(json_freep)
    struct json *patch = contract_json("{'metadata':{'annotations':{'by':'hand'},'finalizers':['" //
                                       "example.org/x']}}");
    check_int("patch", store_patch(c->store, api_object_ref(wanted), patch, NULL, &err), 1);
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    strmap_set(&wanted->meta.annotations, "mine", "too");
    json_put_bool(wanted->spec, "suspend", true);
    check_int("changed", store_upsert(c->store, wanted, &how, &object, &err), 1);
    check_int("changed", how, STORE_CONFIGURED);
    check_text("annotation by others", strmap_get(&object->meta.annotations, "by"), "hand");
    check_text("own annotation", strmap_get(&object->meta.annotations, "mine"), "too");
    check_int("finalizer", object->meta.finalizers.len, 1);
    check_int("spec", api_object_suspended(object), true);
}

/* What applying WANTED did. */
static int apply(const struct store_contract *c, const struct api_object *wanted)
{
    enum store_applied how;
    struct err err;
    check_ok("apply", store_apply(c->store, wanted, false, &how, NULL, &err), &err);
    return (int)how;
}

void contract_applies_manifests(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    enum store_applied how;
    int64_t observed = 0;
    struct api_ref ref = {API_IMAGE_POLICY, c->namespace, "web"};
    CLEANUP(api_object_freep) struct api_object *wanted = policy(c);
    CLEANUP(api_object_freep) struct api_object *more = policy(c);
    CLEANUP(api_object_freep) struct api_object *made = NULL;
    check_int("new", store_apply(c->store, wanted, false, &how, &made, &err), 1);
    check_int("new", how, STORE_CREATED);
    CLEANUP(api_object_freep) struct api_object *found = contract_get(c->store, ref);
    check_text("made", found->meta.resource_version, made->meta.resource_version);
    check_int("same", apply(c, wanted), STORE_UNCHANGED);
    /* The controller's work is no change. */
    CLEANUP(json_freep) struct json *status = contract_json("{'observedGeneration':1}");
    check_int("status", store_patch_status(c->store, made, status, NULL, &err), 1);
    check_int("same", apply(c, wanted), STORE_UNCHANGED);
    /* The manifest of an object that was read is about whatever stands there now. */
    str_set(&wanted->meta.resource_version, "1");
    str_set(&wanted->meta.uid, "0f14d0ab-9605-4a62-a9e4-5ed26688389b");
    check_int("an old version", apply(c, wanted), STORE_UNCHANGED);

    CLEANUP(json_freep)
    struct json *patch = contract_json("{'metadata':{'annotations':{'by':'hand'},'finalizers':['"
                                       "example.org/x']}}");
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    check_int("patch", store_patch(c->store, ref, patch, NULL, &err), 1);
    strmap_set(&more->meta.annotations, "mine", "too");
    strmap_set(&more->meta.labels, "team", "a");
    json_put_bool(more->spec, "suspend", true);
    check_int("more", store_apply(c->store, more, true, &how, &object, &err), 1);
    check_int("more", how, STORE_CONFIGURED);
    check_text("annotation by others", strmap_get(&object->meta.annotations, "by"), "hand");
    check_text("own annotation", strmap_get(&object->meta.annotations, "mine"), "too");
    check_text("label", strmap_get(&object->meta.labels, "team"), "a");
    check_int("finalizer", object->meta.finalizers.len, 1);
    check_int("spec", api_object_suspended(object), true);
    check_int("generation", object->meta.generation, 2);
    check_int("status", json_int(json_member(object->status, "observedGeneration"), &observed),
              true);
    check_int("status", observed, 1);

    check_int("less", apply(c, wanted), STORE_CONFIGURED);
    CLEANUP(api_object_freep) struct api_object *less = contract_get(c->store, ref);
    check_int("no label", less->meta.labels.len, 0);
    check_int("not suspended", json_member(less->spec, "suspend") != NULL, false);
    check_text("annotation by others", strmap_get(&less->meta.annotations, "by"), "hand");
    check_int("finalizer", less->meta.finalizers.len, 1);

    json_put_text(wanted->spec, "policy", "newest");
    check_int("wrong", store_apply(c->store, wanted, true, &how, NULL, &err), -1);
    check_text("wrong", err_class_name(err.class), "invalid");
    CLEANUP(api_object_freep) struct api_object *after = contract_get(c->store, ref);
    check_text("wrong", after->meta.resource_version, less->meta.resource_version);
}

void contract_applies_to_the_deleted(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    enum store_applied how;
    CLEANUP(api_object_freep) struct api_object *wanted = policy(c);
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    CLEANUP(json_freep)
    struct json *held = contract_json("{'metadata':{'finalizers':['example.org/x']}}");
    CLEANUP(json_freep) struct json *let_go = contract_json("{'metadata':{'finalizers':null}}");
    check_int("new", apply(c, wanted), STORE_CREATED);
    check_int("held", store_patch(c->store, api_object_ref(wanted), held, NULL, &err), 1);
    check_int("marked", store_remove(c->store, api_object_ref(wanted), &err), 1);
    check_int("same", apply(c, wanted), STORE_UNCHANGED);
    json_put_bool(wanted->spec, "suspend", true);
    check_int("changed", store_apply(c->store, wanted, false, &how, &object, &err), 1);
    check_int("changed", how, STORE_CONFIGURED);
    check_int("changed", api_object_suspended(object), true);
    check_int("goes all the same", object->meta.deleted_ns != 0, true);
    check_int("let go", store_patch(c->store, api_object_ref(wanted), let_go, NULL, &err), 1);
    check_int("anew", apply(c, wanted), STORE_CREATED);
}
