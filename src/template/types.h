/*
 * The Go types that functions make: times and versions. The code behind their
 * methods is in the files types_….c.
 */
#ifndef TIDEMARK_TEMPLATE_TYPES_H
#define TIDEMARK_TEMPLATE_TYPES_H

#include "template/value.h"

extern const struct value_type type_time;             /* time.Time */
extern const struct value_type type_duration;         /* time.Duration */
extern const struct value_type type_month;            /* time.Month */
extern const struct value_type type_weekday;          /* time.Weekday */
extern const struct value_type type_location;         /* time.Location */
extern const struct value_type type_location_pointer; /* *time.Location */
extern const struct value_type type_version;          /* semver.Version */
extern const struct value_type type_version_pointer;  /* *semver.Version */

/* The type of a parameter with one of the letters of func.h that stand for
 * these. */
const struct value_type *types_param(char letter);

#endif
