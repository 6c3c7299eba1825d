/* Watches on a real API server while everything breaks: connections are cut,
 * the server restarts, and etcd forgets. Nothing may be lost or told twice. */
#include "lab.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/strmap.h"
#include "kube/watch.h"

enum {
    NAMES = 400, /* objects that come and go */
    WRITERS = 3,
    ROUNDS = 5, /* of trouble */
    ROUND_MS = 1500,
    PATIENCE_MS = 60000, /* back-off included */
};

static const struct kube_query all_of_apps = {
    .resource = {"", "v1", "configmaps", true},
    .namespace = "apps",
};

/* What a watcher knows, and what it found wrong. */
struct mirror {
    pthread_mutex_t lock;
    struct strmap uids;     /* by name */
    struct strmap versions; /* by name */
    bool synced;
    int lost; /* DELETED with no more than names */
    int errors;
    int told;
    struct buf faults;
};

static void blame(struct mirror *mirror, const char *fault, const char *name)
{
    buf_addf(&mirror->faults, "%s %s\n", fault, name);
}

static void note(void *arg, enum kube_change change, const struct json *object)
{
    struct mirror *mirror = arg;
    const struct json *meta = json_member(object, "metadata");
    const char *name = json_member_text(meta, "name");
    const char *uid = json_member_text(meta, "uid");
    const char *version = json_member_text(meta, "resourceVersion");
    pthread_mutex_lock(&mirror->lock);
    const char *known = name ? strmap_get(&mirror->uids, name) : NULL;
    mirror->told++;
    if (json_member(meta, "managedFields"))
        blame(mirror, "not trimmed:", name);
    if (change == KUBE_SYNCED) {
        if (mirror->synced)
            blame(mirror, "synced twice", "");
        mirror->synced = true;
    } else if (change == KUBE_DELETED) {
        if (!known || !str_equal(known, uid))
            blame(mirror, "deleted, but not known:", name);
        mirror->lost += !version;
        strmap_remove(&mirror->uids, name);
        strmap_remove(&mirror->versions, name);
    } else {
        if (change == KUBE_ADDED && known)
            blame(mirror, "added, but known:", name);
        if (change == KUBE_MODIFIED && !str_equal(known, uid))
            blame(mirror, "modified, but not known:", name);
        const char *before = strmap_get(&mirror->versions, name);
        if (before && atoll(before) >= atoll(version))
            blame(mirror, "told again, or an older version:", name);
        strmap_set(&mirror->uids, name, uid);
        strmap_set(&mirror->versions, name, version);
    }
    pthread_mutex_unlock(&mirror->lock);
}

static void note_error(void *arg, const struct err *err)
{
    struct mirror *mirror = arg;
    pthread_mutex_lock(&mirror->lock);
    mirror->errors++;
    print_message("# told: %s: %s\n", err_class_name(err->class), err->text);
    pthread_mutex_unlock(&mirror->lock);
}

static void mirror_init(struct mirror *mirror)
{
    *mirror = (struct mirror){.faults = BUF_INIT(100000)};
    pthread_mutex_init(&mirror->lock, NULL);
}

static void mirror_finish(struct mirror *mirror)
{
    strmap_finish(&mirror->uids);
    strmap_finish(&mirror->versions);
    buf_finish(&mirror->faults);
    pthread_mutex_destroy(&mirror->lock);
}

/* Writers. */

struct writer {
    struct kube_client *kube;
    uint32_t seed;
    int first, step; /* the names that are its own */
    atomic_bool *ending;
    int writes;
};

static int send(struct kube_client *kube, const char *method, const char *name,
                const struct json *body)
{
    const struct deadline deadline = deadline_in(clock_system(), 2 * CLOCK_NS_PER_S, NULL);
    const struct kube_request request = {
        .method = method,
        .resource = all_of_apps.resource,
        .namespace = all_of_apps.namespace,
        .name = name,
        .body = body,
        .content_type = str_equal(method, "PATCH") ? KUBE_MERGE_PATCH : NULL,
    };
    return kube_perform(kube, &request, &deadline, NULL, NULL, NULL);
}

/* Creates, changes, removes, or removes and creates, at random. */
static void write_one(struct writer *writer)
{
    writer->seed = writer->seed * 1664525 + 1013904223;
    int number = writer->first + (int)(writer->seed >> 8) % (NAMES / writer->step) * writer->step;
    int what = (int)(writer->seed >> 28);
    CLEANUP(mem_freep) char *name = str_printf("c%03d", number);
    CLEANUP(mem_freep) char *value = str_printf("%u", writer->seed);
    CLEANUP(json_freep) struct json *body = json_new_object();
    json_put_text(json_ensure_object(body, "metadata"), "name", name);
    json_put_text(json_ensure_object(body, "data"), "value", value);
    if (what < 4)
        writer->writes += send(writer->kube, "DELETE", name, NULL) == 1;
    if (what >= 2 && what < 8)
        writer->writes += send(writer->kube, "POST", NULL, body) == 1;
    else if (what >= 8)
        writer->writes += send(writer->kube, "PATCH", name, body) == 1;
}

static void *run_writer(void *arg)
{
    struct writer *writer = arg;
    while (!atomic_load(writer->ending))
        write_one(writer);
    return NULL;
}

/* The end: what is there must be what was told. */

static int note_present(void *arg, const struct json *object, struct err *err)
{
    (void)err;
    const struct json *meta = json_member(object, "metadata");
    strmap_set(arg, json_member_text(meta, "name"), json_member_text(meta, "resourceVersion"));
    return 0;
}

static void expect_same(struct mirror *mirror, struct kube_client *kube)
{
    CLEANUP(strmap_finish) struct strmap present = STRMAP_INIT;
    struct err err;
    check_ok("list", kube_list(kube, &all_of_apps, note_present, &present, NULL, &err), &err);
    bool same = false;
    for (int waited_ms = 0; !same && waited_ms < PATIENCE_MS; waited_ms += 50) {
        deadline_sleep_ms(NULL, 50, NULL);
        pthread_mutex_lock(&mirror->lock);
        same = strmap_equal(&mirror->versions, &present);
        pthread_mutex_unlock(&mirror->lock);
    }
    pthread_mutex_lock(&mirror->lock);
    strmap_foreach (entry, &present) {
        if (!str_equal(strmap_get(&mirror->versions, entry->key), entry->value))
            blame(mirror, "lost:", entry->key);
    }
    check_text("faults", buf_text(&mirror->faults), "");
    check_int("objects", mirror->versions.len, present.len);
    print_message("# %zu objects, %d told, %d of them as lost, %d errors\n", present.len,
                  mirror->told, mirror->lost, mirror->errors);
    pthread_mutex_unlock(&mirror->lock);
}

/* Watches while the server is written to and TROUBLE strikes, each round. */
static void survive(void (*trouble)(struct lab_proxy *proxy, int round))
{
    struct err err;
    CLEANUP(lab_proxy_freep) struct lab_proxy *proxy = lab_proxy_new();
    CLEANUP(lab_client_freep) struct lab_client *direct = lab_client_new(NULL);
    CLEANUP(lab_client_freep) struct lab_client *cut = lab_client_new(lab_proxy_url(proxy));
    CLEANUP(mirror_finish) struct mirror mirror;
    const struct kube_watcher watcher = {note, note_error, &mirror};
    struct kube_watch *watch = NULL;
    atomic_bool ending = false;
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    int writes = 0;
    mirror_init(&mirror);
    check_ok("watch", kube_watch_new(cut->kube, &all_of_apps, &watcher, &watch, &err), &err);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){direct->kube, (uint32_t)i + 1, i, WRITERS, &ending, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, run_writer, &writers[i]), 0);
    }
    for (int round = 0; round < ROUNDS; round++) {
        deadline_sleep_ms(NULL, ROUND_MS, NULL);
        trouble(proxy, round);
    }
    atomic_store(&ending, true);
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        writes += writers[i].writes;
    }
    print_message("# %d writes\n", writes);
    expect_same(&mirror, direct->kube);
    int64_t began_ns = clock_monotonic_ns(clock_system());
    kube_watch_free(watch);
    int64_t took_ns = clock_monotonic_ns(clock_system()) - began_ns;
    check_int("ends at once", took_ns < CLOCK_NS_PER_S, true);
}

static void cut(struct lab_proxy *proxy, int round)
{
    (void)round;
    lab_proxy_cut(proxy);
}

static void survives_cuts(void **state)
{
    (void)state;
    survive(cut);
}

static void restart(struct lab_proxy *proxy, int round)
{
    (void)proxy;
    if (round % 2 == 0)
        lab_call("kube_lab_restart_apiserver");
}

static void survives_restarts(void **state)
{
    (void)state;
    survive(restart);
}

/* While the watch is away, etcd forgets where it was. */
static void forget(struct lab_proxy *proxy, int round)
{
    (void)round;
    lab_proxy_block(proxy, true);
    deadline_sleep_ms(NULL, 1000, NULL);
    lab_call("kube_lab_compact");
    lab_proxy_block(proxy, false);
}

static void survives_compaction(void **state)
{
    (void)state;
    survive(forget);
}

/* Lists. */

struct visitor {
    struct kube_client *kube;
    struct strmap seen; /* names, and how often */
    size_t count;
    bool disturbed;
    size_t strikes;
};

/* In the midst of the first page the state that is listed is forgotten. */
static int visit(void *arg, const struct json *object, struct err *err)
{
    (void)err;
    struct visitor *visitor = arg;
    const char *name = json_member_text(json_member(object, "metadata"), "name");
    strmap_set(&visitor->seen, name, strmap_get(&visitor->seen, name) ? "again" : "once");
    if (++visitor->count == 100 && visitor->disturbed) {
        CLEANUP(json_freep) struct json *body = json_new_object();
        CLEANUP(mem_freep) char *value = str_printf("%zu", visitor->strikes++);
        json_put_text(json_ensure_object(body, "data"), "value", value);
        check_int("change", send(visitor->kube, "PATCH", "list-000", body), 1);
        lab_call("kube_lab_compact");
    }
    return 0;
}

static void lists_what_expires(void **state)
{
    (void)state;
    enum { COUNT = 2 * KUBE_PAGE + 50 };
    struct err err;
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(NULL);
    const struct kube_query query = {
        .resource = all_of_apps.resource, .namespace = "apps", .label_selector = "test=list"};
    for (int i = 0; i < COUNT; i++) {
        CLEANUP(mem_freep) char *name = str_printf("list-%03d", i);
        CLEANUP(json_freep) struct json *body = json_new_object();
        struct json *meta = json_ensure_object(body, "metadata");
        json_put_text(meta, "name", name);
        json_put_text(json_ensure_object(meta, "labels"), "test", "list");
        check_int(name, send(client->kube, "POST", NULL, body), 1);
    }
    struct visitor visitor = {.kube = client->kube, .disturbed = true};
    check_ok("list", kube_list(client->kube, &query, visit, &visitor, NULL, &err), &err);
    check_int("count", visitor.seen.len, COUNT);
    strmap_foreach (entry, &visitor.seen) {
        check_text(entry->key, entry->value, "once");
    }
    CLEANUP(mem_freep) char *version = NULL;
    visitor.count = 0;
    check_int("one state",
              kube_list_once(client->kube, &query, visit, &visitor, NULL, &version, &err), 0);
    check_int("no more than a page", visitor.count, KUBE_PAGE);
    visitor.disturbed = false;
    visitor.count = 0;
    check_int("undisturbed",
              kube_list_once(client->kube, &query, visit, &visitor, NULL, &version, &err), 1);
    check_int("undisturbed", visitor.count, COUNT);
    strmap_finish(&visitor.seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_cuts),
        cmocka_unit_test(survives_restarts),
        cmocka_unit_test(survives_compaction),
        cmocka_unit_test(lists_what_expires),
    };
    return test_main("kube_watch", tests);
}
