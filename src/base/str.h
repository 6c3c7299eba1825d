/*
 * C strings that are known to be small and free of NUL bytes: names, messages,
 * paths, flags. For content from files or the network see span.h and buf.h.
 */
#ifndef TIDEMARK_BASE_STR_H
#define TIDEMARK_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* An owned copy; NULL stays NULL. */
char *str_dup(const char *text);

/* printf into owned memory. */
char *str_printf(const char *fmt, ...)
    __attribute__((format(printf, 1, 2), nonnull(1), returns_nonnull));
char *str_vprintf(const char *fmt, va_list args)
    __attribute__((format(printf, 1, 0), nonnull(1), returns_nonnull));

/* Equality in which NULL equals only NULL. */
bool str_equal(const char *a, const char *b);
/* Equality without regard to the case of ASCII letters. */
bool str_equal_nocase(const char *a, const char *b);

bool str_starts_with(const char *text, const char *prefix);
bool str_ends_with(const char *text, const char *suffix);

/* NULL or "". */
bool str_empty(const char *text);

/* How many letters must be changed, added or dropped to turn A into B
 * (Levenshtein): for "did you mean". Words of over 40 bytes are 40 apart. */
size_t str_distance(const char *a, const char *b);

/* Frees *REF and puts a copy of TEXT (or NULL) there; TEXT may lie in *REF. */
void str_set(char **ref, const char *text);

/* Overwrites the text of a secret and frees it; NULL is fine. */
void str_wipe(char *secret);

#endif
