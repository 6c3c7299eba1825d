/*
 * What `check` finds out: each part prints a line for each thing that it looks
 * at, and remembers whether one was wrong.
 */
#ifndef TIDEMARK_CLI_CHECK_H
#define TIDEMARK_CLI_CHECK_H

#include <stdbool.h>

#include "base/span.h"
#include "cli/command.h"
#include "cli/home.h"

struct check {
    const struct cli *cli;
    struct home *home; /* NULL: the embedded home, not made yet */
    bool failed;
};

/* "✗ text", and the check has failed. */
void check_fail(struct check *check, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Is VERSION, "v1.34.2" or "2.39.5", in RANGE? Prints "✔ NAME VERSION RANGE", or
 * that it is not. */
void check_version(struct check *check, const char *name, struct span version, const char *range);

/* The API server's version. False if it does not answer: nothing else can be
 * looked at then. */
bool check_server(struct check *check);

/* The Deployment, and those of Flux that do the same work. */
void check_controllers(struct check *check);

/* The definitions of the kinds, by what the server says that it serves. */
void check_definitions(struct check *check);

/* What the caller may do, compared with the rules of deploy/rbac.yaml. */
void check_permissions(struct check *check);

#endif
