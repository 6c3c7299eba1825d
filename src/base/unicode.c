#include "base/unicode.h"

#include "base/unicode_tables.h"

enum {
    ASCII_RANGES_MAX = 16, /* of any class */
};

static bool in_ranges(const struct unicode_range *ranges, size_t count, uint32_t rune)
{
    size_t low = 0, high = count;
    /* Most text is ASCII, whose ranges are the first few. */
    if (rune < 0x80 && high > ASCII_RANGES_MAX)
        high = ASCII_RANGES_MAX;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct unicode_range *range = &ranges[middle];
        if (rune < range->lo)
            high = middle;
        else if (rune > range->hi)
            low = middle + 1;
        else
            return (rune - range->lo) % range->stride == 0;
    }
    return false;
}

#define CLASS(name)                                                                                \
    bool unicode_is_##name(uint32_t rune)                                                          \
    {                                                                                              \
        return in_ranges(unicode_##name##_ranges, unicode_##name##_count, rune);                   \
    }

CLASS(letter)
CLASS(digit)
CLASS(number)
CLASS(punct)
CLASS(space)
CLASS(upper)
CLASS(lower)
CLASS(title)
CLASS(print)

static uint32_t convert(uint32_t rune, int to)
{
    size_t low = 0, high = unicode_cases_count;
    if (rune < 0x80) {
        bool upper = rune >= 'A' && rune <= 'Z', lower = rune >= 'a' && rune <= 'z';
        bool changes = to == UNICODE_LOWER ? upper : lower;
        return changes ? rune ^ 0x20 : rune;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct unicode_case *row = &unicode_cases[middle];
        if (rune < row->lo) {
            high = middle;
        } else if (rune > row->hi) {
            low = middle + 1;
        } else if (row->delta[to] == UNICODE_ALTERNATING) {
            uint32_t pair = (rune - row->lo) & ~(uint32_t)1;
            return row->lo + pair + (to == UNICODE_LOWER);
        } else {
            return (uint32_t)((int32_t)rune + row->delta[to]);
        }
    }
    return rune;
}

uint32_t unicode_to_upper(uint32_t rune)
{
    return convert(rune, UNICODE_UPPER);
}

uint32_t unicode_to_lower(uint32_t rune)
{
    return convert(rune, UNICODE_LOWER);
}

uint32_t unicode_to_title(uint32_t rune)
{
    return convert(rune, UNICODE_TITLE);
}
