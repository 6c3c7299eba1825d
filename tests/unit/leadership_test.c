/* How long a write may take that is begun just before the Lease is not renewed. */
#include "test.h"

#include "cli/leadership.h"

static void leaves_a_margin(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        int64_t lease_ns, renew_ns, want_ms;
    } rows[] = {
        {"Flux's flags", 35 * CLOCK_NS_PER_S, 30 * CLOCK_NS_PER_S, 5000},
        {"whole milliseconds", 35 * CLOCK_NS_PER_S - 1, 30 * CLOCK_NS_PER_S, 4999},
        {"two milliseconds", 2 * CLOCK_NS_PER_MS, 0, 2},
        {"less than two", 2 * CLOCK_NS_PER_MS - 1, 0, 1},
        {"less than one is not none", 11, 10, 1},
        {"none", 10, 10, 0},
        {"the wrong way round", 10, 11, 0},
        {"far apart", INT64_MAX, INT64_MIN, INT64_MAX / CLOCK_NS_PER_MS},
        {"far apart, the wrong way round", INT64_MIN, INT64_MAX, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].row, leadership_margin_ms(rows[i].lease_ns, rows[i].renew_ns),
                  rows[i].want_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_a_margin),
    };
    return test_main("leadership", tests);
}
