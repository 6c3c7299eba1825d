#include "adapt/db_sqlite.h"

#include <string.h>

enum {
    IDLE_STATEMENTS_MAX = 32, /* a connection */
};

struct db_stmt {
    struct db_conn *conn;
    sqlite3_stmt *raw;
    int bind_answer; /* the first fault in binding */
    struct db_stmt *next;
};

static void stmt_free(struct db_stmt *stmt)
{
    sqlite3_finalize(stmt->raw);
    free(stmt);
}

void db_stmt_drop_idle(struct db_conn *conn)
{
    while (conn->idle) {
        struct db_stmt *stmt = conn->idle;
        conn->idle = stmt->next;
        stmt_free(stmt);
    }
    conn->idle_count = 0;
}

/* Takes a kept statement with this SQL out of the list. */
static struct db_stmt *take_idle(struct db_conn *conn, const char *sql)
{
    for (struct db_stmt **at = &conn->idle; *at; at = &(*at)->next) {
        struct db_stmt *stmt = *at;
        if (strcmp(sqlite3_sql(stmt->raw), sql) == 0) {
            *at = stmt->next;
            conn->idle_count--;
            return stmt;
        }
    }
    return NULL;
}

int db_prepare(struct db_tx *tx, const char *sql, struct db_stmt **ret, struct err *err)
{
    struct db_stmt *stmt = take_idle(tx->conn, sql);
    if (!stmt) {
        sqlite3_stmt *raw = NULL;
        int code =
            sqlite3_prepare_v3(tx->conn->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, NULL);
        if (code != SQLITE_OK)
            return db_conn_fail(tx->conn, code, err);
        stmt = mem_zalloc(sizeof(*stmt));
        stmt->conn = tx->conn;
        stmt->raw = raw;
    }
    stmt->bind_answer = SQLITE_OK;
    *ret = stmt;
    return 0;
}

void db_stmt_finish(struct db_stmt **ref)
{
    struct db_stmt *stmt = *ref;
    if (!stmt)
        return;
    *ref = NULL;
    struct db_conn *conn = stmt->conn;
    sqlite3_reset(stmt->raw);
    sqlite3_clear_bindings(stmt->raw);
    stmt->next = conn->idle;
    conn->idle = stmt;
    if (++conn->idle_count <= IDLE_STATEMENTS_MAX)
        return;
    struct db_stmt **last = &conn->idle;
    while ((*last)->next)
        last = &(*last)->next;
    stmt_free(*last);
    *last = NULL;
    conn->idle_count--;
}

static void note_bind(struct db_stmt *stmt, int code)
{
    if (stmt->bind_answer == SQLITE_OK)
        stmt->bind_answer = code;
}

void db_bind_int(struct db_stmt *stmt, int index, int64_t value)
{
    note_bind(stmt, sqlite3_bind_int64(stmt->raw, index, value));
}

void db_bind_text(struct db_stmt *stmt, int index, const char *text)
{
    note_bind(stmt, sqlite3_bind_text(stmt->raw, index, text, -1, SQLITE_STATIC));
}

void db_bind_blob(struct db_stmt *stmt, int index, struct span blob)
{
    note_bind(stmt, sqlite3_bind_blob64(stmt->raw, index, blob.len != 0 ? blob.data : "", blob.len,
                                        SQLITE_STATIC));
}

/* SQLite itself ends a transaction after some errors; what a caller that
 * overlooked one does next must not take effect by itself. */
static int fail_outside(const struct db_conn *conn, struct err *err)
{
    return err_set(err, ERR_INTERNAL, "database '%s': the transaction has ended", conn->db->path);
}

int db_step(struct db_stmt *stmt, struct err *err)
{
    struct db_conn *conn = stmt->conn;
    int code = stmt->bind_answer;
    if (conn->failed || sqlite3_get_autocommit(conn->raw))
        return fail_outside(conn, err);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt->raw);
    if (code == SQLITE_ROW)
        return 1;
    sqlite3_reset(stmt->raw);
    if (code == SQLITE_DONE)
        return 0;
    conn->failed = (code & 0xff) != SQLITE_CONSTRAINT;
    return db_conn_fail(conn, code, err);
}

int db_run(struct db_stmt *stmt, struct err *err)
{
    int answer = db_step(stmt, err);
    sqlite3_reset(stmt->raw);
    return answer < 0 ? -1 : 0;
}

int64_t db_column_int(struct db_stmt *stmt, int index)
{
    return sqlite3_column_int64(stmt->raw, index);
}

const char *db_column_text(struct db_stmt *stmt, int index)
{
    const unsigned char *text = sqlite3_column_text(stmt->raw, index);
    if (!text && sqlite3_errcode(stmt->conn->raw) == SQLITE_NOMEM)
        abort();
    return (const char *)text;
}

struct span db_column_blob(struct db_stmt *stmt, int index)
{
    const void *data = sqlite3_column_blob(stmt->raw, index);
    if (!data && sqlite3_errcode(stmt->conn->raw) == SQLITE_NOMEM)
        abort();
    return (struct span){data, data ? (size_t)sqlite3_column_bytes(stmt->raw, index) : 0};
}

int db_exec(struct db_tx *tx, const char *sql, struct err *err)
{
    if (tx->conn->failed || sqlite3_get_autocommit(tx->conn->raw))
        return fail_outside(tx->conn, err);
    int answer = db_conn_exec(tx->conn, sql, err);
    tx->conn->failed = tx->conn->failed || answer != 0;
    return answer;
}

int64_t db_changes(const struct db_tx *tx)
{
    return sqlite3_changes64(tx->conn->raw);
}

int64_t db_last_id(const struct db_tx *tx)
{
    return sqlite3_last_insert_rowid(tx->conn->raw);
}
