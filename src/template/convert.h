/*
 * How Sprig's functions take what they are given: anything as text, as a
 * number, as a list.
 */
#ifndef TIDEMARK_TEMPLATE_CONVERT_H
#define TIDEMARK_TEMPLATE_CONVERT_H

#include "template/func.h"

/* A string as it is, anything else as %v prints it. */
int convert_text(struct call *call, struct value value, struct span *ret);

/* The texts of a list's elements that are not nil, as a []string; of another
 * value its own, of nil none. */
int convert_texts(struct call *call, struct value value, struct value *ret);

/* The library cast's ToInt64 and ToFloat64: integers, floats (truncated),
 * bools, and strings with a Go literal. Whatever else is 0. */
int64_t convert_integer(struct value value);
double convert_float(struct value value);

/* Zero, false, nil, or without length. */
bool convert_is_empty(struct value value);

/* Go's name of the value's kind: "slice", "ptr", "invalid" … */
const char *convert_kind_name(struct value value);

/* Is it a list? 1 or 0; -1, and Go's fault, for nil. */
int convert_is_list(struct call *call, struct value value);

#endif
