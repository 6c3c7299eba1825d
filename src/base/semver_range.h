/*
 * Ranges of semantic versions, as the constraints of Masterminds/semver 3.5:
 *
 *     range  = group { "||" group }
 *     group  = item { ( blanks | "," ) item }         all items must hold
 *     item   = [ op ] version                         parts may be "x", "X", "*" or missing
 *     op     = = != > < >= => <= =< ~ ~> ^
 *     hyphen = version " - " version                  the same as ">= A, <= B"
 *
 * An item is open if a part is a wildcard or missing; what follows that part
 * does not count, except for a prerelease. Open parts are 0.
 *
 *     1.2.3, =1.2.3     that version              1.2, =1.2   >=1.2.0 <1.3.0
 *     !=1.2.3           all but that              !=1.2       all but 1.2.*
 *     >1.2.3            above it                  >1.2        >=1.3.0
 *     >=1.2, <1.2       with zeros: 1.2.0         <=1.2       <1.3.0
 *     ~1.2.3            >=1.2.3 <1.3.0            ~1          >=1.0.0 <2.0.0
 *     ^1.2.3            >=1.2.3 <2.0.0            ^0.2.3      >=0.2.3 <0.3.0
 *     ^0.0.3            0.0.3                     *, ~0.0.0   all
 *
 * Four surprises are the library's, and kept: "^*" is only 0.0.0, "<=*" is
 * "<=0.0", "!=*" is all but 0.0.0, and in "1||2 - 3", without blanks around the
 * bars, the lower end is "1||2", so that it means ">=1 || 2, <=3".
 *
 * A prerelease lies only in a group in which some item names one ("*" holds no
 * "1.0.0-rc.1", "*-0" does), and then at any patch level.
 */
#ifndef TIDEMARK_BASE_SEMVER_RANGE_H
#define TIDEMARK_BASE_SEMVER_RANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/semver.h"
#include "base/span.h"

enum {
    SEMVER_RANGE_TEXT_MAX = 512, /* bytes of a range */
    SEMVER_RANGE_GROUPS_MAX = 32,
};

struct semver_range_item;

struct semver_range {
    struct semver_range_item *items; /* in the order of the text */
    size_t count;
    char *text; /* what the items point into */
};

/*
 * Reads all of TEXT into memory that semver_range_finish() frees. Fails, with
 * nothing to free, with class invalid and the library's text: `improper
 * constraint: "<group>"`, `constraint parser error`, `constraint string is too
 * long (max 512 bytes)`, `too many constraint groups (max 32)`.
 */
int semver_range_parse(struct span text, struct semver_range *ret, struct err *err);
void semver_range_finish(struct semver_range *range);

/* Allocates nothing; several threads may ask the same range. */
bool semver_range_contains(const struct semver_range *range, const struct semver *version);

/* Whether any prerelease can lie in the range. */
bool semver_range_admits_prereleases(const struct semver_range *range);

#endif
