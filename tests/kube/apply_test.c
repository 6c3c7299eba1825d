/* Server-side apply on a real API server: who manages which field, and what
 * becomes of it. Each test has an object of its own. */
#include "../unit/store_contract.h"
#include "lab.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/kubernetes.h"

/* One store as a user's commands have it, and one of somebody else. */
struct fixture {
    struct lab_client *client;
    struct store *store;
    struct store *other;
};

static struct store *open_store(struct lab_client *client, const char *field_manager)
{
    return store_kubernetes_new(&(struct store_kubernetes_config){
        .client = client->kube, .clock = clock_system(), .field_manager = field_manager});
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));
    fixture->client = lab_client_new(NULL);
    fixture->store = open_store(fixture->client, "flux");
    fixture->other = open_store(fixture->client, "other");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    store_free(fixture->store);
    store_free(fixture->other);
    lab_client_free(fixture->client);
    free(fixture);
    return 0;
}

#define POLICY_SPEC(range)                                                                         \
    "{'imageRepositoryRef':{'name':'web'},'policy':{'semver':{'range':'" range "'}}}"

static struct api_object *policy(const char *name, const char *spec)
{
    return contract_object(API_IMAGE_POLICY, "apps", name, spec);
}

/* Applies WANTED, which must succeed, and answers the object as it stands. */
static struct api_object *apply(const struct fixture *fixture, const struct api_object *wanted,
                                bool force, enum store_applied want)
{
    struct api_object *stored = NULL;
    enum store_applied how;
    struct err err;
    int done = store_apply(fixture->store, wanted, force, &how, &stored, &err);
    check_ok(wanted->meta.name, done, &err);
    check_int(wanted->meta.name, how, want);
    return stored;
}

static void must_apply(const struct fixture *fixture, const struct api_object *wanted, bool force,
                       enum store_applied want)
{
    api_object_free(apply(fixture, wanted, force, want));
}

/* Somebody else's change. */
static void patch_by_other(const struct fixture *fixture, const struct api_object *object,
                           const char *text)
{
    CLEANUP(json_freep) struct json *patch = contract_json(text);
    struct err err;
    check_ok(text, store_patch(fixture->other, api_object_ref(object), patch, NULL, &err), &err);
}

static void check_conflict(const struct fixture *fixture, const struct api_object *wanted,
                           const char *want)
{
    CLEANUP(api_object_freep)
    struct api_object *before = contract_get(fixture->store, api_object_ref(wanted));
    enum store_applied how;
    struct err err;
    check_fails(wanted->meta.name, store_apply(fixture->store, wanted, false, &how, NULL, &err),
                &err, ERR_CONFLICT, want);
    CLEANUP(api_object_freep)
    struct api_object *after = contract_get(fixture->store, api_object_ref(wanted));
    check_text(wanted->meta.name, after->meta.resource_version, before->meta.resource_version);
}

static void check_managers(const struct api_object *object, const char *want)
{
    CLEANUP(mem_freep)
    char *name = str_printf("%s/%s", api_kind_info(object->kind)->plural, object->meta.name);
    CLEANUP(mem_freep) char *got = lab_managers(name);
    check_text(name, got, want);
}

static void applies_under_a_name_of_its_own(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep) struct api_object *wanted = policy("own", POLICY_SPEC("1.x"));
    must_apply(fixture, wanted, false, STORE_CREATED);
    check_managers(wanted, "tidemark Apply , ");
    /* The first write after a creation stores the status's defaults, and a new
     * version with them. Then an apply that changes nothing writes nothing. */
    CLEANUP(api_object_freep)
    struct api_object *second = apply(fixture, wanted, false, STORE_UNCHANGED);
    CLEANUP(api_object_freep)
    struct api_object *third = apply(fixture, wanted, false, STORE_UNCHANGED);
    check_text("version", third->meta.resource_version, second->meta.resource_version);
    patch_by_other(fixture, wanted, "{'metadata':{'labels':{'team':'a'}}}");
    must_apply(fixture, wanted, false, STORE_UNCHANGED);
    check_managers(wanted, "tidemark Apply , other Update , ");
}

static void takes_nothing_by_silence(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep) struct api_object *first = policy("held", POLICY_SPEC("1.x"));
    CLEANUP(api_object_freep) struct api_object *wanted = policy("held", POLICY_SPEC("2.x"));
    struct err err;
    check_ok("create", store_create(fixture->other, first, NULL, &err), &err);
    check_conflict(fixture, wanted,
                   "Apply failed with 1 conflict: conflict with \"other\" using "
                   "image.toolkit.fluxcd.io/v1: .spec.policy.semver.range");
    json_put_text(json_ensure_object(wanted->spec, "imageRepositoryRef"), "name", "api");
    check_conflict(fixture, wanted,
                   "Apply failed with 2 conflicts: conflicts with \"other\" using "
                   "image.toolkit.fluxcd.io/v1: - .spec.imageRepositoryRef.name "
                   "- .spec.policy.semver.range");
    CLEANUP(api_object_freep)
    struct api_object *forced = apply(fixture, wanted, true, STORE_CONFIGURED);
    check_int("generation", forced->meta.generation, 2);
    must_apply(fixture, wanted, false, STORE_UNCHANGED);
    must_apply(fixture, wanted, true, STORE_UNCHANGED);
    /* What two want alike is no conflict; who wants it otherwise then has one. */
    patch_by_other(fixture, wanted, "{'spec':{'policy':{'semver':{'range':'2.x'}}}}");
    must_apply(fixture, wanted, false, STORE_UNCHANGED);
    patch_by_other(fixture, wanted, "{'spec':{'policy':{'semver':{'range':'3.x'}}}}");
    check_conflict(fixture, wanted,
                   "Apply failed with 1 conflict: conflict with \"other\" using "
                   "image.toolkit.fluxcd.io/v1: .spec.policy.semver.range");
}

/* `tidemark suspend` is such a change: it bears another name. */
static void leaves_what_others_set(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep) struct api_object *wanted = policy("shared", POLICY_SPEC("1.x"));
    must_apply(fixture, wanted, false, STORE_CREATED);
    patch_by_other(fixture, wanted,
                   "{'metadata':{'labels':{'team':'a'},'annotations':{'by':'hand'},'finalizers':["
                   "'example.org/x']},'spec':{'suspend':true}}");
    json_put_text(json_ensure_object(json_ensure_object(wanted->spec, "policy"), "semver"), "range",
                  "2.x");
    CLEANUP(api_object_freep)
    struct api_object *stored = apply(fixture, wanted, false, STORE_CONFIGURED);
    check_int("suspended", api_object_suspended(stored), true);
    check_text("label", strmap_get(&stored->meta.labels, "team"), "a");
    check_text("annotation", strmap_get(&stored->meta.annotations, "by"), "hand");
    check_int("finalizer", stored->meta.finalizers.len, 1);
    json_put_bool(wanted->spec, "suspend", false);
    check_conflict(fixture, wanted,
                   "Apply failed with 1 conflict: conflict with \"other\" using "
                   "image.toolkit.fluxcd.io/v1: .spec.suspend");
    patch_by_other(fixture, wanted, "{'metadata':{'finalizers':null}}");
}

static void removes_what_it_no_longer_applies(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep) struct api_object *less = policy("less", POLICY_SPEC("1.x"));
    CLEANUP(api_object_freep) struct api_object *more = api_object_clone(less);
    CLEANUP(json_freep) struct json *filter = contract_json("{'pattern':'^v','extract':'$0'}");
    json_put_take(more->spec, "filterTags", json_clone(filter));
    strmap_set(&more->meta.labels, "team", "a");
    strmap_set(&more->meta.labels, "shard", "one");
    strmap_set(&more->meta.annotations, "by", "tidemark");
    strlist_add(&more->meta.finalizers, "example.org/x");
    must_apply(fixture, more, false, STORE_CREATED);
    patch_by_other(fixture, more, "{'metadata':{'labels':{'shard':'one','also':'b'}}}");
    CLEANUP(api_object_freep)
    struct api_object *stored = apply(fixture, less, false, STORE_CONFIGURED);
    check_int("spec", json_member(stored->spec, "filterTags") != NULL, false);
    check_int("labels", strmap_get(&stored->meta.labels, "team") != NULL, false);
    check_int("annotations", stored->meta.annotations.len, 0);
    check_int("finalizers", stored->meta.finalizers.len, 0);
    check_text("label of others", strmap_get(&stored->meta.labels, "also"), "b");
}

/* A field that the manifest does not mention is for others to set, if it has a
 * default too. */
static void claims_no_defaults(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep)
    struct api_object *wanted = contract_object(API_IMAGE_REPOSITORY, "apps", "defaults",
                                                "{'image':'ghcr.io/org/app','interval':'1m'}");
    CLEANUP(api_object_freep)
    struct api_object *made = apply(fixture, wanted, false, STORE_CREATED);
    check_text("default", json_member_text(made->spec, "provider"), "generic");
    patch_by_other(fixture, wanted, "{'spec':{'provider':'aws'}}");
    CLEANUP(api_object_freep)
    struct api_object *stored = apply(fixture, wanted, false, STORE_UNCHANGED);
    check_text("set", json_member_text(stored->spec, "provider"), "aws");
}

static void names_a_missing_namespace(void **state)
{
    const struct fixture *fixture = *state;
    /* Also when the object is named like it. */
    static const char *const names[] = {"web", "nowhere"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(api_object_freep)
        struct api_object *wanted =
            contract_object(API_IMAGE_POLICY, "nowhere", names[i], POLICY_SPEC("1.x"));
        enum store_applied how;
        struct err err;
        check_fails(names[i], store_apply(fixture->store, wanted, false, &how, NULL, &err), &err,
                    ERR_NOT_FOUND, "namespaces \"nowhere\" not found");
    }
}

static void applies_secrets(void **state)
{
    const struct fixture *fixture = *state;
    CLEANUP(api_object_freep)
    struct api_object *wanted =
        contract_object(API_SECRET, "apps", "login", "{'data':{'user':'YQ==','password':'Yg=='}}");
    CLEANUP(api_object_freep)
    struct api_object *made = apply(fixture, wanted, false, STORE_CREATED);
    check_text("type", json_member_text(made->spec, "type"), "Opaque");
    must_apply(fixture, wanted, false, STORE_UNCHANGED);
    check_managers(wanted, "tidemark Apply , ");
    patch_by_other(fixture, wanted, "{'spec':{'data':{'token':'Yw=='}}}");
    json_remove(json_ensure_object(wanted->spec, "data"), "user");
    CLEANUP(api_object_freep)
    struct api_object *stored = apply(fixture, wanted, false, STORE_CONFIGURED);
    const struct json *data = json_member(stored->spec, "data");
    check_int("data", json_count(data), 2);
    check_text("of others", json_member_text(data, "token"), "Yw==");
    check_text("own", json_member_text(data, "password"), "Yg==");
    patch_by_other(fixture, wanted, "{'spec':{'data':{'password':'ZA=='}}}");
    check_conflict(fixture, wanted,
                   "Apply failed with 1 conflict: conflict with \"other\" using v1: "
                   ".data.password");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(applies_under_a_name_of_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_nothing_by_silence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_others_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removes_what_it_no_longer_applies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(claims_no_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_a_missing_namespace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(applies_secrets, set_up, tear_down),
    };
    return test_main("kube_apply", tests);
}
