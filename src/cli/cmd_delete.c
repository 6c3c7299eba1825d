#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/wait.h"

const struct option_def delete_options[] = {
    {.name = "silent", .letter = 's', .type = OPTION_BOOL, .help = "do not ask"},
    {.name = NULL},
};

int delete_run(const struct cli *cli, struct err *err)
{
    const char *human = api_kind_info(cli->command->kind)->human;
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    CLEANUP(mem_freep)
    char *question = str_printf("Are you sure you want to delete this %s", human);
    if (cli->operands->len == 0)
        return err_set(err, ERR_INVALID, "%s name is required", human), CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    const struct api_ref ref = {cli->command->kind, home->namespace, cli->operands->items[0]};
    if (home_get(home, ref, &object, err) != 0)
        return CLI_FAILED;
    if (!options_flag(cli->options, "silent") && !console_confirm(question))
        return err_set(err, ERR_CANCELED, "aborting"), CLI_FAILED;
    console_action("deleting %s %s in %s namespace", human, ref.name, ref.namespace);
    if (store_remove(home->store, ref, err) < 0 || wait_settle(home, ref, err) != 0)
        return CLI_FAILED;
    console_success("%s deleted", human);
    return CLI_OK;
}
