/* The store in a SQLite file: the contract of all stores, and what files and
 * several processes bring. */
#include "place.h"
#include "store_contract.h"

#include "base/clock.h"
#include "store/local.h"
#include "store/sqlite.h"

/* A file, and two stores on it, each as a process of its own has it. */
struct fixture {
    struct store_contract contract; /* must be first */
    struct place *place;
    struct db *dbs[2];
    struct store *stores[2];
};

static struct store *open_store(const char *path, struct db **ret_db)
{
    struct store *store = NULL;
    struct err err;
    must("db", db_open(path, ret_db, &err), &err);
    must("store", sqlite_store_open(*ret_db, clock_system(), &store, &err), &err);
    return store;
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));
    void *place = NULL;
    place_set_up(&place);
    fixture->place = place;
    for (int i = 0; i < 2; i++)
        fixture->stores[i] = open_store(fixture->place->path, &fixture->dbs[i]);
    fixture->contract.store = fixture->stores[0];
    fixture->contract.other = fixture->stores[1];
    fixture->contract.namespace = "apps";
    fixture->contract.other_namespace = "infra";
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    void *place = fixture->place;
    for (int i = 0; i < 2; i++) {
        store_free(fixture->stores[i]);
        db_close(fixture->dbs[i]);
    }
    place_tear_down(&place);
    free(fixture);
    return 0;
}

static void run_sql(struct db *db, const char *sql)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct err err;
    must("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    must(sql, db_exec(&tx, sql, &err), &err);
    must("commit", db_commit(&tx, &err), &err);
}

static int64_t ask(struct db *db, const char *sql)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    struct err err = {.text = "no row"};
    must("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    must(sql, db_prepare(&tx, sql, &row, &err), &err);
    must(sql, db_step(row, &err) == 1 ? 0 : -1, &err);
    return db_column_int(row, 0);
}

/* Other processes. */

enum {
    CHILDREN = 3,
    CHILD_WRITES = 20,
};

/* Raises a number in an annotation again and again, until nobody was faster. */
static void count_up(void *arg)
{
    const struct place *place = arg;
    struct db *db = NULL;
    struct store *store = open_store(place->path, &db);
    const struct api_ref ref = {API_IMAGE_POLICY, "apps", "counter"};
    for (int i = 0; i < CHILD_WRITES;) {
        struct api_object *object = NULL;
        struct err err = {0};
        must_hold(store_get(store, ref, &object, &err) == 1);
        uint64_t count = 0;
        const char *text = strmap_get(&object->meta.annotations, "count");
        must_hold(!text || span_to_u64(span_of(text), &count));
        CLEANUP(mem_freep) char *next = str_printf("%d", (int)count + 1);
        strmap_set(&object->meta.annotations, "count", next);
        int answer = store_update(store, object, NULL, &err);
        must_hold(answer == 1 || (answer == -1 && err.class == ERR_CONFLICT));
        i += answer == 1;
        api_object_free(object);
    }
    store_free(store);
    db_close(db);
}

static void processes_lose_no_update(void **state)
{
    struct place *place = *state;
    pid_t pids[CHILDREN];
    struct db *db = NULL;
    struct store *store = open_store(place->path, &db);
    contract_make(store, "apps", "counter");
    store_free(store);
    db_close(db); /* no connection may be open across a fork */
    for (int i = 0; i < CHILDREN; i++)
        pids[i] = child_start(count_up, place);
    for (int i = 0; i < CHILDREN; i++)
        child_end(pids[i]);
    store = open_store(place->path, &db);
    struct api_object *object = NULL;
    struct err err;
    check_int(
        "get",
        store_get(store, (struct api_ref){API_IMAGE_POLICY, "apps", "counter"}, &object, &err), 1);
    check_text("count", strmap_get(&object->meta.annotations, "count"), "60");
    api_object_free(object);
    store_free(store);
    db_close(db);
}

struct creating {
    const struct place *place;
    int from_parent;
    int to_parent;
    int of_parent; /* the parent's end of from_parent */
};

/* Creates an object each time the parent asks, and tells when it is done. */
static void create_on_demand(void *arg)
{
    const struct creating *creating = arg;
    struct db *db = NULL;
    struct store *store = open_store(creating->place->path, &db);
    char name[2] = "";
    close(creating->of_parent);
    while (read(creating->from_parent, name, 1) == 1) {
        contract_make(store, "apps", name);
        must_hold(write(creating->to_parent, name, 1) == 1);
    }
    store_free(store);
    db_close(db);
}

/* Changes by another process are told: half a second is promised, but tests
 * are not timed. */
static void watches_other_processes(void **state)
{
    struct place *place = *state;
    int down[2], up[2];
    assert_int_equal(pipe(down), 0);
    assert_int_equal(pipe(up), 0);
    struct creating creating = {place, down[0], up[1], down[1]};
    pid_t pid = child_start(create_on_demand, &creating);
    close(down[0]);

    struct db *db = NULL;
    struct store *store = open_store(place->path, &db);
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, "apps"};
    struct store_watch *watch = NULL;
    struct err err;
    check_ok("watch", store_watch(store, &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, 5000, "SYNCED \n");
    for (char name = 'a'; name < 'f'; name++) {
        char done;
        CLEANUP(mem_freep) char *want = str_printf("ADDED %c\n", name);
        check_int("ask", write(down[1], &name, 1), 1);
        check_int("done", read(up[0], &done, 1), 1);
        contract_log_expect(log, 5000, want);
    }
    close(down[1]);
    child_end(pid);
    close(up[0]);
    close(up[1]);
    store_unwatch(store, watch);
    store_free(store);
    db_close(db);
}

struct writing {
    const struct place *place;
    int to_parent;
};

/* Creates, changes and removes objects, and tells each that was created. */
static void write_and_tell(void *arg)
{
    const struct writing *writing = arg;
    struct db *db = NULL;
    struct store *store = open_store(writing->place->path, &db);
    struct json *patch = contract_json("{'spec':{'suspend':true}}");
    for (int i = (int)ask(db, "SELECT version FROM store_state");; i++) {
        CLEANUP(mem_freep) char *name = str_printf("p%06d", i);
        struct api_object *object = contract_create(store, "apps", name);
        must_hold(write(writing->to_parent, name, 7) == 7);
        must_hold(store_patch(store, api_object_ref(object), patch, NULL, NULL) == 1);
        if (i % 3 == 0)
            must_hold(store_remove(store, api_object_ref(object), NULL) == 1);
        api_object_free(object);
    }
}

/* After SIGKILL at any moment, all that was acknowledged is there, and nothing
 * contradicts itself. */
static void survives_being_killed(void **state)
{
    struct place *place = *state;
    for (int round = 0; round < 15; round++) {
        int ends[2];
        char name[8] = "";
        char last[8] = "";
        int created = 0;
        assert_int_equal(pipe(ends), 0);
        struct writing writing = {place, ends[1]};
        pid_t pid = child_start(write_and_tell, &writing);
        close(ends[1]);
        while (created < 1 + round && read(ends[0], name, 7) == 7)
            created++;
        child_kill(pid);
        while (read(ends[0], name, 7) == 7)
            continue;
        memcpy(last, name, sizeof(last));
        close(ends[0]);

        struct db *db = NULL;
        struct store *store = open_store(place->path, &db);
        struct api_object *object = NULL;
        struct err err;
        const struct api_ref ref = {API_IMAGE_POLICY, "apps", last};
        int found = store_get(store, ref, &object, &err);
        check_ok(last, found, &err);
        uint64_t number = 0;
        span_to_u64(span_of(last + 1), &number);
        check_int(last, found == 1 || number % 3 == 0, true);
        api_object_free(object);
        check_int("versions",
                  ask(db, "SELECT (SELECT version FROM store_state) >= "
                          "(SELECT max(version) FROM object)"),
                  1);
        store_free(store);
        db_close(db);
    }
}

/* Bounds. */

static void tells_removals_it_has_forgotten(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, "apps"};
    struct store_watch *watch = NULL;
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        contract_make(fixture->stores[0], "apps", names[i]);
    check_ok("watch", store_watch(fixture->stores[0], &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, 5000, "ADDED a\nADDED b\nADDED c\nSYNCED \n");
    /* What another process would leave that removed very many at once: the
     * object, and the tombstones of it and of those before, are gone. */
    run_sql(fixture->dbs[1], "DELETE FROM object WHERE name = 'b';"
                             "UPDATE store_state SET version = version + 2000, "
                             "forgotten = version + 1000");
    contract_log_expect(log, 5000, "DELETED b\n");
    contract_make(fixture->stores[1], "apps", "d");
    contract_log_expect(log, 5000, "ADDED d\n");
    store_unwatch(fixture->stores[0], watch);
}

static void keeps_few_tombstones_and_no_secrets(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *secret =
        contract_object(API_SECRET, "apps", "login", "{'data':{'password':'aHVudGVyMg=='}}");
    strmap_set(&secret->meta.annotations, "copy", "aHVudGVyMg==");
    check_ok("create", store_create(fixture->stores[0], secret, NULL, &err), &err);
    check_int("remove", store_remove(fixture->stores[0], api_object_ref(secret), &err), 1);
    check_int("secret",
              ask(fixture->dbs[0], "SELECT count(*) FROM tombstone WHERE body LIKE '%aHVudGVyMg%'"),
              0);
    run_sql(fixture->dbs[0],
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
            " INSERT INTO tombstone SELECT i, 'Secret', 'apps', '{}' FROM n;"
            "UPDATE store_state SET version = 3000");
    contract_make(fixture->stores[0], "apps", "web");
    check_int(
        "remove",
        store_remove(fixture->stores[0], (struct api_ref){API_IMAGE_POLICY, "apps", "web"}, &err),
        1);
    check_int("kept", ask(fixture->dbs[0], "SELECT count(*) FROM tombstone"), WATCH_TOMBSTONES);
    check_int("forgotten",
              ask(fixture->dbs[0], "SELECT (SELECT forgotten FROM store_state) + 1 = "
                                   "(SELECT min(version) FROM tombstone)"),
              1);
}

static int count_event(void *arg, const struct api_event *event, struct err *err)
{
    (void)event;
    (void)err;
    ++*(int *)arg;
    return 0;
}

static void keeps_a_bounded_number_of_events(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->stores[0];
    struct err err;
    struct api_event event = {
        .object = {API_IMAGE_POLICY, "apps", "web"},
        .uid = "uid",
        .resource_version = "1",
        .type = API_EVENT_NORMAL,
        .reason = "Succeeded",
        .count = 1,
    };
    for (int i = 0; i < LOCAL_EVENTS_MAX + 200; i++) {
        CLEANUP(mem_freep) char *message = str_printf("event %d", i);
        event.message = message;
        check_ok(message, store_record_event(store, &event, &err), &err);
    }
    int count = 0;
    check_ok("list", store_list_events(store, NULL, count_event, &count, &err), &err);
    if (count < LOCAL_EVENTS_MAX || count > LOCAL_EVENTS_MAX + 100)
        fail_msg("%d events are kept, the cap is %d", count, LOCAL_EVENTS_MAX);
}

static int note_message(void *arg, const struct api_event *event, struct err *err)
{
    (void)err;
    buf_adds(arg, event->message);
    return event->count == 2 ? 0 : -1;
}

static void cuts_long_messages(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    CLEANUP(buf_finish) struct buf message = BUF_INIT(2 * LOCAL_EVENT_MESSAGE_MAX);
    CLEANUP(buf_finish) struct buf kept = BUF_INIT(2 * LOCAL_EVENT_MESSAGE_MAX);
    buf_adds(&message, "xx");
    while (message.len <= LOCAL_EVENT_MESSAGE_MAX)
        buf_adds(&message, "\xe2\x82\xac"); /* three bytes a rune */
    const struct api_event event = {
        .object = {API_IMAGE_POLICY, "apps", "web"},
        .uid = "uid",
        .resource_version = "1",
        .type = API_EVENT_NORMAL,
        .reason = "Succeeded",
        .message = buf_text(&message),
        .count = 1,
    };
    for (int i = 0; i < 2; i++) /* the second time is a repetition */
        check_ok("record", store_record_event(fixture->stores[0], &event, &err), &err);
    check_ok("list", store_list_events(fixture->stores[0], NULL, note_message, &kept, &err), &err);
    check_int("length", kept.len <= LOCAL_EVENT_MESSAGE_MAX, true);
    check_int("length", kept.len > LOCAL_EVENT_MESSAGE_MAX - 4, true);
    check_int("whole runes", (kept.len - 2 - 3) % 3, 0);
    check_text("end", buf_text(&kept) + kept.len - 6, "\xe2\x82\xac...");
}

static void refuses_objects_that_are_too_large(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(fixture->stores[0], "apps", "web");
    CLEANUP(mem_freep) char *large = mem_alloc(CHANGE_OBJECT_SIZE_MAX + 1);
    memset(large, 'x', CHANGE_OBJECT_SIZE_MAX);
    large[CHANGE_OBJECT_SIZE_MAX] = '\0';
    CLEANUP(json_freep) struct json *status = json_new_object();
    json_put_text(status, "note", large);
    check_fails("too large", store_patch_status(fixture->stores[0], object, status, NULL, &err),
                &err, ERR_INVALID,
                "ImagePolicy apps/web is larger than the limit of 1572864 bytes");
    large[CHANGE_OBJECT_SIZE_MAX - 1000] = '\0';
    json_put_text(status, "note", large);
    check_int("just fits", store_patch_status(fixture->stores[0], object, status, NULL, &err), 1);
    large[CHANGE_OBJECT_SIZE_MAX - 1000] = 'x';
}

/* Trouble. */

/* Rules may become stricter; what older versions stored can still be changed
 * in its other parts, and removed. */
static void lets_go_what_is_no_longer_valid(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture->stores[0];
    const struct api_ref ref = {API_IMAGE_POLICY, "apps", "web"};
    struct err err;
    CLEANUP(json_freep) struct json *hold = contract_json("{'metadata':{'finalizers':['a/b']}}");
    CLEANUP(json_freep) struct json *free_it = contract_json("{'metadata':{'finalizers':[]}}");
    CLEANUP(json_freep) struct json *change = contract_json("{'spec':{'suspend':true}}");
    contract_make(store, "apps", "web");
    run_sql(fixture->dbs[0], "UPDATE object SET body = replace(body, '\"range\"', '\"ranje\"')");
    check_int("metadata", store_patch(store, ref, hold, NULL, &err), 1);
    check_int("spec", store_patch(store, ref, change, NULL, &err), -1);
    check_text("spec", err_class_name(err.class), "invalid");
    check_int("remove", store_remove(store, ref, &err), 1);
    check_int("finalizer", store_patch(store, ref, free_it, NULL, &err), 1);
    check_int("gone", store_remove(store, ref, &err), 0);
}

static void tells_damaged_objects(void **state)
{
    struct fixture *fixture = *state;
    struct err err;
    contract_make(fixture->stores[0], "apps", "web");
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, "apps"};
    struct store_watch *watch = NULL;
    struct api_object *object = NULL;
    run_sql(fixture->dbs[0], "UPDATE object SET body = substr(body, 1, 100)");
    check_int("get",
              store_get(fixture->stores[0], (struct api_ref){API_IMAGE_POLICY, "apps", "web"},
                        &object, &err),
              -1);
    check_text("class", err_class_name(err.class), "internal");
    check_ok("watch", store_watch(fixture->stores[0], &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, 5000, "ERROR internal\n");
    /* Once it can be read again, the watch goes on by itself. */
    run_sql(fixture->dbs[0], "DELETE FROM object");
    contract_log_expect(log, 5000, "SYNCED \n");
    store_unwatch(fixture->stores[0], watch);
}

static void keeps_objects_across_restarts(void **state)
{
    struct place *place = *state;
    struct db *db = NULL;
    struct err err;
    struct store *store = open_store(place->path, &db);
    CLEANUP(api_object_freep) struct api_object *object = contract_create(store, "apps", "web");
    store_free(store);
    db_close(db);
    store = open_store(place->path, &db);
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    check_int("get", store_get(store, api_object_ref(object), &found, &err), 1);
    check_text("uid", found->meta.uid, object->meta.uid);
    check_text("version", found->meta.resource_version, object->meta.resource_version);
    check_int("created", found->meta.created_ns, object->meta.created_ns);
    store_free(store);
    db_close(db);
}

#define sqlite_test(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT(set_up, tear_down),
        place_test(processes_lose_no_update),
        place_test(watches_other_processes),
        place_test(survives_being_killed),
        sqlite_test(tells_removals_it_has_forgotten),
        sqlite_test(keeps_few_tombstones_and_no_secrets),
        sqlite_test(keeps_a_bounded_number_of_events),
        sqlite_test(cuts_long_messages),
        sqlite_test(refuses_objects_that_are_too_large),
        sqlite_test(lets_go_what_is_no_longer_valid),
        sqlite_test(tells_damaged_objects),
        place_test(keeps_objects_across_restarts),
    };
    return test_main("store_sqlite", tests);
}
