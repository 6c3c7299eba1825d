/*
 * Texts in quotes, as Go's package strconv writes and reads them: for messages
 * that Flux's users know, and for the literals of templates.
 */
#ifndef TIDEMARK_BASE_QUOTE_H
#define TIDEMARK_BASE_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/*
 * Appends TEXT in double quotes, with Go's escapes (strconv.Quote): \" \\ \n
 * \t …, \x for bytes that are no UTF-8 and for control characters, \u and \U
 * for the other code points that do not print.
 */
void quote_go(struct span text, struct buf *ret);

/* The same with \u and \U for everything beyond ASCII (QuoteToASCII). */
void quote_go_ascii(struct span text, struct buf *ret);

/* As the errors of Go's package time quote: \\x for each byte that is a control
 * character or beyond ASCII. */
void quote_go_time(struct span text, struct buf *ret);

/* Appends RUNE in single quotes; what is no rune becomes U+FFFD. */
void quote_go_rune(uint32_t rune, bool ascii, struct buf *ret);

/* Can TEXT stand between back quotes, where nothing is escaped? */
bool quote_go_fits_raw(struct span text);

/*
 * Appends what the literal TEXT in double quotes or back quotes stands for.
 * False, with part of it appended, if the literal is malformed.
 */
bool quote_go_read(struct span text, struct buf *ret);

/*
 * Reads the character, or the escape, that TEXT begins with, inside a literal
 * in quotes of the kind QUOTE. Returns the bytes that it took, or 0 if it is
 * malformed. *RET_BYTE tells that the escape stands for a byte and not a rune.
 */
size_t quote_go_read_char(struct span text, char quote, uint32_t *ret_rune, bool *ret_byte);

#endif
