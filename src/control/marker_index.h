/*
 * The marker index: which files of a repository carry markers, as of one
 * commit, so that the next run reads only what has changed since.
 *
 * It is kept in the database, by repository and path. It is a cache: losing it
 * costs one look at every manifest.
 */
#ifndef TIDEMARK_CONTROL_MARKER_INDEX_H
#define TIDEMARK_CONTROL_MARKER_INDEX_H

#include <stddef.h>

#include "adapt/db.h"
#include "base/err.h"
#include "git/oid.h"

enum {
    MARKER_INDEX_FILES_MAX = 100000, /* marked files in one repository */
};

struct marker_file {
    char *path; /* relative to the repository's root */
    char *mode; /* "100644" or "100755" */
    struct git_oid blob;
};

struct marker_index {
    struct git_oid commit;     /* that it is right for; none if it was never made */
    struct marker_file *files; /* sorted by path */
    size_t len;
    size_t cap;
};

#define MARKER_INDEX_INIT                                                                          \
    {                                                                                              \
        .len = 0                                                                                   \
    }

void marker_index_finish(struct marker_index *index);

/* Makes the table if it is missing. */
int marker_index_migrate(struct db *db, struct err *err);

/* Reads the index of KEY into the empty RET; it stays empty if there is none. */
int marker_index_load(struct db *db, const char *key, struct marker_index *ret, struct err *err);

/* Keeps the index, replacing the one of KEY. Writes the differences only. */
int marker_index_save(struct db *db, const char *key, const struct marker_index *index,
                      struct err *err);

/* Adds the file, or replaces its mode and blob. Class invalid at the cap. */
int marker_index_put(struct marker_index *index, const char *path, const char *mode,
                     const struct git_oid *blob, struct err *err);
void marker_index_remove(struct marker_index *index, const char *path);

#endif
