/* What a watch tells, for every state of what it knows and everything that can
 * come. */
#include "test.h"

#include <malloc.h>

#include "base/buf.h"
#include "base/str.h"
#include "kube/list.h"
#include "kube/watch_table.h"

static void note(void *arg, enum kube_change change, const struct json *object)
{
    static const char *const names[] = {
        [KUBE_ADDED] = "ADDED",
        [KUBE_MODIFIED] = "MODIFIED",
        [KUBE_DELETED] = "DELETED",
        [KUBE_SYNCED] = "SYNCED",
    };
    const struct json *meta = json_member(object, "metadata");
    buf_addf(arg, "%s", names[change]);
    if (object)
        buf_addf(arg, " %s/%s %s", json_member_text(meta, "namespace"),
                 json_member_text(meta, "name"), json_member_text(meta, "uid"));
    if (json_member(meta, "resourceVersion"))
        buf_addf(arg, " %s", json_member_text(meta, "resourceVersion"));
    if (json_member(meta, "managedFields"))
        buf_adds(arg, " managed");
    buf_adds(arg, ". ");
}

static char *object_text(const char *name, const char *uid, const char *version)
{
    return str_printf("{\"metadata\":{\"namespace\":\"apps\",\"name\":\"%s\",\"uid\":\"%s\","
                      "\"resourceVersion\":\"%s\",\"managedFields\":[{}]}}",
                      name, uid, version);
}

/* Feeds one event; an object of "" stands for none. */
static int feed(struct watch_table *table, const char *type, const char *name, const char *uid,
                const char *version, enum watch_table_verdict *ret, struct err *err)
{
    CLEANUP(mem_freep) char *object = object_text(name, uid, version);
    CLEANUP(mem_freep)
    char *line = str_printf("{\"type\":\"%s\",\"object\":%s}", type, object);
    return watch_table_event(table, span_of(line), ret, err);
}

static void list(struct watch_table *table, const char *name, const char *uid, const char *version)
{
    CLEANUP(mem_freep) char *text = object_text(name, uid, version);
    CLEANUP(json_freep) struct json *object = NULL;
    struct err err;
    check_ok(text, json_parse(span_of(text), &object, &err), &err);
    json_remove(json_member_mut(object, "metadata"), "managedFields");
    check_ok(text, watch_table_list_object(table, object, &err), &err);
}

static void tells_each_change_once(void **state)
{
    (void)state;
    /* The table knows a (uid 1, version 10) and nothing else. */
    static const struct {
        const char *type, *name, *uid, *version;
        const char *told;
    } rows[] = {
        {"ADDED", "b", "2", "11", "ADDED apps/b 2 11. "},
        {"MODIFIED", "b", "2", "11", "ADDED apps/b 2 11. "},
        {"DELETED", "b", "2", "11", ""},
        {"ADDED", "a", "1", "10", ""},
        {"MODIFIED", "a", "1", "10", ""},
        {"ADDED", "a", "1", "11", "MODIFIED apps/a 1 11. "},
        {"MODIFIED", "a", "1", "11", "MODIFIED apps/a 1 11. "},
        {"DELETED", "a", "1", "11", "DELETED apps/a 1 11. "},
        {"ADDED", "a", "2", "11", "DELETED apps/a 1. ADDED apps/a 2 11. "},
        {"MODIFIED", "a", "2", "11", "DELETED apps/a 1. ADDED apps/a 2 11. "},
        {"DELETED", "a", "2", "11", ""},
        {"BOOKMARK", "", "", "11", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf told = BUF_INIT(10000);
        const struct kube_watcher watcher = {.on_change = note, .arg = &told};
        CLEANUP(watch_table_freep)
        struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
        CLEANUP(mem_freep)
        char *row = str_printf("%s %s %s", rows[i].type, rows[i].name, rows[i].uid);
        enum watch_table_verdict verdict;
        struct err err;
        check_text(row, watch_table_version(table), "");
        watch_table_list_begin(table);
        list(table, "a", "1", "10");
        watch_table_list_end(table, "10");
        check_text(row, buf_text(&told), "ADDED apps/a 1 10. SYNCED. ");
        buf_clear(&told);
        check_ok(
            row,
            feed(table, rows[i].type, rows[i].name, rows[i].uid, rows[i].version, &verdict, &err),
            &err);
        check_int(row, verdict, WATCH_TABLE_GO_ON);
        check_text(row, buf_text(&told), rows[i].told);
        check_text(row, watch_table_version(table), rows[i].version);
    }
}

static void tells_what_changed_in_a_gap(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf told = BUF_INIT(10000);
    const struct kube_watcher watcher = {.on_change = note, .arg = &told};
    CLEANUP(watch_table_freep) struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
    watch_table_list_begin(table);
    list(table, "changed", "1", "10");
    list(table, "gone", "2", "11");
    list(table, "replaced", "3", "12");
    list(table, "same", "4", "13");
    watch_table_list_end(table, "13");
    buf_clear(&told);
    /* A list that breaks off says nothing of what it did not come to. */
    watch_table_list_begin(table);
    list(table, "changed", "1", "20");
    check_text("broken off", buf_text(&told), "MODIFIED apps/changed 1 20. ");
    check_text("broken off", watch_table_version(table), "13");
    buf_clear(&told);
    watch_table_list_begin(table);
    list(table, "changed", "1", "20");
    list(table, "new", "5", "21");
    list(table, "replaced", "6", "22");
    list(table, "same", "4", "13");
    watch_table_list_end(table, "30");
    check_text("whole", buf_text(&told),
               "ADDED apps/new 5 21. DELETED apps/replaced 3. ADDED apps/replaced 6 22. "
               "DELETED apps/gone 2. ");
    check_text("whole", watch_table_version(table), "30");
    buf_clear(&told);
    watch_table_list_begin(table);
    watch_table_list_end(table, "31");
    check_text("emptied", buf_text(&told),
               "DELETED apps/changed 1. DELETED apps/new 5. DELETED apps/replaced 6. "
               "DELETED apps/same 4. ");
}

static void judges_what_the_server_says(void **state)
{
    (void)state;
#define META(more) "{\"type\":\"ADDED\",\"object\":{\"metadata\":{" more "}}}"
    static const struct {
        const char *line;
        int answer;
        enum watch_table_verdict verdict;
        const char *error;
    } rows[] = {
        {"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\"}"
         "}",
         0, WATCH_TABLE_EXPIRED, NULL},
        {"{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"etcd is away\"}}", -1, 0,
         "the server ended the watch: etcd is away"},
        {"{\"type\":\"ERROR\"}", -1, 0, "the server ended the watch: it does not say why"},
        {"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}", -1, 0,
         "the server sent a bookmark without resourceVersion"},
        {"{\"type\":\"OTHER\",\"object\":{}}", -1, 0,
         "the server sent an event of an unknown type"},
        {"{}", -1, 0, "the server sent an event of an unknown type"},
        {META("\"name\":\"a\",\"uid\":\"1\""), -1, 0,
         "the server sent an object without name, uid and resourceVersion"},
        {META("\"name\":\"a\",\"resourceVersion\":\"1\""), -1, 0,
         "the server sent an object without name, uid and resourceVersion"},
        {META("\"uid\":\"1\",\"resourceVersion\":\"1\""), -1, 0,
         "the server sent an object without name, uid and resourceVersion"},
        {META("\"name\":\"a/b\",\"uid\":\"1\",\"resourceVersion\":\"1\""), -1, 0,
         "the server sent an object without name, uid and resourceVersion"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf told = BUF_INIT(10000);
        const struct kube_watcher watcher = {.on_change = note, .arg = &told};
        CLEANUP(watch_table_freep)
        struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
        enum watch_table_verdict verdict = WATCH_TABLE_GO_ON;
        struct err err = {0};
        int answer = watch_table_event(table, span_of(rows[i].line), &verdict, &err);
        check_int(rows[i].line, answer, rows[i].answer);
        if (answer != 0) {
            check_text(rows[i].line, err.text, rows[i].error);
            check_text(rows[i].line, err_class_name(err.class), "unavailable");
        } else {
            check_int(rows[i].line, verdict, rows[i].verdict);
        }
        check_text(rows[i].line, buf_text(&told), "");
        check_text(rows[i].line, watch_table_version(table), "");
    }
}

static void limits_names(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf told = BUF_INIT(10000);
    const struct kube_watcher watcher = {.on_change = note, .arg = &told};
    CLEANUP(watch_table_freep) struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
    static const char prefix[] = "apps/";
    char name[WATCH_TABLE_TEXT_MAX + 2] = "";
    enum watch_table_verdict verdict;
    struct err err;
    memset(name, 'a', WATCH_TABLE_TEXT_MAX - strlen(prefix));
    check_ok("at the limit", feed(table, "ADDED", name, "1", "1", &verdict, &err), &err);
    strcat(name, "a");
    check_int("above it", feed(table, "ADDED", name, "1", "1", &verdict, &err), -1);
}

static void count(void *arg, enum kube_change change, const struct json *object)
{
    (void)change, (void)object;
    ++*(size_t *)arg;
}

static void is_small(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    size_t told = 0;
    const struct kube_watcher watcher = {.on_change = count, .arg = &told};
    CLEANUP(watch_table_freep) struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
    size_t before = mallinfo2().uordblks;
    watch_table_list_begin(table);
    for (int i = 0; i < COUNT; i++) {
        CLEANUP(mem_freep) char *name = str_printf("podinfo-production-%04d", i);
        list(table, name, "0f14d0ab-9605-4a62-a9e4-5ed26688389b", "123456789");
    }
    watch_table_list_end(table, "1");
    check_int("all and the end", told, COUNT + 1);
    /* The heap's own part included; a sanitizer's heap counts nothing. */
    size_t each = (mallinfo2().uordblks - before) / COUNT;
    if (each > 130)
        fail_msg("each object takes %zu bytes", each);
}

static void limits_objects(void **state)
{
    (void)state;
    static const char many[] = "there are more than 2 objects, which is too many to follow: let "
                               "tidemark watch a part of them, by namespace or label";
    CLEANUP(buf_finish) struct buf told = BUF_INIT(10000);
    const struct kube_watcher watcher = {.on_change = note, .arg = &told};
    CLEANUP(watch_table_freep) struct watch_table *table = watch_table_new(&watcher, 2);
    enum watch_table_verdict verdict;
    struct err err;
    watch_table_list_begin(table);
    list(table, "a", "1", "10");
    watch_table_list_end(table, "10");
    check_ok("b", feed(table, "ADDED", "b", "2", "11", &verdict, &err), &err);
    buf_clear(&told);
    check_fails("c", feed(table, "ADDED", "c", "3", "12", &verdict, &err), &err, ERR_INVALID, many);
    check_text("it is to come again", watch_table_version(table), "11");
    check_ok("known", feed(table, "MODIFIED", "a", "1", "13", &verdict, &err), &err);
    check_ok("another uid", feed(table, "ADDED", "b", "4", "14", &verdict, &err), &err);
    check_ok("less", feed(table, "DELETED", "b", "4", "15", &verdict, &err), &err);
    check_ok("place", feed(table, "ADDED", "c", "3", "16", &verdict, &err), &err);
    check_text("told", buf_text(&told),
               "MODIFIED apps/a 1 13. DELETED apps/b 2. ADDED apps/b 4 14. DELETED apps/b 4 15. "
               "ADDED apps/c 3 16. ");

    /* A list in which nothing is as it was needs the place of both. */
    watch_table_list_begin(table);
    list(table, "d", "5", "17");
    list(table, "e", "6", "18");
    CLEANUP(json_freep) struct json *object = NULL;
    CLEANUP(mem_freep) char *text = object_text("f", "7", "19");
    check_ok(text, json_parse(span_of(text), &object, &err), &err);
    check_fails("f", watch_table_list_object(table, object, &err), &err, ERR_INVALID, many);
    buf_clear(&told);
    watch_table_list_end(table, "18");
    check_text("end", buf_text(&told), "DELETED apps/a 1. DELETED apps/c 3. ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_change_once),
        cmocka_unit_test(tells_what_changed_in_a_gap),
        cmocka_unit_test(judges_what_the_server_says),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(limits_objects),
        cmocka_unit_test(is_small),
    };
    return test_main("watch_table", tests);
}
