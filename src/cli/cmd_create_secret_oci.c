#include "adapt/crypto.h"
#include "base/imageref.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/create_secret.h"

const struct option_def create_secret_oci_options[] = {
    {.name = "url",
     .type = OPTION_STRING,
     .help = "the registry, or an image in it: ghcr.io, localhost:5000"},
    CREATE_SECRET_LOGIN,
    CREATE_SECRET_INTERVAL,
    {.name = NULL},
};

static int check(const struct cli *cli, struct err *err)
{
    static const char *const required[] = {"url", "username", "password"};
    const char *url = options_text(cli->options, "url");
    struct imageref ref = IMAGEREF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (str_empty(options_text(cli->options, required[i])))
            return err_set(err, ERR_INVALID, "--%s is required", required[i]);
    }
    if (imageref_parse(url, &ref, err) != 0) {
        CLEANUP(mem_freep) char *why = str_dup(err->text);
        return err_set(err, ERR_INVALID, "error parsing url: '%s'", why);
    }
    imageref_finish(&ref);
    return 0;
}

/* {"auths": {URL: {"username": …, "password": …, "auth": …}}} as docker has it. */
static int add_config(const struct cli *cli, struct span password, struct api_object *secret,
                      struct err *err)
{
    const char *username = options_text(cli->options, "username");
    CLEANUP(buf_wipe) struct buf pair = BUF_INIT(SECRET_VALUE_MAX);
    CLEANUP(buf_wipe) struct buf encoded = BUF_INIT(2 * SECRET_VALUE_MAX);
    CLEANUP(buf_wipe) struct buf config = BUF_INIT(SECRET_VALUE_MAX);
    CLEANUP(json_freep) struct json *root = json_new_object();
    struct json *auths = json_ensure_object(root, "auths");
    struct json *entry = json_ensure_object(auths, options_text(cli->options, "url"));
    buf_addf(&pair, "%s:", username);
    buf_add_span(&pair, password);
    crypto_base64_encode(buf_span(&pair), &encoded);
    json_put_text(entry, "username", username);
    json_put_take(entry, "password", json_new_span(password));
    json_put_text(entry, "auth", buf_text(&encoded));
    json_print(root, JSON_STYLE_PRETTY, &config);
    if (buf_overflowed(&pair) || buf_overflowed(&config))
        return err_set(err, ERR_INVALID, "the credentials are larger than %d bytes",
                       SECRET_VALUE_MAX);
    return create_secret_put(secret, ".dockerconfigjson", buf_span(&config), err);
}

int create_secret_oci_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    CLEANUP(buf_wipe) struct buf password = BUF_INIT(SECRET_VALUE_MAX);
    if (create_begin(cli, &secret, err) != 0 || check(cli, err) != 0 ||
        create_add_labels(cli, secret, err) != 0 ||
        create_secret_read_option(cli, "password", &password, err) != 0 ||
        add_config(cli, buf_span(&password), secret, err) != 0)
        return CLI_FAILED;
    json_put_text(secret->spec, "type", "kubernetes.io/dockerconfigjson");
    return create_secret_finish(cli, secret, "oci", err);
}
