#include "tags/chunk_writer.h"

#include "tags/chunk.h"

struct chunk_writer {
    int64_t list;
    struct db_stmt *put;
    struct db_stmt *drop;
    struct chunk chunk;
    char above[TAG_SIZE_MAX + 1]; /* where the chunk before begins; empty: there is none */
};

int chunk_writer_new(struct db_tx *tx, int64_t list, struct chunk_writer **ret, struct err *err)
{
    CLEANUP(chunk_writer_freep) struct chunk_writer *writer = mem_alloc(sizeof(*writer));
    writer->list = list;
    writer->put = NULL;
    writer->drop = NULL;
    writer->above[0] = '\0';
    chunk_clear(&writer->chunk);
    if (db_prepare(tx,
                   "INSERT INTO tag_chunk (list, first, data) VALUES (?1, ?2, ?3)"
                   " ON CONFLICT (list, first) DO UPDATE SET data = ?3 WHERE data <> ?3",
                   &writer->put, err) != 0 ||
        db_prepare(tx, "DELETE FROM tag_chunk WHERE list = ?1 AND first > ?2 AND first < ?3",
                   &writer->drop, err) != 0)
        return -1;
    *ret = MEM_STEAL(writer);
    return 0;
}

void chunk_writer_free(struct chunk_writer *writer)
{
    if (!writer)
        return;
    db_stmt_finish(&writer->put);
    db_stmt_finish(&writer->drop);
    free(writer);
}

/* Removes the chunks that begin between LOWER and the chunk written before. */
static int drop_down_to(struct chunk_writer *writer, const char *lower, struct err *err)
{
    db_bind_int(writer->drop, 1, writer->list);
    db_bind_text(writer->drop, 2, lower);
    if (writer->above[0] != '\0')
        db_bind_text(writer->drop, 3, writer->above);
    else
        db_bind_blob(writer->drop, 3, (struct span){NULL, 0}); /* greater than any text */
    return db_run(writer->drop, err);
}

static int flush(struct chunk_writer *writer, struct err *err)
{
    struct chunk *chunk = &writer->chunk;
    if (drop_down_to(writer, chunk->first, err) != 0)
        return -1;
    db_bind_int(writer->put, 1, writer->list);
    db_bind_text(writer->put, 2, chunk->first);
    db_bind_blob(writer->put, 3, chunk_seal(chunk));
    if (db_run(writer->put, err) != 0)
        return -1;
    memcpy(writer->above, chunk->first, chunk->first_len + 1);
    chunk_clear(chunk);
    return 0;
}

int chunk_writer_add(struct chunk_writer *writer, struct span tag, struct err *err)
{
    chunk_add(&writer->chunk, tag);
    return writer->chunk.full ? flush(writer, err) : 0;
}

int chunk_writer_end(struct chunk_writer *writer, struct err *err)
{
    if (writer->chunk.count != 0 && flush(writer, err) != 0)
        return -1;
    return drop_down_to(writer, "", err);
}
