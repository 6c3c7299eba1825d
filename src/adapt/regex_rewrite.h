/*
 * What Go's patterns have and RE2's lack, rewritten: only for regex.c.
 *
 * The walk over the pattern knows its tokens, not its grammar: what both
 * refuse is left for RE2 to find. It looks for what RE2 would accept or spell
 * otherwise, and adds up what the pattern will cost before RE2 sees it.
 */
#ifndef TIDEMARK_ADAPT_REGEX_REWRITE_H
#define TIDEMARK_ADAPT_REGEX_REWRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

struct regex_rewrite {
    struct buf text; /* for RE2, as far as the pattern was good */
    /* The first fault that RE2 would not find, or NULL: Go's words, and the
     * piece of the pattern. RE2 may still find another one before it. */
    const char *why;
    struct span piece;
    bool in_class;        /* the fault lies between brackets */
    struct span unclosed; /* from a bracket that is not closed on, or empty */
    bool not_boundary;    /* \B occurs */
};

void regex_rewrite(struct span pattern, struct regex_rewrite *ret);
void regex_rewrite_finish(struct regex_rewrite *rewrite);

/* The first Unicode class of PATTERN, as written, that was rewritten to
 * PROPERTY; PROPERTY itself if there is none. */
struct span regex_rewrite_original(struct span pattern, struct span property);

#endif
