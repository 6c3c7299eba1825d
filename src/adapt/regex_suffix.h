/*
 * What every text must end with that a pattern can match: for `^.*\.sig$` that
 * is ".sig". Looking at a text's end is far cheaper than matching it, and most
 * exclusions and filters are of that form.
 */
#ifndef TIDEMARK_ADAPT_REGEX_SUFFIX_H
#define TIDEMARK_ADAPT_REGEX_SUFFIX_H

#include "base/buf.h"
#include "base/span.h"

/* Appends the literal end that PATTERN, which must be valid, demands; nothing
 * if it demands none, or is not simple enough to tell. */
void regex_suffix(struct span pattern, struct buf *ret);

#endif
