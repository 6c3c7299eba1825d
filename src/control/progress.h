/*
 * Tells of passes that last. Most are over before anybody could have read that
 * they are under way; a write of the status for each would cost more than some
 * of the passes themselves. So what a pass says of its progress is written to its
 * object by a thread of its own, and only once the pass has been at it for
 * PROGRESS_AFTER_MS.
 *
 * All functions may be called from any thread; a note belongs to one pass.
 */
#ifndef TIDEMARK_CONTROL_PROGRESS_H
#define TIDEMARK_CONTROL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

enum {
    PROGRESS_AFTER_MS = 1000,
};

struct progress;

/* STORE and CLOCK are borrowed. */
struct progress *progress_new(struct store *store, const struct clock *clock);
/* No note may be under way. */
void progress_free(struct progress *progress);
MEM_DEFINE_FREEP(struct progress, progress_free)

/* What one pass has to tell; its insides are progress.c's. */
struct progress_note {
    const struct api_object *object;
    struct api_object *stored;
    char *message;
    int64_t due_ns;
    bool listed;  /* is to be written */
    bool writing; /* is being written just now */
    TAILQ_ENTRY(progress_note) entry;
};

#define PROGRESS_NOTE_INIT                                                                         \
    {                                                                                              \
        .object = NULL                                                                             \
    }

/* MESSAGE is what the pass over OBJECT is at. OBJECT, as the pass read it, is
 * borrowed and must not change until the end. */
void progress_tell(struct progress *progress, struct progress_note *note,
                   const struct api_object *object, const char *message);

/*
 * The pass has an outcome: nothing more is written. Waits for a write that is under
 * way. The object as it was written last, for the caller to free; NULL if it was not.
 */
struct api_object *progress_end(struct progress *progress, struct progress_note *note);

/* Puts into a status of the object's GENERATION what it says of a pass that is at
 * MESSAGE: Reconciling, and Ready while nobody knows better. */
void progress_show(struct json *status, int64_t generation, const char *message,
                   int64_t now_wall_ns);

#endif
