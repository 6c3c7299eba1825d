#include "cli/create_secret.h"

#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "base/utf8.h"
#include "cli/console.h"
#include "cli/export.h"

enum {
    APPLY_TRIES = 5, /* when others write the same Secret */
};

#define VALUES "stringData"

int create_secret_put(struct api_object *secret, const char *key, struct span value,
                      struct err *err)
{
    if (!utf8_valid(value) || span_find_byte(value, '\0') >= 0)
        return err_set(err, ERR_INVALID, "the value of '%s' is not text", key);
    json_put_take(json_ensure_object(secret->spec, VALUES), key, json_new_span(value));
    return 0;
}

const char *create_secret_value(const struct api_object *secret, const char *key)
{
    return json_member_text(json_member(secret->spec, VALUES), key);
}

int create_secret_read_option(const struct cli *cli, const char *option, struct buf *ret,
                              struct err *err)
{
    const char *text = options_text(cli->options, option);
    if (!str_equal(text, "-")) {
        buf_adds(ret, text);
        return 0;
    }
    CLEANUP(mem_freep) char *name = str_printf("--%s on stdin", option);
    if (file_read_fd(STDIN_FILENO, name, ret, err) != 0)
        return -1;
    while (ret->len != 0 && (ret->data[ret->len - 1] == '\n' || ret->data[ret->len - 1] == '\r'))
        buf_truncate(ret, ret->len - 1);
    return 0;
}

int create_secret_read_file(const struct cli *cli, const char *option, const char *fault,
                            struct buf *ret, struct err *err)
{
    const char *path = options_text(cli->options, option);
    if (file_read(path, ret, err) == 0)
        return 0;
    if (err->class == ERR_NOT_FOUND) /* in the words that Flux has from Go */
        err_set(err, ERR_NOT_FOUND, "open %s: no such file or directory", path);
    return err_wrap(err, "%s", fault);
}

int create_secret_put_option(const struct cli *cli, const char *option, struct api_object *secret,
                             const char *key, struct err *err)
{
    CLEANUP(buf_wipe) struct buf value = BUF_INIT(SECRET_VALUE_MAX);
    if (str_empty(options_text(cli->options, option)))
        return 0;
    if (create_secret_read_option(cli, option, &value, err) != 0)
        return -1;
    return create_secret_put(secret, key, buf_span(&value), err);
}

int create_secret_put_file(const struct cli *cli, const char *option, const char *fault,
                           struct api_object *secret, const char *key, struct err *err)
{
    CLEANUP(buf_wipe) struct buf value = BUF_INIT(SECRET_VALUE_MAX);
    if (str_empty(options_text(cli->options, option)))
        return 0;
    if (create_secret_read_file(cli, option, fault, &value, err) != 0)
        return -1;
    return create_secret_put(secret, key, buf_span(&value), err);
}

/* What the Secret that is there becomes. */
static int merge(struct api_object *found, const struct api_object *wanted, struct err *err)
{
    const char *type = json_member_text(found->spec, "type");
    const char *wanted_type = json_member_text(wanted->spec, "type");
    if (type && wanted_type && !str_equal(type, wanted_type))
        return err_set(err, ERR_INVALID,
                       "secret '%s' is there already, with the type %s instead of %s: delete it "
                       "or choose another name",
                       found->meta.name, type, wanted_type);
    json_merge_patch(json_ensure_object(found->spec, "data"), json_member(wanted->spec, "data"));
    strmap_foreach (label, &wanted->meta.labels)
        strmap_set(&found->meta.labels, label->key, label->value);
    return 0;
}

/* 1 done, 0 gone in between, -1. */
static int apply_once(struct store *store, const struct api_object *wanted, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    int answer = store_get(store, api_object_ref(wanted), &found, err);
    if (answer < 0)
        return -1;
    if (answer == 0)
        return store_create(store, wanted, NULL, err) < 0 ? -1 : 1;
    return merge(found, wanted, err) == 0 ? store_update(store, found, NULL, err) : -1;
}

int create_secret_apply(struct store *store, const struct api_object *secret, struct err *err)
{
    CLEANUP(json_freep) struct json *manifest = api_object_to_json(secret, API_FORM_EXPORT);
    CLEANUP(api_object_freep) struct api_object *wanted = NULL;
    /* Reading it as a manifest turns the texts into data. */
    if (api_object_from_json(manifest, secret->meta.namespace, &wanted, err) != 0)
        return -1;
    for (int i = 0; i < APPLY_TRIES; i++) {
        int answer = apply_once(store, wanted, err);
        if (answer == 1)
            return 0;
        if (answer < 0 && err->class != ERR_CONFLICT)
            return -1;
    }
    return err_set(err, ERR_CONFLICT, "secret '%s' is being changed all the time",
                   secret->meta.name);
}

int create_secret_finish(const struct cli *cli, const struct api_object *secret, const char *word,
                         struct err *err)
{
    CLEANUP(home_closep) struct home *home = NULL;
    if (options_flag(cli->options, "export"))
        return export_print(secret, err) == 0 ? CLI_OK : CLI_FAILED;
    if (home_open(cli, &home, err) != 0 || create_secret_apply(home->store, secret, err) != 0)
        return CLI_FAILED;
    console_action("%s secret '%s' created in '%s' namespace", word, secret->meta.name,
                   secret->meta.namespace);
    return CLI_OK;
}
