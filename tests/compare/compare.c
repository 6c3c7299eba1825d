#include "compare/compare.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "compare/oracle.h"

enum {
    FILE_BYTES_MAX = 4 * 1024 * 1024,
    TEXT_BYTES_MAX = 16 * 1024 * 1024,
    SHOWN_MAX = 20, /* differences of one test that are shown */
    DEFAULT_SEED = 1,
};

struct run {
    const struct compare *compare;
    const char *folder;
    struct oracle *oracle; /* NULL: there is none, see MISSING */
    struct err missing;
    uint64_t seed;
    size_t times;
    size_t tests;       /* done */
    size_t differences; /* in the current test */
    bool failed;
};

/* A line of a case file. */
struct a_case {
    const struct compare_op *op;
    struct json *args;
    struct json *want;
    bool differs; /* from Go, on purpose */
};

static void case_finish(struct a_case *it)
{
    json_free(it->args);
    json_free(it->want);
}

static void finish_test(struct run *run, const char *kind, const char *name)
{
    run->failed = run->failed || run->differences != 0;
    printf("%sok %zu - %s %s\n", run->differences != 0 ? "not " : "", ++run->tests, kind, name);
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

/* Adds the arguments and the answer of a line; NAMES are those of the header. */
static int read_columns(struct span line, struct span names, struct a_case *ret, struct err *err)
{
    struct span column, name;
    ret->args = json_new_object();
    while (span_next(&names, ',', &name)) {
        CLEANUP(mem_freep) char *key = span_dup(span_trim(name));
        if (!span_next(&line, '\t', &column))
            return err_set(err, ERR_INVALID, "no column for '%s'", key);
        struct json *value = NULL;
        if (!span_starts_with(column, "\""))
            value = json_new_span(column);
        else if (json_parse(column, &value, err) != 0)
            return -1;
        json_put_take(ret->args, key, value);
    }
    ret->want = json_new_object();
    if (span_starts_with(line, "error: ")) {
        json_put_take(ret->want, "error", json_new_span(span_slice(line, 7, line.len)));
        return 0;
    }
    struct json *value = NULL;
    if (json_parse(line, &value, err) != 0)
        return -1;
    json_put_take(ret->want, "ok", value);
    return 0;
}

typedef void check_fn(struct run *run, const struct a_case *it);

static void check_ours(struct run *run, const struct a_case *it)
{
    CLEANUP(json_freep) struct json *got = ask_ours(it->op, it->args);
    if (!json_same(got, it->want))
        show_difference(run, it->op, it->args, got, "the file has", it->want);
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

static void check_oracle(struct run *run, const struct a_case *it)
{
    CLEANUP(json_freep) struct json *theirs = NULL;
    struct err err;
    if (ask_oracle(run, it->op, it->args, &theirs, &err) != 0)
        complain(run, "%s", err.text);
    else if (agrees(it->op, it->want, theirs) == it->differs)
        show_difference(run, it->op, it->args, it->want,
                        it->differs ? "should differ from Go's" : "Go has", theirs);
}

static void check_line(struct run *run, struct span line, struct span names,
                       const struct compare_op *op, check_fn *check)
{
    CLEANUP(case_finish) struct a_case it = {.op = op, .differs = span_starts_with(line, "!\t")};
    struct err err;
    if (read_columns(it.differs ? span_slice(line, 2, line.len) : line, names, &it, &err) != 0)
        complain(run, "%.*s: %s", (int)line.len, line.data, err.text);
    else
        check(run, &it);
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

static void run_files(struct run *run)
{
    for (size_t i = 0; i < run->compare->case_file_count; i++) {
        const char *name = run->compare->case_files[i];
        if (check_file(run, name, check_ours) == 0)
            complain(run, "%s holds no cases", name);
        finish_test(run, "our answers to", name);
        if (!run->oracle)
            continue;
        check_file(run, name, check_oracle);
        finish_test(run, "Go's answers to", name);
    }
}

static void run_questions(struct run *run, const struct compare_questions *questions)
{
    const struct compare_op *op = find_op(run, span_of(questions->op));
    struct dice dice = {.state = run->seed};
    for (size_t i = 0; i < questions->count * run->times; i++) {
        CLEANUP(json_freep) struct json *args = questions->roll(&dice);
        CLEANUP(json_freep) struct json *ours = ask_ours(op, args);
        CLEANUP(json_freep) struct json *theirs = NULL;
        struct err err;
        if (ask_oracle(run, op, args, &theirs, &err) != 0) {
            complain(run, "%s", err.text);
            break;
        }
        if (!agrees(op, ours, theirs))
            show_difference(run, op, args, ours, "Go has", theirs);
    }
    CLEANUP(mem_freep) char *kind = str_printf("%zu questions of", questions->count * run->times);
    finish_test(run, kind, questions->op);
}

/* Without Go: says so loudly, which counts as a failure in continuous
 * integration. */
static void skip_oracle(struct run *run)
{
    bool in_ci = str_equal(getenv("CI"), "true");
    run->failed = run->failed || in_ci;
    printf("%sok %zu - comparison with Go%s no oracle: %s\n", in_ci ? "not " : "", ++run->tests,
           in_ci ? ", which CI=true asks for:" : " # SKIP", run->missing.text);
    fprintf(stderr, "NOT compared with Go: %s\n", run->missing.text);
}

int compare_main(int argc, char **argv, const struct compare *compare)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2 || argc > 4) {
        fprintf(stderr, "usage: %s TESTS-FOLDER [SEED [TIMES]]\n", argv[0]);
        return 2;
    }
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
    run_files(&run);
    if (!run.oracle)
        skip_oracle(&run);
    for (size_t i = 0; run.oracle && i < compare->question_count; i++)
        run_questions(&run, &compare->questions[i]);
    oracle_stop(run.oracle);
    printf("1..%zu\n", run.tests);
    return run.failed;
}
