/* What the engine remembers in the database: marker index, run state, history. */
#include "place.h"

#include "adapt/db.h"
#include "control/history.h"
#include "control/marker_index.h"
#include "control/run_state.h"

static struct git_oid oid(char digit)
{
    struct git_oid oid = GIT_OID_NONE;
    memset(oid.hex, digit, 40);
    return oid;
}

static struct db *open_db(const struct place *place)
{
    struct db *db = NULL;
    struct err err;
    must("open", db_open(place->path, &db, &err), &err);
    must("markers", marker_index_migrate(db, &err), &err);
    must("runs", run_state_migrate(db, &err), &err);
    must("history", history_migrate(db, &err), &err);
    return db;
}

static void run_sql(struct db *db, const char *sql)
{
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    must("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    must(sql, db_exec(&tx, sql, &err), &err);
    must("commit", db_commit(&tx, &err), &err);
}

static char *ask_text(struct db *db, const char *sql)
{
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    must("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    must(sql, db_prepare(&tx, sql, &stmt, &err), &err);
    check_int(sql, db_step(stmt, &err), 1);
    return str_dup(db_column_text(stmt, 0));
}

static void check_sql(struct db *db, const char *sql, const char *want)
{
    CLEANUP(mem_freep) char *got = ask_text(db, sql);
    check_text(sql, got, want);
}

/* The marker index. */

static void put(struct marker_index *index, const char *path, const char *mode, char digit)
{
    struct git_oid blob = oid(digit);
    struct err err;
    check_ok(path, marker_index_put(index, path, mode, &blob, &err), &err);
}

/* "commit: path mode blob, …" with the first digits of ids. */
static char *print(const struct marker_index *index)
{
    struct buf text = BUF_INIT(1000);
    buf_addf(&text, "%.1s:", git_oid_is_none(&index->commit) ? "-" : index->commit.hex);
    for (size_t i = 0; i < index->len; i++)
        buf_addf(&text, " %s %s %.1s", index->files[i].path, index->files[i].mode,
                 index->files[i].blob.hex);
    return buf_take(&text);
}

static void check_index(const char *row, const struct marker_index *index, const char *want)
{
    CLEANUP(mem_freep) char *got = print(index);
    check_text(row, got, want);
}

static void check_loaded(const char *row, struct db *db, const char *key, const char *want)
{
    CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
    struct err err;
    check_ok(row, marker_index_load(db, key, &index, &err), &err);
    check_index(row, &index, want);
}

static void save(struct db *db, const char *key, const struct marker_index *index)
{
    struct err err;
    check_ok("save", marker_index_save(db, key, index, &err), &err);
}

static void an_index_is_sorted_by_bytes(void **state)
{
    (void)state;
    CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
    put(&index, "b.yaml", "100644", '1');
    put(&index, "B.yaml", "100644", '2');
    put(&index, "a/z.yaml", "100644", '3');
    put(&index, "\xc3\xa9.yaml", "100644", '4');
    put(&index, "a.yaml", "100644", '5');
    check_index("sorted", &index,
                "-: B.yaml 100644 2 a.yaml 100644 5 a/z.yaml 100644 3 b.yaml 100644 1 "
                "\xc3\xa9.yaml 100644 4");
    put(&index, "a.yaml", "100755", '6');
    check_int("replaced", index.len, 5);
    marker_index_remove(&index, "B.yaml");
    marker_index_remove(&index, "\xc3\xa9.yaml");
    marker_index_remove(&index, "a");
    marker_index_remove(&index, "z.yaml");
    check_index("removed", &index, "-: a.yaml 100755 6 a/z.yaml 100644 3 b.yaml 100644 1");
}

static void an_index_has_a_cap(void **state)
{
    (void)state;
    CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
    struct git_oid blob = oid('1');
    struct err err;
    char path[32];
    for (int i = 0; i < MARKER_INDEX_FILES_MAX; i++) {
        snprintf(path, sizeof(path), "%06d", i);
        check_ok(path, marker_index_put(&index, path, "100644", &blob, &err), &err);
    }
    check_fails("beyond", marker_index_put(&index, "x", "100644", &blob, &err), &err, ERR_INVALID,
                "more than 100000 files carry markers");
    check_ok("again", marker_index_put(&index, "000000", "100755", &blob, &err), &err);
    check_int("all", index.len, MARKER_INDEX_FILES_MAX);
}

static void an_index_comes_back(void **state)
{
    CLEANUP(db_closep) struct db *db = open_db(*state);
    CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
    check_loaded("none", db, "k", "-:");
    put(&index, "a", "100644", '1');
    put(&index, "b", "100644", '2');
    put(&index, "c", "100755", '3');
    index.commit = oid('c');
    save(db, "k", &index);
    check_loaded("first", db, "k", "c: a 100644 1 b 100644 2 c 100755 3");
    check_loaded("another key", db, "K", "-:");
    marker_index_remove(&index, "a");
    put(&index, "b", "100644", '9');
    put(&index, "c", "100644", '3');
    put(&index, "d", "100644", '4');
    index.commit = oid('d');
    save(db, "k", &index);
    save(db, "other", &index);
    check_loaded("second", db, "k", "d: b 100644 9 c 100644 3 d 100644 4");
    marker_index_finish(&index);
    index.commit = oid('e');
    save(db, "k", &index);
    check_loaded("emptied", db, "k", "e:");
    check_loaded("the other stays", db, "other", "d: b 100644 9 c 100644 3 d 100644 4");
    check_sql(db, "SELECT count(*) FROM marker_file", "3");
}

/* Only what differs: the rows of a large index are not written again. */
static void saving_writes_differences_only(void **state)
{
    CLEANUP(db_closep) struct db *db = open_db(*state);
    CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
    put(&index, "a", "100644", '1');
    put(&index, "b", "100644", '2');
    put(&index, "c", "100644", '3');
    index.commit = oid('c');
    save(db, "k", &index);
    run_sql(db, "CREATE TABLE written (path TEXT);"
                "CREATE TRIGGER on_file AFTER INSERT ON marker_file"
                " BEGIN INSERT INTO written VALUES (new.path); END");
    index.commit = oid('d');
    put(&index, "b", "100755", '2');
    save(db, "k", &index);
    check_sql(db, "SELECT group_concat(path) FROM written", "b");
}

/* A cache that somebody has spoiled costs a look at everything, and no more. */
static void a_spoiled_index_is_none(void **state)
{
    static const struct {
        const char *row, *sql;
    } rows[] = {
        {"commit", "UPDATE marker_index SET commit_id = 'main'"},
        {"blob", "UPDATE marker_file SET blob_id = 'x' WHERE path = 'b'"},
        {"blob of none", "UPDATE marker_file SET blob_id = substr(blob_id, 2) WHERE path = 'c'"},
    };
    CLEANUP(db_closep) struct db *db = open_db(*state);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(marker_index_finish) struct marker_index index = MARKER_INDEX_INIT;
        put(&index, "a", "100644", '1');
        put(&index, "b", "100644", '2');
        put(&index, "c", "100644", '3');
        index.commit = oid('c');
        save(db, "k", &index);
        run_sql(db, rows[i].sql);
        check_loaded(rows[i].row, db, "k", "-:");
        save(db, "k", &index);
        check_loaded("written anew", db, "k", "c: a 100644 1 b 100644 2 c 100644 3");
    }
}

/* The run state. */

static void a_run_state_comes_back(void **state)
{
    CLEANUP(db_closep) struct db *db = open_db(*state);
    struct run_state got, first = {.base = oid('a'), .tip = oid('b'), .ours = true};
    const struct run_state second = {.base = oid('c'), .tip = GIT_OID_NONE};
    struct err err;
    check_int("unknown", run_state_load(db, "uid", &got, &err), 0);
    check_ok("save", run_state_save(db, "uid", &first, &err), &err);
    check_int("known", run_state_load(db, "uid", &got, &err), 1);
    check_text("base", got.base.hex, first.base.hex);
    check_text("tip", got.tip.hex, first.tip.hex);
    check_int("ours", got.ours, 1);
    check_ok("replace", run_state_save(db, "uid", &second, &err), &err);
    check_int("known", run_state_load(db, "uid", &got, &err), 1);
    check_text("base", got.base.hex, second.base.hex);
    check_text("no tip", got.tip.hex, "");
    check_int("not ours", got.ours, 0);
    check_int("another uid", run_state_load(db, "uid2", &got, &err), 0);
    check_ok("delete", run_state_delete(db, "uid", &err), &err);
    check_int("deleted", run_state_load(db, "uid", &got, &err), 0);
    check_ok("delete twice", run_state_delete(db, "uid", &err), &err);
}

static void a_run_state_keeps_long_ids(void **state)
{
    CLEANUP(db_closep) struct db *db = open_db(*state);
    struct run_state got, long_ids = {.ours = true};
    struct err err;
    memset(long_ids.base.hex, 'a', 64);
    memset(long_ids.tip.hex, 'b', 64);
    check_ok("save", run_state_save(db, "uid", &long_ids, &err), &err);
    check_int("known", run_state_load(db, "uid", &got, &err), 1);
    check_text("base", got.base.hex, long_ids.base.hex);
    check_text("tip", got.tip.hex, long_ids.tip.hex);
}

/* History. */

static int add_history(struct db *db, const char *commit, const struct json *changes,
                       struct err *err)
{
    const struct history_row row = {
        .at_ns = 1700000000 * INT64_C(1000000000),
        .automation = {API_IMAGE_UPDATE_AUTOMATION, "apps", "web"},
        .url = "https://git.example/web.git",
        .branch = "main",
        .commit = commit,
        .message = "it's a \"message\"\n",
        .changes = changes,
    };
    return history_add(db, &row, err);
}

static void history_is_kept_and_forgotten(void **state)
{
    CLEANUP(db_closep) struct db *db = open_db(*state);
    CLEANUP(json_freep) struct json *changes = json_new_array();
    struct json *change = json_new_object();
    struct err err;
    json_put_text(change, "file", "a.yaml");
    json_push_take(changes, change);
    check_ok("first", add_history(db, "first", changes, &err), &err);
    check_sql(
        db,
        "SELECT namespace || '|' || name || '|' || url || '|' || branch || '|' || commit_id ||"
        " '|' || message || '|' || changes || '|' || at_ns FROM history",
        "apps|web|https://git.example/web.git|main|first|it's a \"message\"\n|"
        "[{\"file\":\"a.yaml\"}]|1700000000000000000");
    run_sql(db, "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)"
                " INSERT INTO history SELECT i, at_ns, namespace, name, url, branch, 'c' || i,"
                " message, changes FROM n, history WHERE id = 1");
    check_ok("at the cap", add_history(db, "last", changes, &err), &err);
    check_sql(db, "SELECT count(*) || min(commit_id) FROM history WHERE commit_id = 'first'",
              "1first");
    check_sql(db, "SELECT count(*) FROM history", "10000");
    check_ok("beyond", add_history(db, "beyond", changes, &err), &err);
    check_sql(db, "SELECT count(*) FROM history", "10000");
    check_sql(db, "SELECT commit_id FROM history ORDER BY id LIMIT 1", "c2");
    check_sql(db, "SELECT commit_id FROM history ORDER BY id DESC LIMIT 1", "beyond");
}

/* A list of changes that is too long is left out; the commit is not. */
static void history_leaves_out_long_lists(void **state)
{
    enum { CHANGES_MAX = 4 * 1024 * 1024 }; /* as in history.c */
    static const struct {
        const char *row;
        size_t text_len;
        const char *want;
    } rows[] = {
        {"at the limit", CHANGES_MAX - 4, "4194304"}, /* [""] */
        {"beyond it", CHANGES_MAX - 3, "2"},
    };
    CLEANUP(db_closep) struct db *db = open_db(*state);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *changes = json_new_array();
        CLEANUP(mem_freep) char *text = mem_zalloc(rows[i].text_len + 1);
        struct err err;
        memset(text, 'x', rows[i].text_len);
        json_push_take(changes, json_new_text(text));
        check_ok(rows[i].row, add_history(db, "commit", changes, &err), &err);
        check_sql(db, "SELECT length(changes) FROM history ORDER BY id DESC LIMIT 1", rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_index_is_sorted_by_bytes),
        cmocka_unit_test(an_index_has_a_cap),
        place_test(an_index_comes_back),
        place_test(saving_writes_differences_only),
        place_test(a_spoiled_index_is_none),
        place_test(a_run_state_comes_back),
        place_test(a_run_state_keeps_long_ids),
        place_test(history_is_kept_and_forgotten),
        place_test(history_leaves_out_long_lists),
    };
    return test_main("control_state", tests);
}
