/*
 * Writes a list to the database as chunks, and only those chunks that differ
 * from the ones that are there.
 */
#ifndef TIDEMARK_TAGS_CHUNK_WRITER_H
#define TIDEMARK_TAGS_CHUNK_WRITER_H

#include <stdint.h>

#include "adapt/db.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

struct chunk_writer;

/* LIST is the row id of the list, in a write transaction that outlives the
 * writer. */
int chunk_writer_new(struct db_tx *tx, int64_t list, struct chunk_writer **ret, struct err *err);
void chunk_writer_free(struct chunk_writer *writer);
MEM_DEFINE_FREEP(struct chunk_writer, chunk_writer_free)

/* Adds the next tag of the list. */
int chunk_writer_add(struct chunk_writer *writer, struct span tag, struct err *err);

/* Writes the last chunk, and removes what the list had beyond it. */
int chunk_writer_end(struct chunk_writer *writer, struct err *err);

#endif
