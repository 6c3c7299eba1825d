#include "cli/commands.h"
#include "cli/console.h"
#include "cli/help.h"

int version_run(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    console_print("tidemark: v%s\n", TIDEMARK_VERSION);
    return CLI_OK;
}

int man_run(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    return help_print_man() == 0 ? CLI_OK : CLI_FAILED_TOLD;
}
