/* What the case files under tests/cases/semver/ cannot say; they are run by
 * tests/compare/compare_semver.c. */
#include "test.h"

#include "base/mem.h"
#include "base/semver.h"
#include "base/semver_range.h"

static void parts_point_into_the_text(void **state)
{
    (void)state;
    const char *text = "v1.02-rc.1+b7, and more";
    struct semver version;
    struct err err;
    check_ok(text, semver_parse((struct span){text, 13}, &version, &err), &err);
    check_int("major", version.major, 1);
    check_int("minor", version.minor, 2);
    check_int("patch", version.patch, 0);
    check_span("prerelease", version.prerelease, SPAN_LITERAL("rc.1"));
    check_span("metadata", version.metadata, SPAN_LITERAL("b7"));
    assert_ptr_equal(version.prerelease.data, text + 6);
    assert_ptr_equal(version.original.data, text);
    CLEANUP(buf_finish) struct buf printed = BUF_INIT(100);
    semver_print(&version, &printed);
    check_text("printed", buf_text(&printed), "1.2.0-rc.1+b7");
}

static void failure_leaves_the_result_alone(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "x", "1.2.3-01", "18446744073709551616"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct semver version = {.major = 7};
        struct err err = {0};
        check_int(bad[i], semver_parse(span_of(bad[i]), &version, &err), -1);
        check_int(bad[i], err.class, ERR_INVALID);
        check_int(bad[i], semver_parse(span_of(bad[i]), &version, NULL), -1);
        check_int(bad[i], version.major, 7);
    }
}

/* LEN bytes of FILL after HEAD. */
static void fill(struct buf *text, const char *head, const char *filler, size_t len)
{
    buf_clear(text);
    buf_adds(text, head);
    while (text->len < len)
        buf_adds(text, filler);
    buf_truncate(text, len);
}

static void versions_and_ranges_have_a_longest_text(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
    struct semver version;
    struct semver_range range;
    struct err err;
    fill(&text, "1.2.3-", "a", SEMVER_TEXT_MAX);
    check_ok("version", semver_parse(buf_span(&text), &version, &err), &err);
    fill(&text, "1.2.3-", "a", SEMVER_TEXT_MAX + 1);
    check_fails("version", semver_parse(buf_span(&text), &version, &err), &err, ERR_INVALID,
                "version string is too long (max 256 bytes)");

    fill(&text, "", "1 ", SEMVER_RANGE_TEXT_MAX);
    check_ok("range", semver_range_parse(buf_span(&text), &range, &err), &err);
    check_int("items", range.count, SEMVER_RANGE_TEXT_MAX / 2);
    semver_range_finish(&range);
    fill(&text, "", "1 ", SEMVER_RANGE_TEXT_MAX + 1);
    check_fails("range", semver_range_parse(buf_span(&text), &range, &err), &err, ERR_INVALID,
                "constraint string is too long (max 512 bytes)");

    size_t last = 3 * SEMVER_RANGE_GROUPS_MAX - 2; /* "1||" each, and no bars at the end */
    fill(&text, "", "1||", last);
    check_ok("groups", semver_range_parse(buf_span(&text), &range, &err), &err);
    check_int("groups", range.count, SEMVER_RANGE_GROUPS_MAX);
    semver_range_finish(&range);
    fill(&text, "", "1||", last + 3);
    check_fails("groups", semver_range_parse(buf_span(&text), &range, &err), &err, ERR_INVALID,
                "too many constraint groups (max 32)");
}

/* The text that hyphens grow most, at the limit. */
static void hyphens_at_the_limit(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(SEMVER_RANGE_TEXT_MAX);
    fill(&text, "", "1 - 2,", 6 * (SEMVER_RANGE_TEXT_MAX / 6) - 1);
    struct semver_range range;
    struct err err;
    check_ok("hyphens", semver_range_parse(buf_span(&text), &range, &err), &err);
    check_int("items", range.count, 2 * (SEMVER_RANGE_TEXT_MAX / 6));
    struct semver version;
    check_ok("version", semver_parse(SPAN_LITERAL("2.9.9"), &version, &err), &err);
    assert_true(semver_range_contains(&range, &version));
    semver_range_finish(&range);
}

static void ranges_tell_whether_they_hold_prereleases(void **state)
{
    (void)state;
    static const struct {
        const char *range;
        bool want;
    } rows[] = {
        {"*", false}, {"1 - 2 || 3", false}, {"*-0", true}, {"1 || >=2-0 <3", true}, {"1+b", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct semver_range range;
        struct err err;
        check_ok(rows[i].range, semver_range_parse(span_of(rows[i].range), &range, &err), &err);
        check_int(rows[i].range, semver_range_admits_prereleases(&range), rows[i].want);
        semver_range_finish(&range);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_point_into_the_text),
        cmocka_unit_test(failure_leaves_the_result_alone),
        cmocka_unit_test(versions_and_ranges_have_a_longest_text),
        cmocka_unit_test(hyphens_at_the_limit),
        cmocka_unit_test(ranges_tell_whether_they_hold_prereleases),
    };
    return test_main("semver", tests);
}
