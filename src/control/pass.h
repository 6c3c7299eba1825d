/*
 * One pass over one object: what is the same for every kind.
 *
 * The pass reads the object, sees to its finalizer and its deletion, says that
 * it is under way, lets the kind's reconciler work, and turns the outcome into
 * conditions, an event, a log line and the time of the next pass.
 */
#ifndef TIDEMARK_CONTROL_PASS_H
#define TIDEMARK_CONTROL_PASS_H

#include <stdbool.h>

#include "control/engine.h"
#include "control/outcome.h"
#include "control/progress.h"

/* What a reconciler works with. */
struct pass {
    struct control *control;
    struct api_object *object; /* as it was when the pass began; stays until its end */
    struct api_object *stored; /* as it was last written, for the next write */
    struct json *status;       /* what its status becomes; conditions are the pass's business */
    struct progress_note note; /* of what is written about this pass before its end */
    bool requested;            /* somebody asked for this pass by annotation, or by a command */
    bool gone;                 /* the object is there no more, or no more our business */
    bool new_generation;       /* the spec has not been brought to an end yet */
};

/* The reconcilers. Each has a file of its own. */
void git_repository_reconcile(struct pass *pass, struct outcome *ret);
void image_repository_reconcile(struct pass *pass, struct outcome *ret);
void image_policy_reconcile(struct pass *pass, struct outcome *ret);
void image_update_reconcile(struct pass *pass, struct outcome *ret);

/* Clears what tidemark keeps about an object that is about to go. */
int image_repository_finalize(struct pass *pass, struct err *err);
int image_update_finalize(struct pass *pass, struct err *err);

/* Reads the object REF that this one uses, as the store or a moment ago its watch
 * had it: a change makes its dependents due once more. As store_get(). */
int pass_read_used(const struct pass *pass, struct api_ref ref, struct api_object **ret,
                   struct err *err);

/* A deadline of TIMEOUT_NS that also ends with the engine. */
struct deadline pass_deadline(const struct pass *pass, int64_t timeout_ns);

/* Says in the Reconciling condition what is being done now. */
void pass_progress(struct pass *pass, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Has that written if the pass goes on for long: before a slow step of which
 * somebody may be waiting to hear. */
void pass_tell_progress(struct pass *pass);

/* The whole pass. Returns the verdict for the queue. */
enum queue_verdict pass_run(struct control *control, struct api_ref ref, int64_t *ret_delay_ns);

/* The next time an interval is over: a little earlier or later for each
 * object, always the same for one, so that objects with equal intervals do not
 * all come at once. */
int64_t pass_jittered_ns(const struct pass *pass, int64_t interval_ns);

#endif
