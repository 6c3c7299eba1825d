#include "cli/create.h"

#include <string.h>

#include "api/admission.h"
#include "api/trial.h"
#include "base/duration.h"
#include "base/str.h"
#include "cli/console.h"
#include "cli/export.h"
#include "cli/home.h"
#include "cli/wait.h"

const struct option_def create_options[] = {
    {.name = "export", .type = OPTION_BOOL, .help = "print the object as YAML and do nothing else"},
    {.name = "label",
     .type = OPTION_STRINGS,
     .help = "label of the object, key=value; may be repeated"},
    {.name = NULL},
};

/* ^[a-z0-9]([a-z0-9\-]){0,61}[a-z0-9]$, or one character (Flux refuses that). */
static int check_name(const char *name, struct err *err)
{
    if (api_is_dns_label(name))
        return 0;
    return err_set(err, ERR_INVALID,
                   "name '%s' is invalid, it should adhere to standard defined in RFC 1123, the "
                   "name can only contain alphanumeric characters or '-'",
                   name);
}

int create_begin(const struct cli *cli, struct api_object **ret, struct err *err)
{
    const char *namespace;
    if (cli->operands->len == 0)
        return err_set(err, ERR_INVALID, "name is required");
    const char *name = cli->operands->items[0];
    if (check_name(name, err) != 0 || home_namespace(cli, &namespace, err) != 0)
        return -1;
    *ret = api_object_new((struct api_ref){cli->command->kind, namespace, name});
    return 0;
}

int create_add_labels(const struct cli *cli, struct api_object *object, struct err *err)
{
    const struct strlist *labels = options_list(cli->options, "label");
    for (size_t i = 0; i < labels->len; i++) {
        const char *label = labels->items[i];
        const char *equals = strchr(label, '=');
        struct err why;
        if (!equals || strchr(equals + 1, '='))
            return err_set(err, ERR_INVALID, "invalid label format '%s', must be key=value", label);
        CLEANUP(mem_freep) char *key = mem_dup(label, (size_t)(equals - label));
        if (api_check_label_key(key, &why) != 0)
            return err_set(err, ERR_INVALID, "invalid label '%s': [%s]", key, why.text);
        if (api_check_label_value(equals + 1, &why) != 0)
            return err_set(err, ERR_INVALID, "invalid label value '%s': [%s]", equals + 1,
                           why.text);
        strmap_set(&object->meta.labels, key, equals + 1);
    }
    return 0;
}

void create_put_ref(struct json *object, const char *key, const char *name)
{
    if (!str_empty(name))
        json_put_text(json_ensure_object(object, key), "name", name);
}

void create_put_duration(struct json *object, const char *key, int64_t ns)
{
    char text[DURATION_TEXT_SIZE];
    json_put_text(object, key, duration_format(ns, text));
}

static int apply(struct home *home, const struct api_object *object, const char *what,
                 struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *done = NULL;
    enum store_applied how;
    console_action("applying %s", what);
    if (store_upsert(home->store, object, &how, NULL, err) < 0)
        return -1;
    if (how != STORE_UNCHANGED)
        console_success("%s %s", what, how == STORE_CREATED ? "created" : "updated");
    console_waiting("waiting for %s reconciliation", what);
    if (wait_for_outcome(home, api_object_ref(object), WAIT_READY, NULL, &done, err) != 0)
        return -1;
    console_success("%s reconciliation completed", what);
    return 0;
}

int create_finish(const struct cli *cli, struct api_object *object, const char *what,
                  struct err *err)
{
    if (api_try(object, err) != 0)
        return -1;
    if (options_flag(cli->options, "export"))
        return export_print(object, err);
    CLEANUP(home_closep) struct home *home = NULL;
    if (home_open(cli, &home, err) != 0)
        return -1;
    console_generate("generating %s", what);
    return apply(home, object, what, err);
}
