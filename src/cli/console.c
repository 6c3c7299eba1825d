#include "cli/console.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void __attribute__((format(printf, 2, 0)))
line(const char *glyph, const char *fmt, va_list args)
{
    /* stdout first, so that both streams on one terminal stay in order. */
    fflush(stdout);
    flockfile(stderr);
    fprintf(stderr, "%s ", glyph);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    funlockfile(stderr);
}

#define CONSOLE_LINE(name, glyph)                                                                  \
    void name(const char *fmt, ...)                                                                \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, fmt);                                                                       \
        line(glyph, fmt, args);                                                                    \
        va_end(args);                                                                              \
    }

CONSOLE_LINE(console_action, "\xe2\x96\xba")              /* U+25BA */
CONSOLE_LINE(console_generate, "\xe2\x9c\x9a")            /* U+271A */
CONSOLE_LINE(console_waiting, "\xe2\x97\x8e")             /* U+25CE */
CONSOLE_LINE(console_success, "\xe2\x9c\x94")             /* U+2714 */
CONSOLE_LINE(console_warning, "\xe2\x9a\xa0\xef\xb8\x8f") /* U+26A0 U+FE0F */
CONSOLE_LINE(console_failure, "\xe2\x9c\x97")             /* U+2717 */

void console_print(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vfprintf(stdout, fmt, args);
    va_end(args);
}

void console_write(struct span text)
{
    if (text.len != 0)
        fwrite(text.data, 1, text.len, stdout);
}

/* Stdout is a pipe or a socket that nobody reads any more. */
static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

int console_flush(void)
{
    bool failed = fflush(stdout) != 0;
    int errnum = failed ? errno : 0; /* why an earlier write failed is not known any more */
    if (!failed && !ferror(stdout))
        return 0;
    if (errnum == EPIPE || reader_is_gone())
        return 0;
    console_failure("cannot write to stdout%s%s", failed ? ": " : "",
                    failed ? strerror(errnum) : "");
    return -1;
}

bool console_closed(void)
{
    return ferror(stdout) || reader_is_gone();
}

bool console_confirm(const char *question)
{
    char answer[16] = "";
    printf("? %s? [y/N] ", question);
    fflush(stdout);
    if (!fgets(answer, sizeof(answer), stdin))
        putchar('\n');
    return strcmp(answer, "y\n") == 0 || strcmp(answer, "Y\n") == 0 || strcmp(answer, "y") == 0 ||
           strcmp(answer, "Y") == 0;
}
