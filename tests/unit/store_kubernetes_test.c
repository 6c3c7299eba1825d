/* The Kubernetes store on a server of canned answers: what a real one does not
 * do on demand. The contract of all stores is held in tests/kube. */
#include "test.h"

#include "kube_talk.h"
#include "place.h"

#include "store/kubernetes.h"

/* A Lease that is lost after so many questions. */
struct leader {
    int asked;
    int yes;          /* how often it holds */
    int64_t asked_ns; /* the last time; monotonic */
};

static bool holds(void *arg)
{
    struct leader *leader = arg;
    leader->asked_ns = clock_monotonic_ns(clock_system());
    return leader->asked++ < leader->yes;
}

static struct store *new_store(struct kube_client *client, struct leader *leader)
{
    return store_kubernetes_new(&(struct store_kubernetes_config){
        .client = client, .clock = clock_system(), .may_write = holds, .arg = leader});
}

static const struct api_ref login = {API_SECRET, "apps", "login"};

#define BUSY(code) WIRE_ANSWER(ANSWER(code " X", "Retry-After: 0\r\n", "0", ""))

static void asks_before_each_sending(void **state)
{
    const struct place *place = *state;
    static const struct {
        struct wire_step steps[3];
        int yes;
        int requests; /* that reach the server */
    } rows[] = {
        {{OBJECT, WIRE_END}, 0, 0},
        {{BUSY("429"), OBJECT, WIRE_END}, 1, 1},
        {{BUSY("503"), BUSY("429"), WIRE_END}, 2, 2},
        {{WIRE_ANSWER(ANSWER("401 X", "", "0", "")), OBJECT, WIRE_END}, 1, 1},
    };
    CLEANUP(mem_freep) char *user = str_printf("tokenFile: %s", place->path);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *row = str_printf("row %zu", i);
        struct talk talk;
        struct leader leader = {.yes = rows[i].yes};
        check_ok(row, file_write_atomic(place->path, SPAN_LITERAL("token"), 0600, &talk.err),
                 &talk.err);
        talk_start(&talk, rows[i].steps, user);
        struct store *store = new_store(talk.client, &leader);
        check_fails(row, store_remove(store, login, &talk.err), &talk.err, ERR_CONFLICT,
                    "this replica is not the leader, and must not write");
        check_int(row, leader.asked, rows[i].yes + 1);
        check_int(row, count_requests(&talk), rows[i].requests);
        store_free(store);
        talk_stop(&talk);
    }
}

/* Who waits for the rate's turn is asked when it comes. */
static void asks_when_its_turn_comes(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {OBJECT, OBJECT, WIRE_END};
    struct talk talk;
    struct leader leader = {.yes = 1};
    talk_start(&talk, steps, "");
    const struct kube_client_options slow = {
        .config = talk.config, .http = talk.http, .clock = clock_system(), .qps = 5, .burst = 1};
    struct kube_client *client = kube_client_new(&slow);
    struct store *store = new_store(client, &leader);
    int64_t began_ns = clock_monotonic_ns(clock_system());
    check_int("first", store_remove(store, login, &talk.err), 1);
    check_int("second", store_remove(store, login, &talk.err), -1);
    check_int("class", talk.err.class, ERR_CONFLICT);
    check_int("after the wait", leader.asked_ns - began_ns >= 190 * CLOCK_NS_PER_MS, true);
    store_free(store);
    kube_client_free(client);
    talk_stop(&talk);
}

#define META(name, labels)                                                                         \
    "{\"metadata\":{\"namespace\":\"apps\",\"name\":\"" name "\",\"uid\":\"" name                  \
    "\",\"resourceVersion\":\"1\",\"labels\":{" labels "}}}"
#define GOOD   META("good", "\"a\":\"b\"")
#define BAD    META("bad", "\"a\":1")
#define REASON "cannot read Secret 'apps/bad': metadata.labels.a must be a string. "

/* What is told, in order. */
struct told {
    pthread_mutex_t lock;
    struct buf text;
};

static void tell(struct told *told, const char *what)
{
    pthread_mutex_lock(&told->lock);
    buf_addf(&told->text, "%s. ", what);
    pthread_mutex_unlock(&told->lock);
}

static void tell_error(void *arg, const struct err *err)
{
    tell(arg, err->text);
}

static int tell_name(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    tell(arg, object->meta.name);
    return 0;
}

static void tell_change(void *arg, enum store_change change, const struct api_object *object)
{
    (void)change;
    tell(arg, object ? object->meta.name : "synced");
}

static void wait_for(struct told *told, const char *end)
{
    bool there = false;
    for (int i = 0; i < 500 && !there; i++) {
        deadline_sleep_ms(NULL, 20, NULL);
        pthread_mutex_lock(&told->lock);
        there = str_ends_with(buf_text(&told->text), end);
        pthread_mutex_unlock(&told->lock);
    }
}

/* One object that cannot be read spoils neither the list nor the watch. */
static void passes_over_what_it_cannot_read(void **state)
{
    (void)state;
    static const char items[] =
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[" BAD "," GOOD "]}";
    static const char event[] = "{\"type\":\"ADDED\",\"object\":" META("late", "") "}\n";
    CLEANUP(mem_freep)
    char *list =
        str_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(items), items);
    CLEANUP(mem_freep)
    char *stream = str_printf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n",
                              strlen(event), event);
    const struct wire_step steps[] = {
        WIRE_ANSWER(list), WIRE_ANSWER(list), {stream, WIRE_HANG}, WIRE_END};
    static const struct store_query query = {API_SECRET, NULL};
    struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER, .text = BUF_INIT(4096)};
    struct talk talk;
    struct store_watch *watch = NULL;
    talk_start(&talk, steps, "");
    struct store *store = store_kubernetes_new(&(struct store_kubernetes_config){
        .client = talk.client, .clock = clock_system(), .on_unreadable = tell_error, .arg = &told});
    check_ok("list", store_list(store, &query, tell_name, &told, &talk.err), &talk.err);
    check_text("list", buf_text(&told.text), REASON "good. ");

    buf_clear(&told.text);
    const struct store_watcher watcher = {tell_change, tell_error, &told};
    check_ok("watch", store_watch(store, &query, &watcher, &watch, &talk.err), &talk.err);
    wait_for(&told, "late. ");
    store_unwatch(store, watch);
    check_text("watch", buf_text(&told.text), REASON "good. synced. late. ");
    buf_finish(&told.text);
    store_free(store);
    talk_stop(&talk);
}

/* That a list is too old at once happens; that it always is, somebody must hear. */
static void tells_of_lists_that_cannot_be_watched(void **state)
{
    (void)state;
#define LIST    ANSWER("200 OK", "", "47", "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":[]}")
#define EXPIRED ANSWER("410 Gone", "", "0", "")
    static const char event[] = "HTTP/1.1 200 OK\r\nContent-Length: "
                                "43\r\n\r\n{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n";
    static const struct wire_step steps[] = {
        WIRE_ANSWER(LIST), WIRE_ANSWER(EXPIRED), WIRE_ANSWER(LIST), WIRE_ANSWER(event),
        WIRE_ANSWER(LIST), WIRE_ANSWER(EXPIRED), WIRE_END};
    static const struct store_query query = {API_SECRET, NULL};
    struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER, .text = BUF_INIT(4096)};
    struct talk talk;
    struct store_watch *watch = NULL;
    talk_start(&talk, steps, "");
    struct store *store = store_kubernetes_new(
        &(struct store_kubernetes_config){.client = talk.client, .clock = clock_system()});
    const struct store_watcher watcher = {tell_change, tell_error, &told};
    check_ok("watch", store_watch(store, &query, &watcher, &watch, &talk.err), &talk.err);
    wait_for(&told, "watched. ");
    check_int("requests", count_requests(&talk), 6);
    store_unwatch(store, watch);
    check_text("told", buf_text(&told.text),
               "synced. the list of secrets expires before it can be watched. ");
    buf_finish(&told.text);
    store_free(store);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(asks_before_each_sending),
        cmocka_unit_test(asks_when_its_turn_comes),
        cmocka_unit_test(passes_over_what_it_cannot_read),
        cmocka_unit_test(tells_of_lists_that_cannot_be_watched),
    };
    return test_main("store_kubernetes", tests);
}
