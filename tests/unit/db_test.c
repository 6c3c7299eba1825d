#include "place.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "adapt/db.h"

static const struct db_schema counter_schema = {
    .module = "counter",
    .steps =
        (const char *const[]){
            "CREATE TABLE counter (id INTEGER PRIMARY KEY, value INTEGER NOT NULL, data BLOB);"
            "INSERT INTO counter VALUES (1, 0, NULL)",
        },
    .count = 1,
};

static struct db *open_counter(const char *path)
{
    struct db *db = NULL;
    struct err err;
    must("open", db_open(path, &db, &err), &err);
    must("migrate", db_migrate(db, &counter_schema, &err), &err);
    return db;
}

static int run_sql(struct db *db, const char *sql, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(db, DB_WRITE, NULL, &tx, err) != 0 || db_exec(&tx, sql, err) != 0)
        return -1;
    return db_commit(&tx, err);
}

static int64_t ask_tx(struct db_tx *tx, const char *sql)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    struct err err = {.text = "no row"};
    must(sql, db_prepare(tx, sql, &stmt, &err), &err);
    must(sql, db_step(stmt, &err) == 1 ? 0 : -1, &err);
    return db_column_int(stmt, 0);
}

static int64_t ask(struct db *db, const char *sql)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct err err;
    must(sql, db_begin(db, DB_READ, NULL, &tx, &err), &err);
    return ask_tx(&tx, sql);
}

static int increment(struct db *db, enum db_mode mode, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *read = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *write = NULL;
    if (db_begin(db, mode, NULL, &tx, err) != 0 ||
        db_prepare(&tx, "SELECT value FROM counter WHERE id = 1", &read, err) != 0 ||
        db_prepare(&tx, "UPDATE counter SET value = ?1 WHERE id = 1", &write, err) != 0 ||
        db_step(read, err) != 1)
        return -1;
    db_bind_int(write, 1, db_column_int(read, 0) + 1);
    if (db_run(write, err) != 0)
        return -1;
    return db_commit(&tx, err);
}

static void makes_private_files(void **state)
{
    struct place *place = *state;
    mode_t before = umask(022);
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    umask(before);
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        CLEANUP(mem_freep) char *path = str_printf("%s%s", place->path, endings[i]);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        check_int(path, info.st_mode & 07777, 0600);
    }
    check_text("path", db_path(db), place->path);
    check_text("folder", db_folder(db), place->folder);
}

static void opens_relative_paths_for_good(void **state)
{
    struct place *place = *state;
    CLEANUP(mem_freep) char *here = getcwd(NULL, 0);
    assert_int_equal(chdir(place->folder), 0);
    /* Names that SQLite would read as something else than a file's name. */
    static const char *const names[] = {"plain.db", ":memory:", "file:x?mode=memory"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(db_closep) struct db *db = open_counter(names[i]);
        assert_int_equal(chdir("/"), 0);
        check_int(names[i], ask(db, "SELECT value FROM counter"), 0);
        assert_int_equal(chdir(place->folder), 0);
        check_int(names[i], access(names[i], F_OK), 0);
    }
    assert_int_equal(chdir(here), 0);
}

static void keeps_values(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *add = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *get = NULL;
    struct err err;
    check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    check_ok("table", db_exec(&tx, "CREATE TABLE v (n INTEGER, t TEXT, b BLOB)", &err), &err);
    check_ok("add", db_prepare(&tx, "INSERT INTO v VALUES (?1, ?2, ?3)", &add, &err), &err);
    static const struct {
        int64_t number;
        const char *text;
        struct span blob;
    } rows[] = {
        {0, "", {"", 0}},
        {INT64_MIN, NULL, {"\0\xff\0", 3}},
        {INT64_MAX, "gr\xc3\xbc\xc3\x9f'e", {NULL, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        db_bind_int(add, 1, rows[i].number);
        db_bind_text(add, 2, rows[i].text);
        db_bind_blob(add, 3, rows[i].blob);
        check_ok("run", db_run(add, &err), &err);
        check_int("changes", db_changes(&tx), 1);
        check_int("id", db_last_id(&tx), i + 1);
    }
    check_ok("get", db_prepare(&tx, "SELECT n, t, b, b IS NULL FROM v", &get, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int("row", db_step(get, &err), 1);
        check_int("number", db_column_int(get, 0), rows[i].number);
        check_text("text", db_column_text(get, 1), rows[i].text);
        check_span("blob", db_column_blob(get, 2), rows[i].blob);
        check_int("an empty blob is not NULL", db_column_int(get, 3), 0);
    }
    check_int("end", db_step(get, &err), 0);
}

static void rolls_back_what_is_not_committed(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("change", db_exec(&tx, "UPDATE counter SET value = 7", &err), &err);
        check_int("inside", ask_tx(&tx, "SELECT value FROM counter"), 7);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
}

static void a_failed_transaction_stays_failed(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(mem_freep)
    char *want = str_printf("database '%s': the transaction has ended", place->path);
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("change", db_exec(&tx, "UPDATE counter SET value = 7", &err), &err);
        check_int("bad", db_exec(&tx, "UPDATE nothing SET value = 7", &err), -1);
        check_fails("next", db_exec(&tx, "UPDATE counter SET value = 8", &err), &err, ERR_INTERNAL,
                    want);
        check_int("commit", db_commit(&tx, &err), -1);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("commit", db_commit(&tx, &err), &err);
        check_fails("after commit", db_exec(&tx, "UPDATE counter SET value = 8", &err), &err,
                    ERR_INTERNAL, want);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
}

static void a_broken_rule_is_a_conflict_and_no_more(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    check_ok("add", db_prepare(&tx, "INSERT INTO counter (id, value) VALUES (?1, ?2)", &stmt, &err),
             &err);
    db_bind_int(stmt, 1, 1);
    db_bind_int(stmt, 2, 5);
    CLEANUP(mem_freep)
    char *want = str_printf("database '%s': UNIQUE constraint failed: counter.id", place->path);
    check_fails("same id", db_run(stmt, &err), &err, ERR_CONFLICT, want);
    db_bind_int(stmt, 1, 2);
    check_ok("other id", db_run(stmt, &err), &err);
    check_ok("commit", db_commit(&tx, &err), &err);
}

static void hands_out_each_statement_once_at_a_time(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *outer = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *inner = NULL;
    static const char sql[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                              "WHERE i < 3) SELECT i FROM n";
    check_ok("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    check_ok("outer", db_prepare(&tx, sql, &outer, &err), &err);
    check_int("outer", db_step(outer, &err), 1);
    check_ok("inner", db_prepare(&tx, sql, &inner, &err), &err);
    check_int("inner", db_step(inner, &err), 1);
    check_int("inner", db_step(inner, &err), 1);
    check_int("inner", db_column_int(inner, 0), 2);
    check_int("outer", db_column_int(outer, 0), 1);
    /* More than are kept: the oldest go, and all still work. */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            CLEANUP(mem_freep) char *text = str_printf("SELECT %d", i);
            check_int(text, ask_tx(&tx, text), i);
        }
    }
}

static void readers_see_one_state_and_do_not_block(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx before = DB_TX_INIT;
    check_ok("begin", db_begin(db, DB_READ, NULL, &before, &err), &err);
    check_int("before", ask_tx(&before, "SELECT value FROM counter"), 0);
    CLEANUP(db_tx_finish) struct db_tx write = DB_TX_INIT;
    check_ok("write", db_begin(db, DB_WRITE, NULL, &write, &err), &err);
    check_ok("write", db_exec(&write, "UPDATE counter SET value = 1", &err), &err);
    check_int("meanwhile", ask(db, "SELECT value FROM counter"), 0);
    check_ok("commit", db_commit(&write, &err), &err);
    check_int("before, still", ask_tx(&before, "SELECT value FROM counter"), 0);
    check_int("after", ask(db, "SELECT value FROM counter"), 1);
}

static void migrates_step_by_step(void **state)
{
    struct place *place = *state;
    static const char *const steps[] = {
        "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)",
        "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 2",
        "CREATE TABLE b (x INTEGER); INSERT INTO missing VALUES (1)",
    };
    struct db_schema schema = {.module = "m", .steps = steps, .count = 1};
    CLEANUP(db_closep) struct db *db = NULL;
    struct err err;
    check_ok("open", db_open(place->path, &db, &err), &err);
    check_ok("1", db_migrate(db, &schema, &err), &err);
    check_ok("1 again", db_migrate(db, &schema, &err), &err);
    check_int("1", ask(db, "SELECT sum(x) FROM a"), 1);
    schema.count = 2;
    check_ok("2", db_migrate(db, &schema, &err), &err);
    check_int("2", ask(db, "SELECT y FROM a"), 2);
    schema.count = 3;
    CLEANUP(mem_freep)
    char *bad = str_printf("cannot bring the tables of m to version 3: database '%s': no such "
                           "table: missing (code 1)",
                           place->path);
    check_fails("3", db_migrate(db, &schema, &err), &err, ERR_INTERNAL, bad);
    check_int("3", ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
    schema.count = 1;
    CLEANUP(mem_freep)
    char *new = str_printf("database '%s' was written by a newer tidemark (m version 2, this one "
                           "knows 1): use that one, or another file",
                           place->path);
    check_fails("back", db_migrate(db, &schema, &err), &err, ERR_INVALID, new);
}

/* Overwrites bytes of a file that nobody has open. */
static void patch(const char *path, long offset, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void refuses_files_that_are_not_its_own(void **state)
{
    struct place *place = *state;
    static const char text[] = "This is a file of somebody who has work to do, and no database.";
    static const struct {
        const char *row;
        long offset; /* in a good file; -1: instead of one */
        struct span bytes;
        const char *want;
    } rows[] = {
        {"text",
         -1,
         {text, sizeof(text)},
         "'%s' is not a database of tidemark: name another file, or remove this one"},
        {"another program's",
         68,
         {"\0\0\0\1", 4},
         "'%s' is not a database of tidemark: name another file, or remove this one"},
        {"newer",
         60,
         {"\0\0\0\2", 4},
         "database '%s' was written by a newer tidemark (file version 2, this one knows 1): use "
         "that one, or another file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *path = str_printf("%s/%zu.db", place->folder, i);
        struct err err;
        if (rows[i].offset < 0) {
            check_ok("write", file_write_atomic(path, rows[i].bytes, 0600, &err), &err);
        } else {
            db_close(open_counter(path));
            patch(path, rows[i].offset, rows[i].bytes.data, rows[i].bytes.len);
        }
        CLEANUP(buf_finish) struct buf before = BUF_INIT(1024 * 1024);
        CLEANUP(buf_finish) struct buf after = BUF_INIT(1024 * 1024);
        CLEANUP(mem_freep) char *want = mem_alloc(ERR_TEXT_SIZE);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(want, ERR_TEXT_SIZE, rows[i].want, path);
#pragma GCC diagnostic pop
        check_ok("before", file_read(path, &before, &err), &err);
        struct db *db = NULL;
        check_fails(rows[i].row, db_open(path, &db, &err), &err, ERR_INVALID, want);
        check_ok("after", file_read(path, &after, &err), &err);
        check_span(rows[i].row, buf_span(&after), buf_span(&before));
    }
}

static void opens_what_a_crash_left_of_a_new_file(void **state)
{
    struct place *place = *state;
    struct err err;
    check_ok("empty", file_write_atomic(place->path, SPAN_LITERAL(""), 0600, &err), &err);
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    check_int("works", ask(db, "SELECT value FROM counter"), 0);
}

static void says_where_it_cannot_open(void **state)
{
    struct place *place = *state;
    struct db *db = NULL;
    struct err err;
    CLEANUP(mem_freep) char *missing = str_printf("%s/no/state.db", place->folder);
    CLEANUP(mem_freep)
    char *want =
        str_printf("cannot create database '%s': there is no folder '%s/no'; create it first",
                   missing, place->folder);
    check_fails("no folder", db_open(missing, &db, &err), &err, ERR_NOT_FOUND, want);
    CLEANUP(mem_freep)
    char *folder = str_printf("cannot use database '%s': Is a directory", place->folder);
    check_fails("folder", db_open(place->folder, &db, &err), &err, ERR_INVALID, folder);
}

static void open_without_permission(void *arg)
{
    const struct place *place = arg;
    must_hold(geteuid() != 0 || setuid(65534) == 0);
    struct db *db = NULL;
    struct err err = {0};
    CLEANUP(mem_freep)
    char *want = str_printf("cannot use database '%s': permission denied; tidemark must be able "
                            "to write to the file and to its folder",
                            place->path);
    must_hold(db_open(place->path, &db, &err) == -1);
    must_hold(err.class == ERR_UNAUTHORIZED);
    must_hold(strcmp(err.text, want) == 0);
}

static void says_when_permission_is_missing(void **state)
{
    struct place *place = *state;
    assert_int_equal(chmod(place->folder, 0555), 0);
    child_end(child_start(open_without_permission, place)); /* cannot be made */
    assert_int_equal(chmod(place->folder, 0755), 0);
    db_close(open_counter(place->path));
    assert_int_equal(chmod(place->path, 0400), 0);
    child_end(child_start(open_without_permission, place)); /* root's, or read only */
    assert_int_equal(chmod(place->path, 0444), 0);
    child_end(child_start(open_without_permission, place)); /* can be read, not written */
    assert_int_equal(chmod(place->path, 0666), 0);
    assert_int_equal(chmod(place->folder, 0555), 0);
    child_end(child_start(open_without_permission, place)); /* no room for the log */
    assert_int_equal(chmod(place->folder, 0755), 0);
}

static void tells_damage(void **state)
{
    struct place *place = *state;
    struct err err;
    {
        CLEANUP(db_closep) struct db *db = open_counter(place->path);
        check_ok("fill",
                 run_sql(db,
                         "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE "
                         "i < 2000) INSERT INTO counter SELECT i, i, randomblob(100) FROM n",
                         &err),
                 &err);
    }
    char garbage[8192];
    memset(garbage, 0xa5, sizeof(garbage));
    patch(place->path, 16 * 4096, garbage, sizeof(garbage));
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    check_ok("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    check_ok("prepare", db_prepare(&tx, "SELECT sum(length(data)) FROM counter", &stmt, &err),
             &err);
    CLEANUP(mem_freep)
    char *want = str_printf(
        "database '%s' is damaged (database disk image is malformed): stop tidemark, move the "
        "file away together with its -wal and -shm files, and restore a copy or start anew",
        place->path);
    check_fails("sum", db_step(stmt, &err), &err, ERR_INTERNAL, want);
}

static void notices_that_the_file_is_gone(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(mem_freep) char *away = str_printf("%s/away.db", place->folder);
    assert_int_equal(rename(place->path, away), 0);
    CLEANUP(mem_freep)
    char *want = str_printf("database '%s' was moved or removed while in use: put it back, or "
                            "restart tidemark to begin a new one",
                            place->path);
    check_fails("moved", increment(db, DB_WRITE, &err), &err, ERR_INTERNAL, want);
    assert_int_equal(rename(away, place->path), 0);
    check_ok("put back", increment(db, DB_WRITE, &err), &err);
}

/* Writes until it fails, which must be for want of room, and leave all that
 * was committed before. */
static void fill_up(struct db *db, const char *path, struct err *err)
{
    int64_t committed = 0;
    while (run_sql(db, "INSERT INTO counter (value, data) VALUES (1, randomblob(50000))", err) == 0)
        committed++;
    CLEANUP(mem_freep)
    char *want = str_printf("cannot write database '%s': no space left for it; free some on its "
                            "disk",
                            path);
    must_hold(err->class == ERR_UNAVAILABLE);
    must_hold(strcmp(err->text, want) == 0);
    must_hold(committed > 0);
    must_hold(ask(db, "SELECT count(*) - 1 FROM counter") == committed);
}

static void in_full_file(void *arg)
{
    const struct place *place = arg;
    struct err err = {0};
    struct db *db = open_counter(place->path);
    must_hold(run_sql(db, "PRAGMA max_page_count = 100", &err) == 0);
    fill_up(db, place->path, &err);
    db_close(db);
}

static bool put(const char *path, const char *text)
{
    CLEANUP(file_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Becomes root of a user namespace, if this is not root already. */
static bool become_root(void)
{
    if (geteuid() == 0)
        return true;
    CLEANUP(mem_freep) char *users = str_printf("0 %d 1", (int)geteuid());
    CLEANUP(mem_freep) char *groups = str_printf("0 %d 1", (int)getegid());
    return unshare(CLONE_NEWUSER) == 0 && put("/proc/self/setgroups", "deny") &&
           put("/proc/self/uid_map", users) && put("/proc/self/gid_map", groups);
}

/* A small disk at FOLDER, seen by this process alone. False where the machine
 * does not allow it. */
static bool mount_small_disk(const char *folder)
{
    return become_root() && unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=2m") == 0;
}

static void on_full_disk(void *arg)
{
    const struct place *place = arg;
    struct err err = {0};
    if (!mount_small_disk(place->folder))
        return; /* in_full_file() sees the same message */
    struct db *db = open_counter(place->path);
    fill_up(db, place->path, &err);
    db_close(db);
    db = open_counter(place->path);
    must_hold(ask(db, "SELECT count(*) > 1 FROM counter"));
    db_close(db);
}

static void a_full_disk_loses_nothing(void **state)
{
    struct place *place = *state;
    child_end(child_start(in_full_file, place));
    child_end(child_start(on_full_disk, place));
}

enum {
    WORKERS = 4,
    ROUNDS = 50,
};

static void *increment_often(void *arg)
{
    struct err err;
    for (int i = 0; i < ROUNDS; i++) {
        if (increment(arg, i % 2 ? DB_WRITE : DB_WRITE_RELAXED, &err) != 0)
            return str_dup(err.text);
    }
    return NULL;
}

static void threads_lose_no_update(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, increment_often, db), 0);
    for (int i = 0; i < WORKERS; i++) {
        void *failure = NULL;
        pthread_join(threads[i], &failure);
        check_text("thread", failure, NULL);
    }
    check_int("sum", ask(db, "SELECT value FROM counter"), WORKERS * ROUNDS);
}

static void open_and_increment_often(void *arg)
{
    const struct place *place = arg;
    struct db *db = open_counter(place->path);
    char *failure = increment_often(db);
    if (failure)
        fprintf(stderr, "%s\n", failure);
    must_hold(!failure);
    db_close(db);
}

static void processes_lose_no_update(void **state)
{
    struct place *place = *state;
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++) /* all of them make the new file at once */
        pids[i] = child_start(open_and_increment_often, place);
    for (int i = 0; i < WORKERS; i++)
        child_end(pids[i]);
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    check_int("sum", ask(db, "SELECT value FROM counter"), WORKERS * ROUNDS);
}

static void notices_the_changes_of_others(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_closep) struct db *other = open_counter(place->path);
    struct err err;
    int64_t start = 0, own = 0, others = 0;
    check_ok("start", db_data_version(db, &start, &err), &err);
    check_ok("own", increment(db, DB_WRITE, &err), &err);
    check_ok("own", db_data_version(db, &own, &err), &err);
    check_int("own", own, start);
    check_ok("other", increment(other, DB_WRITE, &err), &err);
    check_ok("other", db_data_version(db, &others, &err), &err);
    assert_true(others != start);
    check_ok("again", db_data_version(db, &own, &err), &err);
    check_int("again", own, others);
}

static void deadlines_end_waits(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_closep) struct db *other = open_counter(place->path);
    CLEANUP(mem_freep)
    char *over = str_printf("waiting for database '%s': context deadline exceeded", place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx holder = DB_TX_INIT;
    check_ok("hold", db_begin(db, DB_WRITE, NULL, &holder, &err), &err);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct deadline soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    check_fails("same process", db_begin(db, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED, over);
    soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    check_fails("other process", db_begin(other, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED,
                over);
    check_fails("over before", db_begin(other, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED,
                "context deadline exceeded");
    db_tx_finish(&holder);
    check_ok("free again", increment(other, DB_WRITE, &err), &err);
}

static void deadlines_end_statements(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(mem_freep)
    char *over = str_printf("waiting for database '%s': context deadline exceeded", place->path);
    struct err err;
    struct deadline soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    check_ok("begin", db_begin(db, DB_WRITE, &soon, &tx, &err), &err);
    check_fails("endless",
                db_exec(&tx,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT count(*) FROM n",
                        &err),
                &err, ERR_CANCELED, over);
    db_tx_finish(&tx);
    check_ok("works on", increment(db, DB_WRITE, &err), &err);
}

static void trims_file_and_log(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(mem_freep) char *log = str_printf("%s-wal", place->path);
    struct err err;
    struct stat info;
    check_ok("fill", run_sql(db, "INSERT INTO counter VALUES (2, 2, randomblob(2000000))", &err),
             &err);
    check_ok("empty", run_sql(db, "DELETE FROM counter WHERE id = 2", &err), &err);
    check_ok("trim", db_trim(db, &err), &err);
    assert_int_equal(stat(place->path, &info), 0);
    check_int("small file", info.st_size < 65536, 1);
    assert_int_equal(stat(log, &info), 0);
    check_int("empty log", info.st_size, 0);
    CLEANUP(db_tx_finish) struct db_tx reader = DB_TX_INIT;
    check_ok("read", db_begin(db, DB_READ, NULL, &reader, &err), &err);
    check_int("read", ask_tx(&reader, "SELECT value FROM counter"), 0);
    check_ok("write", increment(db, DB_WRITE, &err), &err);
    check_ok("trim beside a reader", db_trim(db, &err), &err);
    check_int("read", ask_tx(&reader, "SELECT value FROM counter"), 0);
}

struct counting {
    const struct place *place;
    int to_parent;
};

static void count_and_tell(void *arg)
{
    const struct counting *counting = arg;
    struct db *db = open_counter(counting->place->path);
    struct err err;
    for (int i = 0;; i++) {
        must("increment", increment(db, i % 3 ? DB_WRITE_RELAXED : DB_WRITE, &err), &err);
        must_hold(write(counting->to_parent, "+", 1) == 1);
    }
}

/* A child counts up and tells each commit; killed at any moment, none of them
 * may be missing. */
static void nothing_acknowledged_is_lost(void **state)
{
    struct place *place = *state;
    db_close(open_counter(place->path));
    int64_t reached = 0;
    for (int round = 0; round < 20; round++) {
        int ends[2];
        char byte;
        assert_int_equal(pipe(ends), 0);
        struct counting counting = {place, ends[1]};
        pid_t pid = child_start(count_and_tell, &counting);
        close(ends[1]);
        for (int i = 0; i < 1 + round * 3; i++) {
            check_int("acknowledged", read(ends[0], &byte, 1), 1);
            reached++;
        }
        child_kill(pid);
        while (read(ends[0], &byte, 1) == 1)
            reached++;
        close(ends[0]);
        CLEANUP(db_closep) struct db *db = open_counter(place->path);
        int64_t value = ask(db, "SELECT value FROM counter");
        if (value != reached && value != reached + 1)
            fail_msg("round %d: got %lld, want %lld or one more", round, (long long)value,
                     (long long)reached);
        reached = value;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(makes_private_files),
        place_test(opens_relative_paths_for_good),
        place_test(keeps_values),
        place_test(rolls_back_what_is_not_committed),
        place_test(a_failed_transaction_stays_failed),
        place_test(a_broken_rule_is_a_conflict_and_no_more),
        place_test(hands_out_each_statement_once_at_a_time),
        place_test(readers_see_one_state_and_do_not_block),
        place_test(migrates_step_by_step),
        place_test(refuses_files_that_are_not_its_own),
        place_test(opens_what_a_crash_left_of_a_new_file),
        place_test(says_where_it_cannot_open),
        place_test(says_when_permission_is_missing),
        place_test(tells_damage),
        place_test(notices_that_the_file_is_gone),
        place_test(a_full_disk_loses_nothing),
        place_test(threads_lose_no_update),
        place_test(processes_lose_no_update),
        place_test(notices_the_changes_of_others),
        place_test(deadlines_end_waits),
        place_test(deadlines_end_statements),
        place_test(trims_file_and_log),
        place_test(nothing_acknowledged_is_lost),
    };
    return test_main("db", tests);
}
