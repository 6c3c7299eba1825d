/*
 * Stopping: a request to stop that many threads can see, and deadlines.
 *
 * Everything that may block takes a `const struct deadline *`. It carries the
 * latest moment to go on, and the cancel flag of whoever started the work; on
 * either the function returns -1 with class canceled as soon as it can. NULL
 * means that there is no limit.
 *
 * All functions may be called from any thread; cancel_trigger() from a signal
 * handler too.
 */
#ifndef TIDEMARK_BASE_CANCEL_H
#define TIDEMARK_BASE_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

struct cancel;

/* Aborts if the kernel has no descriptor left. */
struct cancel *cancel_new(void);
void cancel_free(struct cancel *cancel);
MEM_DEFINE_FREEP(struct cancel, cancel_free)

/* Asks to stop; cannot be taken back. */
void cancel_trigger(struct cancel *cancel);
bool cancel_requested(const struct cancel *cancel);

/* A descriptor that is readable from the request on, for poll(); do not read. */
int cancel_fd(const struct cancel *cancel);

struct deadline {
    const struct clock *clock;
    int64_t at_ns;               /* monotonic; INT64_MAX: none */
    const struct cancel *cancel; /* or NULL */
};

/* The moment TIMEOUT_NS from now; 0 or less means no limit in time. */
struct deadline deadline_in(const struct clock *clock, int64_t timeout_ns,
                            const struct cancel *cancel);

/* The earlier of OUTER and TIMEOUT_NS from now; OUTER may be NULL. */
struct deadline deadline_within(const struct deadline *outer, int64_t timeout_ns);

/* Milliseconds left, at least 0, at most INT32_MAX (also for "no limit"),
 * rounded up, so that a wait for it ends after the deadline. */
int deadline_left_ms(const struct deadline *deadline);

/* 0, or -1 with class canceled: "context deadline exceeded" if the time is
 * over (the words that Flux's users know), else "canceled". */
int deadline_check(const struct deadline *deadline, struct err *err);

/* Sleeps for TIMEOUT_MS, less if the deadline comes first; -1 as above. */
int deadline_sleep_ms(const struct deadline *deadline, int timeout_ms, struct err *err);

#endif
