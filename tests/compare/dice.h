/*
 * Random choices that are the same in every run, and grammars on top of them.
 */
#ifndef TIDEMARK_TESTS_DICE_H
#define TIDEMARK_TESTS_DICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

struct dice {
    uint64_t state; /* any seed */
};

/* A number below SIDES, which is not 0. */
size_t dice_roll(struct dice *dice, size_t sides);

/* True PERCENT times of a hundred. */
bool dice_chance(struct dice *dice, unsigned percent);

/* One of the COUNT texts. */
const char *dice_pick(struct dice *dice, const char *const *texts, size_t count);

#define DICE_PICK(dice, texts) dice_pick((dice), (texts), ARRAY_LEN(texts))

/* Appends COUNT bytes of ALPHABET. */
void dice_word(struct dice *dice, const char *alphabet, size_t count, struct buf *ret);

#endif
