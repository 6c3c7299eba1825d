/*
 * Memory: allocation that cannot fail, and cleanup attributes.
 *
 * Running out of memory aborts the process (with one line on stderr), so no
 * caller checks for NULL. In return every input that an outsider controls has
 * a named limit somewhere above this module, long before memory runs out.
 *
 * Ownership is shown in types and names: `const char *` is borrowed, `char *`
 * is owned by whoever holds it and ends in free(). An argument that a function
 * takes over is named in its comment, and the function ends in `_take`.
 */
#ifndef TIDEMARK_BASE_MEM_H
#define TIDEMARK_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

/* Runs FN on the address of the variable when it goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Stands beside `void FREE(TYPE *)` and defines FREEp, for use as
 * `CLEANUP(json_freep) struct json *value = NULL;` */
#define MEM_DEFINE_FREEP(type, free_fn)                                                            \
    static inline void free_fn##p(type **ref)                                                      \
    {                                                                                              \
        free_fn(*ref);                                                                             \
    }

/* Cleanup of what free() ends: `CLEANUP(mem_freep) char *text = NULL;` */
void mem_freep(void *ref);

/* malloc and calloc that return memory or do not return. A size of
 * zero yields a pointer that free() takes. */
void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *mem_zalloc(size_t size) __attribute__((malloc, returns_nonnull, warn_unused_result));
void *mem_calloc(size_t count, size_t size)
    __attribute__((malloc, returns_nonnull, warn_unused_result));

/* A copy of LEN bytes, with a NUL behind them. */
void *mem_dup(const void *data, size_t len) __attribute__((returns_nonnull, warn_unused_result));

/*
 * Room for at least NEED elements of SIZE bytes in the array PTR, whose
 * capacity in elements is *CAP. Grows by half, so that appending is linear;
 * returns the array, which may have moved.
 *
 *     list->items = mem_grow(list->items, &list->cap, list->len + 1, sizeof(*list->items));
 */
void *mem_grow(void *ptr, size_t *cap, size_t need, size_t size)
    __attribute__((returns_nonnull, warn_unused_result));

/* Gives the pointer away: yields its value and leaves NULL behind. */
#define MEM_STEAL(ptr)                                                                             \
    __extension__({                                                                                \
        __typeof__(ptr) *mem_ref_ = &(ptr);                                                        \
        __typeof__(ptr) mem_value_ = *mem_ref_;                                                    \
        *mem_ref_ = NULL;                                                                          \
        mem_value_;                                                                                \
    })

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
