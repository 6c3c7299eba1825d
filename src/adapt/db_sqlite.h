/*
 * What the files db*.c share: connections, and SQLite itself. Nobody else
 * includes this.
 */
#ifndef TIDEMARK_ADAPT_DB_SQLITE_H
#define TIDEMARK_ADAPT_DB_SQLITE_H

#include <pthread.h>
#include <sqlite3.h>

#include "adapt/db.h"

/* One connection, used by one thread at a time. */
struct db_conn {
    struct db *db;
    sqlite3 *raw;
    struct deadline deadline; /* of the transaction that uses it */
    struct deadline patience; /* the end of the wait that is going on */
    bool durable;             /* commits are synced */
    bool failed;              /* the transaction can only be rolled back */
    struct db_stmt *idle;     /* statements to be used again, the latest first */
    size_t idle_count;
    struct db_conn *next;
};

struct db {
    char *path; /* as given, for messages */
    char *file; /* absolute: the program may change its folder */
    char *folder;
    struct db_conn *writer; /* belongs to the thread that set writer_busy */

    pthread_mutex_t lock; /* guards what follows; nothing else is locked under it */
    pthread_cond_t writer_free;
    bool writer_busy;
    struct db_conn *idle_readers;
    size_t idle_count;
};

/* Opens a connection to the file, which exists. */
int db_conn_open(struct db *db, struct db_conn **ret, struct err *err);
void db_conn_free(struct db_conn *conn);
MEM_DEFINE_FREEP(struct db_conn, db_conn_free)

/* Sets the deadline (or NULL) of what the connection does from now on. */
void db_conn_use(struct db_conn *conn, const struct deadline *deadline);

/* Runs constant SQL that needs no parameters. */
int db_conn_exec(struct db_conn *conn, const char *sql, struct err *err);

/* Runs a query whose first row has COUNT integers. */
int db_conn_ask(struct db_conn *conn, const char *sql, int64_t *ret, int count, struct err *err);

/* Turns what SQLite answered into an error; -1. */
int db_conn_fail(const struct db_conn *conn, int code, struct err *err);

/* The same for a system call on the file; WHY is for an ERRNUM of 0. */
int db_fail_errno(const struct db *db, int errnum, const char *why, struct err *err);

void db_close_idle_readers(struct db *db);

/* Ends the kept statements. */
void db_stmt_drop_idle(struct db_conn *conn);

#endif
