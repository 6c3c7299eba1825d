#include "test.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

static const char *const env[] = {"PATH=/usr/bin:/bin", "GREETING=hello", NULL};

static int run(const char *script, struct span input, struct buf *output,
               const struct deadline *deadline, struct proc_result *ret, struct err *err)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const struct proc_command command = {.argv = argv,
                                         .env = env,
                                         .dir = "/",
                                         .input = input,
                                         .on_output = proc_output_to_buf,
                                         .arg = output,
                                         .deadline = deadline};
    return proc_run(&command, ret, err);
}

static void runs_in_a_clean_environment(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf output = BUF_INIT(4096);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok("run",
             run("echo $GREETING $HOME; pwd; echo oops >&2; exit 3", SPAN_LITERAL(""), &output,
                 NULL, &result, &err),
             &err);
    check_text("stdout", buf_text(&output), "hello\n/\n");
    check_text("stderr", result.errors, "oops\n");
    assert_int_equal(result.status, 3);
}

/* Session and terminal are fields 6 and 7 of /proc/PID/stat (proc(5)). */
static void starts_in_a_session_without_terminal(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf output = BUF_INIT(4096);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok("run",
             run("read -r pid name state parent group session tty rest </proc/$$/stat; "
                 "[ $session = $$ ] && [ $group = $$ ] && echo \"own $tty\"",
                 SPAN_LITERAL(""), &output, NULL, &result, &err),
             &err);
    check_text("stdout", buf_text(&output), "own 0\n");
}

static void moves_more_than_pipes_hold(void **state)
{
    (void)state;
    size_t size = 3 * 1024 * 1024;
    CLEANUP(mem_freep) char *bytes = mem_alloc(size);
    memset(bytes, 'x', size);
    CLEANUP(buf_finish) struct buf output = BUF_INIT(size);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok("run", run("cat", (struct span){bytes, size}, &output, NULL, &result, &err), &err);
    assert_int_equal(output.len, size);
}

static void survives_a_program_that_reads_nothing(void **state)
{
    (void)state;
    size_t size = 1024 * 1024;
    CLEANUP(mem_freep) char *bytes = mem_zalloc(size);
    CLEANUP(buf_finish) struct buf output = BUF_INIT(100);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok("run", run("exit 0", (struct span){bytes, size}, &output, NULL, &result, &err), &err);
    assert_int_equal(result.status, 0);
}

static void ends_the_group_at_the_deadline(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf output = BUF_INIT(100);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct deadline deadline = deadline_in(clock_system(), 200 * CLOCK_NS_PER_MS, NULL);
    struct err err;
    int answer =
        run("sleep 1000 & echo $!; wait", SPAN_LITERAL(""), &output, &deadline, &result, &err);
    check_fails("deadline", answer, &err, ERR_CANCELED, "sh: context deadline exceeded");
    uint64_t pid = 0;
    assert_true(span_to_u64(span_trim(buf_span(&output)), &pid) && pid > 1);
    for (int tries = 0; kill((pid_t)pid, 0) == 0 && tries < 200; tries++)
        deadline_sleep_ms(NULL, 10, NULL);
    assert_int_not_equal(kill((pid_t)pid, 0), 0);
}

static void stops_when_asked(void **state)
{
    (void)state;
    CLEANUP(cancel_freep) struct cancel *cancel = cancel_new();
    struct deadline deadline = deadline_in(clock_system(), 0, cancel);
    CLEANUP(buf_finish) struct buf output = BUF_INIT(100);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    cancel_trigger(cancel);
    int answer = run("sleep 1000", SPAN_LITERAL(""), &output, &deadline, &result, &err);
    check_fails("cancel", answer, &err, ERR_CANCELED, "sh: canceled");
}

static void caps_the_output(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf output = BUF_INIT(1000);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    int answer = run("yes", SPAN_LITERAL(""), &output, NULL, &result, &err);
    check_fails("cap", answer, &err, ERR_INVALID,
                "sh: output is larger than the limit of 1000 bytes");
}

static void keeps_the_end_of_stderr(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf output = BUF_INIT(1000);
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok("run",
             run("i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done >&2",
                 SPAN_LITERAL(""), &output, NULL, &result, &err),
             &err);
    assert_true(strlen(result.errors) <= PROC_STDERR_MAX);
    assert_true(str_ends_with(result.errors, "line 4999\n"));
}

static void passes_on_the_held_descriptor_alone(void **state)
{
    (void)state;
    static const char script[] = "echo held >&3 || exit 3; echo more >&4 || exit 4";
    const char *const argv[] = {"sh", "-c", script, NULL};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    CLEANUP(file_closep) int reader = ends[0];
    CLEANUP(file_closep) int writer = ends[1];
    struct err err;
    struct proc_command command = {.argv = argv, .env = env, .held_fd = writer};
    CLEANUP(proc_result_finish) struct proc_result held = {0};
    check_ok("held", proc_run(&command, &held, &err), &err);
    check_int("held", held.status, 4);
    char got[16] = "";
    check_int("bytes", read(reader, got, sizeof(got) - 1), 5);
    check_text("bytes", got, "held\n");
    command.held_fd = 0;
    CLEANUP(proc_result_finish) struct proc_result closed = {0};
    check_ok("closed", proc_run(&command, &closed, &err), &err);
    check_int("closed", closed.status, 3);
}

static void names_a_missing_program(void **state)
{
    (void)state;
    const char *const argv[] = {"tidemark-no-such-program", NULL};
    const struct proc_command command = {.argv = argv};
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_fails("missing", proc_run(&command, &result, &err), &err, ERR_NOT_FOUND,
                "cannot start 'tidemark-no-such-program': No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_in_a_clean_environment),
        cmocka_unit_test(starts_in_a_session_without_terminal),
        cmocka_unit_test(moves_more_than_pipes_hold),
        cmocka_unit_test(survives_a_program_that_reads_nothing),
        cmocka_unit_test(ends_the_group_at_the_deadline),
        cmocka_unit_test(stops_when_asked),
        cmocka_unit_test(caps_the_output),
        cmocka_unit_test(keeps_the_end_of_stderr),
        cmocka_unit_test(passes_on_the_held_descriptor_alone),
        cmocka_unit_test(names_a_missing_program),
    };
    return test_main("proc", tests);
}
