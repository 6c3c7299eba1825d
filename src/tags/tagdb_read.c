#include "base/str.h"
#include "tags/chunk.h"
#include "tags/tagdb_row.h"

struct tagdb_reader {
    struct tagdb *tags;
    char *name; /* "namespace/name", for messages */
    int64_t id;
    struct tagdb_summary summary;
    struct db_tx tx;
    struct db_stmt *chunks; /* the rest of the list; NULL when it is at its end */
    struct chunk_reader chunk;
    uint64_t given;
};

static int find_chunks(struct tagdb_reader *reader, const struct tagdb_key *key, struct err *err)
{
    int found = tagdb_row_find(&reader->tx, key->uid, &reader->id, &reader->summary, err);
    if (found != 1)
        return found;
    if (db_prepare(&reader->tx,
                   "SELECT first, data FROM tag_chunk WHERE list = ?1 ORDER BY first DESC",
                   &reader->chunks, err) != 0)
        return -1;
    db_bind_int(reader->chunks, 1, reader->id);
    return 1;
}

int tagdb_reader_open(struct tagdb *tags, const struct tagdb_key *key,
                      const struct deadline *deadline, struct tagdb_reader **ret, struct err *err)
{
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = mem_zalloc(sizeof(*reader));
    reader->tags = tags;
    reader->name = str_printf("%s/%s", key->namespace, key->name);
    if (db_begin(tags->db, DB_READ, deadline, &reader->tx, err) != 0)
        return -1;
    int found = find_chunks(reader, key, err);
    if (found == 1)
        *ret = MEM_STEAL(reader);
    return found;
}

static void end_transaction(struct tagdb_reader *reader)
{
    db_stmt_finish(&reader->chunks);
    db_tx_finish(&reader->tx);
}

void tagdb_reader_free(struct tagdb_reader *reader)
{
    if (!reader)
        return;
    end_transaction(reader);
    tagdb_summary_finish(&reader->summary);
    free(reader->name);
    free(reader);
}

/* Drops the list, unless a scan has replaced it meanwhile. */
static int drop(struct tagdb_reader *reader, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *remove = NULL;
    if (db_begin(reader->tags->db, DB_WRITE_RELAXED, NULL, &tx, err) != 0 ||
        db_prepare(&tx, "DELETE FROM tag_list WHERE id = ?1 AND revision = ?2", &remove, err) != 0)
        return -1;
    db_bind_int(remove, 1, reader->id);
    db_bind_text(remove, 2, reader->summary.revision);
    return db_run(remove, err) != 0 ? -1 : db_commit(&tx, err);
}

static int damaged(struct tagdb_reader *reader, struct err *err)
{
    end_transaction(reader);
    if (drop(reader, err) != 0)
        return err_wrap(err, "cannot drop the stored tags of '%s', which are damaged",
                        reader->name);
    return err_set(err, ERR_UNAVAILABLE,
                   "the stored tags of '%s' were damaged and are dropped: the next scan stores "
                   "them again",
                   reader->name);
}

/* Goes on to the next chunk: 1, or 0 if that was the last one. */
static int next_chunk(struct tagdb_reader *reader, struct err *err)
{
    if (!reader->chunks)
        return 0;
    int found = db_step(reader->chunks, err);
    if (found < 0)
        return err_wrap(err, "cannot read the stored tags of '%s'", reader->name);
    if (found == 1)
        return chunk_open(&reader->chunk, db_column_blob(reader->chunks, 0),
                          db_column_blob(reader->chunks, 1))
                   ? 1
                   : damaged(reader, err);
    if (reader->given != reader->summary.count)
        return damaged(reader, err);
    end_transaction(reader);
    return 0;
}

int tagdb_reader_next(struct tagdb_reader *reader, struct span *ret_tag, struct err *err)
{
    for (;;) {
        int found = chunk_next(&reader->chunk, ret_tag);
        if (found == 1) {
            reader->given++;
            return 1;
        }
        if (found < 0)
            return damaged(reader, err);
        found = next_chunk(reader, err);
        if (found != 1)
            return found;
    }
}
