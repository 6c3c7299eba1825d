#include "adapt/db_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/thread.h"

enum {
    APPLICATION_ID = 0x7469646d, /* "tidm" in the file's header: it is ours */
    FILE_VERSION = 1,            /* of what db_open() itself lays down */

    RETRY_MS = 2, /* between tries to get a lock of another process */
};

/* 1: the file is ours; 0: it is empty; else an error. */
static int identify(struct db_conn *conn, struct err *err)
{
    int64_t is[3] = {0};
    if (db_conn_ask(conn,
                    "SELECT (SELECT application_id FROM pragma_application_id),"
                    " (SELECT user_version FROM pragma_user_version),"
                    " (SELECT count(*) FROM sqlite_schema)",
                    is, 3, err) != 0)
        return -1;
    if (is[0] == 0 && is[1] == 0 && is[2] == 0)
        return 0;
    if (is[0] != APPLICATION_ID)
        return db_conn_fail(conn, SQLITE_NOTADB, err);
    if (is[1] > FILE_VERSION)
        return err_set(err, ERR_INVALID,
                       "database '%s' was written by a newer tidemark (file version %d, this one "
                       "knows %d): use that one, or another file",
                       conn->db->path, (int)is[1], FILE_VERSION);
    return 1;
}

static int is_wal(void *arg, int count, char **values, char **names)
{
    (void)names;
    *(bool *)arg = count == 1 && str_equal(values[0], "wal");
    return 0;
}

static int use_wal(struct db_conn *conn, struct err *err)
{
    const struct deadline patience = deadline_within(NULL, DB_BUSY_TIMEOUT_MS * CLOCK_NS_PER_MS);
    bool changed = false;
    int code;
    /* This change does not wait for others by itself. */
    do
        code = sqlite3_exec(conn->raw, "PRAGMA journal_mode = WAL", is_wal, &changed, NULL);
    while ((code & 0xff) == SQLITE_BUSY && deadline_sleep_ms(&patience, RETRY_MS, NULL) == 0);
    if (code != SQLITE_OK)
        return db_conn_fail(conn, code, err);
    if (changed)
        return 0;
    return err_set(err, ERR_INVALID,
                   "database '%s' is on a file system that cannot hold a write-ahead log: put it "
                   "on a disk of this machine",
                   conn->db->path);
}

static int lay_down(struct db_conn *conn, struct err *err)
{
    CLEANUP(mem_freep)
    char *mark = str_printf("CREATE TABLE module (name TEXT PRIMARY KEY, version INTEGER NOT NULL);"
                            "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                            APPLICATION_ID, FILE_VERSION);
    if (db_conn_exec(conn, "BEGIN IMMEDIATE", err) != 0)
        return -1;
    int ours = identify(conn, err); /* another process may have been faster */
    if (ours == 0 && db_conn_exec(conn, mark, err) == 0)
        return 0;
    sqlite3_exec(conn->raw, "ROLLBACK", NULL, NULL, NULL);
    return ours == 1 ? 0 : -1;
}

static int open_writer(struct db *db, struct err *err)
{
    if (db_conn_open(db, &db->writer, err) != 0)
        return -1;
    int ours = identify(db->writer, err);
    if (ours < 0)
        return -1;
    if (ours == 0 && db_conn_exec(db->writer, "PRAGMA auto_vacuum = INCREMENTAL", err) != 0)
        return -1;
    if (use_wal(db->writer, err) != 0)
        return -1;
    return ours == 1 ? 0 : lay_down(db->writer, err);
}

/*
 * Makes an empty private file if there is none, and the new name permanent.
 * mknod() because opening and closing the file here would drop the locks that
 * other connections of this process hold on it.
 */
static int make_file(struct db *db, struct err *err)
{
    if (mknod(db->file, S_IFREG | 0600, 0) == 0) {
        CLEANUP(file_closep) int folder = open(db->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return folder >= 0 && fsync(folder) == 0 ? 0 : db_fail_errno(db, errno, "", err);
    }
    if (errno == EEXIST)
        return 0;
    if (errno == ENOENT)
        return err_set(err, ERR_NOT_FOUND,
                       "cannot create database '%s': there is no folder '%s'; create it first",
                       db->path, db->folder);
    return db_fail_errno(db, errno, "", err);
}

static char *absolute(const char *path)
{
    CLEANUP(mem_freep) char *here = path[0] == '/' ? NULL : getcwd(NULL, 0);
    return here ? str_printf("%s/%s", here, path) : str_dup(path);
}

int db_open(const char *path, struct db **ret, struct err *err)
{
    CLEANUP(db_closep) struct db *db = mem_zalloc(sizeof(*db));
    db->path = str_dup(path);
    db->file = absolute(path);
    const char *slash = strrchr(db->file, '/');
    db->folder =
        slash && slash != db->file ? mem_dup(db->file, (size_t)(slash - db->file)) : str_dup("/");
    thread_cond_init(&db->writer_free);
    pthread_mutex_init(&db->lock, NULL);
    if (make_file(db, err) != 0 || open_writer(db, err) != 0)
        return -1;
    *ret = MEM_STEAL(db);
    return 0;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    db_close_idle_readers(db);
    db_conn_free(db->writer);
    pthread_cond_destroy(&db->writer_free);
    pthread_mutex_destroy(&db->lock);
    free(db->folder);
    free(db->file);
    free(db->path);
    free(db);
}

const char *db_path(const struct db *db)
{
    return db->path;
}

const char *db_folder(const struct db *db)
{
    return db->folder;
}
