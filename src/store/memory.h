/*
 * The store in memory, for tests: the same rules, nothing kept.
 */
#ifndef TIDEMARK_STORE_MEMORY_H
#define TIDEMARK_STORE_MEMORY_H

#include "base/clock.h"
#include "store/store.h"

/* CLOCK must outlive the store. */
struct store *memory_store_new(const struct clock *clock);

#endif
