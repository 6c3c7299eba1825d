#include "adapt/db.h"

/*
 * Each module keeps the version of its own tables in a row of "module", so
 * that modules need no common list of steps.
 */
static int read_version(struct db_tx *tx, const char *module, int64_t *ret, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "SELECT version FROM module WHERE name = ?1", &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, module);
    int found = db_step(stmt, err);
    *ret = found == 1 ? db_column_int(stmt, 0) : 0;
    return found < 0 ? -1 : 0;
}

static int write_version(struct db_tx *tx, const struct db_schema *schema, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "INSERT OR REPLACE INTO module (name, version) VALUES (?1, ?2)", &stmt,
                   err) != 0)
        return -1;
    db_bind_text(stmt, 1, schema->module);
    db_bind_int(stmt, 2, schema->count);
    return db_run(stmt, err);
}

/* 1: the file is up to date; 0: steps are missing; -1: it is too new. */
static int compare(struct db *db, const struct db_schema *schema, int64_t version, struct err *err)
{
    if (version > schema->count)
        return err_set(err, ERR_INVALID,
                       "database '%s' was written by a newer tidemark (%s version %d, this one "
                       "knows %d): use that one, or another file",
                       db_path(db), schema->module, (int)version, schema->count);
    return version == schema->count;
}

int db_migrate(struct db *db, const struct db_schema *schema, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx look = DB_TX_INIT;
    int64_t version = 0;
    if (db_begin(db, DB_READ, NULL, &look, err) != 0 ||
        read_version(&look, schema->module, &version, err) != 0)
        return -1;
    int current = compare(db, schema, version, err);
    if (current != 0)
        return current < 0 ? -1 : 0;

    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(db, DB_WRITE, NULL, &tx, err) != 0 ||
        read_version(&tx, schema->module, &version, err) != 0)
        return -1;
    current = compare(db, schema, version, err); /* another process may have been faster */
    if (current != 0)
        return current < 0 ? -1 : 0;
    for (int64_t i = version; i < schema->count; i++) {
        if (db_exec(&tx, schema->steps[i], err) != 0)
            return err_wrap(err, "cannot bring the tables of %s to version %d", schema->module,
                            (int)i + 1);
    }
    return write_version(&tx, schema, err) != 0 ? -1 : db_commit(&tx, err);
}
