/*
 * One JSON scalar (string, number, true, false, null), read byte by byte and
 * checked to its end (RFC 8259, sections 3, 6 and 7). Of a string's text as
 * much is kept as fits. Part of tag_stream.h.
 */
#ifndef TIDEMARK_REGISTRY_JSON_SCALAR_H
#define TIDEMARK_REGISTRY_JSON_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    JSON_SCALAR_TEXT_MAX = 128, /* bytes of a string that are kept */
};

enum json_scalar_answer {
    JSON_SCALAR_MORE,         /* it goes on */
    JSON_SCALAR_ENDED,        /* the byte was its last */
    JSON_SCALAR_ENDED_BEFORE, /* so was the byte before: this one comes after it */
};

struct json_scalar {
    size_t text_len; /* of a string so far; at most JSON_SCALAR_TEXT_MAX + 1 */
    /* The bytes that fit. What an escape means beyond ASCII stands as 0xff. */
    char text[JSON_SCALAR_TEXT_MAX];

    /* Private from here on. */
    unsigned char state;
    unsigned char utf8_left, utf8_low, utf8_high;
    uint16_t code, high_surrogate;
    const char *literal; /* what is left of true, false or null */
};

/* Can BYTE begin a scalar? Then it begins SCALAR. */
bool json_scalar_begin(struct json_scalar *scalar, unsigned char byte);

/* Takes the next byte. Answers an enum json_scalar_answer, or -1 with class
 * invalid and Go's words. */
int json_scalar_feed(struct json_scalar *scalar, unsigned char byte, struct err *err);

/* Fills ERR: "invalid character 'x' <where>". */
int json_scalar_unexpected(unsigned char byte, const char *where, struct err *err);

#endif
