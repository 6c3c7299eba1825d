#include "control/marker_index.h"

#include <string.h>

#include "base/mem.h"
#include "base/sorted.h"
#include "base/str.h"

static const char *const steps[] = {
    "CREATE TABLE marker_index ("
    "  key TEXT PRIMARY KEY,"
    "  commit_id TEXT NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE marker_file ("
    "  key TEXT NOT NULL,"
    "  path TEXT NOT NULL,"
    "  mode TEXT NOT NULL,"
    "  blob_id TEXT NOT NULL,"
    "  PRIMARY KEY (key, path)"
    ") WITHOUT ROWID;",
};

int marker_index_migrate(struct db *db, struct err *err)
{
    const struct db_schema schema = {"marker_index", steps, ARRAY_LEN(steps)};
    return db_migrate(db, &schema, err);
}

static void file_finish(struct marker_file *file)
{
    free(file->path);
    free(file->mode);
}

void marker_index_finish(struct marker_index *index)
{
    for (size_t i = 0; i < index->len; i++)
        file_finish(&index->files[i]);
    free(index->files);
    *index = (struct marker_index)MARKER_INDEX_INIT;
}

static int compare(const void *path, const void *file)
{
    return strcmp(path, ((const struct marker_file *)file)->path);
}

/* The place of PATH, or where it belongs. */
static size_t place(const struct marker_index *index, const char *path, bool *ret_found)
{
    return sorted_place(path, index->files, index->len, sizeof(*index->files), compare, ret_found);
}

int marker_index_put(struct marker_index *index, const char *path, const char *mode,
                     const struct git_oid *blob, struct err *err)
{
    bool found;
    size_t at = place(index, path, &found);
    if (found) {
        str_set(&index->files[at].mode, mode);
        index->files[at].blob = *blob;
        return 0;
    }
    if (index->len >= MARKER_INDEX_FILES_MAX)
        return err_set(err, ERR_INVALID, "more than %d files carry markers",
                       MARKER_INDEX_FILES_MAX);
    index->files = mem_grow(index->files, &index->cap, index->len + 1, sizeof(*index->files));
    memmove(index->files + at + 1, index->files + at, (index->len - at) * sizeof(*index->files));
    index->files[at] = (struct marker_file){str_dup(path), str_dup(mode), *blob};
    index->len++;
    return 0;
}

void marker_index_remove(struct marker_index *index, const char *path)
{
    bool found;
    size_t at = place(index, path, &found);
    if (!found)
        return;
    file_finish(&index->files[at]);
    index->len--;
    memmove(index->files + at, index->files + at + 1, (index->len - at) * sizeof(*index->files));
}

static int load_files(struct db_tx *tx, const char *key, struct marker_index *index,
                      struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "SELECT path, mode, blob_id FROM marker_file WHERE key = ?1 ORDER BY path",
                   &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, key);
    int more;
    while ((more = db_step(stmt, err)) == 1) {
        struct git_oid blob;
        if (!git_oid_read(span_of(db_column_text(stmt, 2)), &blob)) {
            marker_index_finish(index); /* a row that nobody wrote: all is looked at again */
            return 0;
        }
        if (marker_index_put(index, db_column_text(stmt, 0), db_column_text(stmt, 1), &blob, err) !=
            0)
            return -1;
    }
    return more;
}

static int load(struct db_tx *tx, const char *key, struct marker_index *index, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "SELECT commit_id FROM marker_index WHERE key = ?1", &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, key);
    int found = db_step(stmt, err);
    if (found != 1 || !git_oid_read(span_of(db_column_text(stmt, 0)), &index->commit))
        return found < 0 ? -1 : 0;
    return load_files(tx, key, index, err);
}

int marker_index_load(struct db *db, const char *key, struct marker_index *ret, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(db, DB_READ, NULL, &tx, err) != 0)
        return -1;
    return load(&tx, key, ret, err);
}

static int save_commit(struct db_tx *tx, const char *key, const struct git_oid *commit,
                       struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "INSERT OR REPLACE INTO marker_index (key, commit_id) VALUES (?1, ?2)",
                   &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, key);
    db_bind_text(stmt, 2, commit->hex);
    return db_run(stmt, err);
}

static int save_file(struct db_tx *tx, const char *key, const struct marker_file *file,
                     struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx,
                   "INSERT OR REPLACE INTO marker_file (key, path, mode, blob_id) "
                   "VALUES (?1, ?2, ?3, ?4)",
                   &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, key);
    db_bind_text(stmt, 2, file->path);
    db_bind_text(stmt, 3, file->mode);
    db_bind_text(stmt, 4, file->blob.hex);
    return db_run(stmt, err);
}

static int delete_file(struct db_tx *tx, const char *key, const char *path, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx, "DELETE FROM marker_file WHERE key = ?1 AND path = ?2", &stmt, err) != 0)
        return -1;
    db_bind_text(stmt, 1, key);
    db_bind_text(stmt, 2, path);
    return db_run(stmt, err);
}

static bool same_file(const struct marker_file *a, const struct marker_file *b)
{
    return git_oid_equal(&a->blob, &b->blob) && str_equal(a->mode, b->mode);
}

/* Walks both sorted lists side by side. */
static int save_files(struct db_tx *tx, const char *key, const struct marker_index *old,
                      const struct marker_index *new, struct err *err)
{
    for (size_t i = 0, j = 0; i < old->len || j < new->len;) {
        int order = i == old->len   ? 1
                    : j == new->len ? -1
                                    : strcmp(old->files[i].path, new->files[j].path);
        int answer = 0;
        if (order < 0)
            answer = delete_file(tx, key, old->files[i].path, err);
        else if (order > 0 || !same_file(&old->files[i], &new->files[j]))
            answer = save_file(tx, key, &new->files[j], err);
        if (answer != 0)
            return -1;
        i += order <= 0;
        j += order >= 0;
    }
    return 0;
}

int marker_index_save(struct db *db, const char *key, const struct marker_index *index,
                      struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(marker_index_finish) struct marker_index old = MARKER_INDEX_INIT;
    if (db_begin(db, DB_WRITE_RELAXED, NULL, &tx, err) != 0 || load(&tx, key, &old, err) != 0 ||
        save_files(&tx, key, &old, index, err) != 0 ||
        save_commit(&tx, key, &index->commit, err) != 0)
        return -1;
    return db_commit(&tx, err);
}
