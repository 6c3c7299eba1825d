/*
 * Floating-point numbers as Go reads them.
 */
#ifndef TIDEMARK_BASE_NUMBER_H
#define TIDEMARK_BASE_NUMBER_H

#include "base/err.h"
#include "base/span.h"

enum {
    NUMBER_TEXT_MAX = 4096, /* bytes of a text that can be a number */
};

/*
 * Reads all of TEXT as the nearest float64, as Go's strconv.ParseFloat does: an
 * optional sign, then decimal digits with optional point and exponent, or
 * hexadecimal ones with `0x` and a binary exponent (`0x1.8p3`), `_` between
 * digits; or, in any case of letters, `inf`, `infinity`, and `nan` without
 * sign. No blanks.
 *
 * Fails with class invalid and Go's text: `strconv.ParseFloat: parsing "x":
 * invalid syntax`, or `…: value out of range` for what is too big for a
 * float64. A text beyond NUMBER_TEXT_MAX bytes counts as invalid syntax.
 */
int number_parse_float(struct span text, double *ret, struct err *err);

#endif
