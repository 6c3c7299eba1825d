#include "control/outcome.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/str.h"

void outcome_finish(struct outcome *outcome)
{
    free(outcome->message);
    free(outcome->event);
    *outcome = (struct outcome)OUTCOME_INIT;
}

static void __attribute__((format(printf, 5, 0)))
set(struct outcome *outcome, enum outcome_kind kind, const char *reason, int64_t after_ns,
    const char *fmt, va_list args)
{
    char *message = str_vprintf(fmt, args); /* perhaps from the one before */
    outcome_finish(outcome);
    *outcome = (struct outcome){
        .kind = kind,
        .reason = reason,
        .message = message,
        .after_ns = after_ns,
    };
}

void outcome_ready(struct outcome *outcome, int64_t after_ns, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set(outcome, OUTCOME_READY, "Succeeded", after_ns, fmt, args);
    va_end(args);
}

void outcome_retry(struct outcome *outcome, const char *reason, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set(outcome, OUTCOME_RETRY, reason, 0, fmt, args);
    va_end(args);
}

void outcome_wait(struct outcome *outcome, int64_t after_ns, const char *reason, const char *fmt,
                  ...)
{
    va_list args;
    va_start(args, fmt);
    set(outcome, OUTCOME_WAIT, reason, after_ns, fmt, args);
    va_end(args);
}

void outcome_stalled(struct outcome *outcome, const char *reason, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    set(outcome, OUTCOME_STALLED, reason, 0, fmt, args);
    va_end(args);
}
