/*
 * Object ids: the names that git gives to commits, trees, blobs and tags.
 *
 * An id is kept as its lower-case hex digits, 40 for SHA-1 and 64 for SHA-256;
 * their number tells the repository's object format. It is a plain value; the
 * empty one ("") means "none", for example "this ref does not exist".
 */
#ifndef TIDEMARK_GIT_OID_H
#define TIDEMARK_GIT_OID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

enum {
    GIT_OID_SIZE = 65, /* bytes of the longest id with its NUL */
};

enum git_format {
    GIT_FORMAT_SHA1,
    GIT_FORMAT_SHA256,
};

struct git_oid {
    char hex[GIT_OID_SIZE];
};

#define GIT_OID_NONE ((struct git_oid){{0}})

/* Reads 40 or 64 hex digits of either case. An id of zeros alone, git's own
 * "none", becomes the empty one. False, with *RET untouched, for other text. */
bool git_oid_read(struct span text, struct git_oid *ret);

bool git_oid_is_none(const struct git_oid *oid);
bool git_oid_equal(const struct git_oid *a, const struct git_oid *b);
enum git_format git_oid_format(const struct git_oid *oid);

/* "sha1", "sha256": as in revisions and for `git init --object-format`. */
const char *git_format_name(enum git_format format);

/* The id that a blob with this content has. */
struct git_oid git_oid_of_blob(enum git_format format, struct span content);

#endif
