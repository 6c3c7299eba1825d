/*
 * Time, from a clock that tests own.
 *
 * Wall time is for people and records: nanoseconds since 1970 in UTC.
 * Monotonic time is for deadlines and intervals: nanoseconds since some fixed
 * point, never set back. Code takes a `const struct clock *` and never asks
 * the system itself.
 */
#ifndef TIDEMARK_BASE_CLOCK_H
#define TIDEMARK_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum {
    CLOCK_TEXT_SIZE = 48, /* bytes for any formatted time, with the NUL */
};

#define CLOCK_NS_PER_MS INT64_C(1000000)
#define CLOCK_NS_PER_S  INT64_C(1000000000)

struct clock {
    int64_t (*wall_ns)(void *arg);
    int64_t (*monotonic_ns)(void *arg);
    void *arg;
};

/* The system's clock; usable from all threads. */
const struct clock *clock_system(void);

static inline int64_t clock_wall_ns(const struct clock *clock)
{
    return clock->wall_ns(clock->arg);
}

static inline int64_t clock_monotonic_ns(const struct clock *clock)
{
    return clock->monotonic_ns(clock->arg);
}

/* Seconds since the monotonic time BEGAN_NS, for metrics. */
static inline double clock_seconds_since(const struct clock *clock, int64_t began_ns)
{
    return (double)(clock_monotonic_ns(clock) - began_ns) / (double)CLOCK_NS_PER_S;
}

/*
 * RFC 3339 with whole seconds in UTC, as Kubernetes writes it:
 * "2026-01-02T03:04:05Z". Writes into TEXT and returns it.
 */
const char *clock_format_utc(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE]);
/* The same in the caller's time zone: "2026-01-02T08:34:05+05:30". */
const char *clock_format_local(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE]);
/* The same in UTC with nanoseconds, final zeros cut, as Go's RFC3339Nano. */
const char *clock_format_nano(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE]);

/* Reads RFC 3339 with any offset and fraction. False if it is not that. */
bool clock_parse(struct span text, int64_t *ret_wall_ns);

#endif
