/*
 * A walk over a pattern: where it is, what it wrote for RE2, and what the
 * pattern costs so far. Only for regex_rewrite.c and regex_class.c.
 */
#ifndef TIDEMARK_ADAPT_REGEX_SCAN_H
#define TIDEMARK_ADAPT_REGEX_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/regex.h"
#include "adapt/regex_rewrite.h"
#include "base/span.h"

/* What a group costs so far, and the part of it that an operator would repeat;
 * and for both, how often counts in them repeat what is inside. */
struct regex_cost {
    size_t sum;
    size_t last;
    size_t times;
    size_t last_times;
};

struct regex_scan {
    struct span pattern;
    size_t at;
    size_t depth;
    struct regex_cost costs[REGEX_DEPTH_MAX + 1]; /* of the pattern and each open group */
    struct span wanted;                           /* a rewritten class to look for, and */
    struct span found;                            /* as which text it was written first */
    struct regex_rewrite *out;
};

/* The pattern from the offset AT on. */
struct span regex_scan_rest(const struct regex_scan *scan, size_t at);

/* The pattern from the offset BEGIN up to here. */
struct span regex_scan_since(const struct regex_scan *scan, size_t begin);

/* Whether TEXT stands here. */
bool regex_scan_sees(const struct regex_scan *scan, const char *text);

/* The byte AHEAD bytes from here; 0 behind the end. */
char regex_scan_peek(const struct regex_scan *scan, size_t ahead);

bool regex_scan_at_end(const struct regex_scan *scan);

/* Copies the next COUNT bytes, or what is left, and walks past them. */
void regex_scan_copy(struct regex_scan *scan, size_t count);

/* Notes a fault; the first one counts. */
void regex_scan_fault(struct regex_scan *scan, const char *why, struct span piece);

/* Adds a part of SIZE to the cost, in which counts repeat something TIMES times;
 * a cost beyond REGEX_SIZE_MAX is a fault. */
void regex_scan_add_part(struct regex_scan *scan, size_t size, size_t times);

/* The same in the place of the last part, which an operator repeats. */
void regex_scan_set_last(struct regex_scan *scan, size_t size, size_t times);

#endif
