#include "git/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"

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

int git_run(const struct git_command *command, struct git_outcome *ret, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
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
        .on_output = command->on_output,
        .arg = command->arg,
        .deadline = command->deadline,
    };
    *ret = (struct git_outcome){0};
    int answer = proc_run(&proc, &result, err);
    ret->status = result.status;
    ret->errors = scrubbed(command->access, result.errors ? result.errors : "");
    if (answer == 0)
        return 0;
    /* proc.h puts the program's name in front; here it says nothing new. */
    if (deadline_check(command->deadline, NULL) != 0)
        return deadline_check(command->deadline, err);
    /* "Not found" is for repositories; that git is missing is another matter. */
    if (err && err->class == ERR_NOT_FOUND)
        err->class = ERR_INTERNAL;
    return -1;
}
