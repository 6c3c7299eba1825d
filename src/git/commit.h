/*
 * Commits without a work tree: new contents for some files of a commit make a
 * new commit on top of it.
 *
 * One `git fast-import` process writes blobs, trees and commit. It also works
 * in a mirror that is shallow and lacks large blobs, reads only the trees on
 * the way to the edited files, and puts everything into one pack.
 *
 * A signed commit takes a second process: fast-import cannot write signatures,
 * so it makes the tree (under an unsigned commit that is never pushed), this
 * module composes the commit object, SIGN signs exactly these bytes, and `git
 * hash-object` stores them with the signature in the "gpgsig" header.
 */
#ifndef TIDEMARK_GIT_COMMIT_H
#define TIDEMARK_GIT_COMMIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/span.h"
#include "git/mirror.h"
#include "git/oid.h"
#include "git/tree.h"

enum {
    GIT_COMMIT_MESSAGE_MAX = 1024 * 1024,      /* bytes of a message */
    GIT_COMMIT_CONTENT_MAX = 64 * 1024 * 1024, /* bytes of all new contents together */
    GIT_COMMIT_IDENTITY_MAX = 4 * 1024,        /* bytes of a name or an e-mail address */
    GIT_COMMIT_SIGNATURE_MAX = 64 * 1024,      /* bytes of an armoured signature */
};

/* New content for a regular file that is in the parent's tree. */
struct git_edit {
    const char *path;        /* as git_tree_list() gave it */
    struct git_entry before; /* the same: its mode is kept, its id tells whether it changes */
    struct span content;
};

struct git_commit_request {
    struct git_oid parent;
    const char *ref; /* full name of the remote ref that the commit is for */
    const struct git_edit *edits;
    size_t edit_count;
    const char *name; /* author and committer; '<', '>' and newlines are left out; "" allowed */
    const char *email;
    int64_t time_s;      /* both dates, seconds since 1970, zone +0000 */
    struct span message; /* taken byte for byte; "" allowed; no NUL */
    /*
     * NULL, or appends the armoured detached signature of PAYLOAD, which is the
     * commit object without its signature.
     */
    int (*sign)(void *arg, struct span payload, struct buf *ret, struct err *err);
    void *sign_arg;
};

/*
 * Makes the commit in the mirror. 1 with its id; 0, and no process was run, if
 * all files have their new content already; -1 on failure (class invalid for a
 * request past its limits).
 */
int git_commit_create(struct git_mirror *mirror, const struct git_commit_request *request,
                      const struct deadline *deadline, struct git_oid *ret, struct err *err);

/* When the commit was committed, in seconds since 1970. It must be here. */
int git_commit_time(struct git_mirror *mirror, const struct git_oid *commit,
                    const struct deadline *deadline, int64_t *ret_s, struct err *err);

#endif
