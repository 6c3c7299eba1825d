#include "cli/commands.h"

#include "cli/console.h"
#include "cli/home.h"
#include "cli/manifest.h"

const struct option_def apply_options[] = {
    {.name = "filename",
     .letter = 'f',
     .type = OPTION_ARRAY,
     .value = "FILE|DIR|-",
     .help = "file or folder with manifests, or - for stdin; may be repeated"},
    {.name = NULL},
};

int apply_run(const struct cli *cli, struct err *err)
{
    const struct strlist *paths = options_list(cli->options, "filename");
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(manifest_list_finish) struct manifest_list list = MANIFEST_LIST_INIT;
    if (paths->len == 0)
        return err_set(err, ERR_INVALID, "a file or folder is required (-f)"), CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    /* All is read and judged before anything is written. */
    for (size_t i = 0; i < paths->len; i++) {
        if (manifest_read(paths->items[i], home->namespace, &list, err) != 0)
            return CLI_FAILED;
    }
    if (manifest_apply(home->store, &list, err) != 0)
        return CLI_FAILED;
    return CLI_OK;
}
