#include "test.h"

#include "api/admission.h"
#include "api/condition.h"
#include "api/image_policy.h"
#include "api/image_repository.h"
#include "api/selector.h"
#include "base/clock.h"
#include "base/str.h"

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    struct err err;
    check_ok(text, json_parse(span_of(text), &value, &err), &err);
    return value;
}

static struct api_object *object_of(const char *manifest)
{
    CLEANUP(json_freep) struct json *json = parse(manifest);
    struct api_object *object = NULL;
    struct err err;
    check_ok(manifest, api_object_from_json(json, "flux-system", &object, &err), &err);
    return object;
}

#define IMAGE_API "\"apiVersion\":\"image.toolkit.fluxcd.io/v1\","
#define REPOSITORY(spec)                                                                           \
    "{" IMAGE_API "\"kind\":\"ImageRepository\",\"metadata\":{\"name\":\"web\"},\"spec\":" spec "}"
#define POLICY(spec)                                                                               \
    "{" IMAGE_API "\"kind\":\"ImagePolicy\",\"metadata\":{\"name\":\"web\"},\"spec\":" spec "}"

static void manifests_read_and_write(void **state)
{
    (void)state;
    CLEANUP(api_object_freep)
    struct api_object *object = object_of(
        "{\"apiVersion\":\"image.toolkit.fluxcd.io/v1beta2\",\"kind\":\"ImageRepository\","
        "\"metadata\":{\"name\":\"web\",\"labels\":{\"team\":\"a\"},\"generation\":3,"
        "\"finalizers\":[\"finalizers.fluxcd.io\"],\"creationTimestamp\":\"2026-01-02T03:04:05Z\"},"
        "\"spec\":{\"image\":\"ghcr.io/a/b\",\"interval\":\"1m\"},\"status\":{\"x\":1}}");
    check_text("namespace", object->meta.namespace, "flux-system");
    check_text("label", strmap_get(&object->meta.labels, "team"), "a");
    check_int("generation", object->meta.generation, 3);
    assert_true(api_object_has_finalizer(object, API_FINALIZER));
    CLEANUP(json_freep) struct json *exported = api_object_to_json(object, API_FORM_EXPORT);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4096);
    json_print(exported, JSON_STYLE_SORTED, &text);
    check_text("export", buf_text(&text),
               "{\"apiVersion\":\"image.toolkit.fluxcd.io/v1\",\"kind\":\"ImageRepository\","
               "\"metadata\":{\"labels\":{\"team\":\"a\"},\"name\":\"web\",\"namespace\":"
               "\"flux-system\"},\"spec\":{\"image\":\"ghcr.io/a/b\",\"interval\":\"1m\"}}");
    CLEANUP(json_freep) struct json *full = api_object_to_json(object, API_FORM_FULL);
    CLEANUP(api_object_freep) struct api_object *again = NULL;
    struct err err;
    check_ok("again", api_object_from_json(full, "other", &again, &err), &err);
    CLEANUP(json_freep) struct json *full_again = api_object_to_json(again, API_FORM_FULL);
    assert_true(json_same(full, full_again));
}

static void secrets_keep_base64(void **state)
{
    (void)state;
    CLEANUP(api_object_freep)
    struct api_object *object =
        object_of("{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
                  "\"type\":\"Opaque\",\"data\":{\"a\":\"eA==\"},\"stringData\":{\"b\":\"foo\"}}");
    struct err err;
    check_ok("admit", api_admit(object, &err), &err);
    check_text("a", json_member_text(json_member(object->spec, "data"), "a"), "eA==");
    check_text("b", json_member_text(json_member(object->spec, "data"), "b"), "Zm9v");
    check_text("plain", json_member_text(object->spec, "stringData"), NULL);
}

static void admission_fills_in_defaults(void **state)
{
    (void)state;
    CLEANUP(api_object_freep)
    struct api_object *object =
        object_of(REPOSITORY("{\"image\":\"ghcr.io/a/b\",\"interval\":\"1m\",\"suspend\":null}"));
    struct err err;
    check_ok("admit", api_admit(object, &err), &err);
    CLEANUP(json_freep)
    struct json *want =
        parse("{\"image\":\"ghcr.io/a/b\",\"interval\":\"1m\",\"provider\":\"generic\","
              "\"exclusionList\":[\"^.*\\\\.sig$\"]}");
    assert_true(json_same(object->spec, want));
}

static void admission_names_the_fault(void **state)
{
    (void)state;
    static const struct {
        const char *manifest;
        const char *want; /* behind "<Kind> flux-system/web: " */
    } rows[] = {
        {REPOSITORY("{\"interval\":\"1m\"}"), "spec.image is required"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"5\"}"),
         "spec.interval: \"5\" is not a duration such as \"1m30s\""},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"timeout\":\"1h\"}"),
         "spec.timeout: \"1h\" is not a duration such as \"1m30s\" (hours are not allowed here)"},
        {REPOSITORY("{\"image\":\"a/b\",\"intervall\":\"1m\"}"),
         "unknown field \"spec.intervall\"; did you mean \"interval\"?"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"zzzzzzz\":1}"),
         "unknown field \"spec.zzzzzzz\""},
        {REPOSITORY("{\"image\":7,\"interval\":\"1m\"}"), "spec.image must be a string"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"provider\":\"gpc\"}"),
         "spec.provider: \"gpc\" is not one of \"generic\", \"aws\", \"azure\", \"gcp\""},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"secretRef\":{\"nam\":\"x\"}}"),
         "unknown field \"spec.secretRef.nam\"; did you mean \"name\"?"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"secretRef\":\"x\"}"),
         "spec.secretRef must be a mapping"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"exclusionList\":[\"a\",1]}"),
         "spec.exclusionList[1] must be a string"},
        {REPOSITORY("{\"image\":\"a/b\",\"interval\":\"1m\",\"accessFrom\":{"
                    "\"namespaceSelectors\":[{\"matchLabel\":{}}]}}"),
         "unknown field \"spec.accessFrom.namespaceSelectors[0].matchLabel\"; did you mean "
         "\"matchLabels\"?"},
        {POLICY("{\"imageRepositoryRef\":{\"name\":\"r\"},\"policy\":{},\"interval\":\"1m\"}"),
         "spec.interval is only accepted when spec.digestReflectionPolicy is set to 'Always'"},
        {POLICY("{\"imageRepositoryRef\":{\"name\":\"r\"},\"policy\":{},"
                "\"digestReflectionPolicy\":\"Always\"}"),
         "spec.interval must be set when spec.digestReflectionPolicy is set to 'Always'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(api_object_freep) struct api_object *object = object_of(rows[i].manifest);
        CLEANUP(mem_freep)
        char *want =
            str_printf("%s flux-system/web: %s", api_kind_info(object->kind)->name, rows[i].want);
        struct err err = {0};
        check_fails(rows[i].want, api_admit(object, &err), &err, ERR_INVALID, want);
    }
}

static void admission_caps_lists(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4096);
    buf_adds(&text, "{" IMAGE_API "\"kind\":\"ImageRepository\",\"metadata\":{\"name\":\"web\"},"
                    "\"spec\":{\"image\":\"a/b\",\"interval\":\"1m\",\"exclusionList\":[\"0\"");
    for (int i = 1; i < 25; i++)
        buf_addf(&text, ",\"%d\"", i);
    size_t at_cap = text.len;
    buf_adds(&text, "]}}");
    struct err err = {0};
    CLEANUP(api_object_freep) struct api_object *fits = object_of(buf_text(&text));
    check_ok("25 items", api_admit(fits, &err), &err);
    buf_truncate(&text, at_cap);
    buf_adds(&text, ",\"x\"]}}");
    CLEANUP(api_object_freep) struct api_object *over = object_of(buf_text(&text));
    check_fails("26 items", api_admit(over, &err), &err, ERR_INVALID,
                "ImageRepository flux-system/web: spec.exclusionList has more than 25 items");
}

static void names_follow_rfc_1123(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool label;
        bool subdomain;
    } rows[] = {
        {"a", true, true},    {"a-b", true, true},  {"a.b", false, true},  {"-a", false, false},
        {"a-", false, false}, {"A", false, false},  {"", false, false},    {"a..b", false, false},
        {"a.", false, false}, {".a", false, false}, {"a_b", false, false}, {"0", true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int(rows[i].name, api_is_dns_label(rows[i].name), rows[i].label);
        CLEANUP(mem_freep) char *key = str_printf("%s/x", rows[i].name);
        struct err err;
        check_int(key, api_check_label_key(key, &err) == 0, rows[i].subdomain);
    }
}

static void conditions_move_with_their_words(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *status = json_new_object();
    struct api_condition ready = {API_TRUE, "Succeeded", "fine", 1}, got;
    api_condition_set(status, API_READY, &ready, 1000 * CLOCK_NS_PER_S);
    api_condition_set(status, API_READY, &ready, 2000 * CLOCK_NS_PER_S);
    const struct json *first = json_at(json_member(status, "conditions"), 0);
    check_text("same words", json_member_text(first, "lastTransitionTime"), "1970-01-01T00:16:40Z");
    ready.message = "finer";
    api_condition_set(status, API_READY, &ready, 3000 * CLOCK_NS_PER_S);
    first = json_at(json_member(status, "conditions"), 0);
    check_text("other words", json_member_text(first, "lastTransitionTime"),
               "1970-01-01T00:50:00Z");
    assert_true(api_is_ready(status));

    struct api_condition busy = {API_TRUE, "Progressing", "scanning", 1};
    api_condition_set(status, API_RECONCILING, &busy, 0);
    assert_false(api_is_ready(status));
    check_text("order", json_member_text(json_at(json_member(status, "conditions"), 0), "type"),
               API_RECONCILING);
    struct api_condition stalled = {API_TRUE, "InvalidPolicy", "bad", 2};
    api_condition_set(status, API_STALLED, &stalled, 0);
    assert_false(api_condition_get(status, API_RECONCILING, &got));
    assert_true(api_condition_get(status, API_STALLED, &got));
    check_int("generation", got.observed_generation, 2);
}

/* Types in small letters have the status False; "-": there is no list. */
static struct json *conditions_of(const char *text)
{
    static const struct {
        char letter;
        const char *type;
    } types[] = {
        {'S', API_STALLED}, {'P', API_RECONCILING}, {'R', API_READY}, {'X', "Extra"}, {'Y', "Yet"}};
    struct json *status = json_new_object();
    struct json *list = *text == '-' ? NULL : json_ensure_array(status, "conditions");
    for (const char *c = text; list && *c; c++) {
        struct json *condition = json_new_object();
        for (size_t i = 0; i < ARRAY_LEN(types); i++) {
            if (types[i].letter == (*c & ~0x20))
                json_put_text(condition, "type", types[i].type);
        }
        json_put_text(condition, "status", *c & 0x20 ? API_FALSE : API_TRUE);
        json_push_take(list, condition);
    }
    return status;
}

static void conditions_merge_by_type(void **state)
{
    (void)state;
    static const struct {
        const char *current, *read, *wanted, *want;
    } rows[] = {
        {"X", "", "R", "RX"},        /* both have added one */
        {"RX", "R", "r", "rX"},      /* one has changed, the other added one */
        {"Rx", "RX", "rX", "rx"},    /* each has changed his own */
        {"R", "RX", "rX", "r"},      /* what the other removed stays away */
        {"RXY", "RX", "R", "RY"},    /* removed, and added */
        {"rX", "R", "-", "X"},       /* removed with the whole list */
        {"PRY", "PR", "Sr", "SrY"},  /* it has stalled */
        {"PRY", "RY", "SRY", "SRY"}, /* never both, whoever began */
        {"XRY", "XR", "xR", "RYx"},  /* order among others' is nobody's */
        {"-", "R", "r", "r"},        {"-", "RX", "rX", "r"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep)
        char *row = str_printf("%s: %s to %s", rows[i].current, rows[i].read, rows[i].wanted);
        CLEANUP(json_freep) struct json *status = conditions_of(rows[i].current);
        CLEANUP(json_freep) struct json *read = conditions_of(rows[i].read);
        CLEANUP(json_freep) struct json *wanted = conditions_of(rows[i].wanted);
        CLEANUP(json_freep) struct json *want = conditions_of(rows[i].want);
        CLEANUP(buf_finish) struct buf got_text = BUF_INIT(4096), want_text = BUF_INIT(4096);
        api_conditions_merge(status, read, wanted);
        json_print(status, JSON_STYLE_COMPACT, &got_text);
        json_print(want, JSON_STYLE_COMPACT, &want_text);
        check_text(row, buf_text(&got_text), buf_text(&want_text));
    }
}

static void condition_messages_are_cut(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *message = mem_zalloc(API_CONDITION_MESSAGE_MAX + 2);
    memset(message, 'a', API_CONDITION_MESSAGE_MAX);
    CLEANUP(json_freep) struct json *status = json_new_object();
    struct api_condition ready = {API_TRUE, "Succeeded", message, 1}, got;
    api_condition_set(status, API_READY, &ready, 0);
    assert_true(api_condition_get(status, API_READY, &got));
    assert_int_equal(strlen(got.message), API_CONDITION_MESSAGE_MAX);
    assert_false(str_ends_with(got.message, "..."));
    message[API_CONDITION_MESSAGE_MAX] = 'a';
    api_condition_set(status, API_READY, &ready, 0);
    assert_true(api_condition_get(status, API_READY, &got));
    assert_int_equal(strlen(got.message), API_CONDITION_MESSAGE_MAX);
    assert_true(str_ends_with(got.message, "a..."));
}

static void selectors_select(void **state)
{
    (void)state;
    CLEANUP(strmap_finish) struct strmap labels = STRMAP_INIT;
    strmap_set(&labels, "app", "web");
    strmap_set(&labels, "tier", "front");
    static const struct {
        const char *text;
        bool want;
    } rows[] = {
        {"", true},
        {"app=web", true},
        {"app==web,tier=front", true},
        {"app=api", false},
        {"app!=api", true},
        {"x!=1", true},
        {"app in (api, web)", true},
        {"app notin (api,web)", false},
        {"x notin (1)", true},
        {"app", true},
        {"!app", false},
        {"!x, tier", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(selector_freep) struct selector *selector = NULL;
        struct err err;
        check_ok(rows[i].text, selector_parse(rows[i].text, &selector, &err), &err);
        check_int(rows[i].text, selector_matches(selector, &labels), rows[i].want);
    }
    static const char *const bad[] = {"=", "a=b=c", "a in b", "a in (b", "a b", "a,,b", "-a"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(selector_freep) struct selector *selector = NULL;
        struct err err;
        check_int(bad[i], selector_parse(bad[i], &selector, &err), -1);
    }
}

static void selectors_read_from_a_spec(void **state)
{
    (void)state;
    CLEANUP(strmap_finish) struct strmap labels = STRMAP_INIT;
    strmap_set(&labels, "app", "web");
    static const struct {
        const char *spec;
        int want; /* -1: refused */
    } rows[] = {
        {"{}", 1},
        {"{\"matchLabels\":{\"app\":\"web\"}}", 1},
        {"{\"matchLabels\":{\"app\":\"api\"}}", 0},
        {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\",\"values\":[\"web\"]}]}", 1},
        {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"DoesNotExist\"}]}", 0},
        {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Like\"}]}", -1},
        {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"In\"}]}", -1},
        {"{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\",\"values\":[\"a\"]}]}",
         -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *spec = parse(rows[i].spec);
        CLEANUP(selector_freep) struct selector *selector = NULL;
        int answer = selector_from_json(spec, &selector, NULL);
        check_int(rows[i].spec, answer == 0 ? selector_matches(selector, &labels) : -1,
                  rows[i].want);
    }
}

static void typed_views_read_specs(void **state)
{
    (void)state;
    CLEANUP(api_object_freep)
    struct api_object *object =
        object_of(POLICY("{\"imageRepositoryRef\":{\"name\":\"r\"},\"policy\":{\"numerical\":{"
                         "\"order\":\"desc\"}},\"filterTags\":{\"pattern\":\"^v\"}}"));
    struct api_image_policy policy;
    struct err err;
    check_ok("read", api_image_policy_read(object, &policy, &err), &err);
    check_int("kind", policy.policy, API_POLICY_NUMERICAL);
    check_int("order", policy.descending, true);
    check_text("namespace", policy.repository_namespace, "flux-system");
    check_text("extract", policy.extract, "");
    struct api_image_ref ref = {"ghcr.io/a/b", "1.0", ""}, got;
    api_image_ref_set(object->status, "latestRef", &ref);
    assert_true(api_image_ref_get(object->status, "latestRef", &got));
    assert_true(api_image_ref_equal(&ref, &got));
    CLEANUP(mem_freep) char *text = api_image_ref_text(&got);
    check_text("ref", text, "ghcr.io/a/b:1.0");
}

static void access_needs_all_labels_of_one_selector(void **state)
{
    (void)state;
    CLEANUP(strmap_finish) struct strmap labels = STRMAP_INIT;
    strmap_set(&labels, "team", "a");
    static const struct {
        const char *access;
        bool want;
    } rows[] = {
        {"{\"namespaceSelectors\":[]}", false},
        {"{\"namespaceSelectors\":[{}]}", true},
        {"{\"namespaceSelectors\":[{\"matchLabels\":{\"team\":\"b\"}},"
         "{\"matchLabels\":{\"team\":\"a\"}}]}",
         true},
        {"{\"namespaceSelectors\":[{\"matchLabels\":{\"team\":\"a\",\"env\":\"x\"}}]}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *access = parse(rows[i].access);
        check_int(rows[i].access, api_access_allowed(access, &labels), rows[i].want);
    }
    assert_false(api_access_allowed(NULL, &labels));
}

static void kinds_have_the_controllers_that_flux_has(void **state)
{
    static const char *const wants[API_KIND_COUNT] = {
        [API_GIT_REPOSITORY] = "source-controller",
        [API_IMAGE_REPOSITORY] = "image-reflector-controller",
        [API_IMAGE_POLICY] = "image-reflector-controller",
        [API_IMAGE_UPDATE_AUTOMATION] = "image-automation-controller",
        [API_SECRET] = "tidemark",
        [API_SERVICE_ACCOUNT] = "tidemark",
        [API_NAMESPACE] = "tidemark",
    };
    (void)state;
    for (size_t i = 0; i < API_KIND_COUNT; i++) {
        const struct api_kind_info *info = api_kind_info((enum api_kind)i);
        check_text(info->name, info->controller, wants[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_have_the_controllers_that_flux_has),
        cmocka_unit_test(manifests_read_and_write),
        cmocka_unit_test(secrets_keep_base64),
        cmocka_unit_test(admission_fills_in_defaults),
        cmocka_unit_test(admission_names_the_fault),
        cmocka_unit_test(admission_caps_lists),
        cmocka_unit_test(names_follow_rfc_1123),
        cmocka_unit_test(conditions_move_with_their_words),
        cmocka_unit_test(condition_messages_are_cut),
        cmocka_unit_test(conditions_merge_by_type),
        cmocka_unit_test(selectors_select),
        cmocka_unit_test(selectors_read_from_a_spec),
        cmocka_unit_test(typed_views_read_specs),
        cmocka_unit_test(access_needs_all_labels_of_one_selector),
    };
    return test_main("api", tests);
}
