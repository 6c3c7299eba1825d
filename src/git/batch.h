/*
 * The output of `git cat-file --batch`, which comes in pieces that end
 * anywhere. Internal to this folder; see object.h.
 *
 *     <id> SP <type> SP <size> LF <content> LF
 *     <id> SP missing LF
 */
#ifndef TIDEMARK_GIT_BATCH_H
#define TIDEMARK_GIT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "git/object.h"

enum {
    GIT_BATCH_HEADER_MAX = 256, /* bytes of a header line */
};

struct git_batch {
    const struct git_oid *oids; /* what was asked for, in this order */
    size_t count;
    size_t max_bytes;
    int (*on_object)(void *arg, const struct git_object *object, struct err *err);
    void *arg;
    bool all_present; /* a missing object is an error (class unavailable) */

    bool lost;                /* … and this is how it shows */
    size_t next;              /* index of the object that comes or is under way */
    bool in_content;          /* the header is read */
    struct git_object object; /* under way */
    uint64_t left_bytes;      /* of its content and the newline behind it */
    struct buf kept;          /* the part of the header or content read so far */
};

void git_batch_init(struct git_batch *batch, const struct git_oid *oids, size_t count,
                    size_t max_bytes,
                    int (*on_object)(void *arg, const struct git_object *object, struct err *err),
                    void *arg);
void git_batch_finish(struct git_batch *batch);

/* An on_output of proc.h whose ARG is a struct git_batch. Class unavailable if
 * the output is not what was asked for. */
int git_batch_feed(void *batch, struct span piece, struct err *err);

/* Class unavailable if objects are missing at the end. */
int git_batch_end(const struct git_batch *batch, struct err *err);

#endif
