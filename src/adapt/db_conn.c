#include "adapt/db_sqlite.h"

#include <errno.h>

enum {
    PROGRESS_STEPS = 10000, /* virtual machine steps between looks at the deadline */
    RETRY_MS = 2,           /* between tries to get a lock of another process */
};

/* Errors. */

static int fail_access(const struct db *db, struct err *err)
{
    return err_set(err, ERR_UNAUTHORIZED,
                   "cannot use database '%s': permission denied; "
                   "tidemark must be able to write to the file and to its folder",
                   db->path);
}

int db_fail_errno(const struct db *db, int errnum, const char *why, struct err *err)
{
    switch (errnum) {
    case 0:
        return err_set(err, ERR_UNAVAILABLE, "cannot use database '%s': %s", db->path, why);
    case EACCES:
    case EPERM:
    case EROFS:
        return fail_access(db, err);
    case ENOSPC:
    case EDQUOT:
        return err_set(err, ERR_UNAVAILABLE,
                       "cannot write database '%s': no space left for it; free some on its disk",
                       db->path);
    default:
        return err_set_errno(err, errnum, "cannot use database '%s'", db->path);
    }
}

int db_conn_fail(const struct db_conn *conn, int code, struct err *err)
{
    const struct db *db = conn->db;
    const char *why = sqlite3_errmsg(conn->raw);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        abort();
    case SQLITE_INTERRUPT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* lost too many races for the log's locks */
        if (deadline_check(&conn->deadline, err) != 0)
            return err_wrap(err, "waiting for database '%s'", db->path);
        return err_set(err, ERR_UNAVAILABLE,
                       "database '%s' stayed locked by another process for %d seconds; "
                       "try again when that has ended",
                       db->path, DB_BUSY_TIMEOUT_MS / 1000);
    case SQLITE_FULL:
        return db_fail_errno(db, ENOSPC, why, err);
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return fail_access(db, err);
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return db_fail_errno(db, sqlite3_system_errno(conn->raw), why, err);
    case SQLITE_NOTADB:
        return err_set(err, ERR_INVALID,
                       "'%s' is not a database of tidemark: name another file, or remove this one",
                       db->path);
    case SQLITE_CORRUPT:
        return err_set(err, ERR_INTERNAL,
                       "database '%s' is damaged (%s): stop tidemark, move the file away together "
                       "with its -wal and -shm files, and restore a copy or start anew",
                       db->path, why);
    case SQLITE_CONSTRAINT:
        return err_set(err, ERR_CONFLICT, "database '%s': %s", db->path, why);
    case SQLITE_TOOBIG:
        return err_set(err, ERR_INVALID, "database '%s': a value exceeds the limit of %d bytes",
                       db->path, DB_VALUE_SIZE_MAX);
    default:
        return err_set(err, ERR_INTERNAL, "database '%s': %s (code %d)", db->path, why, code);
    }
}

/* Connections. */

/* SQLite asks whether to try for the lock again; TRIES is 0 in a new wait. */
static int on_busy(void *arg, int tries)
{
    struct db_conn *conn = arg;
    if (tries == 0)
        conn->patience = deadline_within(&conn->deadline, DB_BUSY_TIMEOUT_MS * CLOCK_NS_PER_MS);
    return deadline_sleep_ms(&conn->patience, RETRY_MS, NULL) == 0;
}

static int on_progress(void *arg)
{
    const struct db_conn *conn = arg;
    return deadline_check(&conn->deadline, NULL) != 0;
}

void db_conn_use(struct db_conn *conn, const struct deadline *deadline)
{
    conn->deadline = deadline ? *deadline : deadline_in(clock_system(), 0, NULL);
    conn->failed = false;
}

void db_conn_free(struct db_conn *conn)
{
    if (!conn)
        return;
    db_stmt_drop_idle(conn);
    sqlite3_close(conn->raw);
    free(conn);
}

int db_conn_exec(struct db_conn *conn, const char *sql, struct err *err)
{
    int code = sqlite3_exec(conn->raw, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : db_conn_fail(conn, code, err);
}

int db_conn_open(struct db *db, struct db_conn **ret, struct err *err)
{
    static const char settings[] = "PRAGMA foreign_keys = ON;"
                                   "PRAGMA trusted_schema = OFF;"
                                   "PRAGMA cell_size_check = ON;"
                                   "PRAGMA secure_delete = ON;" /* there are secrets in it */
                                   "PRAGMA mmap_size = 0;"
                                   "PRAGMA cache_size = -512;" /* KiB */
                                   "PRAGMA temp_store = MEMORY;"
                                   "PRAGMA journal_size_limit = 4194304;"
                                   "PRAGMA synchronous = FULL";
    CLEANUP(db_conn_freep) struct db_conn *conn = mem_zalloc(sizeof(*conn));
    conn->db = db;
    conn->durable = true;
    db_conn_use(conn, NULL);
    /* The connection is used by one thread at a time: no mutex of its own. */
    int code =
        sqlite3_open_v2(db->file, &conn->raw,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK)
        return db_conn_fail(conn, code, err);
    if (sqlite3_db_readonly(conn->raw, "main") == 1)
        return fail_access(db, err);
    sqlite3_db_config(conn->raw, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(conn->raw, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(conn->raw, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_limit(conn->raw, SQLITE_LIMIT_LENGTH, DB_VALUE_SIZE_MAX);
    sqlite3_busy_handler(conn->raw, on_busy, conn);
    sqlite3_progress_handler(conn->raw, PROGRESS_STEPS, on_progress, conn);
    if (db_conn_exec(conn, settings, err) != 0)
        return -1;
    *ret = MEM_STEAL(conn);
    return 0;
}

int db_conn_ask(struct db_conn *conn, const char *sql, int64_t *ret, int count, struct err *err)
{
    sqlite3_stmt *raw = NULL;
    int code = sqlite3_prepare_v2(conn->raw, sql, -1, &raw, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(raw);
    for (int i = 0; code == SQLITE_ROW && i < count; i++)
        ret[i] = sqlite3_column_int64(raw, i);
    int answer = code == SQLITE_ROW ? 0 : db_conn_fail(conn, code, err);
    sqlite3_finalize(raw);
    return answer;
}
