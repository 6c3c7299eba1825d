/*
 * One run of the git program. Internal to this folder.
 */
#ifndef TIDEMARK_GIT_RUN_H
#define TIDEMARK_GIT_RUN_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/span.h"
#include "git/access.h"

struct git_command {
    const char *const *args;         /* NULL-terminated; what follows "git" */
    const char *git_dir;             /* the repository, or NULL: none */
    int lock_fd;                     /* its lock, which the subprocess keeps too; or 0 */
    const struct git_access *access; /* the remote, or NULL: a local command */
    struct span input;
    int (*on_output)(void *arg, struct span piece, struct err *err);
    void *arg;
    const struct deadline *deadline;
};

struct git_outcome {
    int status;   /* exit code */
    char *errors; /* owned: the end of stderr, without secrets */
};

void git_outcome_finish(struct git_outcome *outcome);

/*
 * Runs git to its end. 0 whatever the exit code; -1 if it could not be
 * started, was canceled, or ON_OUTPUT failed (its error). The outcome needs
 * git_outcome_finish() in any case.
 */
int git_run(const struct git_command *command, struct git_outcome *ret, struct err *err);

#endif
