/*
 * Trials: whether what a user wrote in a small language works.
 *
 * Admission (admission.h) judges an object's form, as an API server does. A
 * range, a pattern or a message template that is well-formed there may still
 * be one that no run can use. Flux finds that out when it runs; `create` and
 * `apply` ask here first, in every home.
 */
#ifndef TIDEMARK_API_TRIAL_H
#define TIDEMARK_API_TRIAL_H

#include "api/object.h"
#include "base/err.h"

/*
 * Compiles the ranges and patterns of an admitted OBJECT, and parses its
 * template and renders it for made-up changes. Class invalid, naming the
 * object, with the words that its condition would have.
 */
int api_try(const struct api_object *object, struct err *err);

#endif
