/*
 * For tests that need the disk and other processes: a folder of the test's
 * own with the path of a database in it, and checks that hold in children too.
 */
#ifndef TIDEMARK_TESTS_UNIT_PLACE_H
#define TIDEMARK_TESTS_UNIT_PLACE_H

#include "test.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

struct place {
    char *folder;
    char *path; /* of a file in it that does not exist */
};

static inline int place_set_up(void **state)
{
    struct place *place = mem_zalloc(sizeof(*place));
    struct err err;
    check_ok("folder", file_make_temp_dir("/tmp/tidemark-test.", &place->folder, &err), &err);
    place->path = str_printf("%s/state.db", place->folder);
    *state = place;
    return 0;
}

static inline int place_tear_down(void **state)
{
    struct place *place = *state;
    struct err err;
    check_ok("clean", file_remove_tree(place->folder, &err), &err);
    free(place->folder);
    free(place->path);
    free(place);
    return 0;
}

#define place_test(fn) cmocka_unit_test_setup_teardown(fn, place_set_up, place_tear_down)

/* Checks that may run in a child process, where cmocka's would jump back into
 * the list of tests. */
static inline void must(const char *step, int answer, const struct err *err)
{
    if (answer >= 0)
        return;
    fprintf(stderr, "%s: failed: %s\n", step, err->text);
    abort();
}

#define must_hold(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Begins FN in a child process, which ends with it. */
static inline pid_t child_start(void (*fn)(void *arg), void *arg)
{
    fflush(NULL);
    pid_t pid = fork();
    must_hold(pid >= 0);
    if (pid == 0) {
        fn(arg);
        _exit(0);
    }
    return pid;
}

/* Waits for a child, which must have come to its end. */
static inline void child_end(pid_t pid)
{
    int status = 0;
    must_hold(waitpid(pid, &status, 0) == pid);
    check_int("child", status, 0);
}

/* Kills a child in the midst of what it does. */
static inline void child_kill(pid_t pid)
{
    int status = 0;
    must_hold(kill(pid, SIGKILL) == 0);
    must_hold(waitpid(pid, &status, 0) == pid);
    check_int("child is killed, and had not failed", WIFSIGNALED(status) ? WTERMSIG(status) : 0,
              SIGKILL);
}

#endif
