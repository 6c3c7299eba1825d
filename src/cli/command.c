#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/console.h"
#include "cli/help.h"

enum {
    NEAR_MISS = 2, /* letters that differ in a word that was probably meant */
};

static const struct option_def help_option[] = {
    {.name = "help", .letter = 'h', .type = OPTION_BOOL, .help = "show this help"},
    {.name = NULL},
};

/* Does this option of the root take the next word as its value? */
static bool takes_next_word(const char *word)
{
    for (const struct option_def *const *table = command_global_tables; *table; table++) {
        for (const struct option_def *def = *table; def->name; def++) {
            bool is_long = str_starts_with(word, "--") && str_equal(word + 2, def->name);
            bool is_short = def->letter && word[0] == '-' && word[1] == def->letter && !word[2];
            if (is_long || is_short)
                return def->type != OPTION_BOOL;
        }
    }
    return false;
}

const struct command *command_child(const struct command *group, const char *word)
{
    for (const struct command *child = group->children; child && child->name; child++) {
        if (str_equal(word, child->name) || (child->alias && str_equal(word, child->alias)))
            return child;
    }
    return NULL;
}

void command_find(size_t count, const char *const *argv, struct command_words *found)
{
    *found = (struct command_words){.path = {&command_root}, .depth = 1};
    found->rest = mem_calloc(count + 1, sizeof(*found->rest));
    bool open = true; /* may words still name commands? */
    for (size_t i = 0; i < count; i++) {
        const struct command *group = found->path[found->depth - 1];
        const char *word = argv[i];
        if (str_equal(word, "--"))
            open = false;
        if (open && word[0] != '-' && group->children) {
            const struct command *child = command_child(group, word);
            if (child && found->depth < COMMAND_DEPTH_MAX) {
                found->path[found->depth++] = child;
                continue;
            }
            found->stray = word;
            open = false;
        }
        found->rest[found->rest_len++] = word;
        if (open && takes_next_word(word) && i + 1 < count)
            found->rest[found->rest_len++] = argv[++i];
    }
}

void command_words_finish(struct command_words *words)
{
    free(words->rest);
}

void command_tables(const struct command *command,
                    const struct option_def *ret[static COMMAND_TABLES_MAX])
{
    size_t count = 0;
    if (command->options)
        ret[count++] = command->options;
    if (command->shared)
        ret[count++] = command->shared;
    for (size_t i = 0; i < COMMAND_GLOBAL_TABLES; i++)
        ret[count++] = command_global_tables[i];
    ret[count++] = help_option;
    ret[count] = NULL;
}

char *command_line(const struct command *const *path, size_t depth)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024);
    for (size_t i = 0; i < depth; i++)
        buf_addf(&text, "%s%s", i != 0 ? " " : "", path[i]->name);
    return buf_take(&text);
}

static int unknown_command(const struct command_words *found, const char *word)
{
    const struct command *group = found->path[found->depth - 1];
    CLEANUP(mem_freep) char *line = command_line(found->path, found->depth);
    CLEANUP(buf_finish) struct buf near = BUF_INIT(4096);
    for (const struct command *child = group->children; child && child->name; child++) {
        if (!child->hidden &&
            (str_distance(child->name, word) <= NEAR_MISS || str_starts_with(child->name, word)))
            buf_addf(&near, "\t%s\n", child->name);
    }
    console_failure("unknown command \"%s\" for \"%s\"", word, line);
    if (near.len != 0)
        fprintf(stderr, "\nDid you mean this?\n%s\n", buf_text(&near));
    return 1;
}

static int run(const struct command_words *found, const struct options *options,
               const struct strlist *operands)
{
    const struct command *command = found->path[found->depth - 1];
    struct cli cli = {command, options, operands};
    struct err err = {0};
    switch (command->run(&cli, &err)) {
    case CLI_OK:
        return console_flush() == 0 ? 0 : 1;
    case CLI_FAILED:
        console_flush();
        console_failure("%s", err.text);
        return 1;
    default:
        console_flush();
        return 1;
    }
}

int command_main(size_t count, const char *const *argv)
{
    struct command_words found;
    const struct option_def *tables[COMMAND_TABLES_MAX];
    if (count != 0 && str_equal(argv[0], COMPLETE_COMMAND))
        return complete_print(count - 1, argv + 1);
    command_find(count, argv, &found);
    const struct command *command = found.path[found.depth - 1];
    command_tables(command, tables);
    CLEANUP(options_freep) struct options *options = NULL;
    CLEANUP(strlist_finish) struct strlist operands = STRLIST_INIT;
    struct err err = {0};
    int code;
    if (options_parse(tables, found.rest_len, found.rest, &options, &operands, &err) != 0) {
        console_failure("%s", err.text);
        code = 1;
    } else if (command == &command_root && !found.stray && options_flag(options, "version")) {
        code = version_print();
    } else if (options_flag(options, "help") || (!command->run && !found.stray)) {
        code = help_print(found.path, found.depth);
    } else if (found.stray) {
        code = unknown_command(&found, found.stray);
    } else if (command->no_operands && operands.len != 0) {
        code = unknown_command(&found, operands.items[0]);
    } else {
        code = run(&found, options, &operands);
    }
    command_words_finish(&found);
    return code;
}
