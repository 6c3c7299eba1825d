/*
 * The words of a version range: what semver_range.c reads from.
 *
 * It knows the shape of items, not yet whether their numbers are usable.
 */
#ifndef TIDEMARK_BASE_SEMVER_SCAN_H
#define TIDEMARK_BASE_SEMVER_SCAN_H

#include "base/buf.h"
#include "base/span.h"

enum semver_op {
    SEMVER_OP_EQUAL, /* also none at all */
    SEMVER_OP_NOT_EQUAL,
    SEMVER_OP_GREATER,
    SEMVER_OP_LESS,
    SEMVER_OP_AT_LEAST,
    SEMVER_OP_AT_MOST,
    SEMVER_OP_TILDE,
    SEMVER_OP_CARET,
};

/* An item as written. */
struct semver_item_text {
    enum semver_op op;
    struct span parts[3]; /* empty if missing */
    struct span prerelease;
    struct span version; /* all but the operator */
};

/* A walk over a text, from its front. */
struct semver_cursor {
    const char *at;
    const char *end;
};

/* A walk over the items of GROUP. */
struct semver_cursor semver_scan_begin(struct span group);

/* Takes the next item of a group: 1, 0 at the end, -1 if it is malformed or
 * not set apart from the next one. */
int semver_scan_item(struct semver_cursor *cursor, struct semver_item_text *ret);

/* Appends TEXT with each "A - B" in it replaced by ">= A, <= B ". */
void semver_scan_hyphens(struct span text, struct buf *ret);

#endif
