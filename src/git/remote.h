/*
 * A remote repository: its URL with what is needed to get in, and the list of
 * its refs.
 *
 * A `struct git_remote` lives for one run of an automation. It owns the
 * private files with the secrets; git_remote_free() removes them. Used by one
 * thread at a time.
 *
 *     git_remote_open(&options, &remote, err)
 *     git_remote_list(remote, &query, deadline, &refs, err)
 *     git_checkout_resolve(…)                           checkout.h
 *     git_mirror_open(…), git_mirror_fetch(…)           mirror.h
 *     git_tree_list(…), git_tree_diff(…)                tree.h
 *     git_object_read(…)                                object.h
 *     git_commit_create(…)                              commit.h
 *     git_push(…)                                       push.h
 *     git_mirror_close(mirror), git_remote_free(remote)
 *
 * Errors of remote operations have the class not-found (no such repository),
 * unauthorized, unavailable (network, server: try again), canceled (the
 * deadline) or invalid, and Flux's words for the case.
 */
#ifndef TIDEMARK_GIT_REMOTE_H
#define TIDEMARK_GIT_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "git/auth.h"
#include "git/oid.h"

enum {
    GIT_REFS_MAX = 1000 * 1000, /* refs that a list may hold */
};

struct git_remote;

struct git_remote_options {
    const char *url;
    bool allow_local;         /* file:// and absolute paths */
    const char *private_base; /* absolute folder in which the private one is made */
    const struct git_credentials *credentials; /* or NULL: none */
};

/* Class invalid if URL or credentials are malformed. */
int git_remote_open(const struct git_remote_options *options, struct git_remote **ret,
                    struct err *err);
void git_remote_free(struct git_remote *remote);
MEM_DEFINE_FREEP(struct git_remote, git_remote_free)

/* The URL without credentials. */
const char *git_remote_url(const struct git_remote *remote);

struct git_ref {
    char *name;            /* full: "refs/heads/main", "HEAD" */
    struct git_oid oid;    /* what the ref holds: of an annotated tag, the tag object */
    struct git_oid peeled; /* of an annotated tag, what it names in the end; else none */
};

struct git_refs {
    struct git_ref *items; /* sorted by name, bytewise */
    size_t len;
    size_t cap;
    size_t seen; /* refs that the server listed, kept or not */
};

void git_refs_finish(struct git_refs *refs);

/* The ref with that full name, borrowed, or NULL. */
const struct git_ref *git_refs_find(const struct git_refs *refs, const char *name);

/* The commit that the ref names: peeled if it is a tag. */
const struct git_oid *git_ref_commit(const struct git_ref *ref);

/*
 * Which refs to list. Only branches are asked for if all names are branches,
 * and so on, so the pull requests of a forge cost nothing. (git 2.39 cannot
 * ask for less than all branches or all tags.)
 */
struct git_list_query {
    const char *const *names; /* full names to keep, e.g. "refs/heads/main" */
    size_t name_count;
    bool tags;       /* keep all tags too */
    bool everything; /* keep everything */
};

/*
 * Lists refs of the remote. A ref that is not there is just not in the list.
 * Errors read "unable to list remote for '<url>': …".
 */
int git_remote_list(struct git_remote *remote, const struct git_list_query *query,
                    const struct deadline *deadline, struct git_refs *ret, struct err *err);

/* For this folder: runs git against the remote (the command's access is set
 * here), once more with other means if the server redirects. */
struct git_command;
struct git_outcome;
int git_remote_run(struct git_remote *remote, struct git_command *command, struct git_outcome *ret,
                   struct err *err);
/* For this folder: fills ERR from the outcome of such a run; returns -1. */
int git_remote_fail(const struct git_remote *remote, const struct git_outcome *outcome,
                    struct err *err);
/* For this folder: the URL as git is to use it. */
const char *git_remote_address(const struct git_remote *remote);

#endif
