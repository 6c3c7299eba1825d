#include "store_contract.h"

#include "place.h"
#include "read_json.h"

#include "base/clock.h"
#include "base/str.h"

struct json *contract_json(const char *text)
{
    return read_json(text);
}

struct api_object *contract_object(enum api_kind kind, const char *namespace, const char *name,
                                   const char *spec)
{
    struct api_object *object = api_object_new((struct api_ref){kind, namespace, name});
    json_free(object->spec);
    object->spec = contract_json(spec);
    return object;
}

#define POLICY_SPEC "{'imageRepositoryRef':{'name':'web'},'policy':{'semver':{'range':'1.x'}}}"

static struct api_object *policy(const char *namespace, const char *name)
{
    return contract_object(API_IMAGE_POLICY, namespace, name, POLICY_SPEC);
}

static struct api_ref policy_ref(const char *namespace, const char *name)
{
    return (struct api_ref){API_IMAGE_POLICY, namespace, name};
}

struct api_object *contract_create(struct store *store, const char *namespace, const char *name)
{
    CLEANUP(api_object_freep) struct api_object *wanted = policy(namespace, name);
    struct api_object *object = NULL;
    struct err err;
    must(name, store_create(store, wanted, &object, &err), &err);
    return object;
}

void contract_make(struct store *store, const char *namespace, const char *name)
{
    api_object_free(contract_create(store, namespace, name));
}

struct api_object *contract_get(struct store *store, struct api_ref ref)
{
    struct api_object *object = NULL;
    struct err err;
    int found = store_get(store, ref, &object, &err);
    check_ok(ref.name, found, &err);
    check_int(ref.name, found, 1);
    return object;
}

static void check_json(const char *row, const struct json *got, const char *want)
{
    CLEANUP(json_freep) struct json *wanted = contract_json(want);
    CLEANUP(buf_finish) struct buf got_text = BUF_INIT(1024 * 1024);
    CLEANUP(buf_finish) struct buf want_text = BUF_INIT(1024 * 1024);
    json_print(got, JSON_STYLE_SORTED, &got_text);
    json_print(wanted, JSON_STYLE_SORTED, &want_text);
    check_text(row, buf_text(&got_text), buf_text(&want_text));
}

static void check_same(const char *row, const struct api_object *got, const struct api_object *want)
{
    CLEANUP(json_freep) struct json *got_json = api_object_to_json(got, API_FORM_FULL);
    CLEANUP(json_freep) struct json *want_json = api_object_to_json(want, API_FORM_FULL);
    CLEANUP(buf_finish) struct buf got_text = BUF_INIT(1024 * 1024);
    CLEANUP(buf_finish) struct buf want_text = BUF_INIT(1024 * 1024);
    json_print(got_json, JSON_STYLE_SORTED, &got_text);
    json_print(want_json, JSON_STYLE_SORTED, &want_text);
    check_text(row, buf_text(&got_text), buf_text(&want_text));
}

static bool same_version(const struct api_object *a, const struct api_object *b)
{
    return str_equal(a->meta.resource_version, b->meta.resource_version);
}

void contract_creates_objects(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *wanted = contract_object(API_IMAGE_REPOSITORY, c->namespace, "web",
                                                "{'image':'ghcr.io/org/app','interval':'1m'}");
    strmap_set(&wanted->meta.labels, "team", "a");
    strmap_set(&wanted->meta.annotations, "note", "b");
    strlist_add(&wanted->meta.finalizers, API_FINALIZER);
    /* All this is for the store alone to decide. */
    str_set(&wanted->meta.uid, "mine");
    str_set(&wanted->meta.resource_version, "");
    wanted->meta.generation = 7;
    json_put_int(wanted->status, "observedGeneration", 7);

    CLEANUP(api_object_freep) struct api_object *object = NULL;
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    check_int("before", store_get(c->store, api_object_ref(wanted), &found, &err), 0);
    check_ok("create", store_create(c->store, wanted, &object, &err), &err);
    check_int("uid", strlen(object->meta.uid), 36);
    check_int("version", *object->meta.resource_version != '\0', 1);
    check_int("generation", object->meta.generation, 1);
    check_int("created", object->meta.created_ns > 1600000000 * CLOCK_NS_PER_S, 1);
    check_int("not deleted", object->meta.deleted_ns, 0);
    check_text("label", strmap_get(&object->meta.labels, "team"), "a");
    check_text("annotation", strmap_get(&object->meta.annotations, "note"), "b");
    check_int("finalizer", api_object_has_finalizer(object, API_FINALIZER), 1);
    check_json("defaults", json_member(object->spec, "provider"), "'generic'");
    check_json("status", object->status, "{'observedGeneration':-1}");
    found = contract_get(c->store, api_object_ref(wanted));
    check_same("get", found, object);

    CLEANUP(mem_freep)
    char *want = str_printf("%s \"web\" already exists", "imagerepositories." API_IMAGE_GROUP);
    check_fails("again", store_create(c->store, wanted, NULL, &err), &err, ERR_CONFLICT, want);
    CLEANUP(api_object_freep)
    struct api_object *still = contract_get(c->store, api_object_ref(wanted));
    check_same("untouched", still, object);
}

void contract_refuses_what_is_invalid(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    static const char *const specs[] = {
        "{'imageRepositoryRef':{'name':'web'}}",
        "{'imageRepositoryRef':{'name':'web'},'policy':{'semver':{'range':1}}}",
        "{'imageRepositoryRef':{'name':'web'},'policy':{},'interval':'1m'}",
    };
    for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
        CLEANUP(api_object_freep)
        struct api_object *wanted =
            contract_object(API_IMAGE_POLICY, c->namespace, "web", specs[i]);
        CLEANUP(api_object_freep) struct api_object *found = NULL;
        check_int(specs[i], store_create(c->store, wanted, NULL, &err), -1);
        check_text(specs[i], err_class_name(err.class), "invalid");
        check_int(specs[i], store_get(c->store, api_object_ref(wanted), &found, &err), 0);
    }
    CLEANUP(api_object_freep)
    struct api_object *before = contract_create(c->store, c->namespace, "web");
    CLEANUP(api_object_freep)
    struct api_object *wanted = contract_object(API_IMAGE_POLICY, c->namespace, "web", specs[0]);
    CLEANUP(json_freep) struct json *patch = contract_json("{'spec':{'policy':null}}");
    check_int("update", store_update(c->store, wanted, NULL, &err), -1);
    check_text("update", err_class_name(err.class), "invalid");
    check_int("patch", store_patch(c->store, api_object_ref(wanted), patch, NULL, &err), -1);
    check_text("patch", err_class_name(err.class), "invalid");
    CLEANUP(api_object_freep)
    struct api_object *after = contract_get(c->store, api_object_ref(wanted));
    check_same("after", after, before);
}

void contract_updates_objects(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *first = contract_create(c->store, c->namespace, "web");

    CLEANUP(api_object_freep) struct api_object *wanted = api_object_clone(first);
    CLEANUP(api_object_freep) struct api_object *same = NULL;
    check_int("same", store_update(c->store, wanted, &same, &err), 1);
    check_same("nothing changes", same, first);

    CLEANUP(api_object_freep) struct api_object *second = NULL;
    strmap_set(&wanted->meta.labels, "team", "a");
    strmap_set(&wanted->meta.annotations, "note", "b");
    json_put_int(wanted->status, "observedGeneration", 5); /* not for update to change */
    check_int("metadata", store_update(c->store, wanted, &second, &err), 1);
    check_int("metadata: version", same_version(second, first), false);
    check_int("metadata: generation", second->meta.generation, 1);
    check_text("metadata: label", strmap_get(&second->meta.labels, "team"), "a");
    check_json("metadata: status", second->status, "{'observedGeneration':-1}");
    check_text("uid stays", second->meta.uid, first->meta.uid);
    check_int("creation stays", second->meta.created_ns, first->meta.created_ns);

    CLEANUP(api_object_freep) struct api_object *third = NULL;
    CLEANUP(json_freep) struct json *patch = contract_json("{'policy':{'semver':{'range':'2.x'}}}");
    str_set(&wanted->meta.resource_version, second->meta.resource_version);
    strmap_finish(&wanted->meta.labels);
    json_merge_patch(wanted->spec, patch);
    check_int("spec", store_update(c->store, wanted, &third, &err), 1);
    check_int("spec: generation", third->meta.generation, 2);
    check_int("spec: labels are replaced", third->meta.labels.len, 0);
    CLEANUP(api_object_freep)
    struct api_object *found = contract_get(c->store, api_object_ref(first));
    check_same("get", found, third);
}

void contract_updates_no_stale_object(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep) struct api_object *absent = policy(c->namespace, "absent");
    check_int("absent", store_update(c->store, absent, NULL, &err), 0);

    CLEANUP(api_object_freep)
    struct api_object *stale = contract_create(c->store, c->namespace, "web");
    CLEANUP(api_object_freep) struct api_object *newer = api_object_clone(stale);
    strmap_set(&newer->meta.labels, "team", "a");
    check_int("newer", store_update(c->store, newer, NULL, &err), 1);
    strmap_set(&stale->meta.labels, "team", "b");
    check_fails("stale", store_update(c->store, stale, NULL, &err), &err, ERR_CONFLICT,
                "Operation cannot be fulfilled on imagepolicies." API_IMAGE_GROUP
                " \"web\": the object has been modified; please apply your changes to the latest "
                "version and try again");
    CLEANUP(api_object_freep)
    struct api_object *found = contract_get(c->store, api_object_ref(stale));
    check_text("label", strmap_get(&found->meta.labels, "team"), "a");
    str_set(&stale->meta.resource_version, ""); /* whatever is there */
    check_int("forced", store_update(c->store, stale, NULL, &err), 1);
}

void contract_patches_objects(void **state)
{
    const struct store_contract *c = *state;
    static const struct {
        const char *patch;
        const char *labels;
        const char *annotations;
        const char *range;
        int64_t generation;
        bool changes;
    } rows[] = {
        {"{'metadata':{'labels':{'a':'1','b':'2'}}}", "a=1 b=2 ", "", "1.x", 1, true},
        {"{'metadata':{'labels':{'a':null},'annotations':{'x':'y z'}}}", "b=2 ", "x=y z ", "1.x", 1,
         true},
        {"{'metadata':{'labels':{'b':'2'}}}", "b=2 ", "x=y z ", "1.x", 1, false},
        {"{}", "b=2 ", "x=y z ", "1.x", 1, false},
        {"{'spec':{'policy':{'semver':{'range':'2.x'}}}}", "b=2 ", "x=y z ", "2.x", 2, true},
        {"{'spec':{'suspend':true},'metadata':{'annotations':null}}", "b=2 ", "", "2.x", 3, true},
        {"{'spec':{'suspend':null}}", "b=2 ", "", "2.x", 4, true},
    };
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *last = contract_create(c->store, c->namespace, "web");
    struct api_ref ref = policy_ref(c->namespace, "web");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *patch = contract_json(rows[i].patch);
        CLEANUP(buf_finish) struct buf labels = BUF_INIT(1000);
        CLEANUP(buf_finish) struct buf annotations = BUF_INIT(1000);
        struct api_object *object = NULL;
        check_ok(rows[i].patch, store_patch(c->store, ref, patch, &object, &err), &err);
        strmap_foreach (entry, &object->meta.labels) {
            buf_addf(&labels, "%s=%s ", entry->key, entry->value);
        }
        strmap_foreach (entry, &object->meta.annotations) {
            buf_addf(&annotations, "%s=%s ", entry->key, entry->value);
        }
        check_text(rows[i].patch, buf_text(&labels), rows[i].labels);
        check_text(rows[i].patch, buf_text(&annotations), rows[i].annotations);
        const struct json *semver = json_member(json_member(object->spec, "policy"), "semver");
        check_text(rows[i].patch, json_member_text(semver, "range"), rows[i].range);
        check_int(rows[i].patch, object->meta.generation, rows[i].generation);
        check_int(rows[i].patch, !same_version(object, last), rows[i].changes);
        api_object_free(last);
        last = object;
    }

    /* A patch that names the version it is based on. */
    CLEANUP(json_freep) struct json *based = contract_json("{'metadata':{'labels':{'b':'1'}}}");
    struct json *meta = json_ensure_object(based, "metadata");
    CLEANUP(api_object_freep) struct api_object *labelled = NULL;
    json_put_text(meta, "resourceVersion", last->meta.resource_version);
    check_int("based", store_patch(c->store, ref, based, &labelled, &err), 1);
    check_text("based", strmap_get(&labelled->meta.labels, "b"), "1");
    json_put_text(json_ensure_object(meta, "labels"), "b", "2");
    check_int("stale", store_patch(c->store, ref, based, NULL, &err), -1);
    check_int("stale", err.class, ERR_CONFLICT);

    CLEANUP(json_freep) struct json *patch = contract_json(rows[0].patch);
    check_int("absent", store_patch(c->store, policy_ref(c->namespace, "no"), patch, NULL, &err),
              0);
}

void contract_merges_status(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *read = contract_create(c->store, c->namespace, "web");
    struct api_ref ref = api_object_ref(read);

    /* Two writers who have read the same object, and a new spec between them. */
    CLEANUP(json_freep)
    struct json *one = contract_json("{'observedGeneration':1,'latestRef':{'name':'a','tag':'1'}}");
    CLEANUP(json_freep)
    struct json *two = contract_json("{'observedGeneration':-1,'lastHandledReconcileAt':'now'}");
    CLEANUP(json_freep)
    struct json *patch = contract_json("{'spec':{'policy':{'semver':{'range':'2.x'}}}}");
    CLEANUP(api_object_freep) struct api_object *first = NULL;
    CLEANUP(api_object_freep) struct api_object *second = NULL;
    CLEANUP(api_object_freep) struct api_object *same = NULL;
    check_int("one", store_patch_status(c->store, read, one, &first, &err), 1);
    check_int("version", same_version(first, read), false);
    check_int("spec", store_patch(c->store, ref, patch, NULL, &err), 1);
    check_int("two", store_patch_status(c->store, read, two, &second, &err), 1);
    check_json("both", second->status,
               "{'observedGeneration':1,'latestRef':{'name':'a','tag':'1'},"
               "'lastHandledReconcileAt':'now'}");
    check_int("generation is the spec's business", second->meta.generation, 2);
    check_int("nothing new", store_patch_status(c->store, second, second->status, &same, &err), 1);
    check_int("nothing new", same_version(same, second), true);

    /* What was there and is gone from the new status, goes. */
    CLEANUP(api_object_freep) struct api_object *third = NULL;
    CLEANUP(json_freep) struct json *less = contract_json("{'observedGeneration':2}");
    check_int("less", store_patch_status(c->store, second, less, &third, &err), 1);
    check_json("less", third->status, "{'observedGeneration':2}");

    /* Another object of the same name is not its business. */
    check_int("remove", store_remove(c->store, ref, &err), 1);
    check_int("gone", store_patch_status(c->store, third, one, NULL, &err), 0);
    CLEANUP(api_object_freep)
    struct api_object *successor = contract_create(c->store, c->namespace, "web");
    check_int("another", store_patch_status(c->store, third, one, NULL, &err), 0);
    CLEANUP(api_object_freep) struct api_object *found = contract_get(c->store, ref);
    check_same("another", found, successor);
}

void contract_removes_objects(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    struct api_ref ref = policy_ref(c->namespace, "web");
    CLEANUP(api_object_freep)
    struct api_object *first = contract_create(c->store, c->namespace, "web");
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    check_int("remove", store_remove(c->store, ref, &err), 1);
    check_int("gone", store_get(c->store, ref, &found, &err), 0);
    check_int("again", store_remove(c->store, ref, &err), 0);
    CLEANUP(api_object_freep)
    struct api_object *second = contract_create(c->store, c->namespace, "web");
    check_int("a new uid", str_equal(first->meta.uid, second->meta.uid), false);
    check_int("a new version", same_version(first, second), false);
}

void contract_waits_for_finalizers(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    struct api_ref ref = policy_ref(c->namespace, "web");
    CLEANUP(api_object_freep) struct api_object *wanted = policy(c->namespace, "web");
    strlist_add(&wanted->meta.finalizers, "example.org/first");
    strlist_add(&wanted->meta.finalizers, API_FINALIZER);
    check_ok("create", store_create(c->store, wanted, NULL, &err), &err);

    check_int("remove", store_remove(c->store, ref, &err), 1);
    CLEANUP(api_object_freep) struct api_object *marked = contract_get(c->store, ref);
    check_int("marked", marked->meta.deleted_ns > 0, 1);
    check_int("generation", marked->meta.generation, 2);
    check_int("again", store_remove(c->store, ref, &err), 1);
    CLEANUP(api_object_freep) struct api_object *same = contract_get(c->store, ref);
    check_same("nothing more changes", same, marked);

    CLEANUP(json_freep)
    struct json *more = contract_json("{'metadata':{'finalizers':['example.org/first',"
                                      "'example.org/third']}}");
    CLEANUP(json_freep)
    struct json *fewer = contract_json("{'metadata':{'finalizers':['example.org/first']}}");
    CLEANUP(json_freep) struct json *none = contract_json("{'metadata':{'finalizers':null}}");
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    check_int("a new finalizer", store_patch(c->store, ref, more, NULL, &err), -1);
    check_text("a new finalizer", err_class_name(err.class), "invalid");
    check_int("one left", store_patch(c->store, ref, fewer, NULL, &err), 1);
    CLEANUP(api_object_freep) struct api_object *left = contract_get(c->store, ref);
    check_int("one left", left->meta.finalizers.len, 1);
    check_int("generation", left->meta.generation, 2);
    check_int("none left", store_patch(c->store, ref, none, NULL, &err), 1);
    check_int("gone", store_get(c->store, ref, &found, &err), 0);
}

struct names {
    struct store *store;
    struct buf text;
    int stop_after; /* objects; -1: never */
};

static int note_name(void *arg, const struct api_object *object, struct err *err)
{
    struct names *names = arg;
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    if (names->stop_after-- == 0)
        return err_set(err, ERR_CANCELED, "enough");
    buf_addf(&names->text, "%s ", object->meta.name);
    /* A visitor may use the store. */
    return store_get(names->store, api_object_ref(object), &found, err) == 1 ? 0 : -1;
}

void contract_lists_in_order(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    static const char *const made[] = {"web", "api", "db-2", "db", "db.x", "a"};
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        contract_make(c->store, i % 2 ? c->namespace : c->other_namespace, made[i]);
    }
    CLEANUP(api_object_freep)
    struct api_object *other_kind =
        contract_object(API_IMAGE_REPOSITORY, c->namespace, "repository",
                        "{'image':'ghcr.io/org/app','interval':'1m'}");
    check_ok("other kind", store_create(c->store, other_kind, NULL, &err), &err);

    const struct {
        const char *namespace;
        const char *want;
    } rows[] = {
        {c->namespace, "a api db "},
        {c->other_namespace, "db-2 db.x web "},
        {"nowhere", ""},
    };
    struct names names = {c->store, BUF_INIT(1000), -1};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct store_query query = {API_IMAGE_POLICY, rows[i].namespace};
        check_ok(rows[i].want, store_list(c->store, &query, note_name, &names, &err), &err);
        check_text(rows[i].want, buf_text(&names.text), rows[i].want);
        buf_clear(&names.text);
    }
    const struct store_query all = {API_IMAGE_POLICY, NULL};
    check_ok("all", store_list(c->store, &all, note_name, &names, &err), &err);
    check_text("all", buf_text(&names.text), "a api db db-2 db.x web ");
    buf_clear(&names.text);
    names.stop_after = 2;
    check_fails("stop", store_list(c->store, &all, note_name, &names, &err), &err, ERR_CANCELED,
                "enough");
    check_text("stop", buf_text(&names.text), "a api ");
    buf_finish(&names.text);
}

void contract_keeps_secrets(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *wanted = contract_object(
        API_SECRET, c->namespace, "login", "{'type':'Opaque','data':{'password':'aHVudGVyMg=='}}");
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    check_ok("create", store_create(c->store, wanted, NULL, &err), &err);
    CLEANUP(api_object_freep)
    struct api_object *found = contract_get(c->store, api_object_ref(wanted));
    check_json("data", json_member(found->spec, "data"), "{'password':'aHVudGVyMg=='}");
    CLEANUP(json_freep) struct json *patch = contract_json("{'spec':{'data':{'user':'YQ=='}}}");
    check_ok("patch", store_patch(c->store, api_object_ref(wanted), patch, &object, &err), &err);
    check_json("patched", json_member(object->spec, "data"),
               "{'password':'aHVudGVyMg==','user':'YQ=='}");
}
