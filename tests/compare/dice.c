#include "compare/dice.h"

#include <string.h>

/* The generator splitmix64: one 64-bit state, passes the usual batteries. */
static uint64_t next(struct dice *dice)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = dice->state;
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

size_t dice_roll(struct dice *dice, size_t sides)
{
    return (size_t)(next(dice) % sides);
}

bool dice_chance(struct dice *dice, unsigned percent)
{
    return dice_roll(dice, 100) < percent;
}

const char *dice_pick(struct dice *dice, const char *const *texts, size_t count)
{
    return texts[dice_roll(dice, count)];
}

void dice_word(struct dice *dice, const char *alphabet, size_t count, struct buf *ret)
{
    size_t sides = strlen(alphabet);
    for (size_t i = 0; i < count; i++)
        buf_addc(ret, alphabet[dice_roll(dice, sides)]);
}
