#include "base/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"

enum {
    PIECE_SIZE = 64 * 1024,
    GATHER_AFTER = 64 * 1024, /* bytes of output that make it a bulk of output */
    GATHER_NS = 100 * 1000,   /* how long a piece of it may grow */
};

#define GRACE_NS (2 * CLOCK_NS_PER_S) /* between SIGTERM and SIGKILL */

enum pipe_end {
    END_READ,
    END_WRITE,
};

/* The parent's view of one run. */
struct run {
    const struct proc_command *command;
    pid_t pid;
    int pid_fd; /* readable once the program has ended */
    int in_fd;  /* -1 once closed */
    int out_fd;
    int err_fd;
    struct span unsent;
    size_t received; /* bytes of output so far */
    struct buf errors;
};

void proc_result_finish(struct proc_result *result)
{
    free(result->errors);
    *result = (struct proc_result){0};
}

int proc_output_to_buf(void *arg, struct span piece, struct err *err)
{
    struct buf *buf = arg;
    buf_add_span(buf, piece);
    if (buf_overflowed(buf))
        return err_set(err, ERR_INVALID, "output is larger than the limit of %zu bytes", buf->max);
    return 0;
}

static int make_pipe(int ends[2], int parent_end, struct err *err)
{
    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_set_errno(err, errno, "cannot create a pipe");
    fcntl(ends[parent_end], F_SETFL, O_NONBLOCK);
    return 0;
}

static void set_default_signals(posix_spawnattr_t *attr)
{
    sigset_t all, none;
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setsigmask(attr, &none);
    /* A session of its own is a process group of its own, and has no terminal on
     * which a program could ask for a passphrase. */
    posix_spawnattr_setflags(attr,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
}

/* posix_spawnp() promises not to write to the strings; its type predates const. */
static char *const *spawn_strings(const char *const *strings)
{
    char *const *same;
    memcpy(&same, &strings, sizeof(same));
    return same;
}

static int spawn(const struct proc_command *command, int in_fd, int out_fd, int err_fd,
                 pid_t *ret_pid)
{
    static const char *const no_env[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    set_default_signals(&attr);
    posix_spawn_file_actions_adddup2(&actions, in_fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
    int first_closed = STDERR_FILENO + 1;
    if (command->held_fd > 0)
        posix_spawn_file_actions_adddup2(&actions, command->held_fd, first_closed++);
    posix_spawn_file_actions_addclosefrom_np(&actions, first_closed);
    if (command->dir)
        posix_spawn_file_actions_addchdir_np(&actions, command->dir);
    int errnum =
        posix_spawnp(ret_pid, command->argv[0], &actions, &attr, spawn_strings(command->argv),
                     spawn_strings(command->env ? command->env : no_env));
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&actions);
    return errnum;
}

static int collect(const struct run *run)
{
    int status = 0;
    while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int start(struct run *run, struct err *err)
{
    CLEANUP(file_closep) int child_in = -1;
    CLEANUP(file_closep) int child_out = -1;
    CLEANUP(file_closep) int child_err = -1;
    int ends[2];
    if (make_pipe(ends, END_WRITE, err) != 0)
        return -1;
    child_in = ends[END_READ];
    run->in_fd = ends[END_WRITE];
    if (make_pipe(ends, END_READ, err) != 0)
        return -1;
    child_out = ends[END_WRITE];
    run->out_fd = ends[END_READ];
    if (make_pipe(ends, END_READ, err) != 0)
        return -1;
    child_err = ends[END_WRITE];
    run->err_fd = ends[END_READ];
    int errnum = spawn(run->command, child_in, child_out, child_err, &run->pid);
    if (errnum != 0)
        return err_set_errno(err, errnum, "cannot start '%s'", run->command->argv[0]);
    run->pid_fd = pidfd_open(run->pid, 0);
    if (run->pid_fd < 0) {
        errnum = errno;
        kill(-run->pid, SIGKILL);
        collect(run);
        return err_set_errno(err, errnum, "cannot watch '%s'", run->command->argv[0]);
    }
    return 0;
}

static void send_input(struct run *run)
{
    while (run->unsent.len != 0) {
        ssize_t put = write(run->in_fd, run->unsent.data, run->unsent.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            return;
        if (put < 0)
            break; /* it reads no more; its exit code tells why */
        run->unsent = span_slice(run->unsent, (size_t)put, run->unsent.len);
    }
    file_closep(&run->in_fd);
}

/* Reads once. Returns the count, 0 at the end (the descriptor is closed) and
 * -1 if there is nothing to read yet. */
static ssize_t read_piece(int *fd, char *piece)
{
    ssize_t got;
    do {
        got = read(*fd, piece, PIECE_SIZE);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return -1;
    if (got <= 0) {
        file_closep(fd);
        return 0;
    }
    return got;
}

static void keep_errors(struct buf *errors, struct span piece)
{
    if (piece.len > errors->max)
        piece = span_slice(piece, piece.len - errors->max, piece.len);
    if (errors->len + piece.len > errors->max) {
        size_t drop = errors->len + piece.len - errors->max;
        memmove(errors->data, errors->data + drop, errors->len - drop);
        buf_truncate(errors, errors->len - drop);
    }
    buf_add_span(errors, piece);
}

/*
 * A program that writes much in small pieces would wake us for each of them,
 * and be interrupted each time. Looking a little later costs both of them half
 * the CPU time (measured: `git cat-file --batch` of 10,000 small blobs).
 */
static void let_output_gather(struct run *run, size_t got)
{
    static const struct timespec moment = {.tv_nsec = GATHER_NS};
    run->received += got;
    if (run->received > GATHER_AFTER && got < PIECE_SIZE / 2)
        nanosleep(&moment, NULL);
}

static int read_output(struct run *run, char *piece, struct err *err)
{
    ssize_t got = read_piece(&run->out_fd, piece);
    if (got <= 0)
        return 0;
    let_output_gather(run, (size_t)got);
    if (!run->command->on_output)
        return 0;
    return run->command->on_output(run->command->arg, (struct span){piece, (size_t)got}, err);
}

static void read_errors(struct run *run, char *piece)
{
    ssize_t got = read_piece(&run->err_fd, piece);
    if (got > 0)
        keep_errors(&run->errors, (struct span){piece, (size_t)got});
}

/* Moves data until the program has closed its outputs. */
static int converse(struct run *run, struct err *err)
{
    CLEANUP(mem_freep) char *piece = mem_alloc(PIECE_SIZE);
    const struct deadline *deadline = run->command->deadline;
    if (run->unsent.len == 0)
        file_closep(&run->in_fd);
    while (run->out_fd >= 0 || run->err_fd >= 0) {
        struct pollfd fds[] = {
            {.fd = run->in_fd, .events = POLLOUT},
            {.fd = run->out_fd, .events = POLLIN},
            {.fd = run->err_fd, .events = POLLIN},
            {.fd = deadline ? cancel_fd(deadline->cancel) : -1, .events = POLLIN},
        };
        if (poll(fds, ARRAY_LEN(fds), deadline_left_ms(deadline)) < 0 && errno != EINTR)
            return err_set_errno(err, errno, "cannot wait for '%s'", run->command->argv[0]);
        if (deadline_check(deadline, err) != 0)
            return -1;
        if (fds[0].revents != 0)
            send_input(run);
        if (fds[1].revents != 0 && read_output(run, piece, err) != 0)
            return -1;
        if (fds[2].revents != 0)
            read_errors(run, piece);
    }
    return 0;
}

/* Waits until the program has ended; -1 as deadline_check(). */
static int await_exit(const struct run *run, const struct deadline *deadline, struct err *err)
{
    for (;;) {
        struct pollfd fds[] = {
            {.fd = run->pid_fd, .events = POLLIN},
            {.fd = deadline ? cancel_fd(deadline->cancel) : -1, .events = POLLIN},
        };
        poll(fds, ARRAY_LEN(fds), deadline_left_ms(deadline));
        if (fds[0].revents != 0)
            return 0;
        if (deadline_check(deadline, err) != 0)
            return -1;
    }
}

/* Ends the whole group: politely, then for certain. */
static void end_group(const struct run *run)
{
    const struct deadline grace = deadline_in(clock_system(), GRACE_NS, NULL);
    kill(-run->pid, SIGTERM);
    await_exit(run, &grace, NULL);
    kill(-run->pid, SIGKILL);
}

int proc_run(const struct proc_command *command, struct proc_result *ret, struct err *err)
{
    struct run run = {
        .command = command,
        .pid_fd = -1,
        .in_fd = -1,
        .out_fd = -1,
        .err_fd = -1,
        .unsent = command->input,
    };
    buf_init(&run.errors, PROC_STDERR_MAX);
    *ret = (struct proc_result){0};
    int answer = start(&run, err);
    if (answer == 0) {
        answer = converse(&run, err);
        if (answer == 0)
            answer = await_exit(&run, command->deadline, err);
        if (answer != 0) {
            end_group(&run);
            err_wrap(err, "%s", command->argv[0]);
        }
        ret->status = collect(&run);
    }
    file_closep(&run.pid_fd);
    file_closep(&run.in_fd);
    file_closep(&run.out_fd);
    file_closep(&run.err_fd);
    ret->errors = buf_take(&run.errors);
    return answer;
}
