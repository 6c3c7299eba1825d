#include "control/run_state.h"

#include "base/mem.h"

static const char *const steps[] = {
    "CREATE TABLE run_state ("
    "  uid TEXT PRIMARY KEY,"
    "  base TEXT NOT NULL,"
    "  tip TEXT NOT NULL,"
    "  ours INTEGER NOT NULL"
    ") WITHOUT ROWID;",
};

int run_state_migrate(struct db *db, struct err *err)
{
    const struct db_schema schema = {"run_state", steps, ARRAY_LEN(steps)};
    return db_migrate(db, &schema, err);
}

int run_state_load(struct db *db, const char *uid, struct run_state *ret, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    struct run_state state = {.base = GIT_OID_NONE, .tip = GIT_OID_NONE};
    if (db_begin(db, DB_READ, NULL, &tx, err) != 0 ||
        db_prepare(&tx, "SELECT base, tip, ours FROM run_state WHERE uid = ?1", &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, uid);
    int found = db_step(stmt, err);
    if (found != 1)
        return found;
    git_oid_read(span_of(db_column_text(stmt, 0)), &state.base);
    git_oid_read(span_of(db_column_text(stmt, 1)), &state.tip);
    state.ours = db_column_int(stmt, 2) != 0;
    *ret = state;
    return 1;
}

int run_state_save(struct db *db, const char *uid, const struct run_state *state, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_begin(db, DB_WRITE_RELAXED, NULL, &tx, err) != 0 ||
        db_prepare(&tx,
                   "INSERT OR REPLACE INTO run_state (uid, base, tip, ours) "
                   "VALUES (?1, ?2, ?3, ?4)",
                   &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, uid);
    db_bind_text(stmt, 2, state->base.hex);
    db_bind_text(stmt, 3, state->tip.hex);
    db_bind_int(stmt, 4, state->ours);
    return db_run(stmt, err) == 0 ? db_commit(&tx, err) : -1;
}

int run_state_delete(struct db *db, const char *uid, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_begin(db, DB_WRITE_RELAXED, NULL, &tx, err) != 0 ||
        db_prepare(&tx, "DELETE FROM run_state WHERE uid = ?1", &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, uid);
    return db_run(stmt, err) == 0 ? db_commit(&tx, err) : -1;
}
