#include "adapt/json.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/export.h"
#include "cli/home.h"

const struct option_def export_options[] = {
    {.name = "all", .type = OPTION_BOOL, .help = "export all objects of the namespace"},
    {.name = "with-credentials",
     .type = OPTION_BOOL,
     .help = "also export the Secret that the object names"},
    {.name = NULL},
};

struct exporting {
    struct home *home;
    bool with_credentials;
    size_t count;
};

static int export_secret(struct home *home, const struct api_object *object, struct err *err)
{
    const char *name = json_member_text(json_member(object->spec, "secretRef"), "name");
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    if (str_empty(name))
        return 0;
    const struct api_ref ref = {API_SECRET, object->meta.namespace, name};
    int answer = store_get(home->store, ref, &secret, err);
    if (answer == 0)
        err_set(err, ERR_NOT_FOUND, "secrets \"%s\" not found", name);
    if (answer != 1)
        return err_wrap(err, "failed to retrieve secret %s, error", name);
    return export_print(secret, err);
}

static int visit(void *arg, const struct api_object *object, struct err *err)
{
    struct exporting *exporting = arg;
    exporting->count++;
    if (export_print(object, err) != 0)
        return -1;
    return exporting->with_credentials ? export_secret(exporting->home, object, err) : 0;
}

static int export_all(struct exporting *exporting, enum api_kind kind, struct err *err)
{
    const struct store_query query = {kind, exporting->home->namespace};
    if (store_list(exporting->home->store, &query, visit, exporting, err) != 0)
        return -1;
    if (exporting->count == 0)
        return err_set(err, ERR_NOT_FOUND, "no objects found in %s namespace",
                       exporting->home->namespace);
    return 0;
}

static int export_one(struct exporting *exporting, struct api_ref ref, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    int answer = home_get(exporting->home, ref, &object, err);
    return answer == 0 ? visit(exporting, object, err) : -1;
}

int export_run(const struct cli *cli, struct err *err)
{
    CLEANUP(home_closep) struct home *home = NULL;
    enum api_kind kind = cli->command->kind;
    bool all = options_flag(cli->options, "all");
    if (!all && cli->operands->len == 0)
        return err_set(err, ERR_INVALID, "name is required"), CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    struct exporting exporting = {home, options_flag(cli->options, "with-credentials"), 0};
    int answer =
        all ? export_all(&exporting, kind, err)
            : export_one(&exporting,
                         (struct api_ref){kind, home->namespace, cli->operands->items[0]}, err);
    return answer == 0 ? CLI_OK : CLI_FAILED;
}
