/*
 * Trees: which files a commit holds below a path, and which differ between two
 * commits. Entries are streamed; nothing is kept.
 *
 * A path is relative to the root, with '/' between its parts, none of them
 * empty, "." or ".."; "" is the root. It restricts at folder boundaries
 * ("apps/web" does not take "apps/web2/x") and may name one file. File names
 * are bytes: any but NUL and '/'.
 */
#ifndef TIDEMARK_GIT_TREE_H
#define TIDEMARK_GIT_TREE_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "git/mirror.h"
#include "git/oid.h"

enum {
    /* Entries that a listing or a comparison goes through. A few kilobytes of
     * trees that hold each other many times over can stand for more files than
     * could ever be walked. */
    GIT_TREE_ENTRIES_MAX = 4 * 1000 * 1000,
};

enum git_entry_kind {
    GIT_ENTRY_NONE, /* one side of a change: not there */
    GIT_ENTRY_FILE,
    GIT_ENTRY_EXECUTABLE, /* a file with the executable bit */
    GIT_ENTRY_SYMLINK,
    GIT_ENTRY_SUBMODULE,
};

struct git_entry {
    enum git_entry_kind kind;
    struct git_oid oid; /* none if kind is GIT_ENTRY_NONE */
};

/* A regular file, executable or not: what an update may edit. */
static inline bool git_entry_is_file(const struct git_entry *entry)
{
    return entry->kind == GIT_ENTRY_FILE || entry->kind == GIT_ENTRY_EXECUTABLE;
}

/*
 * Calls ON_ENTRY for each entry of COMMIT at or below PATH, folders excepted,
 * in git's order. The entry's path is relative to the repository's root and
 * borrowed for the call. 1 if there was one; 0 if nothing has that
 * path; -1 on failure (class invalid: more than GIT_TREE_ENTRIES_MAX) or with
 * ON_ENTRY's error.
 */
int git_tree_list(struct git_mirror *mirror, const struct git_oid *commit, const char *path,
                  int (*on_entry)(void *arg, const char *path, const struct git_entry *entry,
                                  struct err *err),
                  void *arg, const struct deadline *deadline, struct err *err);

/*
 * Calls ON_CHANGE for each entry at or below PATH that differs between two
 * commits, GIT_TREE_ENTRIES_MAX at most; BEFORE or AFTER has kind
 * GIT_ENTRY_NONE for added or deleted ones.
 * Renames are not looked for. 1 when done; 0, with no call, if the mirror does
 * not have the older commit (any more): list the newer one instead.
 */
int git_tree_diff(struct git_mirror *mirror, const struct git_oid *older,
                  const struct git_oid *newer, const char *path,
                  int (*on_change)(void *arg, const char *path, const struct git_entry *before,
                                   const struct git_entry *after, struct err *err),
                  void *arg, const struct deadline *deadline, struct err *err);

#endif
