/*
 * Objects: the contents of many blobs (or the text of commits), read by one git
 * process and streamed in the order in which they were asked for.
 */
#ifndef TIDEMARK_GIT_OBJECT_H
#define TIDEMARK_GIT_OBJECT_H

#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/span.h"
#include "git/mirror.h"
#include "git/oid.h"

enum git_object_kind {
    GIT_OBJECT_MISSING, /* not in the mirror: left out by the fetch as too large */
    GIT_OBJECT_BLOB,
    GIT_OBJECT_COMMIT,
    GIT_OBJECT_OTHER, /* a tree or a tag */
};

struct git_object {
    enum git_object_kind kind;
    size_t index;        /* in the list that was asked for */
    uint64_t size_bytes; /* its full size; 0 if it is missing */
    struct span content; /* borrowed for the call; empty if larger than the cap */
};

/*
 * Calls ON_OBJECT once for each of the COUNT ids (which may repeat). An object
 * of more than MAX_BYTES is reported with its size, without its content.
 * Returns 0, or -1 also with ON_OBJECT's error.
 */
int git_object_read(struct git_mirror *mirror, const struct git_oid *oids, size_t count,
                    size_t max_bytes,
                    int (*on_object)(void *arg, const struct git_object *object, struct err *err),
                    void *arg, const struct deadline *deadline, struct err *err);

#endif
