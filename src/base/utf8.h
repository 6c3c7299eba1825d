/*
 * UTF-8: runes in and out of bytes.
 *
 * Follows RFC 3629 (no surrogates, nothing above U+10FFFF, shortest forms
 * only); a byte that fits nowhere counts as one rune U+FFFD, as in Go.
 */
#ifndef TIDEMARK_BASE_UTF8_H
#define TIDEMARK_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum {
    UTF8_REPLACEMENT = 0xfffd,
    UTF8_RUNE_MAX = 0x10ffff,
};

/* Reads the first rune. Returns the bytes that it took (1 for a bad byte, with
 * U+FFFD), 0 only for an empty span. */
size_t utf8_decode(struct span text, uint32_t *ret_rune);

/* Like utf8_decode(), and tells a bad byte from a real U+FFFD. */
size_t utf8_decode_checked(struct span text, uint32_t *ret_rune, bool *ret_valid);

/* Appends one rune; a value that is none becomes U+FFFD. */
void utf8_encode(struct buf *buf, uint32_t rune);

bool utf8_valid(struct span text);

/* The number of runes, bad bytes counting one each. */
size_t utf8_count(struct span text);

/* Appends TEXT with each bad byte replaced by U+FFFD. */
void utf8_clean(struct span text, struct buf *ret);

/* A copy of TEXT in at most MAX bytes (3 at least): a longer one is cut between two
 * runes and ends in "...". */
char *utf8_cut(const char *text, size_t max);

#endif
