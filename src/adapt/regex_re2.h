/*
 * RE2 as C sees it: only for regex.c. Nothing throws; running out of memory
 * ends the process.
 */
#ifndef TIDEMARK_ADAPT_REGEX_RE2_H
#define TIDEMARK_ADAPT_REGEX_RE2_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/regex_group.h"

#ifdef __cplusplus
#define REGEX_RE2_NOEXCEPT noexcept
extern "C" {
#else
#define REGEX_RE2_NOEXCEPT
#endif

enum regex_re2_fault {
    REGEX_RE2_OK,
    REGEX_RE2_INTERNAL,
    REGEX_RE2_BAD_ESCAPE,
    REGEX_RE2_BAD_CLASS,
    REGEX_RE2_BAD_RANGE,
    REGEX_RE2_MISSING_BRACKET,
    REGEX_RE2_MISSING_PAREN,
    REGEX_RE2_UNEXPECTED_PAREN,
    REGEX_RE2_TRAILING_BACKSLASH,
    REGEX_RE2_REPEAT_ARGUMENT,
    REGEX_RE2_REPEAT_SIZE,
    REGEX_RE2_REPEAT_OP,
    REGEX_RE2_BAD_PERL_OP,
    REGEX_RE2_BAD_UTF8,
    REGEX_RE2_BAD_NAME,
    REGEX_RE2_TOO_LARGE,
};

struct regex_re2;

/* Always returns an object, whose fault tells whether it is of use. */
struct regex_re2 *regex_re2_new(const char *pattern, size_t len,
                                int64_t memory_max) REGEX_RE2_NOEXCEPT;
void regex_re2_free(struct regex_re2 *re2) REGEX_RE2_NOEXCEPT;

enum regex_re2_fault regex_re2_fault(const struct regex_re2 *re2) REGEX_RE2_NOEXCEPT;
/* The part of the pattern at fault; lives as long as the object. */
const char *regex_re2_piece(const struct regex_re2 *re2, size_t *ret_len) REGEX_RE2_NOEXCEPT;

size_t regex_re2_group_count(const struct regex_re2 *re2) REGEX_RE2_NOEXCEPT;
const char *regex_re2_group_name(const struct regex_re2 *re2, size_t group) REGEX_RE2_NOEXCEPT;

/* Instructions of the compiled program. */
size_t regex_re2_size(const struct regex_re2 *re2) REGEX_RE2_NOEXCEPT;

/* As regex_find(); TEXT is not NULL. */
bool regex_re2_find(const struct regex_re2 *re2, const char *text, size_t len, size_t from,
                    struct regex_group *ret, size_t count) REGEX_RE2_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif
