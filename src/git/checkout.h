/*
 * Which commit a GitRepository's ref means.
 *
 * The first field that is set counts, in the order commit, name, tag, semver,
 * branch; with none it is the branch "master", as in Flux. The answer comes
 * from a list of refs alone.
 */
#ifndef TIDEMARK_GIT_CHECKOUT_H
#define TIDEMARK_GIT_CHECKOUT_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/strlist.h"
#include "git/mirror.h"
#include "git/oid.h"
#include "git/remote.h"

enum {
    GIT_TIES_MAX = 32, /* tags of one version that are told apart by their dates */
};

/* The fields; NULL and "" mean absent. */
struct git_checkout {
    const char *branch;
    const char *tag;
    const char *semver;
    const char *name;
    const char *commit;
};

struct git_target {
    char *ref;             /* full name; of a commit its branch, if given, else NULL */
    struct git_oid oid;    /* to be fetched: of an annotated tag, the tag object */
    struct git_oid commit; /* what is edited and becomes the parent */
    bool by_id;            /* the commit was named by its id */
    bool is_head;          /* it is the head of a branch of the remote */
    struct git_refs ties;  /* tags of the same version, see git_target_settle() */
};

void git_target_finish(struct git_target *target);

/*
 * What to list for it: fills QUERY, whose names are owned by NAMES. PUSH_BRANCH
 * (may be NULL) is listed too.
 */
void git_checkout_query(const struct git_checkout *checkout, const char *push_branch,
                        struct strlist *names, struct git_list_query *query);

/*
 * Finds the target in the list that the query gave. Class invalid (malformed
 * name, range or commit) or not-found, with Flux's texts: "unable to clone
 * '<url>': couldn't find remote ref …", "no match found for semver: <range>",
 * "unable to resolve ref '<name>' to a specific commit" …
 */
int git_checkout_resolve(const struct git_checkout *checkout, const struct git_refs *refs,
                         const char *url, struct git_target *ret, struct err *err);

/*
 * If several tags of the highest version name different commits, decides for
 * the one committed last, which takes a fetch of those; else does nothing.
 */
int git_target_settle(struct git_target *target, struct git_mirror *mirror,
                      struct git_remote *remote, const struct deadline *deadline, struct err *err);

/* What to fetch for the target. Borrowed from it. */
struct git_want git_target_want(const struct git_target *target);

/* "main@sha1:<commit>", "sha1:<commit>": as Flux writes revisions. Owned. */
char *git_revision(const char *ref, const struct git_oid *commit);

#endif
