/*
 * Conditions: what an object's status says about how it is doing, in the form
 * that kubectl, Flux and dashboards read (kstatus).
 *
 * A condition is Ready, Reconciling or Stalled, with status True, False or
 * Unknown, a CamelCase reason and a message. They stand in the list
 * "conditions" of a status, in the order Stalled, Reconciling, Ready;
 * Reconciling and Stalled are there only while they are True, never both.
 */
#ifndef TIDEMARK_API_CONDITION_H
#define TIDEMARK_API_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/json.h"

#define API_READY       "Ready"
#define API_RECONCILING "Reconciling"
#define API_STALLED     "Stalled"

#define API_TRUE    "True"
#define API_FALSE   "False"
#define API_UNKNOWN "Unknown"

enum {
    API_CONDITION_MESSAGE_MAX = 32768, /* bytes; longer messages end in "..." */
};

/* A view into a status; strings are borrowed from it, "" where it has none. */
struct api_condition {
    const char *status;
    const char *reason;
    const char *message;
    int64_t observed_generation;
};

/* False, with nothing written, if the status has no such condition. */
bool api_condition_get(const struct json *status, const char *type, struct api_condition *ret);

/*
 * Adds or replaces a condition. lastTransitionTime moves to NOW_NS (wall time)
 * when status, reason or message change, and at no other time. Setting
 * Reconciling removes Stalled, and the other way round.
 */
void api_condition_set(struct json *status, const char *type, const struct api_condition *condition,
                       int64_t now_ns);

void api_condition_remove(struct json *status, const char *type);

/*
 * Does to the conditions of STATUS what a writer has done who read READ and wants
 * WANTED: the types that he changed, added or removed become as he wants them,
 * all others stay. Reconciling and Stalled as above.
 */
void api_conditions_merge(struct json *status, const struct json *read, const struct json *wanted);

/* Ready=True and neither Reconciling nor Stalled. */
bool api_is_ready(const struct json *status);

#endif
