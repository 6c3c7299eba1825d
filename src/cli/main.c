#include <locale.h>
#include <malloc.h>
#include <signal.h>

#include "cli/command.h"

enum {
    ARENAS_MAX = 2,              /* heaps of malloc, whatever the number of threads */
    TRIM_THRESHOLD = 256 * 1024, /* free bytes at the end of the heap that go back at once */
};

int main(int argc, char **argv)
{
    mallopt(M_ARENA_MAX, ARENAS_MAX);
    mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8"); /* for the width of characters in tables */
    return command_main((size_t)(argc > 0 ? argc - 1 : 0), (const char *const *)argv + 1);
}
