/*
 * Completion: what may stand next on a command line, from the table of commands
 * and the objects that are there. The shells' scripts (cmd_completion.c) ask for
 * it with the hidden command `__complete`.
 */
#ifndef TIDEMARK_CLI_COMPLETE_H
#define TIDEMARK_CLI_COMPLETE_H

#include <stddef.h>

#define COMPLETE_COMMAND "__complete"

/*
 * WORDS are those of the command line without the program's name; the last one
 * is that under the cursor, so far as it is written ("" if a new one begins).
 * Prints a line for each word that can stand there, with a tab and what it means
 * behind it where that is known, and a last line as in programs made with cobra:
 * ":0" if names of files make sense as well, ":4" if not. Says nothing of
 * failures: a shell asks in the middle of a line. Returns the exit code.
 */
int complete_print(size_t count, const char *const *words);

#endif
