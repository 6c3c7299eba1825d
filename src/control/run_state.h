/*
 * The run state: what an automation saw at the end of its last good run, so
 * that the next one can tell that nothing moved, and whether a push branch
 * holds its own commits only.
 *
 * It is kept in the database, by the automation's uid. It is a cache: without
 * it a run looks at everything again and takes a push branch as it finds it.
 */
#ifndef TIDEMARK_CONTROL_RUN_STATE_H
#define TIDEMARK_CONTROL_RUN_STATE_H

#include <stdbool.h>

#include "adapt/db.h"
#include "base/err.h"
#include "git/oid.h"

struct run_state {
    struct git_oid base; /* the commit that was checked out */
    struct git_oid tip;  /* the head of the push branch at the end; none: it did not exist */
    bool ours;           /* all that the push branch has beyond a base is ours */
};

int run_state_migrate(struct db *db, struct err *err);

/* 1, or 0 if nothing is known. */
int run_state_load(struct db *db, const char *uid, struct run_state *ret, struct err *err);
int run_state_save(struct db *db, const char *uid, const struct run_state *state, struct err *err);
int run_state_delete(struct db *db, const char *uid, struct err *err);

#endif
