#include "cli/help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/console.h"

enum {
    HELP_MAX = 256 * 1024,
};

#define MAN_TAIL                                                                                   \
    "# ENVIRONMENT\n\n"                                                                            \
    "*TIDEMARK_STORE*\n\tThe store, as for --store.\n\n"                                           \
    "*FLUX_SYSTEM_NAMESPACE*\n\tThe namespace of the objects, unless -n is given.\n\n"             \
    "*HTTP_PROXY*, *HTTPS_PROXY*, *NO_PROXY*\n\tProxies for registries and Git servers.\n\n"       \
    "# EXIT STATUS\n\n0 on success, 1 on any error; the error is then the last line on stderr.\n"

static const char *value_name(const struct option_def *def)
{
    static const char *const names[] = {
        [OPTION_BOOL] = "",
        [OPTION_STRING] = "string",
        [OPTION_DURATION] = "duration",
        [OPTION_INT] = "int",
        [OPTION_FLOAT] = "float",
        [OPTION_STRINGS] = "strings",
        [OPTION_ARRAY] = "stringArray",
    };
    return def->value ? def->value : names[def->type];
}

/* "-n, --namespace string", or with four blanks where a letter would stand. */
static char *option_head(const struct option_def *def)
{
    const char *value = value_name(def);
    const char *gap = *value ? " " : "";
    if (def->letter)
        return str_printf("-%c, --%s%s%s", def->letter, def->name, gap, value);
    return str_printf("    --%s%s%s", def->name, gap, value);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct option_def *const *)a)->name,
                  (*(const struct option_def *const *)b)->name);
}

static size_t sorted_options(const struct option_def *const *tables,
                             const struct option_def *sorted[], size_t max)
{
    size_t count = 0;
    for (; *tables; tables++) {
        for (const struct option_def *def = *tables; def->name && count < max; def++) {
            if (!def->hidden)
                sorted[count++] = def;
        }
    }
    qsort(sorted, count, sizeof(const struct option_def *), by_name);
    return count;
}

static void add_options(struct buf *text, const char *title, const struct option_def *const *tables)
{
    const struct option_def *sorted[128];
    size_t count = sorted_options(tables, sorted, ARRAY_LEN(sorted)), widest = 0;
    for (size_t i = 0; i < count; i++) {
        CLEANUP(mem_freep) char *head = option_head(sorted[i]);
        if (strlen(head) > widest)
            widest = strlen(head);
    }
    if (count != 0)
        buf_addf(text, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++) {
        CLEANUP(mem_freep) char *head = option_head(sorted[i]);
        buf_addf(text, "  %-*s   %s", (int)widest, head, sorted[i]->help);
        if (sorted[i]->fallback)
            buf_addf(text, sorted[i]->type == OPTION_STRING ? " (default \"%s\")" : " (default %s)",
                     sorted[i]->fallback);
        buf_addc(text, '\n');
    }
}

static void add_children(struct buf *text, const struct command *group)
{
    int widest = 0;
    for (const struct command *child = group->children; child->name; child++) {
        if (!child->hidden && (int)strlen(child->name) > widest)
            widest = (int)strlen(child->name);
    }
    buf_adds(text, "\nAvailable Commands:\n");
    for (const struct command *child = group->children; child->name; child++) {
        if (!child->hidden)
            buf_addf(text, "  %-*s   %s\n", widest, child->name, child->summary);
    }
}

static void add_examples(struct buf *text, const char *examples)
{
    struct span rest = span_of(examples), line;
    buf_adds(text, "\nExamples:\n");
    while (span_next(&rest, '\n', &line))
        buf_addf(text, "%s%.*s\n", line.len != 0 ? "  " : "", (int)line.len, line.data);
}

static const struct option_def help_row[] = {
    {.name = "help", .letter = 'h', .type = OPTION_BOOL, .help = "show this help"},
    {.name = NULL},
};

static size_t own_tables(const struct command *command, const struct option_def *tables[4])
{
    size_t count = 0;
    if (command->options)
        tables[count++] = command->options;
    if (command->shared)
        tables[count++] = command->shared;
    tables[count++] = help_row;
    tables[count] = NULL;
    return count;
}

int help_print(const struct command *const *path, size_t depth)
{
    const struct command *command = path[depth - 1];
    const struct option_def *own[4];
    CLEANUP(mem_freep) char *line = command_line(path, depth);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(HELP_MAX);
    own_tables(command, own);
    buf_addf(&text, "%s\n\nUsage:\n", command->about ? command->about : command->summary);
    if (command->run)
        buf_addf(&text, "  %s%s%s [flags]\n", line, str_empty(command->operands) ? "" : " ",
                 command->operands ? command->operands : "");
    if (command->children)
        buf_addf(&text, "  %s [command]\n", line);
    if (command->alias)
        buf_addf(&text, "\nAliases:\n  %s, %s\n", command->name, command->alias);
    if (command->examples)
        add_examples(&text, command->examples);
    if (command->children)
        add_children(&text, command);
    add_options(&text, "Flags", own);
    add_options(&text, "Global Flags", command_global_tables);
    if (command->children)
        buf_addf(&text, "\nUse \"%s [command] --help\" for more information about a command.\n",
                 line);
    console_write(buf_span(&text));
    return console_flush() == 0 ? 0 : 1;
}

/* The man page. */

/* scdoc gives meaning to these characters. */
static void add_escaped(struct buf *text, const char *plain)
{
    for (; *plain; plain++) {
        if (strchr("\\*_`<>#", *plain))
            buf_addc(text, '\\');
        buf_addc(text, *plain);
    }
}

static void add_man_options(struct buf *text, const struct option_def *const *tables)
{
    const struct option_def *sorted[128];
    size_t count = sorted_options(tables, sorted, ARRAY_LEN(sorted));
    for (size_t i = 0; i < count; i++) {
        const struct option_def *def = sorted[i];
        if (def->letter)
            buf_addf(text, "*-%c*, ", def->letter);
        buf_addf(text, "*--%s*", def->name);
        if (*value_name(def))
            buf_addf(text, " _%s_", value_name(def));
        buf_adds(text, "\n\t");
        add_escaped(text, def->help);
        if (def->fallback) {
            buf_adds(text, " (default ");
            add_escaped(text, def->fallback);
            buf_addc(text, ')');
        }
        buf_adds(text, ".\n\n");
    }
}

static void add_man_examples(struct buf *text, const char *examples)
{
    buf_adds(text, "```\n");
    buf_adds(text, examples);
    buf_adds(text, "\n```\n\n");
}

static void add_man_command(struct buf *text, const struct command **path, size_t depth)
{
    const struct command *command = path[depth - 1];
    if (command->hidden)
        return;
    if (command->run) {
        CLEANUP(mem_freep) char *line = command_line(path + 1, depth - 1);
        const struct option_def *own[4];
        size_t tables = own_tables(command, own);
        own[tables - 1] = NULL; /* --help is the same everywhere */
        buf_addf(text, "## %s", line);
        if (!str_empty(command->operands)) {
            buf_addc(text, ' ');
            add_escaped(text, command->operands);
        }
        buf_adds(text, "\n\n");
        add_escaped(text, command->about ? command->about : command->summary);
        buf_adds(text, "\n\n");
        add_man_options(text, own);
        if (command->examples)
            add_man_examples(text, command->examples);
    }
    for (const struct command *child = command->children; child && child->name; child++) {
        path[depth] = child;
        add_man_command(text, path, depth + 1);
    }
}

int help_print_man(void)
{
    const struct command *path[8] = {&command_root};
    CLEANUP(buf_finish) struct buf text = BUF_INIT(HELP_MAX);
    buf_adds(&text, "TIDEMARK(1)\n\n# NAME\n\ntidemark - ");
    add_escaped(&text, command_root.summary);
    buf_adds(&text, "\n\n# SYNOPSIS\n\n*tidemark* _command_ [_flags_]\n\n# DESCRIPTION\n\n");
    add_escaped(&text, command_root.about);
    buf_adds(&text, "\n\n# COMMANDS\n\n");
    add_man_command(&text, path, 1);
    buf_adds(&text, "# GLOBAL FLAGS\n\n");
    add_man_options(&text, command_global_tables);
    buf_adds(&text, MAN_TAIL);
    console_write(buf_span(&text));
    return console_flush() == 0 ? 0 : 1;
}
