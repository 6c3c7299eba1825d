/*
 * Sorted runs on disk, for lists that are too long to be sorted in memory, and
 * the merge that reads them as one list.
 *
 * All runs lie one behind the other in one nameless temporary file, each tag
 * as its length (two bytes) and its bytes, the greatest first.
 */
#ifndef TIDEMARK_TAGS_SPILL_H
#define TIDEMARK_TAGS_SPILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"
#include "tags/run.h"

struct spill;

/* Opens the temporary file in FOLDER. */
int spill_new(const char *folder, struct spill **ret, struct err *err);
void spill_free(struct spill *spill);
MEM_DEFINE_FREEP(struct spill, spill_free)

/* Appends a sorted run. */
int spill_write(struct spill *spill, const struct run *run, struct err *err);

/* Begins to read all runs as one list, from its beginning, as often as wanted. */
int spill_rewind(struct spill *spill, struct err *err);

/* 1 with the next tag, the greatest first, each once; 0 at the end. The tag is
 * borrowed until the next call. */
int spill_next(struct spill *spill, struct span *ret_tag, struct err *err);

#endif
