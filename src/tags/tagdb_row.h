/*
 * What the files tagdb*.c share. Nobody else includes this.
 */
#ifndef TIDEMARK_TAGS_TAGDB_ROW_H
#define TIDEMARK_TAGS_TAGDB_ROW_H

#include "tags/tagdb.h"

struct tagdb {
    struct db *db;
};

/* 1 with the row id and the summary of the object's list, 0 if there is none. */
int tagdb_row_find(struct db_tx *tx, const char *uid, int64_t *ret_id, struct tagdb_summary *ret,
                   struct err *err);

#endif
