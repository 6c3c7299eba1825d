#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/report.h"
#include "cli/wait.h"

const struct option_def suspend_options[] = {
    {.name = "all", .type = OPTION_BOOL, .help = "all objects of the namespace"},
    {.name = NULL},
};

const struct option_def resume_options[] = {
    {.name = "all", .type = OPTION_BOOL, .help = "all objects of the namespace"},
    {.name = "wait",
     .type = OPTION_BOOL,
     .help = "wait for the outcome; done by default for a single name"},
    {.name = NULL},
};

static int add_name(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    strlist_add(arg, object->meta.name);
    return 0;
}

/* The names that the command is about, each once, sorted. */
static int read_names(const struct cli *cli, struct home *home, struct strlist *ret,
                      struct err *err)
{
    const struct store_query query = {cli->command->kind, home->namespace};
    for (size_t i = 0; i < cli->operands->len; i++)
        strlist_add(ret, cli->operands->items[i]);
    if (cli->operands->len == 0 && store_list(home->store, &query, add_name, ret, err) != 0)
        return -1;
    strlist_sort(ret, true);
    return 0;
}

static int begin(const struct cli *cli, struct home **ret_home, struct strlist *ret_names,
                 struct err *err)
{
    if (cli->operands->len == 0 && !options_flag(cli->options, "all"))
        return err_set(err, ERR_INVALID, "%s name is required",
                       api_kind_info(cli->command->kind)->human);
    if (home_open(cli, ret_home, err) != 0)
        return -1;
    return read_names(cli, *ret_home, ret_names, err);
}

/* Sets spec.suspend, or removes it. 1, 0 if there is no such object, -1. */
static int patch_suspend(struct home *home, struct api_ref ref, bool suspend, struct err *err)
{
    CLEANUP(json_freep) struct json *patch = json_new_object();
    json_put_take(json_ensure_object(patch, "spec"), "suspend",
                  suspend ? json_new_bool(true) : json_new_null());
    return store_patch(home->store, ref, patch, NULL, err);
}

int suspend_run(const struct cli *cli, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(cli->command->kind);
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    int code = CLI_OK;
    if (begin(cli, &home, &names, err) != 0)
        return CLI_FAILED;
    if (names.len == 0)
        return err_set(err, ERR_NOT_FOUND, "no objects found"), CLI_FAILED;
    for (size_t i = 0; i < names.len; i++) {
        const struct api_ref ref = {cli->command->kind, home->namespace, names.items[i]};
        struct err why;
        int answer = patch_suspend(home, ref, true, &why);
        if (answer == 0) {
            console_failure("%s %s not found in %s namespace", info->name, ref.name, ref.namespace);
            code = CLI_FAILED_TOLD;
            continue;
        }
        console_action("suspending %s %s in %s namespace", info->human, ref.name, ref.namespace);
        if (answer < 0) {
            console_failure("failed suspending %s %s in %s namespace: %s", info->name, ref.name,
                            ref.namespace, why.text);
            code = CLI_FAILED_TOLD;
            continue;
        }
        console_success("%s suspended", info->human);
    }
    return code;
}

/* Waits for each of the objects that were resumed; counts the failures. */
static size_t await(struct home *home, enum api_kind kind, const struct strlist *names)
{
    const char *name = api_kind_info(kind)->name;
    size_t failed = 0;
    for (size_t i = 0; i < names->len; i++) {
        const struct api_ref ref = {kind, home->namespace, names->items[i]};
        CLEANUP(api_object_freep) struct api_object *object = NULL;
        struct err why;
        console_waiting("waiting for %s reconciliation", name);
        if (wait_for_outcome(home, ref, WAIT_READY, NULL, &object, &why) != 0) {
            console_failure("%s %s reconciliation failed: %s", name, ref.name, why.text);
            failed++;
            continue;
        }
        CLEANUP(mem_freep) char *result = report_result(object);
        console_success("%s %s reconciliation completed", name, ref.name);
        console_success("%s", result);
    }
    return failed;
}

int resume_run(const struct cli *cli, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(cli->command->kind);
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist resumed = STRLIST_INIT;
    int code = CLI_OK;
    if (begin(cli, &home, &names, err) != 0)
        return CLI_FAILED;
    if (names.len == 0)
        console_failure("no %s objects found in %s namespace", info->name, home->namespace);
    for (size_t i = 0; i < names.len; i++) {
        const struct api_ref ref = {cli->command->kind, home->namespace, names.items[i]};
        int answer = patch_suspend(home, ref, false, err);
        if (answer < 0)
            return CLI_FAILED;
        if (answer == 0) {
            console_failure("%s object '%s' not found in %s namespace", info->name, ref.name,
                            ref.namespace);
            code = CLI_FAILED_TOLD;
            continue;
        }
        console_action("resuming %s %s in %s namespace", info->human, ref.name, ref.namespace);
        console_success("%s resumed", info->human);
        strlist_add(&resumed, ref.name);
    }
    bool wait = options_given(cli->options, "wait") ? options_flag(cli->options, "wait")
                                                    : cli->operands->len == 1;
    size_t failed = wait ? await(home, cli->command->kind, &resumed) : 0;
    if (failed != 0)
        return err_set(err, ERR_UNAVAILABLE, "reconciliation failed for %zu %s(s)", failed,
                       info->name),
               CLI_FAILED;
    return code;
}
