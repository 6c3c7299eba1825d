#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/recent.h"
#include "base/sorted.h"
#include "base/strlist.h"
#include "base/strmap.h"
#include "base/thread.h"
#include "base/turns.h"
#include "base/utf8.h"

static void errors_name_each_layer(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(err_set(&err, ERR_NOT_FOUND, "no tag '%s'", "1.0\n2"), -1);
    check_text("control bytes", err.text, "no tag '1.0 2'");
    assert_int_equal(err_wrap(&err, "cannot scan '%s'", "repo"), -1);
    check_text("wrapped", err.text, "cannot scan 'repo': no tag '1.0 2'");
    assert_int_equal(err.class, ERR_NOT_FOUND);
    assert_int_equal(err_set(NULL, ERR_INVALID, "x"), -1);
}

static void errors_end_in_dots_at_the_cap(void **state)
{
    (void)state;
    char text[ERR_TEXT_SIZE + 10];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct err err;
    err_set(&err, ERR_INVALID, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    check_text("cut", err.text + ERR_TEXT_SIZE - 5, "a...");
    err_wrap(&err, "again");
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    check_text("cut again", err.text + ERR_TEXT_SIZE - 4, "...");
}

static void errors_hide_what_servers_repeat(void **state)
{
    (void)state;
    static const struct {
        const char *text, *secret, *want;
    } rows[] = {
        {"you sent pass", "pass", "you sent ***"},
        {"passpass, not pas", "pass", "******, not pas"},
        {"aaaaa", "aaaa", "***a"},
        {"nothing here", "pass", "nothing here"},
        {"too short to be told from words", "too", "too short to be told from words"},
        {"nothing here", "", "nothing here"},
        {"nothing here", NULL, "nothing here"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        err_set(&err, ERR_UNAUTHORIZED, "%s", rows[i].text);
        err_hide(&err, rows[i].secret);
        check_text(rows[i].text, err.text, rows[i].want);
        assert_int_equal(err.class, ERR_UNAUTHORIZED);
    }
    char text[ERR_TEXT_SIZE];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct err err;
    err_set(&err, ERR_INVALID, "%s", text);
    err_hide(&err, "aaaa");
    assert_int_equal(strlen(err.text), (ERR_TEXT_SIZE - 1) / 4 * 3 + (ERR_TEXT_SIZE - 1) % 4);
    check_text("the rest", strchr(err.text, 'a'), "aaa");
}

static void buffer_keeps_its_cap(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf buf = BUF_INIT(8);
    buf_adds(&buf, "1234");
    buf_addf(&buf, "%s", "5678");
    assert_false(buf_overflowed(&buf));
    buf_addc(&buf, '9');
    assert_true(buf_overflowed(&buf));
    check_text("at the cap", buf_text(&buf), "12345678");
    buf_clear(&buf);
    buf_adds(&buf, "again");
    CLEANUP(mem_freep) char *taken = buf_take(&buf);
    check_text("taken", taken, "again");
    check_text("left", buf_text(&buf), "");
}

static void arena_keeps_its_cap(void **state)
{
    (void)state;
    enum {
        MAX = 100 * 1024,
    };
    CLEANUP(arena_finish) struct arena arena = ARENA_INIT(MAX);
    size_t got = 0;
    for (char *piece, *last = NULL; (piece = arena_alloc(&arena, 1000)); last = piece, got++) {
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xff, 1000);
        assert_true(!last || (unsigned char)last[999] == 0xff);
    }
    assert_int_equal(got, MAX / 1008);
    assert_null(arena_alloc(&arena, MAX));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_non_null(arena_alloc(&arena, 0));
    arena_finish(&arena);
    assert_non_null(arena_alloc(&arena, MAX / 16 * 16));
    assert_null(arena_alloc(&arena, 1));
}

static void spans_split_like_lines(void **state)
{
    (void)state;
    struct span rest = SPAN_LITERAL("a\n\nb\n"), line;
    const char *want[] = {"a", "", "b"};
    size_t count = 0;
    while (span_next(&rest, '\n', &line))
        check_span("line", line, span_of(want[count++]));
    assert_int_equal(count, 3);
    check_span("trim", span_trim(SPAN_LITERAL(" \t x y\r\n")), SPAN_LITERAL("x y"));
    assert_int_equal(span_find(SPAN_LITERAL("hello"), SPAN_LITERAL("lo")), 3);
    assert_int_equal(span_find(SPAN_LITERAL("hello"), SPAN_LITERAL("x")), -1);
    assert_true(span_compare(SPAN_LITERAL("a"), SPAN_LITERAL("ab")) < 0);
}

static void spans_read_numbers(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(span_to_u64(SPAN_LITERAL("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(span_to_u64(SPAN_LITERAL("18446744073709551616"), &value));
    assert_false(span_to_u64(SPAN_LITERAL(""), &value));
    assert_false(span_to_u64(SPAN_LITERAL("+1"), &value));
}

static void maps_stay_sorted(void **state)
{
    (void)state;
    CLEANUP(strmap_finish) struct strmap map = STRMAP_INIT;
    strmap_set(&map, "b", "2");
    strmap_set(&map, "a", "1");
    strmap_set(&map, "c", "3");
    strmap_set(&map, "b", "two");
    check_text("replaced", strmap_get(&map, "b"), "two");
    check_text("absent", strmap_get(&map, "x"), NULL);
    check_text("order", map.entries[0].key, "a");
    assert_true(strmap_remove(&map, "a"));
    assert_false(strmap_remove(&map, "a"));
    assert_int_equal(map.len, 2);
}

static int compare_bytes(const void *key, const void *item)
{
    return *(const char *)key - *(const char *)item;
}

static void searches_tell_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *items;
        char key;
        size_t want;
        bool found;
    } rows[] = {
        {"", 'c', 0, false},    {"c", 'b', 0, false},    {"c", 'c', 0, true},
        {"c", 'd', 1, false},   {"bdf", 'a', 0, false},  {"bdf", 'b', 0, true},
        {"bdf", 'c', 1, false}, {"bdf", 'd', 1, true},   {"bdf", 'f', 2, true},
        {"bdf", 'g', 3, false}, {"bdfh", 'e', 2, false}, {"bdfh", 'h', 3, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        bool found;
        size_t place = sorted_place(&rows[i].key, rows[i].items, strlen(rows[i].items), 1,
                                    compare_bytes, &found);
        if (place != rows[i].want || found != rows[i].found)
            fail_msg("'%c' in \"%s\": got %zu, %d, want %zu, %d", rows[i].key, rows[i].items, place,
                     found, rows[i].want, rows[i].found);
    }
}

static void lists_sort_and_drop_doubles(void **state)
{
    (void)state;
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    strlist_add(&list, "b");
    strlist_addf(&list, "%c", 'a');
    strlist_add(&list, "b");
    strlist_sort(&list, true);
    assert_int_equal(list.len, 2);
    check_text("first", strlist_argv(&list)[0], "a");
    assert_null(strlist_argv(&list)[2]);
}

static void durations_read_as_in_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* printed again, or the error */
    } rows[] = {
        {"90m", "1h30m0s"},
        {"500ms", "500ms"},
        {"0s", "0s"},
        {"0", "0s"},
        {"-1.5h", "-1h30m0s"},
        {"1m30s", "1m30s"},
        {"1.000000001s", "1.000000001s"},
        {"1500us", "1.5ms"},
        {"3\xc2\xb5s", "3\xc2\xb5s"},
        {"4m58.39s", "4m58.39s"},
        {".5s", "500ms"},
        {"2562047h47m16.854775807s", "2562047h47m16.854775807s"},
        {"-2562047h47m16.854775808s", "-2562047h47m16.854775808s"},
        {"5", "time: missing unit in duration \"5\""},
        {"1d", "time: unknown unit \"d\" in duration \"1d\""},
        {"", "time: invalid duration \"\""},
        {"x", "time: invalid duration \"x\""},
        {"3000000h", "time: invalid duration \"3000000h\""},
        {".s", "time: invalid duration \".s\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ns;
        char text[DURATION_TEXT_SIZE];
        struct err err;
        if (duration_parse(span_of(rows[i].text), &ns, &err) == 0)
            check_text(rows[i].text, duration_format(ns, text), rows[i].want);
        else
            check_text(rows[i].text, err.text, rows[i].want);
    }
}

static void ages_print_as_in_kubectl(void **state)
{
    (void)state;
    enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY };
    static const struct {
        int64_t seconds;
        const char *want;
    } rows[] = {
        {-5, "0s"},
        {0, "0s"},
        {119, "119s"},
        {2 * MINUTE, "2m"},
        {9 * MINUTE + 59, "9m59s"},
        {10 * MINUTE + 59, "10m"},
        {3 * HOUR - 1, "179m"},
        {3 * HOUR, "3h"},
        {8 * HOUR - 1, "7h59m"},
        {8 * HOUR + 59 * MINUTE, "8h"},
        {2 * DAY - 1, "47h"},
        {2 * DAY, "2d"},
        {8 * DAY - 1, "7d23h"},
        {8 * DAY + 23 * HOUR, "8d"},
        {2 * YEAR - 1, "729d"},
        {2 * YEAR + 326 * DAY, "2y326d"},
        {8 * YEAR - 1, "7y364d"},
        {8 * YEAR + 364 * DAY, "8y"},
        {INT64_MAX / CLOCK_NS_PER_S, "292y"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[DURATION_TEXT_SIZE];
        check_text(rows[i].want, duration_format_age(rows[i].seconds * CLOCK_NS_PER_S, text),
                   rows[i].want);
    }
}

static void times_read_and_print(void **state)
{
    (void)state;
    int64_t ns;
    char text[CLOCK_TEXT_SIZE];
    assert_true(clock_parse(SPAN_LITERAL("2024-05-06T12:38:09+05:30"), &ns));
    check_text("utc", clock_format_utc(ns, text), "2024-05-06T07:08:09Z");
    assert_true(clock_parse(SPAN_LITERAL("2026-11-22T13:30:04.754612714Z"), &ns));
    check_text("nano", clock_format_nano(ns, text), "2026-11-22T13:30:04.754612714Z");
    assert_true(clock_parse(SPAN_LITERAL("1969-12-31T23:59:59.5Z"), &ns));
    assert_true(ns == -CLOCK_NS_PER_S / 2);
    check_text("before 1970", clock_format_nano(ns, text), "1969-12-31T23:59:59.5Z");
    static const char *const bad[] = {"",
                                      "2024-05-06",
                                      "2024-13-06T00:00:00Z",
                                      "9999-01-01T00:00:00Z",
                                      "2024-05-06T00:00:00",
                                      "2024-05-06T00:00:00Zx"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        check_int(bad[i], clock_parse(span_of(bad[i]), &ns), false);
}

static void utf8_rejects_what_go_rejects(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int valid;
        int count;
    } rows[] = {
        {"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 1, 4},
        {"\xc0\x80", 0, 2},
        {"\xed\xa0\x80", 0, 3},
        {"\xf4\x90\x80\x80", 0, 4},
        {"\xe2\x82", 0, 2},
        {"\xff"
         "a",
         0, 2},
        {"", 1, 0},
        {"\xef\xbf\xbd", 1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int(rows[i].text, utf8_valid(span_of(rows[i].text)), rows[i].valid);
        check_int(rows[i].text, utf8_count(span_of(rows[i].text)), rows[i].count);
    }
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(100);
    utf8_clean(SPAN_LITERAL("a\xff"
                            "b\xc3\xa9"),
               &clean);
    check_text("clean", buf_text(&clean),
               "a\xef\xbf\xbd"
               "b\xc3\xa9");
}

static void lists_compare_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *a[3], *b[3];
        bool same;
    } rows[] = {
        {{NULL}, {NULL}, true},
        {{"x", "y", NULL}, {"x", "y", NULL}, true},
        {{"x", "y", NULL}, {"y", "x", NULL}, false},
        {{"x", NULL}, {"x", "y", NULL}, false},
        {{"x", "y", NULL}, {"x", NULL}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strlist_finish) struct strlist a = STRLIST_INIT;
        CLEANUP(strlist_finish) struct strlist b = STRLIST_INIT;
        for (size_t j = 0; rows[i].a[j]; j++)
            strlist_add(&a, rows[i].a[j]);
        for (size_t j = 0; rows[i].b[j]; j++)
            strlist_add(&b, rows[i].b[j]);
        check_int("same", strlist_equal(&a, &b), rows[i].same);
    }
}

static int *number_of(struct recent *recent, char name, bool *ret_fresh)
{
    unsigned char key[RECENT_KEY_SIZE] = {0};
    key[0] = 1; /* all in one slot of three */
    key[RECENT_KEY_SIZE - 1] = (unsigned char)name;
    return recent_get(recent, key, ret_fresh);
}

static void recent_forgets_the_longest_unused(void **state)
{
    (void)state;
    /* Names in the order of use, and whether each is new, with room for three. */
    static const char names[] = "abcabcdabcad";
    static const char fresh[] = "111000111101";
    CLEANUP(recent_freep) struct recent *recent = recent_new(3, sizeof(int));
    for (size_t i = 0; names[i]; i++) {
        char row[32];
        bool is_fresh;
        snprintf(row, sizeof(row), "%.*s", (int)i + 1, names);
        int *number = number_of(recent, names[i], &is_fresh);
        check_int(row, is_fresh, fresh[i] == '1');
        check_int(row, *number, is_fresh ? 0 : names[i]);
        *number = names[i];
    }
}

static void numbers_have_a_longest_text(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * NUMBER_TEXT_MAX);
    while (text.len < NUMBER_TEXT_MAX - 1)
        buf_addc(&text, '0');
    buf_addc(&text, '7');
    double value = 0;
    struct err err;
    check_ok("at the limit", number_parse_float(buf_span(&text), &value, &err), &err);
    check_int("at the limit", value, 7);
    buf_addc(&text, '8');
    check_int("beyond it", number_parse_float(buf_span(&text), &value, &err), -1);
    check_int("beyond it", err.class, ERR_INVALID);
    check_int("untouched", value, 7);
    check_int("without error object", number_parse_float(SPAN_LITERAL("x"), &value, NULL), -1);
}

static void texts_are_cut_between_runes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max;
        const char *want;
    } rows[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdefg", 6, "abc..."},
        {"ab\xc3\xa9"
         "defg",
         6, "ab..."},
        {"a\xc3\xa9"
         "defg",
         6, "a\xc3\xa9..."},
        {"\xf0\x9f\x98\x80"
         "defg",
         6, "..."},
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80", 8, "\x80\x80..."}, /* no rune anywhere */
        {"abcd", 3, "..."},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *got = utf8_cut(rows[i].text, rows[i].max);
        check_text(rows[i].text, got, rows[i].want);
    }
}

struct waiter {
    const struct turns *turns;
    struct deadline deadline;
    int answer;
    struct err err;
};

static void *wait_for_a_turn(void *arg)
{
    struct waiter *waiter = arg;
    waiter->answer = turns_take(waiter->turns, &waiter->deadline, &waiter->err);
    return NULL;
}

static void turns_are_waited_for_until_the_deadline(void **state)
{
    (void)state;
    CLEANUP(cancel_freep) struct cancel *cancel = cancel_new();
    struct turns turns;
    struct err err;
    turns_init(&turns, 2);
    check_ok("first", turns_take(&turns, NULL, &err), &err);
    check_ok("second", turns_take(&turns, NULL, &err), &err);
    struct deadline soon = deadline_in(clock_system(), 20 * CLOCK_NS_PER_MS, NULL);
    check_fails("none is left", turns_take(&turns, &soon, &err), &err, ERR_CANCELED,
                "context deadline exceeded");
    for (int given = 0; given <= 1; given++) {
        struct deadline deadline = deadline_in(clock_system(), 0, given ? NULL : cancel);
        struct waiter waiter = {.turns = &turns, .deadline = deadline};
        pthread_t thread;
        check_int("thread", thread_start(&thread, NULL, wait_for_a_turn, &waiter), 0);
        if (given == 0)
            cancel_trigger(cancel);
        else
            turns_give(&turns);
        pthread_join(thread, NULL);
        check_int("waiter", waiter.answer, given - 1);
        if (given == 0)
            check_text("waiter", waiter.err.text, "canceled");
    }
    turns_finish(&turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_each_layer),
        cmocka_unit_test(errors_end_in_dots_at_the_cap),
        cmocka_unit_test(errors_hide_what_servers_repeat),
        cmocka_unit_test(buffer_keeps_its_cap),
        cmocka_unit_test(arena_keeps_its_cap),
        cmocka_unit_test(spans_split_like_lines),
        cmocka_unit_test(spans_read_numbers),
        cmocka_unit_test(maps_stay_sorted),
        cmocka_unit_test(searches_tell_the_place),
        cmocka_unit_test(lists_sort_and_drop_doubles),
        cmocka_unit_test(lists_compare_in_order),
        cmocka_unit_test(recent_forgets_the_longest_unused),
        cmocka_unit_test(numbers_have_a_longest_text),
        cmocka_unit_test(durations_read_as_in_go),
        cmocka_unit_test(ages_print_as_in_kubectl),
        cmocka_unit_test(times_read_and_print),
        cmocka_unit_test(utf8_rejects_what_go_rejects),
        cmocka_unit_test(texts_are_cut_between_runes),
        cmocka_unit_test(turns_are_waited_for_until_the_deadline),
    };
    return test_main("base", tests);
}
