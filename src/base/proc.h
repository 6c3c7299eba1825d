/*
 * Subprocesses: no shell, a clean environment, a deadline, a process group.
 *
 * The program is found through the PATH of tidemark itself; its environment
 * is exactly what the caller names. It starts in its own session, so without a
 * terminal, and its own process group, with
 * all descriptors but the three standard ones (and one that the caller may
 * name) closed, default signal handling, and stdin from memory. When the deadline passes or the
 * caller's callback fails, the whole group is ended (SIGTERM, two seconds later SIGKILL), so that
 * nothing of it stays behind. All functions may be called from any thread.
 *
 * The process must ignore SIGPIPE (the program's main does), since a program
 * may end before it has read all of its input.
 *
 * Untrusted values may stand in arguments only where the program cannot take
 * them for an option; secrets must not stand in arguments at all.
 */
#ifndef TIDEMARK_BASE_PROC_H
#define TIDEMARK_BASE_PROC_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/span.h"

enum {
    PROC_STDERR_MAX = 16 * 1024, /* bytes of stderr kept: the last ones */
};

struct proc_command {
    const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *env;  /* NULL-terminated "NAME=value"; NULL: empty */
    const char *dir;         /* folder to start in, or NULL: as tidemark */
    struct span input;       /* all of stdin */
    /*
     * A descriptor that the program inherits as number 3, or 0 for none. With
     * a file lock in it the lock lasts until the last process of the group is
     * gone, even if tidemark itself is killed before.
     */
    int held_fd;
    /*
     * Receives stdout piece by piece, in order, as it comes. Returns 0, or -1
     * with ERR filled to end the program and fail the run with that error.
     */
    int (*on_output)(void *arg, struct span piece, struct err *err);
    void *arg;
    const struct deadline *deadline; /* or NULL */
};

struct proc_result {
    int status;   /* exit code; 128 + N if signal N ended it */
    char *errors; /* owned: what it wrote to stderr, at most PROC_STDERR_MAX bytes */
};

void proc_result_finish(struct proc_result *result);

/*
 * Runs the command to its end. Returns 0 with the result filled whatever the
 * exit code; -1 if it could not be started (not-found if there is no such
 * program), was ended by the
 * deadline (canceled) or by the callback (its error). On -1 the result holds
 * what was on stderr so far, and needs proc_result_finish() as well.
 */
int proc_run(const struct proc_command *command, struct proc_result *ret, struct err *err);

/* An on_output that appends to a buffer (ARG is a struct buf *), and fails
 * with class invalid when its cap is reached. */
int proc_output_to_buf(void *arg, struct span piece, struct err *err);

#endif
