#include "compare/oracle.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/proc.h"
#include "base/str.h"

enum {
    NO_GO = 77, /* exit code of build.sh */
    PATH_BYTES_MAX = 4096,
    LINE_BYTES_MAX = 64 * 1024 * 1024,
    BUILD_MINUTES = 10,
};

struct oracle {
    pid_t pid;
    FILE *to;
    FILE *from;
    char *line; /* of getline() */
    size_t line_size;
};

/* Runs build.sh, which prints the path of the program: 1, 0 or -1 as above. */
static int build(const char *folder, struct buf *ret_path, struct err *err)
{
    CLEANUP(mem_freep) char *script = str_printf("%s/build.sh", folder);
    struct deadline deadline =
        deadline_in(clock_system(), BUILD_MINUTES * 60 * CLOCK_NS_PER_S, NULL);
    const struct proc_command command = {
        .argv = (const char *const[]){"/bin/sh", script, NULL},
        .env = (const char *const *)environ,
        .on_output = proc_output_to_buf,
        .arg = ret_path,
        .deadline = &deadline,
    };
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    if (proc_run(&command, &result, err) != 0)
        return -1;
    if (result.status != 0) {
        err_set(err, ERR_UNAVAILABLE, "%s", result.errors);
        return result.status == NO_GO ? 0 : -1;
    }
    buf_truncate(ret_path, ret_path->len - 1);
    return 1;
}

static int spawn(const char *path, const int to[2], const int from[2], pid_t *ret_pid)
{
    char *argv[] = {str_dup(path), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    int errnum = posix_spawn(ret_pid, path, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    free(argv[0]);
    return errnum;
}

static int connect_program(const char *path, struct oracle **ret, struct err *err)
{
    int to[2], from[2];
    pid_t pid;
    if (pipe2(to, O_CLOEXEC) != 0)
        return err_set_errno(err, errno, "pipe");
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return err_set_errno(err, errno, "pipe");
    }
    int errnum = spawn(path, to, from, &pid);
    close(to[0]);
    close(from[1]);
    if (errnum != 0) {
        close(to[1]);
        close(from[0]);
        return err_set_errno(err, errnum, "cannot start '%s'", path);
    }
    struct oracle *oracle = mem_zalloc(sizeof(*oracle));
    *oracle = (struct oracle){.pid = pid, .to = fdopen(to[1], "w"), .from = fdopen(from[0], "r")};
    *ret = oracle;
    return 1;
}

int oracle_start(const char *folder, struct oracle **ret, struct err *err)
{
    CLEANUP(buf_finish) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    int built = build(folder, &path, err);
    return built == 1 ? connect_program(buf_text(&path), ret, err) : built;
}

void oracle_stop(struct oracle *oracle)
{
    if (!oracle)
        return;
    fclose(oracle->to); /* the oracle ends at the end of its input */
    fclose(oracle->from);
    waitpid(oracle->pid, NULL, 0);
    free(oracle->line);
    free(oracle);
}

int oracle_ask(struct oracle *oracle, const char *op, const struct json *args, struct json **ret,
               struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(LINE_BYTES_MAX);
    CLEANUP(json_freep) struct json *question = json_new_object();
    json_put_text(question, "op", op);
    json_put_take(question, "args", json_clone(args));
    json_print(question, JSON_STYLE_COMPACT, &text);
    buf_addc(&text, '\n');
    if (fwrite(buf_text(&text), 1, text.len, oracle->to) != text.len || fflush(oracle->to) != 0)
        return err_set_errno(err, errno, "cannot ask the oracle");
    ssize_t len = getline(&oracle->line, &oracle->line_size, oracle->from);
    if (len < 0)
        return err_set(err, ERR_UNAVAILABLE, "the oracle gives no answer to %s", buf_text(&text));
    CLEANUP(json_freep) struct json *answer = NULL;
    if (json_parse((struct span){oracle->line, (size_t)len}, &answer, err) != 0)
        return err_wrap(err, "the answer to %s", buf_text(&text));
    if (!json_member(answer, "ok") && !json_member_text(answer, "error"))
        return err_set(err, ERR_INTERNAL, "%s gets the answer %s", buf_text(&text), oracle->line);
    *ret = MEM_STEAL(answer);
    return 0;
}
