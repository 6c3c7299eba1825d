/*
 * Help, from the command table: the text of --help, and the man page.
 */
#ifndef TIDEMARK_CLI_HELP_H
#define TIDEMARK_CLI_HELP_H

#include <stddef.h>

#include "cli/command.h"

/* Prints the help of the last command of PATH on stdout; returns the exit code. */
int help_print(const struct command *const *path, size_t depth);

/* Prints the source of the man page (scdoc) on stdout; returns the exit code. */
int help_print_man(void);

/* "tidemark create image repository", owned. */
char *command_line(const struct command *const *path, size_t depth);

#endif
