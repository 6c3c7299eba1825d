/*
 * The edit of a repository: which of its files carry markers, and what their
 * new contents are. Works on blobs; nothing is checked out.
 */
#ifndef TIDEMARK_CONTROL_UPDATE_EDIT_H
#define TIDEMARK_CONTROL_UPDATE_EDIT_H

#include <stddef.h>

#include "adapt/db.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/strlist.h"
#include "control/marker_index.h"
#include "control/policies.h"
#include "git/commit.h"
#include "git/mirror.h"
#include "update/update.h"

enum {
    UPDATE_EDIT_FILES_MAX = 250 * 1000, /* manifests that are looked at, marked or not */
    UPDATE_EDIT_NOTICES_MAX = 50,       /* notices that are kept for people */
};

/* One file with its new content. */
struct edited_file {
    char *path; /* relative to the repository's root */
    struct git_entry before;
    struct update_result result; /* with the changes */
};

struct update_edit {
    struct marker_index index; /* of the parent commit */
    struct edited_file *files; /* that change, sorted by path */
    size_t len;
    size_t cap;
    struct strlist notices; /* "path:line: text" */
};

#define UPDATE_EDIT_INIT                                                                           \
    {                                                                                              \
        .len = 0                                                                                   \
    }

void update_edit_finish(struct update_edit *edit);

struct update_edit_request {
    struct git_mirror *mirror;
    struct db *db;
    const char *key;              /* of the marker index */
    const struct git_oid *parent; /* the commit to edit; it is in the mirror */
    const char *path;             /* clean; "" is the whole repository */
    const struct policy_images *policies;
    const struct deadline *deadline;
};

/*
 * Brings the marker index up to the parent commit, reading only what changed
 * since, and edits the files that carry markers, all in memory. The index is
 * not saved: see update_edit_save().
 */
int update_edit_make(const struct update_edit_request *request, struct update_edit *ret,
                     struct err *err);

/*
 * Keeps the index as that of COMMIT: the parent, if nothing was committed, or
 * the new commit, whose blobs are those of the edited files.
 */
int update_edit_save(struct update_edit *edit, struct db *db, const char *key,
                     const struct git_oid *commit, bool committed, struct err *err);

#endif
