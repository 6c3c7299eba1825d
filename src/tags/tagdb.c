#include "tags/tagdb.h"

#include <string.h>

#include "base/str.h"
#include "tags/tagdb_row.h"

/*
 * tag_chunk.first is the chunk's greatest tag. tag_list.latest holds lines.
 */
static const char *const steps[] = {
    "CREATE TABLE tag_list ("
    " id INTEGER PRIMARY KEY,"
    " uid TEXT NOT NULL UNIQUE,"
    " namespace TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " image TEXT NOT NULL,"
    " revision TEXT NOT NULL,"
    " tag_count INTEGER NOT NULL,"
    " scanned_at INTEGER NOT NULL,"
    " latest TEXT NOT NULL);"
    "CREATE TABLE tag_chunk ("
    " id INTEGER PRIMARY KEY,"
    " list INTEGER NOT NULL REFERENCES tag_list (id) ON DELETE CASCADE,"
    " first TEXT NOT NULL,"
    " data BLOB NOT NULL,"
    " UNIQUE (list, first));",
};

int tagdb_open(struct db *db, struct tagdb **ret, struct err *err)
{
    static const struct db_schema schema = {"tags", steps, ARRAY_LEN(steps)};
    if (db_migrate(db, &schema, err) != 0)
        return -1;
    struct tagdb *tags = mem_zalloc(sizeof(*tags));
    tags->db = db;
    *ret = tags;
    return 0;
}

void tagdb_close(struct tagdb *tags)
{
    free(tags);
}

void tagdb_summary_finish(struct tagdb_summary *summary)
{
    free(summary->image);
    summary->image = NULL;
    strlist_finish(&summary->latest);
}

static void read_row(struct db_stmt *row, struct tagdb_summary *ret)
{
    *ret = (struct tagdb_summary){
        .count = (uint64_t)db_column_int(row, 2),
        .image = str_dup(db_column_text(row, 3)),
        .scanned_at_ns = db_column_int(row, 4),
    };
    struct span revision = db_column_blob(row, 1);
    if (revision.len < sizeof(ret->revision))
        memcpy(ret->revision, revision.data, revision.len);
    for (struct span rest = db_column_blob(row, 5), tag; span_next(&rest, '\n', &tag);)
        strlist_add_span(&ret->latest, tag);
}

int tagdb_row_find(struct db_tx *tx, const char *uid, int64_t *ret_id, struct tagdb_summary *ret,
                   struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    if (db_prepare(tx,
                   "SELECT id, revision, tag_count, image, scanned_at, latest"
                   " FROM tag_list WHERE uid = ?1",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, uid);
    int found = db_step(row, err);
    if (found == 1) {
        *ret_id = db_column_int(row, 0);
        read_row(row, ret);
    }
    return found;
}

int tagdb_summary(struct tagdb *tags, const struct tagdb_key *key, const struct deadline *deadline,
                  struct tagdb_summary *ret, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    int64_t id;
    if (db_begin(tags->db, DB_READ, deadline, &tx, err) != 0)
        return -1;
    return tagdb_row_find(&tx, key->uid, &id, ret, err);
}

int tagdb_remove(struct tagdb *tags, const struct tagdb_key *key, const struct deadline *deadline,
                 struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *remove = NULL;
    if (db_begin(tags->db, DB_WRITE_RELAXED, deadline, &tx, err) != 0 ||
        db_prepare(&tx, "DELETE FROM tag_list WHERE uid = ?1", &remove, err) != 0)
        return -1;
    db_bind_text(remove, 1, key->uid);
    if (db_run(remove, err) != 0)
        return -1;
    int removed = db_changes(&tx) != 0;
    return db_commit(&tx, err) != 0 ? -1 : removed;
}
