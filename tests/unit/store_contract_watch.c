/* What comes from others: lost races, watches and events. */
#include "store_contract.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/str.h"

enum {
    PATIENCE_MS = 5000,
    WRITERS = 4,
    WRITES = 25,
};

/* Lost races. */

struct writer {
    struct store *store;
    struct api_ref ref;
    char name[16];
    char failure[ERR_TEXT_SIZE];
};

/* Adds one label after the other by reading, changing and updating, again and
 * again until nobody was faster. */
static void *write_labels(void *arg)
{
    struct writer *writer = arg;
    for (int i = 0; i < WRITES;) {
        CLEANUP(api_object_freep) struct api_object *object = NULL;
        CLEANUP(mem_freep) char *label = str_printf("%s-%d", writer->name, i);
        struct err err = {.text = "it is gone"};
        int answer = store_get(writer->store, writer->ref, &object, &err);
        if (answer == 1) {
            strmap_set(&object->meta.labels, label, "x");
            answer = store_update(writer->store, object, NULL, &err);
        }
        if (answer == 1) {
            i++;
        } else if (answer == 0 || err.class != ERR_CONFLICT) {
            snprintf(writer->failure, sizeof(writer->failure), "%s", err.text);
            break;
        }
    }
    return NULL;
}

void contract_loses_no_update(void **state)
{
    const struct store_contract *c = *state;
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(c->store, c->namespace, "web");
    for (int i = 0; i < WRITERS; i++) {
        writers[i].store = c->other && i % 2 ? c->other : c->store;
        writers[i].ref = api_object_ref(object);
        snprintf(writers[i].name, sizeof(writers[i].name), "w%d", i);
        writers[i].failure[0] = '\0';
        assert_int_equal(pthread_create(&threads[i], NULL, write_labels, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < WRITERS; i++)
        check_text(writers[i].name, writers[i].failure, "");
    CLEANUP(api_object_freep)
    struct api_object *found = contract_get(c->store, api_object_ref(object));
    check_int("labels", found->meta.labels.len, WRITERS * WRITES);
}

/* Watches. */

struct contract_log {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct buf text;
};

struct contract_log *contract_log_new(void)
{
    struct contract_log *log = mem_zalloc(sizeof(*log));
    pthread_mutex_init(&log->lock, NULL);
    pthread_cond_init(&log->changed, NULL);
    buf_init(&log->text, 1024 * 1024);
    return log;
}

void contract_log_free(struct contract_log *log)
{
    if (!log)
        return;
    buf_finish(&log->text);
    pthread_cond_destroy(&log->changed);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

static void log_change(void *arg, enum store_change change, const struct api_object *object)
{
    static const char *const names[] = {
        [STORE_ADDED] = "ADDED",
        [STORE_MODIFIED] = "MODIFIED",
        [STORE_DELETED] = "DELETED",
        [STORE_SYNCED] = "SYNCED",
    };
    struct contract_log *log = arg;
    pthread_mutex_lock(&log->lock);
    buf_addf(&log->text, "%s %s\n", names[change], object ? object->meta.name : "");
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
}

static void log_error(void *arg, const struct err *err)
{
    struct contract_log *log = arg;
    pthread_mutex_lock(&log->lock);
    buf_addf(&log->text, "ERROR %s\n", err_class_name(err->class));
    pthread_cond_broadcast(&log->changed);
    pthread_mutex_unlock(&log->lock);
}

struct store_watcher contract_watcher(struct contract_log *log)
{
    return (struct store_watcher){log_change, log_error, log};
}

void contract_log_expect(struct contract_log *log, int timeout_ms, const char *want)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * CLOCK_NS_PER_MS;
    until.tv_sec += until.tv_nsec / CLOCK_NS_PER_S;
    until.tv_nsec %= CLOCK_NS_PER_S;
    pthread_mutex_lock(&log->lock);
    int answer = 0;
    while (answer == 0 && log->text.len < strlen(want))
        answer = pthread_cond_timedwait(&log->changed, &log->lock, &until);
    CLEANUP(mem_freep) char *got = buf_take(&log->text);
    pthread_mutex_unlock(&log->lock);
    check_text("told by the watch", got, want);
}

void contract_watches_changes(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, c->namespace};
    struct store_watch *watch = NULL;
    check_ok("watch", store_watch(c->store, &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, PATIENCE_MS, "SYNCED \n");

    /* Neither of these is what is asked for. */
    contract_make(c->store, c->other_namespace, "elsewhere");
    CLEANUP(api_object_freep)
    struct api_object *other_kind =
        contract_object(API_IMAGE_REPOSITORY, c->namespace, "repository",
                        "{'image':'ghcr.io/org/app','interval':'1m'}");
    check_ok("other kind", store_create(c->store, other_kind, NULL, &err), &err);

    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(c->store, c->namespace, "web");
    struct api_ref ref = api_object_ref(object);
    contract_log_expect(log, PATIENCE_MS, "ADDED web\n");
    CLEANUP(json_freep)
    struct json *patch = contract_json("{'metadata':{'finalizers':['example.org/x']}}");
    check_int("patch", store_patch(c->store, ref, patch, NULL, &err), 1);
    contract_log_expect(log, PATIENCE_MS, "MODIFIED web\n");
    CLEANUP(json_freep) struct json *status = contract_json("{'observedGeneration':1}");
    check_int("status", store_patch_status(c->store, object, status, NULL, &err), 1);
    contract_log_expect(log, PATIENCE_MS, "MODIFIED web\n");
    check_int("mark", store_remove(c->store, ref, &err), 1);
    contract_log_expect(log, PATIENCE_MS, "MODIFIED web\n");
    CLEANUP(json_freep) struct json *none = contract_json("{'metadata':{'finalizers':[]}}");
    check_int("remove", store_patch(c->store, ref, none, NULL, &err), 1);
    contract_log_expect(log, PATIENCE_MS, "DELETED web\n");
    contract_make(c->store, c->namespace, "web");
    contract_log_expect(log, PATIENCE_MS, "ADDED web\n");

    /* After the end of the watch nothing is told. */
    store_unwatch(c->store, watch);
    check_int("remove", store_remove(c->store, ref, &err), 1);
    contract_log_expect(log, 0, "");
}

void contract_watches_what_was_there(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    for (int i = 0; i < 100; i++) {
        CLEANUP(mem_freep) char *name = str_printf("p%02d", i);
        CLEANUP(api_object_freep)
        struct api_object *object = contract_create(c->store, c->namespace, name);
        if (i % 10 == 9)
            check_int("remove", store_remove(c->store, api_object_ref(object), &err), 1);
    }
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    CLEANUP(buf_finish) struct buf want = BUF_INIT(10000);
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, c->namespace};
    struct store_watch *watch = NULL;
    check_ok("watch", store_watch(c->store, &query, &watcher, &watch, &err), &err);
    for (int i = 0; i < 100; i++) {
        if (i % 10 != 9)
            buf_addf(&want, "ADDED p%02d\n", i);
    }
    buf_adds(&want, "SYNCED \n");
    contract_log_expect(log, PATIENCE_MS, buf_text(&want));
    store_unwatch(c->store, watch);
}

void contract_watches_others(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    if (!c->other)
        return;
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, NULL};
    struct store_watch *watch = NULL;
    check_ok("watch", store_watch(c->store, &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, PATIENCE_MS, "SYNCED \n");
    for (int i = 0; i < 3; i++) {
        CLEANUP(api_object_freep)
        struct api_object *object = contract_create(c->other, c->namespace, "web");
        contract_log_expect(log, PATIENCE_MS, "ADDED web\n");
        check_int("remove", store_remove(c->other, api_object_ref(object), &err), 1);
        contract_log_expect(log, PATIENCE_MS, "DELETED web\n");
    }
    store_unwatch(c->store, watch);
}

/* Events. */

static int note_event(void *arg, const struct api_event *event, struct err *err)
{
    (void)err;
    buf_addf(arg, "%s %s %s %s %s x%d %d..%d%s\n", api_kind_info(event->object.kind)->name,
             event->object.name, event->type, event->reason, event->message, (int)event->count,
             (int)(event->first_ns / CLOCK_NS_PER_S), (int)(event->last_ns / CLOCK_NS_PER_S),
             event->annotations && strmap_get(event->annotations, "note") ? " noted" : "");
    return 0;
}

void contract_records_events(void **state)
{
    const struct store_contract *c = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *web = contract_create(c->store, c->namespace, "web");
    CLEANUP(api_object_freep)
    struct api_object *api = contract_create(c->store, c->other_namespace, "api");
    CLEANUP(strmap_finish) struct strmap notes = STRMAP_INIT;
    strmap_set(&notes, "note", "x");
    const struct {
        const struct api_object *object;
        const char *type;
        const char *reason;
        const char *message;
        const struct strmap *annotations;
    } rows[] = {
        {web, API_EVENT_NORMAL, "Succeeded", "one", NULL},
        {api, API_EVENT_WARNING, "Failed", "two\nlines", &notes},
        {web, API_EVENT_NORMAL, "Succeeded", "one", NULL}, /* again, though api's came between */
        {web, API_EVENT_NORMAL, "Succeeded", "two", NULL},
        {web, API_EVENT_NORMAL, "Succeeded", "one", NULL}, /* the last but one */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const int64_t at_ns = (1700000000 + (int64_t)i) * CLOCK_NS_PER_S;
        const struct api_event event = {
            .object = api_object_ref(rows[i].object),
            .uid = rows[i].object->meta.uid,
            .resource_version = rows[i].object->meta.resource_version,
            .type = rows[i].type,
            .reason = rows[i].reason,
            .message = rows[i].message,
            .annotations = rows[i].annotations,
            .first_ns = at_ns,
            .last_ns = at_ns,
            .count = 1,
        };
        check_ok(rows[i].message, store_record_event(c->store, &event, &err), &err);
    }
#define WEB "ImagePolicy web Normal Succeeded "
    const char *web_events = c->remembers_events ? WEB "two x1 1700000003..1700000003\n" WEB
                                                       "one x3 1700000000..1700000004\n"
                                                 : WEB "one x2 1700000000..1700000002\n" WEB
                                                       "two x1 1700000003..1700000003\n" WEB
                                                       "one x1 1700000004..1700000004\n";
    static const char api_events[] =
        "ImagePolicy api Warning Failed two\nlines x1 1700000001..1700000001 noted\n";
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
    check_ok("web", store_list_events(c->store, c->namespace, note_event, &text, &err), &err);
    check_text("web", buf_text(&text), web_events);
    buf_clear(&text);
    check_ok("api", store_list_events(c->store, c->other_namespace, note_event, &text, &err), &err);
    check_text("api", buf_text(&text), api_events);
}
