/*
 * A list of owned C strings, in the order in which they were added.
 */
#ifndef TIDEMARK_BASE_STRLIST_H
#define TIDEMARK_BASE_STRLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct strlist {
    char **items; /* followed by a NULL once strlist_argv() was called */
    size_t len;
    size_t cap;
};

#define STRLIST_INIT                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

void strlist_finish(struct strlist *list);

void strlist_add(struct strlist *list, const char *text);
void strlist_add_span(struct strlist *list, struct span text);
void strlist_add_take(struct strlist *list, char *text);
void strlist_addf(struct strlist *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same strings in the same order. */
bool strlist_equal(const struct strlist *a, const struct strlist *b);

bool strlist_contains(const struct strlist *list, const char *text);

/* Sorts bytewise; with UNIQUE, equal strings are kept once. */
void strlist_sort(struct strlist *list, bool unique);

/* The strings as a NULL-terminated array, valid until the list changes. */
const char *const *strlist_argv(struct strlist *list);

#endif
