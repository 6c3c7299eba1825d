#include "compare/compare.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "compare/case_line.h"
#include "compare/oracle.h"

enum {
    FILE_BYTES_MAX = 4 * 1024 * 1024,
    TEXT_BYTES_MAX = 16 * 1024 * 1024,
    SHOWN_MAX = 20, /* differences of one test that are shown */
    DEFAULT_SEED = 1,
    GOLDEN_SEED = 2,
    GOLDEN_COUNT = 250, /* questions of a golden file */
};

#define GOLDEN_HEAD                                                                                \
    "# The answers of the oracle, tests/oracle, to the first %d questions of the seed %d.\n"       \
    "# Written with --golden (compare.h), not by hand.\n\n"

struct run {
    const struct compare *compare;
    const char *folder;
    struct oracle *oracle; /* NULL: there is none, see MISSING */
    struct err missing;
    uint64_t seed;
    size_t times;
    size_t tests;       /* done */
    size_t asked;       /* random questions */
    size_t differences; /* in the current test */
    bool failed;
};

/* "ok 7 - 300 random questions of regexp.match" */
static void finish_test(struct run *run, size_t count, const char *kind, const char *name)
{
    run->failed = run->failed || run->differences != 0;
    printf("%sok %zu - %zu %s %s\n", run->differences != 0 ? "not " : "", ++run->tests, count, kind,
           name);
    fflush(stdout);
    run->differences = 0;
}

static void __attribute__((format(printf, 2, 3))) complain(struct run *run, const char *fmt, ...)
{
    if (run->differences++ >= SHOWN_MAX)
        return;
    va_list args;
    va_start(args, fmt);
    printf("# ");
    vprintf(fmt, args);
    printf("\n");
    va_end(args);
}

static void show_difference(struct run *run, const struct compare_op *op, const struct json *args,
                            const struct json *got, const char *whose, const struct json *want)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    buf_addf(&text, "%s ", op->name);
    json_print(args, JSON_STYLE_COMPACT, &text);
    buf_adds(&text, ": got ");
    json_print(got, JSON_STYLE_COMPACT, &text);
    buf_addf(&text, ", %s ", whose);
    json_print(want, JSON_STYLE_COMPACT, &text);
    complain(run, "%s", buf_text(&text));
}

static struct json *ask_ours(const struct compare_op *op, const struct json *args)
{
    struct json *answer = json_new_object(), *value = NULL;
    struct err err;
    if (op->answer(args, &value, &err) == 0)
        json_put_take(answer, "ok", value);
    else
        json_put_text(answer, "error", err.text);
    return answer;
}

static bool agrees(const struct compare_op *op, const struct json *ours, const struct json *theirs)
{
    return op->agree ? op->agree(ours, theirs) : json_same(ours, theirs);
}

static const struct compare_op *find_op(const struct run *run, struct span name)
{
    for (size_t i = 0; i < run->compare->op_count; i++) {
        if (span_is(name, run->compare->ops[i].name))
            return &run->compare->ops[i];
    }
    return NULL;
}

typedef void check_fn(struct run *run, const struct compare_op *op, const struct case_line *it);

static void check_ours(struct run *run, const struct compare_op *op, const struct case_line *it)
{
    CLEANUP(json_freep) struct json *got = ask_ours(op, it->args);
    if (!json_same(got, it->want))
        show_difference(run, op, it->args, got, "the file has", it->want);
}

/* Our errors are one line (base/err.h), Go's may show the input's control bytes. */
static int ask_oracle(struct run *run, const struct compare_op *op, const struct json *args,
                      struct json **ret, struct err *err)
{
    struct err line;
    if (oracle_ask(run->oracle, op->name, args, ret, err) != 0)
        return -1;
    const char *error = json_member_text(*ret, "error");
    if (error) {
        err_set(&line, ERR_INVALID, "%s", error);
        json_put_text(*ret, "error", line.text);
    }
    return 0;
}

static void check_oracle(struct run *run, const struct compare_op *op, const struct case_line *it)
{
    CLEANUP(json_freep) struct json *theirs = NULL;
    struct err err;
    if (ask_oracle(run, op, it->args, &theirs, &err) != 0)
        complain(run, "%s", err.text);
    else if (it->differs ? json_same(it->want, theirs) : !agrees(op, it->want, theirs))
        show_difference(run, op, it->args, it->want,
                        it->differs ? "should differ from Go's" : "Go has", theirs);
}

static void check_line(struct run *run, struct span line, struct span names,
                       const struct compare_op *op, check_fn *check)
{
    CLEANUP(case_line_finish) struct case_line it = CASE_LINE_INIT;
    struct err err;
    if (case_line_read(line, names, &it, &err) != 0)
        complain(run, "%.*s: %s", (int)line.len, line.data, err.text);
    else
        check(run, op, &it);
}

/* Returns the number of cases. */
static size_t check_file(struct run *run, const char *name, check_fn *check)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/cases/%s", run->folder, name);
    CLEANUP(buf_finish) struct buf content = BUF_INIT(FILE_BYTES_MAX);
    const struct compare_op *op = NULL;
    struct span names = {0}, line;
    struct err err;
    size_t cases = 0;
    if (file_read(path, &content, &err) != 0) {
        complain(run, "%s", err.text);
        return 0;
    }
    for (struct span rest = buf_span(&content); span_next(&rest, '\n', &line);) {
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (op) {
            check_line(run, line, names, op, check);
            cases++;
            continue;
        }
        struct span op_name;
        names = line;
        op = span_next(&names, ':', &op_name) ? find_op(run, op_name) : NULL;
        if (!op) {
            complain(run, "%s: no known operation in '%.*s'", path, (int)line.len, line.data);
            return 0;
        }
    }
    return cases;
}

static void run_file(struct run *run, const char *name)
{
    size_t cases = check_file(run, name, check_ours);
    if (cases == 0)
        complain(run, "%s holds no cases", name);
    finish_test(run, cases, "of ours as in", name);
    if (!run->oracle)
        return;
    check_file(run, name, check_oracle);
    finish_test(run, cases, "of Go as in", name);
}

static void run_files(struct run *run)
{
    const struct compare *compare = run->compare;
    for (size_t i = 0; i < compare->case_file_count; i++)
        run_file(run, compare->case_files[i]);
    for (size_t i = 0; i < compare->question_count; i++)
        run_file(run, compare->questions[i].golden);
}

/* Both answers, which must agree. Beyond our limits theirs is NULL. */
static int ask_both(struct run *run, const struct compare_op *op, const struct json *args,
                    struct json **ret_ours, struct json **ret_theirs)
{
    struct err err;
    *ret_ours = ask_ours(op, args);
    const char *error = json_member_text(*ret_ours, "error");
    if (error && op->is_limit && op->is_limit(error))
        return 0;
    run->asked++;
    if (ask_oracle(run, op, args, ret_theirs, &err) != 0) {
        complain(run, "%s", err.text);
        return -1;
    }
    if (!agrees(op, *ret_ours, *ret_theirs))
        show_difference(run, op, args, *ret_ours, "Go has", *ret_theirs);
    return 0;
}

static void run_questions(struct run *run, const struct compare_questions *questions)
{
    const struct compare_op *op = find_op(run, span_of(questions->op));
    struct dice dice = {.state = run->seed};
    size_t count = questions->count * run->times;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(json_freep) struct json *args = questions->roll(&dice);
        CLEANUP(json_freep) struct json *ours = NULL, *theirs = NULL;
        if (ask_both(run, op, args, &ours, &theirs) != 0)
            break;
    }
    finish_test(run, count, "random questions of", questions->op);
}

/* Writes a golden file anew, unless we differ. Where several answers are right,
 * it has ours. */
static void write_golden(struct run *run, const struct compare_questions *questions)
{
    const struct compare_op *op = find_op(run, span_of(questions->op));
    CLEANUP(mem_freep) char *path = str_printf("%s/cases/%s", run->folder, questions->golden);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    struct dice dice = {.state = GOLDEN_SEED};
    struct err err;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        CLEANUP(json_freep) struct json *args = questions->roll(&dice);
        CLEANUP(json_freep) struct json *ours = NULL, *theirs = NULL;
        if (ask_both(run, op, args, &ours, &theirs) != 0)
            return;
        if (i == 0) {
            case_line_write_head(questions->op, args, &text);
            buf_addf(&text, GOLDEN_HEAD, GOLDEN_COUNT, GOLDEN_SEED);
        }
        if (theirs)
            case_line_write(args, ours, &text);
    }
    if (run->differences == 0 && file_write_atomic(path, buf_span(&text), 0644, &err) != 0)
        complain(run, "%s", err.text);
    finish_test(run, GOLDEN_COUNT, "answers of Go written to", questions->golden);
}

/* Without Go: says so loudly, which counts as a failure in continuous
 * integration. */
static void skip_oracle(struct run *run)
{
    bool in_ci = str_equal(getenv("CI"), "true");
    size_t count = 0;
    for (size_t i = 0; i < run->compare->question_count; i++)
        count += run->compare->questions[i].count * run->times;
    run->failed = run->failed || in_ci;
    printf("%sok %zu - %zu random questions to Go%s no oracle: %s\n", in_ci ? "not " : "",
           ++run->tests, count, in_ci ? ", which CI=true asks for:" : " # SKIP", run->missing.text);
    fprintf(stderr, "NOT compared with Go, only with the answers that it gave once: %s\n",
            run->missing.text);
}

static void ask_oracle_all(struct run *run, bool golden)
{
    for (size_t i = 0; i < run->compare->question_count; i++) {
        if (golden)
            write_golden(run, &run->compare->questions[i]);
        else
            run_questions(run, &run->compare->questions[i]);
    }
    if (!golden)
        printf("# %zu random questions in all, seed %" PRIu64 "\n", run->asked, run->seed);
}

int compare_main(int argc, char **argv, const struct compare *compare)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: %s TESTS-FOLDER [--golden | SEED [TIMES]]\n", argv[0]);
        return 2;
    }
    bool golden = argc == 3 && str_equal(argv[2], "--golden");
    struct run run = {
        .compare = compare,
        .folder = argv[1],
        .seed = argc > 2 ? strtoull(argv[2], NULL, 10) : DEFAULT_SEED,
        .times = argc > 3 ? strtoull(argv[3], NULL, 10) : 1,
    };
    CLEANUP(mem_freep) char *sources = str_printf("%s/oracle", run.folder);
    if (oracle_start(sources, &run.oracle, &run.missing) < 0) {
        printf("Bail out! %s\n", run.missing.text);
        return 1;
    }
    if (!golden)
        run_files(&run);
    if (run.oracle)
        ask_oracle_all(&run, golden);
    else
        skip_oracle(&run);
    oracle_stop(run.oracle);
    printf("1..%zu\n", run.tests);
    return run.failed;
}
