#include "test.h"

#include "base/mem.h"
#include "base/unicode.h"
#include "base/utf8.h"

/* FNV-1a over the four bytes of each answer, as scripts/unicode sums it up. */
static uint64_t add_answer(uint64_t sum, uint32_t answer)
{
    for (int i = 0; i < 4; i++) {
        sum ^= answer >> (8 * i) & 0xff;
        sum *= UINT64_C(0x100000001b3);
    }
    return sum;
}

static void every_rune_answers_as_in_go(void **state)
{
    (void)state;
    const uint64_t start = UINT64_C(0xcbf29ce484222325);
#define SUM(function, want)                                                                        \
    {                                                                                              \
        uint64_t sum = start;                                                                      \
        for (uint32_t rune = 0; rune <= UTF8_RUNE_MAX; rune++)                                     \
            sum = add_answer(sum, function(rune));                                                 \
        check_int(#function, sum, UINT64_C(want));                                                 \
    }
#include "unicode_sums.h"
#undef SUM
}

static void some_runes(void **state)
{
    (void)state;
    static const struct {
        uint32_t rune, upper, lower, title;
        bool letter, print, space;
    } rows[] = {
        {'a', 'A', 'a', 'A', true, true, false},
        {' ', ' ', ' ', ' ', false, true, true},
        {0xa0, 0xa0, 0xa0, 0xa0, false, false, true},
        {0xdf, 0xdf, 0xdf, 0xdf, true, true, false},     /* sharp s stays */
        {0x130, 0x130, 'i', 0x130, true, true, false},   /* I with dot */
        {0x101, 0x100, 0x101, 0x100, true, true, false}, /* alternating */
        {0x1c6, 0x1c4, 0x1c6, 0x1c5, true, true, false}, /* dz with caron */
        {0x10428, 0x10400, 0x10428, 0x10400, true, true, false},
        {0xfffd, 0xfffd, 0xfffd, 0xfffd, false, true, false},
        {0x110000, 0x110000, 0x110000, 0x110000, false, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char row[16];
        snprintf(row, sizeof(row), "U+%04X", rows[i].rune);
        check_int(row, unicode_to_upper(rows[i].rune), rows[i].upper);
        check_int(row, unicode_to_lower(rows[i].rune), rows[i].lower);
        check_int(row, unicode_to_title(rows[i].rune), rows[i].title);
        check_int(row, unicode_is_letter(rows[i].rune), rows[i].letter);
        check_int(row, unicode_is_print(rows[i].rune), rows[i].print);
        check_int(row, unicode_is_space(rows[i].rune), rows[i].space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rune_answers_as_in_go),
        cmocka_unit_test(some_runes),
    };
    return test_main("unicode", tests);
}
