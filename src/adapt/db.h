/*
 * One SQLite file, for many threads and several processes at once.
 *
 * Everything happens in a transaction, which is a value on the caller's stack
 * and ends with its scope: rolled back unless it was committed.
 *
 *     CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
 *     CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
 *     if (db_begin(db, DB_WRITE, deadline, &tx, err) != 0 ||
 *         db_prepare(&tx, "UPDATE object SET body = ?1 WHERE id = ?2", &stmt, err) != 0)
 *         return -1;
 *     db_bind_text(stmt, 1, body);
 *     db_bind_int(stmt, 2, id);
 *     if (db_run(stmt, err) != 0)
 *         return -1;
 *     return db_commit(&tx, err);
 *
 * A read transaction sees one state of the whole file from its first statement
 * to its end, whatever others write meanwhile, and never makes a writer wait.
 * Write transactions come one after the other, those of other processes
 * included; a thread must not begin one while it holds another. Readers have
 * connections of their own, of which few stay open when nobody reads, so that
 * an idle program keeps little memory.
 *
 * What was committed survives the end of the process at any moment. After
 * DB_WRITE it survives the end of the machine too. After DB_WRITE_RELAXED
 * that holds only once a later DB_WRITE is committed: for what can be had again,
 * at a fraction of the cost. Either way the file holds whole transactions only,
 * in their order.
 *
 * The file is made with mode 0600, and so are the "-wal" and "-shm" files that
 * stand beside it while it is in use; all three belong together. It must be on
 * a file system of this machine: the write-ahead log does not work over NFS.
 * While it is open here, nothing else in the program may open and close it:
 * that would drop the locks by which processes know of each other (fcntl(2)).
 *
 * Errors say what could not be done, to which file, and what helps. Classes:
 * unavailable for a file that is locked for too long and a full disk, canceled
 * for the deadline, unauthorized for missing permission, not-found for a
 * missing folder, invalid for a file that is not tidemark's or that a newer
 * tidemark wrote, internal for a damaged one, conflict for a uniqueness rule
 * of the schema.
 */
#ifndef TIDEMARK_ADAPT_DB_H
#define TIDEMARK_ADAPT_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    DB_BUSY_TIMEOUT_MS = 10000,           /* longest wait for other writers without a deadline */
    DB_VALUE_SIZE_MAX = 64 * 1024 * 1024, /* bytes of one text, blob or row */
};

struct db;
struct db_stmt;

/*
 * Opens the file PATH, and makes it if it does not exist (its folder must).
 * A file that tidemark did not make is refused and not touched.
 */
int db_open(const char *path, struct db **ret, struct err *err);

/* All transactions must have ended. */
void db_close(struct db *db);
MEM_DEFINE_FREEP(struct db, db_close)

/* The path as it was given. */
const char *db_path(const struct db *db);

/* The absolute path of the folder that the file stands in: the place for
 * temporary files that may become large. */
const char *db_folder(const struct db *db);

/*
 * The tables of one module, and how they came to be: step I brings version I
 * to I + 1. A step is SQL, possibly several statements; once released it never
 * changes.
 */
struct db_schema {
    const char *module;
    const char *const *steps;
    int count;
};

/* Runs the steps that the file does not have yet, all or none. Class invalid
 * if the file has more steps than SCHEMA. */
int db_migrate(struct db *db, const struct db_schema *schema, struct err *err);

/*
 * A number that differs from the last answer if another process (or another
 * `struct db`) committed in between. Costs microseconds: made for polling.
 */
int db_data_version(struct db *db, int64_t *ret, struct err *err);

/*
 * Housekeeping for an hourly call: moves the write-ahead log into the file and
 * cuts it, gives unused space back to the file system and memory back to the
 * allocator. Does what it can when others use the file.
 */
int db_trim(struct db *db, struct err *err);

enum db_mode {
    DB_READ,
    DB_WRITE,
    DB_WRITE_RELAXED,
};

/* To be used by one thread at a time. */
struct db_tx {
    struct db_conn *conn; /* NULL before db_begin() */
    enum db_mode mode;
};

#define DB_TX_INIT                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

/*
 * Begins a transaction. The deadline (or NULL) holds for the wait for other
 * writers and for every statement until the end of the transaction.
 */
int db_begin(struct db *db, enum db_mode mode, const struct deadline *deadline, struct db_tx *tx,
             struct err *err);

/* Makes the changes permanent. After it only db_tx_finish() may follow. Fails
 * if a statement failed before, except with class conflict. */
int db_commit(struct db_tx *tx, struct err *err);

/* Rolls back what was not committed; must come after the end of all of the
 * transaction's statements. A transaction that was not begun is fine. */
void db_tx_finish(struct db_tx *tx);

/*
 * A statement with parameters ?1, ?2 …, ready to be bound and run. Statements
 * are kept and handed out again, so this is cheap from the second time on. SQL
 * must be constant text, never put together from data.
 */
int db_prepare(struct db_tx *tx, const char *sql, struct db_stmt **ret, struct err *err);

/* Gives the statement back; *STMT may be NULL. */
void db_stmt_finish(struct db_stmt **stmt);

/*
 * Values of parameters. Text and blob are borrowed until the statement is
 * rewound or given back. NULL text is NULL. A fault shows in the next step.
 */
void db_bind_int(struct db_stmt *stmt, int index, int64_t value);
void db_bind_text(struct db_stmt *stmt, int index, const char *text);
void db_bind_blob(struct db_stmt *stmt, int index, struct span blob);

/* 1: the next row can be read; 0: there are no more, and the statement is
 * rewound. */
int db_step(struct db_stmt *stmt, struct err *err);

/* Runs a statement whose rows, if any, do not matter, and rewinds it: it can be
 * run anew, with texts and blobs bound again. */
int db_run(struct db_stmt *stmt, struct err *err);

/* Columns of the row, from 0. Borrowed until the next step. */
int64_t db_column_int(struct db_stmt *stmt, int index);
const char *db_column_text(struct db_stmt *stmt, int index); /* NULL for NULL */
struct span db_column_blob(struct db_stmt *stmt, int index);

/* Runs SQL without parameters, possibly several statements. */
int db_exec(struct db_tx *tx, const char *sql, struct err *err);

/* Rows that the last INSERT, UPDATE or DELETE changed. */
int64_t db_changes(const struct db_tx *tx);
/* The row id of the last INSERT. */
int64_t db_last_id(const struct db_tx *tx);

#endif
