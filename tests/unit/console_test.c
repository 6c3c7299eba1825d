/* The console: whose fault it is when stdout takes nothing. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/console.h"

/* Prints twice LEN bytes on FD in place of stdout, FLUSHED each time or only at
 * the end, after some other call has set errno. The answer, and what stderr got. */
static int print_on(int fd, size_t len, bool flushed, char *errors, size_t errors_size)
{
    int pipe_fds[2];
    fflush(stdout);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipe_fds), 0);
    dup2(fd, STDOUT_FILENO);
    dup2(pipe_fds[1], STDERR_FILENO);
    close(pipe_fds[1]);
    CLEANUP(mem_freep) char *text = mem_zalloc(len);
    memset(text, 'x', len);
    for (int i = 0; i < 2; i++) {
        console_write((struct span){text, len});
        if (flushed)
            fflush(stdout); /* fails here, and leaves nothing to be flushed */
    }
    errno = ENOENT;
    int answer = console_flush();
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    clearerr(stdout);
    ssize_t got = read(pipe_fds[0], errors, errors_size - 1);
    errors[got > 0 ? got : 0] = '\0';
    close(pipe_fds[0]);
    return answer;
}

static void tells_whose_fault_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        bool full; /* a disk, else a pipe without a reader */
        size_t len;
        bool flushed;
        int want;
        const char *errors;
    } rows[] = {
        {"no reader", false, 10, false, 0, ""},
        {"no reader since long", false, 10, true, 0, ""},
        {"no reader of much", false, 1000000, false, 0, ""},
        {"full disk", true, 10, false, -1, "✗ cannot write to stdout: No space left on device\n"},
        {"full disk since long", true, 10, true, -1, "✗ cannot write to stdout\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int fds[2] = {-1, -1};
        char errors[256];
        if (rows[i].full)
            fds[1] = open("/dev/full", O_WRONLY);
        else
            assert_int_equal(pipe(fds), 0);
        close(fds[0]);
        check_int(rows[i].row,
                  print_on(fds[1], rows[i].len, rows[i].flushed, errors, sizeof(errors)),
                  rows[i].want);
        check_text(rows[i].row, errors, rows[i].errors);
        close(fds[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_whose_fault_it_is),
    };
    return test_main("console", tests);
}
