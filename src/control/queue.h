/*
 * The work queue: which object is to be reconciled next, and when.
 *
 * A key is in the queue at most once, and is given to one worker at a time
 * (single flight): what is added while a worker has it comes again once that
 * worker is done. Keys that are due come in the order in which they became
 * due, so that none starves. Failures are tried again after min · 2ⁿ, at most
 * max, with up to a tenth added by chance, so that objects that failed
 * together do not come back together.
 *
 * All functions may be called from any thread. One lock guards everything.
 */
#ifndef TIDEMARK_CONTROL_QUEUE_H
#define TIDEMARK_CONTROL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"

struct queue;

struct queue_config {
    const struct clock *clock;
    int64_t retry_min_ns;
    int64_t retry_max_ns;
    const char *name;            /* of the queue, for the labels of its histograms; static */
    struct metric *wait_seconds; /* how long keys were due before they were taken; or NULL */
    struct metric *work_seconds; /* how long workers had them; or NULL */
};

struct queue *queue_new(const struct queue_config *config);
/* No thread may be inside a function of the queue any more. */
void queue_free(struct queue *queue);
MEM_DEFINE_FREEP(struct queue, queue_free)

/* Makes KEY due in DELAY_NS, 0 for now, unless it is due earlier. */
void queue_add(struct queue *queue, const char *key, int64_t delay_ns);

/*
 * Waits until a key is due and takes it: returns it as an owned string, to be
 * given back with queue_done(). Returns NULL when the queue is closed, or when
 * WAIT_NS (negative: no limit) have passed.
 */
char *queue_take(struct queue *queue, int64_t wait_ns);

enum queue_verdict {
    QUEUE_FORGET, /* nothing more to do until it is added again */
    QUEUE_AFTER,  /* again after a time that the caller names */
    QUEUE_RETRY,  /* it failed: again after the back-off */
};

/* Gives a taken key back and frees it. DELAY_NS counts only for QUEUE_AFTER.
 * Any verdict but QUEUE_RETRY forgets earlier failures. Returns in how many
 * nanoseconds the key is due again; -1 if it is not in the queue. */
int64_t queue_done_take(struct queue *queue, char *key, enum queue_verdict verdict,
                        int64_t delay_ns);

/* Lets every queue_take() return NULL from now on, and wakes those that wait. */
void queue_close(struct queue *queue);

/* Waits until no key is queued (due or not) or taken, or the queue is closed. */
void queue_wait_idle(struct queue *queue);

/* Keys that a worker has at this moment. */
size_t queue_taken(struct queue *queue);

struct queue_stats {
    size_t depth;     /* keys that are due and wait for a worker */
    uint64_t adds;    /* keys that ever became due */
    uint64_t retries; /* keys that were ever put back with QUEUE_RETRY */
    /* For how long workers have had the keys that they have: in all, and at most. */
    double unfinished_seconds;
    double longest_seconds;
};

void queue_stats(struct queue *queue, struct queue_stats *ret);

#endif
