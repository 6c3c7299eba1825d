/*
 * What kind of character a rune is, and its other cases: Unicode 15.0, with
 * the answers of Go's packages unicode and strconv.
 */
#ifndef TIDEMARK_BASE_UNICODE_H
#define TIDEMARK_BASE_UNICODE_H

#include <stdbool.h>
#include <stdint.h>

bool unicode_is_letter(uint32_t rune); /* categories L */
bool unicode_is_digit(uint32_t rune);  /* Nd */
bool unicode_is_number(uint32_t rune); /* N */
bool unicode_is_punct(uint32_t rune);  /* P */
bool unicode_is_space(uint32_t rune);  /* White_Space */
bool unicode_is_upper(uint32_t rune);  /* Lu */
bool unicode_is_lower(uint32_t rune);  /* Ll */
bool unicode_is_title(uint32_t rune);  /* Lt */
bool unicode_is_print(uint32_t rune);  /* shown as it is in quotes: L M N P S, and the blank */

/* Simple mappings, one rune to one. */
uint32_t unicode_to_upper(uint32_t rune);
uint32_t unicode_to_lower(uint32_t rune);
uint32_t unicode_to_title(uint32_t rune);

#endif
