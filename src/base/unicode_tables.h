/*
 * The tables behind unicode.h, as scripts/unicode writes them.
 */
#ifndef TIDEMARK_BASE_UNICODE_TABLES_H
#define TIDEMARK_BASE_UNICODE_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* The runes lo, lo + stride … hi. Sorted, without overlap. */
struct unicode_range {
    uint32_t lo, hi, stride;
};

enum {
    UNICODE_UPPER,
    UNICODE_LOWER,
    UNICODE_TITLE,
    UNICODE_CASES,
    /* In place of a delta: upper and lower case alternate, beginning with upper. */
    UNICODE_ALTERNATING = 0x110000,
};

struct unicode_case {
    uint32_t lo, hi;
    int32_t delta[UNICODE_CASES];
};

#define UNICODE_RANGES(name)                                                                       \
    extern const struct unicode_range unicode_##name##_ranges[];                                   \
    extern const size_t unicode_##name##_count

UNICODE_RANGES(letter);
UNICODE_RANGES(digit);
UNICODE_RANGES(number);
UNICODE_RANGES(punct);
UNICODE_RANGES(space);
UNICODE_RANGES(upper);
UNICODE_RANGES(lower);
UNICODE_RANGES(title);
UNICODE_RANGES(print);

extern const struct unicode_case unicode_cases[];
extern const size_t unicode_cases_count;

#endif
