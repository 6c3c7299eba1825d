/*
 * Markers: the comments that say which field follows which policy.
 *
 *     image: reg.example/shop/web:2.4.0 # {"$imagepolicy": "apps:web"}
 *
 * The text of the comment, behind all its leading `#`, is one JSON object and
 * nothing else, whose values are all texts or null. The value of the key
 * `$imagepolicy` (or of the older `imagepolicy`, if that one is not there) is
 * `namespace:policy`, and `:tag`, `:name` or `:digest` for a part of the image.
 */
#ifndef TIDEMARK_UPDATE_MARKER_H
#define TIDEMARK_UPDATE_MARKER_H

#include <stdbool.h>

#include "base/span.h"

enum {
    MARKER_TEXT_MAX = 4096, /* bytes of a comment that is looked at */
};

enum marker_part {
    MARKER_IMAGE, /* name:tag, and @digest if there is one */
    MARKER_TAG,
    MARKER_NAME,
    MARKER_DIGEST,
};

struct marker {
    char *namespace;
    char *policy;
    enum marker_part part;
    char *setter; /* the value as it was written, after JSON's escapes */
};

#define MARKER_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

void marker_finish(struct marker *marker);

/*
 * Reads a comment, given from its first `#` on, that seems to be a marker (see
 * marker_find()). Returns true and fills the empty RET, or false and sets *WHY
 * to what is wrong with it, a text that lives for ever.
 */
bool marker_parse(struct span comment, struct marker *ret, const char **why);

/*
 * The offset, at FROM or behind it, of the next word that only markers have:
 * `imagepolicy` with a quote, double or single, behind it. Returns -1 if there
 * is none. Runs at the speed of memory; a text without it has no markers.
 */
ptrdiff_t marker_find(struct span text, size_t from);

#endif
