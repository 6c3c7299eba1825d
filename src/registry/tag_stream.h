/*
 * Reads the answer to a tag listing as it arrives: {"name":…,"tags":["1.0",…]}.
 *
 * Every tag is handed on at once, so that memory does not depend on their
 * number. The JSON (RFC 8259) is checked to its end, also where it is of no
 * interest: UTF-8, escapes, numbers, nesting. Differences from a plain parser:
 * the whole must be an object that has a member "tags" (null counts as an
 * empty list) or at least "name"; "tags" may stand there once; its elements
 * must be strings; \u0000 is refused.
 *
 * A tag that no reference could name (empty, over TAG_STREAM_TAG_MAX bytes, or
 * with other characters than letters, digits and "_-.") is skipped and counted.
 *
 * A stream is used by one thread. It owns nothing and needs no finish.
 */
#ifndef TIDEMARK_REGISTRY_TAG_STREAM_H
#define TIDEMARK_REGISTRY_TAG_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "registry/json_scalar.h"

enum {
    TAG_STREAM_TAG_MAX = JSON_SCALAR_TEXT_MAX, /* bytes of a tag */
    TAG_STREAM_DEPTH_MAX = 64,                 /* nesting of the JSON */
};

/* Takes one tag, whose bytes live until it returns. -1 with ERR filled ends
 * the reading with that error. */
typedef int tag_stream_fn(void *arg, struct span tag, struct err *err);

struct tag_stream {
    tag_stream_fn *on_tag;
    void *arg;
    size_t tags;                                /* handed on */
    size_t skipped;                             /* that no reference could name */
    char first_skipped[TAG_STREAM_TAG_MAX + 1]; /* as far as it fits */

    /* Private from here on. */
    unsigned char state;
    unsigned char depth;
    uint64_t objects; /* bit N: level N+1 is an object, not an array */
    bool in_tags;     /* the value that comes, or that we are in, is that of "tags" */
    bool has_tags, has_name;
    bool in_key;
    struct json_scalar scalar;
};

void tag_stream_init(struct tag_stream *stream, tag_stream_fn *on_tag, void *arg);

/* Reads the next piece. -1 with class invalid and Go's words if it is not JSON
 * or no tag list, or with the callback's error. */
int tag_stream_feed(struct tag_stream *stream, struct span piece, struct err *err);

/* Says that no more comes; -1 with class unavailable if the text is not complete. */
int tag_stream_end(struct tag_stream *stream, struct err *err);

#endif
