/* The file: making it, recognising it, and what can be wrong with it. */
#include "db_counter.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

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
    static const char not_ours[] =
        " is not a database of tidemark: name another file, or remove this one";
    static const char newer[] = " was written by a newer tidemark (file version 2, this one knows "
                                "1): use that one, or another file";
    static const struct {
        const char *row;
        long offset; /* in a good file; -1: instead of one */
        struct span bytes;
        const char *before; /* the file's name in the message */
        const char *behind;
    } rows[] = {
        {"text", -1, {text, sizeof(text)}, "", not_ours},
        {"another program's", 68, {"\0\0\0\1", 4}, "", not_ours},
        {"newer", 60, {"\0\0\0\2", 4}, "database ", newer},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *path = str_printf("%s/%zu.db", place->folder, i);
        CLEANUP(mem_freep)
        char *want = str_printf("%s'%s'%s", rows[i].before, path, rows[i].behind);
        struct err err;
        if (rows[i].offset < 0) {
            check_ok("write", file_write_atomic(path, rows[i].bytes, 0600, &err), &err);
        } else {
            db_close(open_counter(path));
            patch(path, rows[i].offset, rows[i].bytes.data, rows[i].bytes.len);
        }
        CLEANUP(buf_finish) struct buf before = BUF_INIT(1024 * 1024);
        CLEANUP(buf_finish) struct buf after = BUF_INIT(1024 * 1024);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(makes_private_files),
        place_test(opens_relative_paths_for_good),
        place_test(refuses_files_that_are_not_its_own),
        place_test(opens_what_a_crash_left_of_a_new_file),
        place_test(says_where_it_cannot_open),
        place_test(says_when_permission_is_missing),
        place_test(tells_damage),
        place_test(notices_that_the_file_is_gone),
        place_test(a_full_disk_loses_nothing),
        place_test(trims_file_and_log),
    };
    return test_main("db_file", tests);
}
