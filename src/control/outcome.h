/*
 * The outcome of one pass over an object: what its Ready condition shall say,
 * and when it is looked at again.
 */
#ifndef TIDEMARK_CONTROL_OUTCOME_H
#define TIDEMARK_CONTROL_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum outcome_kind {
    OUTCOME_READY,   /* Ready=True; again after `after_ns`, or never if that is 0 */
    OUTCOME_RETRY,   /* Ready=False, Reconciling stays; again after the back-off */
    OUTCOME_WAIT,    /* the same, but again after `after_ns`, without back-off */
    OUTCOME_STALLED, /* Ready=False and Stalled=True; not again until something changes */
};

struct outcome {
    enum outcome_kind kind;
    const char *reason; /* CamelCase; static */
    char *message;      /* of the Ready condition; owned */
    char *event;        /* of the event, if it has other words; owned, or NULL */
    bool news;          /* worth an event even if Ready was like this before */
    int64_t after_ns;
};

#define OUTCOME_INIT                                                                               \
    {                                                                                              \
        .reason = ""                                                                               \
    }

void outcome_finish(struct outcome *outcome);

void outcome_ready(struct outcome *outcome, int64_t after_ns, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void outcome_retry(struct outcome *outcome, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void outcome_wait(struct outcome *outcome, int64_t after_ns, const char *reason, const char *fmt,
                  ...) __attribute__((format(printf, 4, 5)));
void outcome_stalled(struct outcome *outcome, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
