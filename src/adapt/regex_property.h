/*
 * Unicode classes: from the loose names that Go takes to those of RE2. Only
 * for regex_rewrite.c.
 */
#ifndef TIDEMARK_ADAPT_REGEX_PROPERTY_H
#define TIDEMARK_ADAPT_REGEX_PROPERTY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

enum {
    REGEX_PROPERTY_TEXT_MAX = 256, /* bytes of anything that is appended */
};

/*
 * Appends the class NAME, or its complement, for a place outside or inside
 * brackets. False if it cannot be a name, or RE2 has no way to say it there;
 * other names that nobody knows come out as such that RE2 does not know.
 */
bool regex_property(struct span name, bool negative, bool in_class, struct buf *ret);

#endif
