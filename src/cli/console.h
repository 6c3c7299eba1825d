/*
 * What a command prints: results on stdout, progress and errors on stderr,
 * each progress line with its glyph in front (spec: Flux's CLI).
 */
#ifndef TIDEMARK_CLI_CONSOLE_H
#define TIDEMARK_CLI_CONSOLE_H

#include <stdbool.h>

#include "base/span.h"

/* "► text": an action begins. */
void console_action(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "✚ text": something was generated. */
void console_generate(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "◎ text": waiting. */
void console_waiting(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "✔ text": success. */
void console_success(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "⚠️ text": warning. */
void console_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* "✗ text": failure. */
void console_failure(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Text for stdout, as it is. */
void console_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_write(struct span text);

/* Brings what was printed out. -1, with a line on stderr, if stdout does not
 * take it (a full disk). A reader that went away (EPIPE) is no fault. */
int console_flush(void);

/* Has stdout refused something, or has its reader gone away? Then there is no
 * use in going on printing. */
bool console_closed(void);

/* Asks on stdout and reads a line from stdin: true only for y or Y. */
bool console_confirm(const char *question);

#endif
