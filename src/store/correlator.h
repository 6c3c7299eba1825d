/*
 * Which Events to write for what happens, so that a controller that repeats
 * itself does not flood the cluster. The rules are client-go's:
 *
 * - What is identical (object, type, reason, message) raises the count of the
 *   Event that is there already.
 * - Of an object's events of one type and reason, from the tenth message within
 *   ten minutes on, all become one: "(combined from similar events): …".
 * - Each object may have a burst of 25 writes, then one every five minutes;
 *   what is more is dropped.
 *
 * What it remembers is bounded; the longest unused is forgotten first. Pure but
 * for a lock: any thread may call it.
 */
#ifndef TIDEMARK_STORE_CORRELATOR_H
#define TIDEMARK_STORE_CORRELATOR_H

#include <stdint.h>

#include "api/event.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
    CORRELATOR_OBJECTS = 4096, /* that are remembered, and as many events */
    CORRELATOR_SIMILAR = 10,
    CORRELATOR_SIMILAR_S = 600,
    CORRELATOR_BURST = 25,
    CORRELATOR_REFILL_S = 300,
};

enum correlator_action {
    CORRELATOR_CREATE, /* a new Event */
    CORRELATOR_PATCH,  /* the Event of this name: its count, message and last time */
    CORRELATOR_DROP,
};

/* The Event to write. */
struct correlated {
    char *name;
    char *message;
    int64_t first_ns; /* wall time, as the event's own */
    int64_t count;
};

void correlated_finish(struct correlated *correlated);

struct correlator;

/* CLOCK is borrowed. */
struct correlator *correlator_new(const struct clock *clock);
void correlator_free(struct correlator *correlator);
MEM_DEFINE_FREEP(struct correlator, correlator_free)

/* Takes EVENT into account, as SOURCE tells it, and fills RET in any case. */
enum correlator_action correlator_take(struct correlator *correlator, const char *source,
                                       const struct api_event *event, struct correlated *ret);

#endif
