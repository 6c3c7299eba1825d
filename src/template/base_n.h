/*
 * Base64 and base32 texts as Go's standard encodings read them: with padding,
 * newlines skipped, and the place of the first fault told.
 */
#ifndef TIDEMARK_TEMPLATE_BASE_N_H
#define TIDEMARK_TEMPLATE_BASE_N_H

#include "base/buf.h"
#include "base/span.h"

/* Append what TEXT stands for. Answer -1, or else the byte that is wrong. */
ptrdiff_t base64_read(struct span text, struct buf *ret);
ptrdiff_t base32_read(struct span text, struct buf *ret);

void base32_write(struct span data, struct buf *ret);

#endif
