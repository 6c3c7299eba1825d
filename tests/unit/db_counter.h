/*
 * What the tests of the database wrapper share: a database with one number in
 * it, and short ways to change and to read it.
 */
#ifndef TIDEMARK_TESTS_UNIT_DB_COUNTER_H
#define TIDEMARK_TESTS_UNIT_DB_COUNTER_H

#include "place.h"

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

static inline struct db *open_counter(const char *path)
{
    struct db *db = NULL;
    struct err err;
    must("open", db_open(path, &db, &err), &err);
    must("migrate", db_migrate(db, &counter_schema, &err), &err);
    return db;
}

static inline int run_sql(struct db *db, const char *sql, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(db, DB_WRITE, NULL, &tx, err) != 0 || db_exec(&tx, sql, err) != 0)
        return -1;
    return db_commit(&tx, err);
}

static inline int64_t ask_tx(struct db_tx *tx, const char *sql)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    struct err err = {.text = "no row"};
    must(sql, db_prepare(tx, sql, &stmt, &err), &err);
    must(sql, db_step(stmt, &err) == 1 ? 0 : -1, &err);
    return db_column_int(stmt, 0);
}

static inline int64_t ask(struct db *db, const char *sql)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct err err;
    must(sql, db_begin(db, DB_READ, NULL, &tx, &err), &err);
    return ask_tx(&tx, sql);
}

static inline int increment(struct db *db, enum db_mode mode, struct err *err)
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

#endif
