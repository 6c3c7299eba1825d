/*
 * Arrays in order: bsearch(3) that also tells where what is missing belongs.
 */
#ifndef TIDEMARK_BASE_SORTED_H
#define TIDEMARK_BASE_SORTED_H

#include <stdbool.h>
#include <stddef.h>

/* Negative, zero or positive as KEY stands before, at or behind ITEM. */
typedef int (*sorted_compare_fn)(const void *key, const void *item);

/* The index of KEY among COUNT items of SIZE bytes in ascending order, none
 * twice; or, with *RET_FOUND false, the index at which it would stand. */
size_t sorted_place(const void *key, const void *items, size_t count, size_t size,
                    sorted_compare_fn compare, bool *ret_found);

#endif
