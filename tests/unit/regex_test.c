/* What the case files under tests/cases/regex/ cannot say; they are run by
 * tests/compare/compare_regex.c. */
#include "test.h"

#include <pthread.h>

#include "adapt/regex.h"
#include "adapt/regex_suffix.h"

static struct regex *compile(const char *pattern)
{
    struct regex *regex = NULL;
    struct err err;
    check_ok(pattern, regex_new(span_of(pattern), &regex, &err), &err);
    return regex;
}

/* COUNT times TEXT. */
static void repeat(struct buf *ret, const char *text, size_t count)
{
    for (; count > 0; count--)
        buf_adds(ret, text);
}

static void check_begins(const char *row, const char *got, const char *want)
{
    if (strncmp(got, want, strlen(want)) != 0)
        fail_msg("%s: got \"%s\", want it to begin with \"%s\"", row, got, want);
}

static void finds_from_an_offset(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        size_t from;
        ptrdiff_t want; /* where the match begins, or -1 */
    } rows[] = {
        {"a", "aba", 0, 0},     {"a", "aba", 1, 2}, {"a", "aba", 3, -1}, {"^a", "aa", 1, -1},
        {"\\ba", "aa a", 1, 3}, {"$", "ab", 2, 2},  {"$", "ab", 3, -1},  {"(?m)^a", "b\na", 1, 2},
        {"", "", 0, 0},         {"", "", 1, -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(regex_freep) struct regex *regex = compile(rows[i].pattern);
        struct regex_group group = {-1, -1};
        bool found = regex_find(regex, span_of(rows[i].text), rows[i].from, &group, 1);
        check_int(rows[i].pattern, found ? group.begin : -1, rows[i].want);
    }
}

static void fills_as_many_groups_as_are_wanted(void **state)
{
    (void)state;
    CLEANUP(regex_freep) struct regex *regex = compile("(a)(?P<n>b)?(c)");
    struct span text = SPAN_LITERAL("xac");
    struct regex_group groups[6];
    check_int("count", regex_group_count(regex), 3);
    check_text("no name", regex_group_name(regex, 1), NULL);
    check_text("name", regex_group_name(regex, 2), "n");
    check_text("no group", regex_group_name(regex, 9), NULL);
    groups[1].begin = 77;
    assert_true(regex_find(regex, text, 0, groups, 1));
    check_int("untouched", groups[1].begin, 77);
    assert_true(regex_find(regex, text, 0, groups, ARRAY_LEN(groups)));
    check_span("whole", regex_group_span(text, groups[0]), SPAN_LITERAL("ac"));
    check_span("first", regex_group_span(text, groups[1]), SPAN_LITERAL("a"));
    check_int("no part", groups[2].begin, -1);
    check_span("no part", regex_group_span(text, groups[2]), SPAN_LITERAL(""));
    check_span("third", regex_group_span(text, groups[3]), SPAN_LITERAL("c"));
    check_int("no group", groups[5].end, -1);
}

/* More groups than have room on the stack of the adapter. */
static void fills_many_groups(void **state)
{
    (void)state;
    enum {
        MANY = 200,
    };
    CLEANUP(buf_finish) struct buf pattern = BUF_INIT(10000);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
    repeat(&pattern, "(.)", MANY);
    repeat(&text, "ab", MANY / 2);
    CLEANUP(regex_freep) struct regex *regex = compile(buf_text(&pattern));
    struct regex_group groups[MANY + 1];
    assert_true(regex_find(regex, buf_span(&text), 0, groups, ARRAY_LEN(groups)));
    check_int("last", groups[MANY].begin, MANY - 1);
}

static void texts_may_hold_any_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        struct span text;
        bool want;
    } rows[] = {
        {"^$", {NULL, 0}, true},
        {"^(a?)$", {NULL, 0}, true},
        {"a.b", SPAN_LITERAL("a\0b"), true},
        {"\\x00", SPAN_LITERAL("a\0b"), true},
        {"a.b",
         SPAN_LITERAL("a\xff"
                      "b"),
         false},
        {"^a", SPAN_LITERAL("a\xff"), true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(regex_freep) struct regex *regex = compile(rows[i].pattern);
        check_int(rows[i].pattern, regex_matches(regex, rows[i].text), rows[i].want);
    }
    CLEANUP(regex_freep) struct regex *empty = compile("(a?)");
    struct regex_group groups[2];
    assert_true(regex_find(empty, (struct span){NULL, 0}, 0, groups, 2));
    check_int("took part", groups[1].begin, 0);
}

static void patterns_must_be_utf8(void **state)
{
    (void)state;
    struct regex *regex = NULL;
    struct err err;
    check_fails("bad byte",
                regex_new(SPAN_LITERAL("(a\xff"
                                       "b"),
                          &regex, &err),
                &err, ERR_INVALID,
                "error parsing regexp: invalid UTF-8: `\xff"
                "b`");
    assert_null(regex);
}

static void check_limit(const char *row, const char *pattern, const char *want)
{
    struct regex *regex = NULL;
    struct err err = {0};
    int answer = regex_new(span_of(pattern), &regex, &err);
    regex_free(regex);
    check_int(row, answer, want ? -1 : 0);
    if (want) {
        check_begins(row, err.text, want);
        check_int(row, err.class, ERR_INVALID);
    }
}

static void patterns_have_limits(void **state)
{
    (void)state;
    static const char large[] = "error parsing regexp: expression too large: `";
    static const char deep[] = "error parsing regexp: expression nests too deeply: `";
    const struct {
        const char *name;
        const char *piece;
        size_t count;
        const char *tail;
        size_t tail_count;
        const char *want;
    } rows[] = {
        {"length", "(?i)", REGEX_PATTERN_MAX / 4, "", 0, NULL},
        {"length", "(?i)", REGEX_PATTERN_MAX / 4, "a", 1, large},
        {"depth", "(", REGEX_DEPTH_MAX, ")", REGEX_DEPTH_MAX, NULL},
        {"depth", "(?:", REGEX_DEPTH_MAX + 1, ")", REGEX_DEPTH_MAX + 1, deep},
        {"size", "a", REGEX_SIZE_MAX, "", 0, NULL},
        {"size", "a", REGEX_SIZE_MAX + 1, "", 0, large},
        {"repeated size", "(?:aaaaaaaa){1000}", 1, "a", REGEX_SIZE_MAX - 9001, NULL},
        {"repeated size", "(?:aaaaaaaa){1000}", 1, "a", REGEX_SIZE_MAX - 9000, large},
        {"optional size", "a{0,1000}", 9, "", 0, NULL},
        {"optional size", "a{0,1000}", 10, "", 0, large},
        {"size of quoted text", "\\Qaaaaaa\\E", REGEX_SIZE_MAX / 10, "", 0, NULL},
        {"size of quoted text", "\\Qaaaaaa\\E", REGEX_SIZE_MAX / 10, "a", 1, large},
        {"size within a group", "(?:a", 1, "a", REGEX_SIZE_MAX, large},
        {"memory", "\\pL", 100, "", 0, NULL},
        {"memory", "\\pL", 1000, "", 0, large},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf pattern = BUF_INIT(SIZE_MAX / 4);
        repeat(&pattern, rows[i].piece, rows[i].count);
        repeat(&pattern, rows[i].tail, rows[i].tail_count);
        check_limit(rows[i].name, buf_text(&pattern), rows[i].want);
    }
}

static void quoted_texts_match_themselves(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf all = BUF_INIT(1000);
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(1000);
    for (int c = 0; c < 0x80; c++)
        buf_addc(&all, (char)c);
    buf_adds(&all, "\xc3\xa9");
    regex_quote(buf_span(&all), &quoted);
    struct regex *regex = NULL;
    struct err err;
    check_ok("all", regex_new(buf_span(&quoted), &regex, &err), &err);
    struct regex_group whole;
    assert_true(regex_find(regex, buf_span(&all), 0, &whole, 1));
    check_int("end", whole.end, all.len);
    regex_free(regex);
    buf_clear(&quoted);
    regex_quote(SPAN_LITERAL("1.2+[x]"), &quoted);
    check_text("plain", buf_text(&quoted), "1\\.2\\+\\[x\\]");
}

static void templates_tell_which_groups_they_need(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t want;
    } rows[] = {
        {"", 1}, {"x", 1}, {"$0", 1}, {"$1", 2}, {"$2$1", 3}, {"$9", 1}, {"$n", 4}, {"$nx", 1},
    };
    CLEANUP(regex_freep) struct regex *regex = compile("(a)?(?P<n>b)?(?P<n>c)?(d)?");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(regex_template_freep)
        struct regex_template *template = regex_template_new(regex, span_of(rows[i].text));
        check_int(rows[i].text, regex_template_groups(template), rows[i].want);
    }
}

enum {
    THREADS = 4,
    ROUNDS = 2000,
};

static void *match_often(void *arg)
{
    const struct regex *regex = arg;
    intptr_t hits = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char text[32];
        struct regex_group groups[2];
        snprintf(text, sizeof(text), "main-%d", i);
        if (regex_find(regex, span_of(text), 0, groups, 2) && groups[1].begin == 5)
            hits++;
    }
    return (void *)hits;
}

static void several_threads_use_one_regex(void **state)
{
    (void)state;
    CLEANUP(regex_freep) struct regex *regex = compile("main-(\\d*[02468])$");
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, match_often, regex), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *hits;
        assert_int_equal(pthread_join(threads[i], &hits), 0);
        check_int("hits", (intptr_t)hits, ROUNDS / 2);
    }
}

static void suffixes_are_what_every_match_ends_with(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"^.*\\.sig$", ".sig"},
        {"-debug$", "-debug"},
        {"a\\$$", "a$"},
        {"a\\$", ""},
        {"$", ""},
        {"abc", ""},
        {"a|b$", ""},
        {"(?i)abc$", ""},
        {"ab?cd$", "cd"},
        {"(ab)+cd$", "cd"},
        {"[a-c]d$", "d"},
        {"\\x41$", ""},
        {"\\pLb$", ""},
        {"a\\\\b$", "a\\b"},
        {"\\Qa.b\\E$", ""},
        {"x{2}y$", "y"},
        {"xy{2}$", ""},
        {"\xef\xbf\xbd.x\xef\xbf\xbdy$", "y"},
        {"\\101$", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf suffix = BUF_INIT(100);
        regex_suffix(span_of(rows[i][0]), &suffix);
        check_text(rows[i][0], buf_text(&suffix), rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suffixes_are_what_every_match_ends_with),
        cmocka_unit_test(finds_from_an_offset),
        cmocka_unit_test(fills_as_many_groups_as_are_wanted),
        cmocka_unit_test(fills_many_groups),
        cmocka_unit_test(texts_may_hold_any_bytes),
        cmocka_unit_test(patterns_must_be_utf8),
        cmocka_unit_test(patterns_have_limits),
        cmocka_unit_test(quoted_texts_match_themselves),
        cmocka_unit_test(templates_tell_which_groups_they_need),
        cmocka_unit_test(several_threads_use_one_regex),
    };
    return test_main("regex", tests);
}
