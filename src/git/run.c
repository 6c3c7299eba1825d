#include "git/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/proc.h"

enum {
    ERRORS_MAX = 4 * PROC_STDERR_MAX, /* room for what scrubbing makes longer */
};

void git_outcome_finish(struct git_outcome *outcome)
{
    free(outcome->errors);
    *outcome = (struct git_outcome){0};
}

static char *scrubbed(const struct git_access *access, const char *errors)
{
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(ERRORS_MAX);
    git_access_scrub(access, errors, &clean);
    return buf_take(&clean);
}

/* Between proc.h and the caller's function, whose error is kept as it is. */
struct relay {
    const struct git_command *command;
    bool failed;
    struct err err;
};

static int relay_output(void *arg, struct span piece, struct err *err)
{
    struct relay *relay = arg;
    if (!relay->command->on_output ||
        relay->command->on_output(relay->command->arg, piece, &relay->err) == 0)
        return 0;
    relay->failed = true;
    return err_set(err, relay->err.class, "stopped");
}

/* Why proc_run() failed, in the caller's words. proc.h puts the program's name
 * in front, which says nothing new here. */
static int fail_run(const struct relay *relay, struct err *err)
{
    if (!err)
        return -1;
    if (relay->failed)
        *err = relay->err;
    else if (deadline_check(relay->command->deadline, NULL) != 0)
        deadline_check(relay->command->deadline, err);
    else if (err->class == ERR_NOT_FOUND) /* that is for repositories, not for git itself */
        err->class = ERR_INTERNAL;
    return -1;
}

int git_run(const struct git_command *command, struct git_outcome *ret, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct relay relay = {.command = command};
    strlist_add(&argv, "git");
    for (size_t i = 0; command->args[i]; i++)
        strlist_add(&argv, command->args[i]);
    git_access_add_env(command->access, &env);
    /* Always named, so that git does not look for a repository by itself. */
    strlist_addf(&env, "GIT_DIR=%s", command->git_dir ? command->git_dir : "/dev/null");
    const struct proc_command proc = {
        .argv = strlist_argv(&argv),
        .env = strlist_argv(&env),
        .dir = "/",
        .input = command->input,
        .held_fd = command->lock_fd,
        .on_output = relay_output,
        .arg = &relay,
        .deadline = command->deadline,
    };
    *ret = (struct git_outcome){0};
    int answer = proc_run(&proc, &result, err);
    ret->status = result.status;
    ret->errors = scrubbed(command->access, result.errors ? result.errors : "");
    return answer == 0 ? 0 : fail_run(&relay, err);
}
