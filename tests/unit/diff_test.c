#include "test.h"

#include "golden.h"
#include "update/diff.h"

static void check_diff(const char *row, struct span in, struct span out)
{
    /* The two texts stand in one, parted by a line of `=`. */
    static const char part[] = "=====\n";
    ptrdiff_t at = span_find(in, span_of(part));
    CLEANUP(buf_finish) struct buf got = BUF_INIT(GOLDEN_MAX);
    assert_true(at >= 0);
    struct span before = span_slice(in, 0, (size_t)at);
    struct span after = span_slice(in, (size_t)at + strlen(part), in.len);
    diff_print("a.yaml", before, after, &got);
    if (got.len == 0)
        buf_adds(&got, "equal\n");
    check_span(row, buf_span(&got), out);
}

static void prints_differences(void **state)
{
    (void)state;
    golden_each(CASES "/diff.txt", check_diff);
}

static void prints_differences_of_unusual_texts(void **state)
{
    (void)state;
    static const struct {
        const char *path, *before, *after, *want;
    } rows[] = {
        {"a", "x", "y",
         "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n"
         "\\ No newline at end of file\n"},
        {"a", "x\n", "x", "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+x\n\\ No newline at end of file\n"},
        {"a", "a\nx", "b\nx",
         "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n-a\n+b\n x\n\\ No newline at end of file\n"},
        {"a", "", "x\n", "--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+x\n"},
        {"a", "x\n", "", "--- a/a\n+++ b/a\n@@ -1 +0,0 @@\n-x\n"},
        {"a", "x\r\n", "y\r\n", "--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\r\n+y\r\n"},
        {"a b/c", "x\n", "y\n", "--- a/a b/c\t\n+++ b/a b/c\t\n@@ -1 +1 @@\n-x\n+y\n"},
        {"\xc3\xa9\"\\\t", "x\n", "y\n",
         "--- \"a/\\303\\251\\\"\\\\\\011\"\n+++ \"b/\\303\\251\\\"\\\\\\011\"\n@@ -1 +1 "
         "@@\n-x\n+y\n"},
        {"a", "x\n", "x\n", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        diff_print(rows[i].path, span_of(rows[i].before), span_of(rows[i].after), &got);
        check_text(rows[i].path, buf_text(&got), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_differences),
        cmocka_unit_test(prints_differences_of_unusual_texts),
    };
    return test_main("diff", tests);
}
