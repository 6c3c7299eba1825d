/*
 * Commands: one table from which parsing, help, the man page and completions
 * come. A command that has children is a group: it runs nothing itself.
 */
#ifndef TIDEMARK_CLI_COMMAND_H
#define TIDEMARK_CLI_COMMAND_H

#include <stdbool.h>

#include "api/kind.h"
#include "base/err.h"
#include "base/strlist.h"
#include "cli/option.h"

enum {
    COMMAND_DEPTH_MAX = 4, /* words: tidemark create image repository */
};

enum {
    CLI_OK = 0,
    CLI_FAILED = 1,
    /* The command has said itself what went wrong: exit with 1 and no more words. */
    CLI_FAILED_TOLD = 2,
};

/* What a running command sees. */
struct cli {
    const struct command *command;
    const struct options *options;
    const struct strlist *operands;
};

struct command {
    const char *name;                 /* the word; NULL ends a table */
    const char *alias;                /* another word for it, or NULL */
    const char *operands;             /* as help shows them: "[name]", "" */
    const char *summary;              /* one line for the list of commands */
    const char *about;                /* what help and the man page say, or NULL: the summary */
    const char *examples;             /* one example a line, comments begin with '#'; or NULL */
    const struct option_def *options; /* or NULL */
    const struct option_def *shared;  /* a second table, shared with its siblings; or NULL */
    const struct command *children;   /* of a group */
    enum api_kind kind;               /* for the verbs that exist for several kinds */
    bool takes_names;                 /* operands are names of objects of that kind */
    bool no_operands;                 /* words that are no flags are unknown commands */
    bool hidden;
    int (*run)(const struct cli *cli, struct err *err); /* CLI_OK, CLI_FAILED, CLI_FAILED_TOLD */
};

/* The whole program, in root.c. */
extern const struct command command_root;

enum {
    COMMAND_GLOBAL_TABLES = 2,
    COMMAND_TABLES_MAX = COMMAND_GLOBAL_TABLES + 4, /* own, shared, help, NULL */
};
/* The options of every command, NULL-terminated. */
extern const struct option_def *const command_global_tables[COMMAND_GLOBAL_TABLES + 1];

/* The command that WORD names within GROUP, or NULL. */
const struct command *command_child(const struct command *group, const char *word);

/* The command that words name, and the words without those that name it. */
struct command_words {
    const struct command *path[COMMAND_DEPTH_MAX]; /* from the root on */
    size_t depth;
    const char **rest; /* borrowed words in an array that command_words_finish() frees */
    size_t rest_len;
    const char *stray; /* the first word that names no command of the group, or NULL */
};
void command_find(size_t count, const char *const *argv, struct command_words *ret);
void command_words_finish(struct command_words *words);

/* All options that COMMAND takes, NULL-terminated. */
void command_tables(const struct command *command,
                    const struct option_def *ret[static COMMAND_TABLES_MAX]);

/* Runs the program with these words (without the program's name) and returns
 * its exit code. */
int command_main(size_t count, const char *const *argv);

#endif
