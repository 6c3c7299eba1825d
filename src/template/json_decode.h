/*
 * JSON as values, as Go's encoding/json reads it into an interface {}: objects
 * are dicts, arrays []interface {}, all numbers float64. (adapt/json.h has the
 * JSON of everything else; here the texts of errors are Go's.)
 */
#ifndef TIDEMARK_TEMPLATE_JSON_DECODE_H
#define TIDEMARK_TEMPLATE_JSON_DECODE_H

#include "template/value.h"

/*
 * Answers 0; 1 with Go's text in ERR if TEXT is no JSON or holds a number that
 * does not fit (then *RET has nil in its place, and else is nil); or -1 when
 * the budget does not suffice.
 */
int json_decode(struct budget *budget, struct span text, struct value *ret, struct err *err);

#endif
