/*
 * Base64 and base32 texts as Go's standard encodings read them: with padding,
 * newlines skipped, and the place of the first fault told.
 */
#ifndef TIDEMARK_TEMPLATE_BASE_N_H
#define TIDEMARK_TEMPLATE_BASE_N_H

#include "base/buf.h"
#include "base/span.h"

/* Append what TEXT stands for. Answer -1, or else the byte that is wrong. */
ptrdiff_t base_n_read64(struct span text, struct buf *ret);
ptrdiff_t base_n_read32(struct span text, struct buf *ret);

void base_n_write32(struct span data, struct buf *ret);

#endif
