/*
 * What the errors of git, ssh and servers mean. Internal to this folder.
 */
#ifndef TIDEMARK_GIT_FAULT_H
#define TIDEMARK_GIT_FAULT_H

#include "base/buf.h"
#include "base/err.h"
#include "git/access.h"
#include "git/run.h"

/* What kind of failure git's words tell of, where it decides what to do next. */
enum git_fault {
    GIT_FAULT_UNKNOWN,         /* nothing that we know: a local repository may be damaged */
    GIT_FAULT_REMOTE,          /* the server or the way to it */
    GIT_FAULT_REDIRECT,        /* the server names another address */
    GIT_FAULT_GONE,            /* the server does not give the object, now that refs moved */
    GIT_FAULT_NO_PUSH_OPTIONS, /* the server takes none */
    GIT_FAULT_LACKING,         /* an object that was needed is not in the mirror */
    GIT_FAULT_LOCAL,           /* the machine: no space, no right to write */
};

enum git_fault git_fault_of(const struct git_outcome *outcome);

/* Whether it may come from a mirror that is damaged. */
static inline bool git_fault_is_damage(enum git_fault fault)
{
    return fault == GIT_FAULT_UNKNOWN || fault == GIT_FAULT_LACKING;
}

/*
 * Fills ERR from a failed run and returns -1: one line with Flux's words for
 * the case ("repository not found", "authentication required", "authorization
 * failed"), git's or the server's own reason, and what to do.
 */
int git_fail(const struct git_outcome *outcome, const struct git_access *access, struct err *err);

/* Appends what the server itself said on stderr ("remote: …", "ERROR: …"), as
 * one line. Nothing if it was silent. */
void git_add_server_words(const char *errors, struct buf *ret);

#endif
