/* The policies of an automation: which count, and whether they are observed. */
#include "read_json.h"
#include "test.h"

#include "api/image_policy.h"
#include "base/buf.h"
#include "base/str.h"
#include "control/policies.h"
#include "store/memory.h"

/* A policy with the label app=NAME that has resolved the image, unless TAG is NULL. */
static void make(struct store *store, const char *namespace, const char *name, const char *tag,
                 const char *digest)
{
    CLEANUP(api_object_freep)
    struct api_object *wanted = api_object_new((struct api_ref){API_IMAGE_POLICY, namespace, name});
    CLEANUP(api_object_freep) struct api_object *made = NULL;
    CLEANUP(mem_freep) char *image = str_printf("reg.example/%s", name);
    struct err err;
    json_free(wanted->spec);
    wanted->spec =
        read_json("{'imageRepositoryRef':{'name':'x'},'policy':{'semver':{'range':'*'}}}");
    strmap_set(&wanted->meta.labels, "app", name);
    check_ok(name, store_create(store, wanted, &made, &err), &err);
    if (!tag)
        return;
    CLEANUP(json_freep) struct json *status = json_new_object();
    const struct api_image_ref ref = {image, tag, digest};
    api_image_ref_set(status, "latestRef", &ref);
    check_ok(name, store_patch_status(store, made, status, NULL, &err), &err);
}

static struct store *make_store(void)
{
    struct store *store = memory_store_new(clock_system());
    make(store, "apps", "web", "1.2.0", "");
    make(store, "apps", "api", "2.0.0", "sha256:abc");
    make(store, "apps", "new", NULL, NULL);
    make(store, "other", "db", "3.0.0", "");
    return store;
}

static char *print(const struct policy_images *images)
{
    struct buf text = BUF_INIT(1000);
    for (size_t i = 0; i < images->len; i++)
        buf_addf(&text, "%s%s:%s=%s", i != 0 ? " " : "", images->items[i].namespace,
                 images->items[i].policy, images->items[i].text);
    return buf_take(&text);
}

static void lists_what_the_selector_selects(void **state)
{
    (void)state;
    static const struct {
        const char *namespace, *selector, *want;
    } rows[] = {
        {"apps", NULL, "apps:api=reg.example/api:2.0.0@sha256:abc apps:web=reg.example/web:1.2.0"},
        {"apps", "{}", "apps:api=reg.example/api:2.0.0@sha256:abc apps:web=reg.example/web:1.2.0"},
        {"apps", "{'matchLabels':{'app':'web'}}", "apps:web=reg.example/web:1.2.0"},
        {"apps", "{'matchLabels':{'app':'new'}}", ""},
        {"apps", "{'matchLabels':{'app':'db'}}", ""},
        {"apps", "{'matchExpressions':[{'key':'app','operator':'NotIn','values':['web']}]}",
         "apps:api=reg.example/api:2.0.0@sha256:abc"},
        {"other", NULL, "other:db=reg.example/db:3.0.0"},
        {"empty", NULL, ""},
    };
    CLEANUP(store_freep) struct store *store = make_store();
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep)
        struct json *selector = rows[i].selector ? read_json(rows[i].selector) : NULL;
        CLEANUP(policy_images_finish) struct policy_images images = POLICY_IMAGES_INIT;
        struct err err;
        check_ok(rows[i].want,
                 policy_images_list(store, rows[i].namespace, selector, &images, &err), &err);
        CLEANUP(mem_freep) char *got = print(&images);
        check_text(rows[i].selector ? rows[i].selector : rows[i].namespace, got, rows[i].want);
    }
}

static void refuses_a_malformed_selector(void **state)
{
    (void)state;
    CLEANUP(store_freep) struct store *store = make_store();
    CLEANUP(json_freep)
    struct json *selector = read_json("{'matchExpressions':[{'key':'app','operator':'Foo'}]}");
    CLEANUP(policy_images_finish) struct policy_images images = POLICY_IMAGES_INIT;
    struct err err;
    check_fails("operator", policy_images_list(store, "apps", selector, &images, &err), &err,
                ERR_INVALID,
                "failed to parse policy selector: \"Foo\" is not a valid label selector operator");
}

static void images_must_be_references(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *digest, *error; /* NULL: it is fine */
    } rows[] = {
        {"1.0", "", NULL},
        {"1.0", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", NULL},
        {"not a tag", "", "encountered invalid image ref \"reg.example/bad:not a tag\": "},
        {"1.0", "sha256:12", "encountered invalid image ref \"reg.example/bad:1.0@sha256:12\": "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(store_freep) struct store *store = memory_store_new(clock_system());
        CLEANUP(policy_images_finish) struct policy_images images = POLICY_IMAGES_INIT;
        struct err err;
        make(store, "apps", "aaa", "1.0", "");
        make(store, "apps", "bad", rows[i].tag, rows[i].digest);
        check_ok("list", policy_images_list(store, "apps", NULL, &images, &err), &err);
        int answer = policy_images_check(&images, &err);
        check_int(rows[i].tag, answer, rows[i].error ? -1 : 0);
        if (!rows[i].error)
            continue;
        err.text[strlen(rows[i].error)] = '\0'; /* the reason is imageref's */
        check_text(rows[i].tag, err.text, rows[i].error);
        check_int(rows[i].tag, err.class, ERR_INVALID);
    }
}

static void observes_images(void **state)
{
    (void)state;
    static const struct {
        const char *row, *observed;
        bool want;
    } rows[] = {
        {"nothing", "{}", false},
        {"both",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'},"
         "'web':{'name':'reg.example/web','tag':'1.2.0'}}",
         true},
        {"another tag",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'},"
         "'web':{'name':'reg.example/web','tag':'1.1.0'}}",
         false},
        {"another digest",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abd'},"
         "'web':{'name':'reg.example/web','tag':'1.2.0'}}",
         false},
        {"no digest",
         "{'api':{'name':'reg.example/api','tag':'2.0.0'},"
         "'web':{'name':'reg.example/web','tag':'1.2.0'}}",
         false},
        {"another name",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'},"
         "'web':{'name':'reg.example/web2','tag':'1.2.0'}}",
         false},
        {"one less", "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'}}",
         false},
        {"one more",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'},"
         "'old':{'name':'reg.example/old','tag':'1'},"
         "'web':{'name':'reg.example/web','tag':'1.2.0'}}",
         false},
        {"another one in its place",
         "{'api':{'name':'reg.example/api','tag':'2.0.0','digest':'sha256:abc'},"
         "'old':{'name':'reg.example/web','tag':'1.2.0'}}",
         false},
    };
    CLEANUP(store_freep) struct store *store = make_store();
    CLEANUP(policy_images_finish) struct policy_images images = POLICY_IMAGES_INIT;
    struct err err;
    check_ok("list", policy_images_list(store, "apps", NULL, &images, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *status = json_new_object();
        json_put_take(status, "observedPolicies", read_json(rows[i].observed));
        check_int(rows[i].row, policy_images_observed(&images, status), rows[i].want);
        policy_images_observe(&images, status);
        check_int("made so", policy_images_observed(&images, status), true);
        check_int("that many", json_count(json_member(status, "observedPolicies")), 2);
    }
}

/* Without policies there is no member, as in Flux: an empty one says nothing. */
static void observes_none(void **state)
{
    (void)state;
    const struct policy_images none = POLICY_IMAGES_INIT;
    CLEANUP(json_freep) struct json *status = json_new_object();
    check_int("absent", policy_images_observed(&none, status), true);
    json_put_take(status, "observedPolicies", read_json("{'web':{'name':'a','tag':'b'}}"));
    check_int("one too many", policy_images_observed(&none, status), false);
    policy_images_observe(&none, status);
    assert_null(json_member(status, "observedPolicies"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_what_the_selector_selects),
        cmocka_unit_test(refuses_a_malformed_selector),
        cmocka_unit_test(images_must_be_references),
        cmocka_unit_test(observes_images),
        cmocka_unit_test(observes_none),
    };
    return test_main("control_policies", tests);
}
