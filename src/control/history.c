#include "control/history.h"

#include "base/mem.h"

enum {
    CHANGES_MAX = 4 * 1024 * 1024, /* bytes of the list of changes; a longer one is left out */
};

static const char *const steps[] = {
    "CREATE TABLE history ("
    "  id INTEGER PRIMARY KEY,"
    "  at_ns INTEGER NOT NULL,"
    "  namespace TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  url TEXT NOT NULL,"
    "  branch TEXT NOT NULL,"
    "  commit_id TEXT NOT NULL,"
    "  message TEXT NOT NULL,"
    "  changes TEXT NOT NULL"
    ");"
    "CREATE INDEX history_by_automation ON history (namespace, name, id);",
};

int history_migrate(struct db *db, struct err *err)
{
    const struct db_schema schema = {"history", steps, ARRAY_LEN(steps)};
    return db_migrate(db, &schema, err);
}

static int insert(struct db_tx *tx, const struct history_row *row, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    CLEANUP(buf_finish) struct buf changes = BUF_INIT(CHANGES_MAX);
    json_print(row->changes, JSON_STYLE_COMPACT, &changes);
    if (db_prepare(tx,
                   "INSERT INTO history (at_ns, namespace, name, url, branch, commit_id, message, "
                   "changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                   &stmt, err) != 0)
        return -1;
    db_bind_int(stmt, 1, row->at_ns);
    db_bind_text(stmt, 2, row->automation.namespace);
    db_bind_text(stmt, 3, row->automation.name);
    db_bind_text(stmt, 4, row->url);
    db_bind_text(stmt, 5, row->branch);
    db_bind_text(stmt, 6, row->commit);
    db_bind_text(stmt, 7, row->message);
    db_bind_text(stmt, 8, buf_overflowed(&changes) ? "[]" : buf_text(&changes));
    return db_run(stmt, err);
}

static int forget_oldest(struct db_tx *tx, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "DELETE FROM history WHERE id <= ?1", &stmt, err) != 0)
        return -1;
    db_bind_int(stmt, 1, db_last_id(tx) - HISTORY_ROWS_MAX);
    return db_run(stmt, err);
}

int history_add(struct db *db, const struct history_row *row, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(db, DB_WRITE, NULL, &tx, err) != 0 || insert(&tx, row, err) != 0 ||
        forget_oldest(&tx, err) != 0)
        return -1;
    return db_commit(&tx, err);
}
