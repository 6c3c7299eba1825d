/*
 * The part of regex.h that its C++ half needs too.
 */
#ifndef TIDEMARK_ADAPT_REGEX_GROUP_H
#define TIDEMARK_ADAPT_REGEX_GROUP_H

#include <stddef.h>

/* The bytes [begin, end) of a text that a group matched; -1 if the group took
 * no part in the match. Group 0 is the whole match. */
struct regex_group {
    ptrdiff_t begin;
    ptrdiff_t end;
};

#endif
