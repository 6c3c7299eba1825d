#include "adapt/db_sqlite.h"

#include "base/thread.h"

enum {
    IDLE_READERS_MAX = 2,
    WAIT_SLICE_MS = 50, /* a thread that waits for another looks up this often */
    TRIM_WAIT_MS = 100, /* housekeeping does not hold up others for longer */
};

/* Waits until no other thread of this process uses the writer. */
static int take_writer(struct db *db, const struct deadline *deadline, struct err *err)
{
    const struct deadline patience =
        deadline_within(deadline, DB_BUSY_TIMEOUT_MS * CLOCK_NS_PER_MS);
    int answer = 0;
    pthread_mutex_lock(&db->lock);
    while (db->writer_busy && (answer = deadline_check(&patience, err)) == 0) {
        int64_t slice_ns = WAIT_SLICE_MS * CLOCK_NS_PER_MS;
        thread_wait_until(&db->writer_free, &db->lock,
                          clock_monotonic_ns(clock_system()) + slice_ns);
    }
    if (answer == 0)
        db->writer_busy = true;
    pthread_mutex_unlock(&db->lock);
    if (answer == 0)
        db_conn_use(db->writer, deadline);
    else if (deadline_check(deadline, NULL) == 0)
        err_set(err, ERR_UNAVAILABLE, "database '%s' stayed locked for %d seconds; try again later",
                db->path, DB_BUSY_TIMEOUT_MS / 1000);
    else
        err_wrap(err, "waiting for database '%s'", db->path);
    return answer;
}

static void give_writer(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    db->writer_busy = false;
    pthread_cond_signal(&db->writer_free);
    pthread_mutex_unlock(&db->lock);
}

static int open_reader(struct db *db, struct db_conn **ret, struct err *err)
{
    CLEANUP(db_conn_freep) struct db_conn *reader = NULL;
    if (db_conn_open(db, &reader, err) != 0 ||
        db_conn_exec(reader, "PRAGMA query_only = ON", err) != 0)
        return -1;
    *ret = MEM_STEAL(reader);
    return 0;
}

static int take_reader(struct db *db, const struct deadline *deadline, struct db_conn **ret,
                       struct err *err)
{
    pthread_mutex_lock(&db->lock);
    struct db_conn *reader = db->idle_readers;
    if (reader) {
        db->idle_readers = reader->next;
        db->idle_count--;
    }
    pthread_mutex_unlock(&db->lock);
    if (!reader && open_reader(db, &reader, err) != 0)
        return -1;
    db_conn_use(reader, deadline);
    *ret = reader;
    return 0;
}

static void give_reader(struct db *db, struct db_conn *reader)
{
    pthread_mutex_lock(&db->lock);
    bool keep = db->idle_count < IDLE_READERS_MAX;
    if (keep) {
        reader->next = db->idle_readers;
        db->idle_readers = reader;
        db->idle_count++;
    }
    pthread_mutex_unlock(&db->lock);
    if (!keep)
        db_conn_free(reader);
}

void db_close_idle_readers(struct db *db)
{
    pthread_mutex_lock(&db->lock);
    struct db_conn *reader = db->idle_readers;
    db->idle_readers = NULL;
    db->idle_count = 0;
    pthread_mutex_unlock(&db->lock);
    while (reader) {
        struct db_conn *next = reader->next;
        db_conn_free(reader);
        reader = next;
    }
}

/* Whoever moved or removed the file would lose what is written from now on. */
static int check_in_place(struct db_conn *conn, struct err *err)
{
    int moved = 0;
    sqlite3_file_control(conn->raw, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (moved == 0)
        return 0;
    return err_set(err, ERR_INTERNAL,
                   "database '%s' was moved or removed while in use: put it back, or restart "
                   "tidemark to begin a new one",
                   conn->db->path);
}

static int begin_write(struct db_conn *conn, bool durable, struct err *err)
{
    if (check_in_place(conn, err) != 0)
        return -1;
    if (conn->durable != durable &&
        db_conn_exec(conn, durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
                     err) != 0)
        return -1;
    conn->durable = durable;
    return db_conn_exec(conn, "BEGIN IMMEDIATE", err);
}

int db_begin(struct db *db, enum db_mode mode, const struct deadline *deadline, struct db_tx *tx,
             struct err *err)
{
    if (deadline_check(deadline, err) != 0)
        return -1;
    if (mode == DB_READ) {
        if (take_reader(db, deadline, &tx->conn, err) != 0)
            return -1;
    } else {
        if (take_writer(db, deadline, err) != 0)
            return -1;
        tx->conn = db->writer;
    }
    tx->mode = mode;
    int answer = mode == DB_READ ? db_conn_exec(tx->conn, "BEGIN", err)
                                 : begin_write(tx->conn, mode == DB_WRITE, err);
    if (answer != 0)
        db_tx_finish(tx);
    return answer;
}

int db_commit(struct db_tx *tx, struct err *err)
{
    if (tx->conn->failed)
        return err_set(err, ERR_INTERNAL,
                       "database '%s': commit of a transaction that failed before",
                       tx->conn->db->path);
    return db_conn_exec(tx->conn, "COMMIT", err);
}

void db_tx_finish(struct db_tx *tx)
{
    struct db_conn *conn = tx->conn;
    if (!conn)
        return;
    tx->conn = NULL;
    db_conn_use(conn, NULL); /* the rollback itself must not be stopped */
    if (!sqlite3_get_autocommit(conn->raw))
        sqlite3_exec(conn->raw, "ROLLBACK", NULL, NULL, NULL);
    if (tx->mode == DB_READ)
        give_reader(conn->db, conn);
    else
        give_writer(conn->db);
}

int db_data_version(struct db *db, int64_t *ret, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (take_writer(db, NULL, err) != 0)
        return -1;
    tx.conn = db->writer;
    tx.mode = DB_WRITE;
    return db_conn_ask(tx.conn, "PRAGMA data_version", ret, 1, err);
}

int db_trim(struct db *db, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    const struct deadline patience = deadline_within(NULL, TRIM_WAIT_MS * CLOCK_NS_PER_MS);
    db_close_idle_readers(db);
    if (take_writer(db, NULL, err) != 0)
        return -1;
    tx.conn = db->writer;
    tx.mode = DB_WRITE;
    db_stmt_drop_idle(tx.conn);
    int answer = db_conn_exec(tx.conn, "PRAGMA incremental_vacuum", err);
    db_conn_use(tx.conn, &patience);
    /* Somebody else reading or writing is no reason to fail. */
    int code =
        sqlite3_wal_checkpoint_v2(tx.conn->raw, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (answer == 0 && code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        answer = db_conn_fail(tx.conn, code, err);
    sqlite3_db_release_memory(tx.conn->raw);
    return answer;
}
