/*
 * Waiting for the outcome of what a command asked for: by the daemon if one
 * runs on the store, otherwise by reconciling in this process.
 */
#ifndef TIDEMARK_CLI_WAIT_H
#define TIDEMARK_CLI_WAIT_H

#include "api/object.h"
#include "base/err.h"
#include "cli/home.h"

enum wait_for {
    WAIT_READY,   /* the object's present generation has been reconciled */
    WAIT_HANDLED, /* the request in its annotation has been answered */
};

/*
 * Waits until the outcome is there and then answers 0 with the object as it
 * is in *RET if it is Ready; -1 with its Ready message if it is not, or
 * "context deadline exceeded" after --timeout. HANDLED_BEFORE is its
 * status.lastHandledReconcileAt before the request (or NULL).
 */
int wait_for_outcome(struct home *home, struct api_ref ref, enum wait_for what,
                     const char *handled_before, struct api_object **ret, struct err *err);

/*
 * After a deletion: if no daemon is there to clear up after the object, that
 * is done now. Waits a few seconds for one that is, and not for its success.
 */
int wait_settle(struct home *home, struct api_ref ref, struct err *err);

#endif
