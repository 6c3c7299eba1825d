#include "base/mem.h"
#include "cli/commands.h"
#include "cli/help.h"

/* `help create image` is `create image --help`. */
int help_run(const struct cli *cli, struct err *err)
{
    const struct command *path[COMMAND_DEPTH_MAX] = {&command_root};
    size_t depth = 1;
    for (size_t i = 0; i < cli->operands->len; i++) {
        const char *word = cli->operands->items[i];
        const struct command *child = command_child(path[depth - 1], word);
        if (!child || depth == COMMAND_DEPTH_MAX) {
            CLEANUP(mem_freep) char *line = command_line(path, depth);
            return err_set(err, ERR_INVALID, "unknown command \"%s\" for \"%s\"", word, line),
                   CLI_FAILED;
        }
        path[depth++] = child;
    }
    return help_print(path, depth) == 0 ? CLI_OK : CLI_FAILED_TOLD;
}
