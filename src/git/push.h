/*
 * Push: new values for refs of the remote, each under the condition that the
 * ref still has the value that the caller saw.
 *
 * One `git push` sends all of them. Nothing is forced past what the caller has
 * seen: a ref that moved is a conflict, also when history is rewritten on
 * purpose.
 */
#ifndef TIDEMARK_GIT_PUSH_H
#define TIDEMARK_GIT_PUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/strlist.h"
#include "git/mirror.h"
#include "git/oid.h"
#include "git/remote.h"

enum git_push_result {
    GIT_PUSH_UNKNOWN,  /* no answer: list the ref and compare it with the commit */
    GIT_PUSH_DONE,     /* it has the commit now */
    GIT_PUSH_SAME,     /* it had it already */
    GIT_PUSH_CONFLICT, /* it does not have the expected value: begin again from the list */
    GIT_PUSH_REFUSED,  /* the server does not want it: a hook, a protected branch */
};

enum git_push_mode {
    GIT_PUSH_LEASE,  /* the ref must have the value `expected`, or not exist if that is none */
    GIT_PUSH_FORWARD /* whatever it has must be an ancestor that the mirror knows */
};

struct git_push_ref {
    const char *ref; /* full name on the remote */
    struct git_oid commit;
    enum git_push_mode mode;
    struct git_oid expected;

    enum git_push_result result; /* filled by git_push() */
};

struct git_push_request {
    struct git_push_ref *refs; /* a target that occurs twice must get the same commit */
    size_t ref_count;
    const struct strlist *options; /* "key=value", or NULL; not sent if the server takes none */
    /*
     * The commit's parent is not the head of a remote branch (but a tag, an older
     * commit): ask the server first what it has. Otherwise git, which knows only
     * the heads, would send the whole tree.
     */
    bool negotiate;
};

/*
 * Pushes. 0 if all refs are DONE or SAME. Else -1 with the class and text of
 * the first one that is not: conflict, invalid (refused, in the server's own
 * words), unauthorized, not-found, unavailable, canceled; each ref's result
 * tells what became of it. After unavailable or canceled it may be UNKNOWN:
 * the server may or may not have taken it. Texts: "failed to push to remote:
 * non-fast-forward update: <ref>", "failed to push to remote: command error on
 * <ref>: <words>" …
 */
int git_push(struct git_mirror *mirror, struct git_remote *remote,
             const struct git_push_request *request, const struct deadline *deadline,
             struct err *err);

#endif
