/*
 * What every unit test begins with: cmocka in the order of headers that it
 * wants, and checks that print both values and the name of the table's row.
 *
 * A test file is one binary for one module. It holds tables of cases, small
 * test functions that walk them, and ends in
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {
 *             cmocka_unit_test(orders_versions),
 *         };
 *         return test_main("semver", tests);
 *     }
 */
#ifndef TIDEMARK_TESTS_UNIT_TEST_H
#define TIDEMARK_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/span.h"

/* Runs the tests with output in TAP and SIGPIPE ignored, as in the program. */
#define test_main(name, tests)                                                                     \
    (signal(SIGPIPE, SIG_IGN), cmocka_set_message_output(CM_OUTPUT_TAP),                           \
     cmocka_run_group_tests_name((name), (tests), NULL, NULL))

/* ROW is a text that tells which case of a table it is. */
#define check_text(row, got, want)                                                                 \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        if (!got_ || !want_ ? got_ != want_ : strcmp(got_, want_) != 0)                            \
            fail_msg("%s: got \"%s\", want \"%s\"", (row), got_ ? got_ : "(null)",                 \
                     want_ ? want_ : "(null)");                                                    \
    } while (0)

#define check_int(row, got, want)                                                                  \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        if (got_ != want_)                                                                         \
            fail_msg("%s: got %lld, want %lld", (row), got_, want_);                               \
    } while (0)

#define check_span(row, got, want)                                                                 \
    do {                                                                                           \
        struct span got_ = (got), want_ = (want);                                                  \
        if (!span_equal(got_, want_))                                                              \
            fail_msg("%s: got \"%.*s\" (%zu bytes), want \"%.*s\" (%zu bytes)", (row),             \
                     (int)got_.len, got_.data, got_.len, (int)want_.len, want_.data, want_.len);   \
    } while (0)

/* ANSWER must be 0 (or 1, for a look-up that finds); shows the error if not. */
#define check_ok(row, answer, err)                                                                 \
    do {                                                                                           \
        if ((answer) < 0)                                                                          \
            fail_msg("%s: failed: %s", (row), (err)->text);                                        \
    } while (0)

/* ANSWER must be -1 with this class and text. */
#define check_fails(row, answer, err, want_class, want_text)                                       \
    do {                                                                                           \
        if ((answer) != -1)                                                                        \
            fail_msg("%s: succeeded, want error \"%s\"", (row), (want_text));                      \
        check_text(row, (err)->text, (want_text));                                                 \
        check_text(row, err_class_name((err)->class), err_class_name(want_class));                 \
    } while (0)

#endif
