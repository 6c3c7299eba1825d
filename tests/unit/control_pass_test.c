/* Passes over single objects, on a store in memory. */
#include "place.h"

#include "adapt/db.h"
#include "adapt/httpd.h"
#include "api/condition.h"
#include "control/pass.h"
#include "store/memory.h"

#define REPOSITORY_SPEC                                                                            \
    "{\"image\":\"127.0.0.1:1/"                                                                    \
    "app\",\"interval\":\"1m\",\"insecure\":true,\"provider\":\"generic\"}"
#define POLICY_SPEC                                                                                \
    "{\"imageRepositoryRef\":{\"name\":\"app\"},\"policy\":{\"semver\":{\"range\":\"1.x\"}}}"

static const struct api_ref repository_ref = {API_IMAGE_REPOSITORY, "apps", "app"};
static const struct api_ref policy_ref = {API_IMAGE_POLICY, "apps", "app"};

/* An engine that has not been started: passes are the tests' to run. */
struct engine {
    struct place *place;
    struct clock clock; /* its wall time is `now_ns` */
    int64_t now_ns;
    bool slow; /* the registry waits until somebody has written to the repository */
    struct db *db;
    struct store *store;
    struct control *control;
};

static int64_t read_time(void *arg)
{
    return ((const struct engine *)arg)->now_ns;
}

static int64_t read_monotonic(void *arg)
{
    (void)arg;
    return clock_monotonic_ns(clock_system());
}

static int set_up(void **state)
{
    struct engine *engine = mem_zalloc(sizeof(*engine));
    struct err err;
    place_set_up((void **)&engine->place);
    engine->clock = (struct clock){read_time, read_monotonic, engine};
    engine->now_ns = 1000000 * CLOCK_NS_PER_S;
    engine->store = memory_store_new(&engine->clock);
    check_ok("db", db_open(engine->place->path, &engine->db, &err), &err);
    const struct control_config config = {
        .store = engine->store,
        .db = engine->db,
        .cache_dir = engine->place->folder,
        .clock = &engine->clock,
        .requeue_dependency_ns = 30 * CLOCK_NS_PER_S,
    };
    check_ok("engine", control_new(&config, &engine->control, &err), &err);
    *state = engine;
    return 0;
}

static int tear_down(void **state)
{
    struct engine *engine = *state;
    control_free(engine->control);
    store_free(engine->store);
    db_close(engine->db);
    place_tear_down((void **)&engine->place);
    free(engine);
    return 0;
}

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    struct err err;
    check_ok(text, json_parse(span_of(text), &value, &err), &err);
    return value;
}

static void make(struct engine *engine, struct api_ref ref, const char *spec)
{
    CLEANUP(api_object_freep) struct api_object *object = api_object_new(ref);
    struct err err;
    json_free(object->spec);
    object->spec = parse(spec);
    check_ok(ref.name, store_create(engine->store, object, NULL, &err), &err);
}

static struct api_object *get(struct engine *engine, struct api_ref ref)
{
    struct api_object *object = NULL;
    struct err err;
    check_int(ref.name, store_get(engine->store, ref, &object, &err), 1);
    return object;
}

static void patch(struct engine *engine, struct api_ref ref, const char *text)
{
    CLEANUP(json_freep) struct json *change = parse(text);
    struct err err;
    check_int(text, store_patch(engine->store, ref, change, NULL, &err), 1);
}

static void follow(struct engine *engine, struct api_ref ref)
{
    CLEANUP(api_object_freep) struct api_object *object = get(engine, ref);
    control_follow(engine->control, STORE_ADDED, object);
}

/* A policy whose repository is as new as itself says nothing, for the first scan will
 * wake it; unless none is coming soon. */
static void waits_silently_for_the_first_scan(void **state)
{
    struct engine *engine = *state;
    static const struct {
        const char *row;
        bool draining;
        int64_t age_ns;
        bool silent;
    } rows[] = {
        {"new", false, 0, true},
        {"still young", false, 30 * CLOCK_NS_PER_S, true},
        {"old", false, 30 * CLOCK_NS_PER_S + 1, false},
        {"a command", true, 0, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        int64_t delay_ns = 0;
        struct api_condition ready;
        make(engine, repository_ref, REPOSITORY_SPEC);
        make(engine, policy_ref, POLICY_SPEC);
        follow(engine, repository_ref);
        follow(engine, policy_ref);
        atomic_store(&engine->control->draining, rows[i].draining);
        engine->now_ns += rows[i].age_ns;
        check_int(rows[i].row, pass_run(engine->control, policy_ref, &delay_ns), QUEUE_AFTER);
        check_int(rows[i].row, delay_ns, 30 * CLOCK_NS_PER_S);
        CLEANUP(api_object_freep) struct api_object *policy = get(engine, policy_ref);
        bool told = api_condition_get(policy->status, API_READY, &ready);
        check_int(rows[i].row, told, !rows[i].silent);
        if (told)
            check_text(rows[i].row, ready.reason, "DependencyNotReady");
        patch(engine, policy_ref, "{\"metadata\":{\"finalizers\":null}}");
        check_int(rows[i].row, store_remove(engine->store, policy_ref, &err), 1);
        check_int(rows[i].row, store_remove(engine->store, repository_ref, &err), 1);
        engine->now_ns = (engine->now_ns / CLOCK_NS_PER_S + 1) * CLOCK_NS_PER_S;
    }
}

/* A policy that is deleted meanwhile is gone at once. */
static void waits_for_no_scan_to_be_deleted(void **state)
{
    struct engine *engine = *state;
    CLEANUP(api_object_freep) struct api_object *policy = NULL;
    struct err err;
    int64_t delay_ns = 0;
    make(engine, repository_ref, REPOSITORY_SPEC);
    make(engine, policy_ref, POLICY_SPEC);
    patch(engine, policy_ref, "{\"metadata\":{\"finalizers\":[\"" API_FINALIZER "\"]}}");
    check_int("remove", store_remove(engine->store, policy_ref, &err), 1);
    follow(engine, repository_ref);
    follow(engine, policy_ref);
    check_int("pass", pass_run(engine->control, policy_ref, &delay_ns), QUEUE_FORGET);
    check_int("there", store_get(engine->store, policy_ref, &policy, &err), 0);
}

/* A registry of one image with one tag. */
static void answer_tags(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    enum { TRIES = 500, STEP_MS = 20 };
    struct engine *engine = arg;
    (void)request;
    for (int i = 0; engine->slow && i < TRIES; i++) {
        CLEANUP(api_object_freep) struct api_object *repository = get(engine, repository_ref);
        struct api_condition reconciling;
        if (api_condition_get(repository->status, API_RECONCILING, &reconciling))
            break;
        deadline_sleep_ms(NULL, STEP_MS, NULL);
    }
    ret->type = "application/json";
    buf_adds(&ret->body, "{\"name\":\"app\",\"tags\":[\"1.0.0\"]}");
}

static struct httpd *start_registry(struct httpd_route *route, struct engine *engine)
{
    struct httpd *registry = NULL;
    struct err err;
    *route =
        (struct httpd_route){.path = "/v2/", .method = "GET", .handle = answer_tags, .arg = engine};
    check_ok("registry", httpd_start("127.0.0.1:0", route, 1, &registry, &err), &err);
    CLEANUP(mem_freep)
    char *spec = str_printf("{\"image\":\"%s/app\",\"interval\":\"1m\",\"insecure\":true,"
                            "\"provider\":\"generic\"}",
                            httpd_address(registry));
    make(engine, repository_ref, spec);
    return registry;
}

static const struct store_ops *memory_ops;

/* As memory_ops->patch_status, but somebody else writes just before. */
static int patch_status_as_second(struct store *store, const struct api_object *object,
                                  const struct json *status, struct api_object **ret,
                                  struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *current = NULL;
    assert_int_equal(store_get(store, api_object_ref(object), &current, err), 1);
    CLEANUP(json_freep) struct json *other = json_clone(current->status);
    if (!json_member(other, "approvals")) {
        json_put_int(other, "approvals", 1);
        api_condition_set(other, "Approved", &(struct api_condition){API_TRUE, "By", "Ann", 1}, 0);
        assert_int_equal(memory_ops->patch_status(store, current, other, NULL, err), 1);
    }
    return memory_ops->patch_status(store, object, status, ret, err);
}

/* A pass that lasts writes twice; neither takes away what came in between. */
static void leaves_what_others_write(void **state)
{
    struct engine *engine = *state;
    struct httpd_route route;
    struct httpd *registry = start_registry(&route, engine);
    memory_ops = engine->store->ops;
    struct store_ops ops = *memory_ops;
    struct api_condition ready, approved;
    int64_t delay_ns = 0, approvals = 0;
    ops.patch_status = patch_status_as_second;
    engine->store->ops = &ops;
    engine->slow = true;
    check_int("pass", pass_run(engine->control, repository_ref, &delay_ns), QUEUE_AFTER);
    engine->store->ops = memory_ops;
    CLEANUP(api_object_freep) struct api_object *after = get(engine, repository_ref);
    check_int("own", api_condition_get(after->status, API_READY, &ready), true);
    check_text("own", ready.reason, "Succeeded");
    check_int("condition", api_condition_get(after->status, "Approved", &approved), true);
    check_int("member", json_int(json_member(after->status, "approvals"), &approvals), true);
    httpd_stop(registry);
}

/* Is the policy due? It is not any more. */
static bool take_policy(struct engine *engine)
{
    struct queue *queue = engine->control->lanes[API_IMAGE_POLICY].queue;
    char *key = queue_take(queue, 0);
    if (key)
        queue_done_take(queue, key, QUEUE_FORGET, 0);
    return key;
}

/* Tags that are lost and found again do not show in the status: the policies are
 * woken, then and at no other scan without news. */
static void wakes_policies_when_lost_tags_are_back(void **state)
{
    struct engine *engine = *state;
    static const struct {
        const char *row;
        bool lose, woken;
    } rows[] = {{"as before", false, false}, {"lost", true, true}, {"back", false, false}};
    struct httpd_route route;
    struct httpd *registry = start_registry(&route, engine);
    struct err err;
    int64_t delay_ns = 0;
    make(engine, policy_ref, POLICY_SPEC);
    follow(engine, repository_ref);
    follow(engine, policy_ref);
    check_int("new", take_policy(engine), true);
    check_int("first", pass_run(engine->control, repository_ref, &delay_ns), QUEUE_AFTER);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(api_object_freep) struct api_object *repository = get(engine, repository_ref);
        const struct tagdb_key key = {repository->meta.uid, "apps", "app"};
        if (rows[i].lose)
            check_int(rows[i].row, tagdb_remove(engine->control->tags, &key, NULL, &err), 1);
        engine->now_ns += 120 * CLOCK_NS_PER_S;
        check_int(rows[i].row, pass_run(engine->control, repository_ref, &delay_ns), QUEUE_AFTER);
        check_int(rows[i].row, take_policy(engine), rows[i].woken);
        CLEANUP(api_object_freep) struct api_object *after = get(engine, repository_ref);
        check_int("scanned",
                  json_same(json_member(after->status, "lastScanResult"),
                            json_member(repository->status, "lastScanResult")),
                  false);
    }
    httpd_stop(registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waits_silently_for_the_first_scan, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waits_for_no_scan_to_be_deleted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_others_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wakes_policies_when_lost_tags_are_back, set_up, tear_down),
    };
    return test_main("control_pass", tests);
}
