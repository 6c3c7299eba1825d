/*
 * Semantic versions as the Go library Masterminds/semver 3.5 reads them:
 *
 *     [v] MAJOR [. MINOR [. PATCH]] [- PRERELEASE] [+ METADATA]
 *
 * A version is a plain value whose spans point into the text that it was read
 * from, and live as long as that. Nothing here allocates memory, and all
 * functions may be called from any thread.
 */
#ifndef TIDEMARK_BASE_SEMVER_H
#define TIDEMARK_BASE_SEMVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    SEMVER_TEXT_MAX = 256, /* bytes of a version */
};

struct semver {
    uint64_t major;
    uint64_t minor; /* 0 if it is not written */
    uint64_t patch;
    struct span prerelease; /* "rc.1", without the dash; empty in a release */
    struct span metadata;   /* without the plus */
    struct span original;   /* all of the text */
};

/*
 * Reads all of TEXT. The numbers have 64 bits and may start with zeros; the
 * `v` is lower case. Fails with class invalid and the library's text:
 * `invalid semantic version`, `version segment starts with 0` (a prerelease
 * like "rc.01"), `error parsing version segment: …` (a number beyond 64 bits),
 * `version string is too long (max 256 bytes)`. With NULL for ERR a failure
 * costs next to nothing.
 */
int semver_parse(struct span text, struct semver *ret, struct err *err);

/*
 * The order of semver.org 2.0.0, section 11: negative, zero or positive. A
 * release is above its prereleases; metadata and spelling do not count, so
 * versions of different text can be equal. A prerelease part of digits beyond
 * 64 bits counts as text.
 */
int semver_compare(const struct semver *a, const struct semver *b);
int semver_compare_prerelease(struct span a, struct span b);

/* Appends the full form: "v1.2-rc.1+b" is "1.2.0-rc.1+b". */
void semver_print(const struct semver *version, struct buf *ret);

#endif
