/*
 * Exact decimal numbers, for sums and products of floats as people write them:
 * 0.1 + 0.2 is 0.3.
 *
 * A decimal grows by operations with floats, each taken as the shortest
 * decimal that stands for it. A plain value on the caller's stack; too many
 * digits make it overflow, which the caller asks for at the end.
 */
#ifndef TIDEMARK_TEMPLATE_DECIMAL_H
#define TIDEMARK_TEMPLATE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DECIMAL_DIGITS_MAX = 2048,
    DECIMAL_QUOTIENT_PLACES = 16, /* decimals of a quotient */
};

struct decimal {
    bool negative;
    bool overflowed;
    int exponent;                       /* of ten */
    size_t len;                         /* 0: the number is 0 */
    uint8_t digits[DECIMAL_DIGITS_MAX]; /* the least significant first */
};

/* REAL must be finite in all of these. */
void decimal_set(struct decimal *number, double real);
void decimal_add(struct decimal *number, double real);
void decimal_subtract(struct decimal *number, double real);
void decimal_multiply(struct decimal *number, double real);
/* Rounds to DECIMAL_QUOTIENT_PLACES decimals, halves away from zero. REAL is
 * not 0. */
void decimal_divide(struct decimal *number, double real);

/* The nearest float. */
double decimal_to_float(const struct decimal *number);

#endif
