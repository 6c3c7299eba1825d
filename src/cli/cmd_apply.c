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
    {.name = "force-conflicts",
     .type = OPTION_BOOL,
     .help = "with --store kubernetes: take over fields that other managers hold with other "
             "values"},
    {.name = NULL},
};

/* Says what can be done about a field that another manager holds. */
static void advise(struct err *err)
{
    const struct err why = *err;
    err_set(err, why.class,
            "%s; leave out what others manage, or take it over with --force-conflicts", why.text);
}

int apply_run(const struct cli *cli, struct err *err)
{
    const struct strlist *paths = options_list(cli->options, "filename");
    bool force = options_flag(cli->options, "force-conflicts");
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
    if (manifest_apply(home->store, &list, force, err) == 0)
        return CLI_OK;
    if (home->cluster && err->class == ERR_CONFLICT)
        advise(err);
    return CLI_FAILED;
}
