/*
 * Tests that compare tidemark's answers with those of the Go libraries.
 *
 * A question is the name of an operation and an object of arguments; an answer
 * is {"ok": value} or {"error": text}, from our function and from the oracle
 * alike. Questions come from two sources:
 *
 * - Case files under tests/cases/, whose answers are written down. We are
 *   always asked for them, and the oracle, if it is there, too.
 * - Generators that roll dice. They need the oracle; but each has a golden
 *   file, a case file with the oracle's answers to a few questions, which are
 *   the part of the comparison that needs no Go.
 *
 * A case file holds lines of columns that are separated by tabs. The first
 * line is `<operation>: <argument>, <argument>, …`; each other one the values
 * of the arguments, which are texts, and the answer, which is `error: ` and a
 * text, or a JSON value. A column that starts with a double quote is a JSON
 * string. Lines that start with # and empty lines do not count. A line whose
 * first column is `!` is one where tidemark differs from Go on purpose: the
 * answer is ours, and Go's must be another one.
 */
#ifndef TIDEMARK_TESTS_COMPARE_H
#define TIDEMARK_TESTS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/json.h"
#include "base/err.h"
#include "compare/dice.h"

/* An operation as we answer it. */
struct compare_op {
    const char *name;
    /* The owned value, or -1 with the text of the error. */
    int (*answer)(const struct json *args, struct json **ret, struct err *err);
    /* Whether two answers (objects as above) agree; NULL: if they are equal. */
    bool (*agree)(const struct json *ours, const struct json *theirs);
    /* Whether our error names a limit that Go does not have, so that a random
     * question is better not put to Go, which may never end; or NULL. */
    bool (*is_limit)(const char *error);
};

/* COUNT questions for an operation. */
struct compare_questions {
    const char *op;
    size_t count;
    struct json *(*roll)(struct dice *dice); /* owned arguments */
    const char *golden;                      /* case file with Go's answers to a few of them */
};

struct compare {
    const struct compare_op *ops;
    size_t op_count;
    const char *const *case_files; /* below tests/cases/ */
    size_t case_file_count;
    const struct compare_questions *questions;
    size_t question_count;
};

/* Initialiser of arrays. */
#define COMPARE(ops, files, questions)                                                             \
    {                                                                                              \
        ops, ARRAY_LEN(ops), files, ARRAY_LEN(files), questions, ARRAY_LEN(questions)              \
    }

/*
 * Runs all of it with output in TAP; the result is for main() to return.
 *
 *     compare_… TESTS-FOLDER [--golden | SEED [TIMES]]
 *
 * Without Go the tests that need it are skipped, but fail if the environment
 * says CI=true. Another SEED, and TIMES as many questions, serve to look for
 * differences for longer than the everyday run does; `make fuzz` goes on with
 * new ones. --golden writes the golden files instead, after a change of the
 * generators or of the oracle's libraries.
 */
int compare_main(int argc, char **argv, const struct compare *compare);

#endif
