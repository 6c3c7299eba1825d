/*
 * The mirror: a bare, shallow repository that keeps what was fetched from one
 * remote, so that a run costs what changed and not what the repository holds.
 *
 * Mirrors live below a cache folder, in folders named by a digest of what they
 * depend on. A mirror is a cache and nothing else: it may be deleted at any
 * time, and is, when it is damaged or has grown past its limits. The next
 * fetch fills it again.
 *
 * An open mirror is locked: a second thread or process that wants it waits.
 * The lock is also held by the git processes that work in the mirror, so that
 * after a kill -9 of tidemark nobody meets its orphans there. What such a run
 * leaves behind (temporary packs, lock files of git) is removed on opening.
 *
 * In the mirror, the ref refs/tidemark/<digest of the remote ref's name> holds
 * what was last fetched or committed for that remote ref, whole: its presence
 * answers "is it here?" without running git, and it is what fetches negotiate
 * from.
 */
#ifndef TIDEMARK_GIT_MIRROR_H
#define TIDEMARK_GIT_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "git/oid.h"
#include "git/remote.h"

enum {
    GIT_MIRROR_PACKS_MAX = 200, /* more fetches and commits than that: begin anew */
    GIT_MIRROR_REFS_MAX = 200,  /* the same for remote refs in use */
};

/* Growth, beyond twice the largest pack, that makes a mirror begin anew. */
#define GIT_MIRROR_SLACK_BYTES (UINT64_C(64) * 1024 * 1024)

struct git_mirror;

struct git_mirror_options {
    const char *cache_dir; /* absolute; made if it is missing */
    const char *url;       /* git_remote_url() */
    const char *scope;     /* mirrors of different scopes are kept apart, so that nobody reads what
                              another's credentials fetched: the Secret's namespace, or "" */
    enum git_format format;
    uint64_t blob_max_bytes; /* larger files are not fetched from servers that can leave them out;
                                0: all are */
    uint64_t size_max_bytes; /* a repository that needs more than this is refused; 0: no limit */
};

/*
 * Opens the mirror, made if it is missing, waiting for whoever uses it. Class
 * canceled if the deadline comes first, else unavailable (disk).
 */
int git_mirror_open(const struct git_mirror_options *options, const struct deadline *deadline,
                    struct git_mirror **ret, struct err *err);
void git_mirror_close(struct git_mirror *mirror);
MEM_DEFINE_FREEP(struct git_mirror, git_mirror_close)

/* What to fetch: a ref's full name and the object that the listing gave for it;
 * or a commit that stands for itself, with NULL as name. */
struct git_want {
    const char *ref;
    struct git_oid oid;
};

/* Whether that very object was fetched, or committed, for the ref. Public for tests. */
bool git_mirror_has(const struct git_mirror *mirror, const struct git_want *want);

/*
 * Fetches, with depth 1, the wanted objects that are not here; runs nothing if
 * all are. A damaged mirror is rebuilt on the way. Class conflict if the server
 * no longer gives what a ref held (it moved: list again), not-found for a commit
 * that the server does not have; texts "unable to clone '<url>': …" and "unable
 * to resolve commit object for '<id>': …".
 */
int git_mirror_fetch(struct git_mirror *mirror, struct git_remote *remote,
                     const struct git_want *wants, size_t count, const struct deadline *deadline,
                     struct err *err);

/*
 * To be called when tree.h, object.h, commit.h or push.h failed: 1 if the cause
 * is a damaged mirror, which is empty and usable now, so that the caller begins
 * again with the fetch; 0 if it was something else, or this was tried before;
 * -1 if the mirror could not be made anew.
 */
int git_mirror_repair(struct git_mirror *mirror, struct err *err);

/* Removes mirrors below the cache folder that nobody used since WALL_NS (wall
 * time). Those in use are left alone. */
int git_mirror_evict(const char *cache_dir, int64_t wall_ns, struct err *err);

#endif
