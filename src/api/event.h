/*
 * Events: what happened to an object, as `kubectl describe` would show it.
 */
#ifndef TIDEMARK_API_EVENT_H
#define TIDEMARK_API_EVENT_H

#include <stdint.h>

#include "api/object.h"

#define API_EVENT_NORMAL  "Normal"
#define API_EVENT_WARNING "Warning"

/* All strings are borrowed from whoever made the event. */
struct api_event {
    struct api_ref object;
    const char *uid;                  /* of the object */
    const char *resource_version;     /* of the object when it happened */
    const char *type;                 /* API_EVENT_NORMAL or API_EVENT_WARNING */
    const char *reason;               /* CamelCase, as the condition's */
    const char *message;              /* may have several lines */
    const struct strmap *annotations; /* those of the object with the event prefix, or NULL */
    int64_t first_ns;                 /* wall time of the first and the last occurrence */
    int64_t last_ns;
    int64_t count;    /* occurrences, from 1 */
    int64_t sequence; /* grows with every occurrence in the store; 0 if not from one */
};

#endif
