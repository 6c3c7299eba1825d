#include "base/clock.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/report.h"
#include "cli/wait.h"

static int annotate(struct home *home, struct api_ref ref, struct err *err)
{
    char now[CLOCK_TEXT_SIZE];
    CLEANUP(json_freep) struct json *patch = json_new_object();
    struct json *annotations =
        json_ensure_object(json_ensure_object(patch, "metadata"), "annotations");
    json_put_text(annotations, API_REQUESTED_AT,
                  clock_format_nano(clock_wall_ns(clock_system()), now));
    int answer = store_patch(home->store, ref, patch, NULL, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND, "%s was deleted meanwhile", ref.name);
    return answer < 0 ? -1 : 0;
}

int reconcile_run(const struct cli *cli, struct err *err)
{
    const char *kind = api_kind_info(cli->command->kind)->name;
    CLEANUP(home_closep) struct home *home = NULL;
    CLEANUP(api_object_freep) struct api_object *before = NULL;
    CLEANUP(api_object_freep) struct api_object *after = NULL;
    if (cli->operands->len == 0)
        return err_set(err, ERR_INVALID, "%s name is required", kind), CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    const struct api_ref ref = {cli->command->kind, home->namespace, cli->operands->items[0]};
    if (home_get(home, ref, &before, err) != 0)
        return CLI_FAILED;
    if (api_object_suspended(before))
        return err_set(err, ERR_CONFLICT, "resource is suspended"), CLI_FAILED;
    console_action("annotating %s %s in %s namespace", kind, ref.name, ref.namespace);
    if (annotate(home, ref, err) != 0)
        return CLI_FAILED;
    console_success("%s annotated", kind);
    console_waiting("waiting for %s reconciliation", kind);
    const char *handled = json_member_text(before->status, "lastHandledReconcileAt");
    if (wait_for_outcome(home, ref, WAIT_HANDLED, handled, &after, err) != 0) {
        struct err why = *err;
        err_set(err, why.class, "%s reconciliation failed: '%s'", kind, why.text);
        return CLI_FAILED;
    }
    CLEANUP(mem_freep) char *result = report_result(after);
    console_success("%s", result);
    return CLI_OK;
}
