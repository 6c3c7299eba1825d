#include "base/url.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/create_secret.h"

const struct option_def create_secret_proxy_options[] = {
    {.name = "address", .type = OPTION_STRING, .help = "URL of the proxy"},
    CREATE_SECRET_LOGIN,
    CREATE_SECRET_INTERVAL,
    {.name = NULL},
};

static int check_address(const char *address, struct err *err)
{
    struct url url;
    if (!*address)
        return err_set(err, ERR_INVALID, "address is required");
    url_init(&url);
    int answer = url_parse(span_of(address), &url, err);
    url_finish(&url);
    return answer == 0 ? 0 : err_wrap(err, "invalid proxy address");
}

int create_secret_proxy_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    if (create_begin(cli, &secret, err) != 0 || create_add_labels(cli, secret, err) != 0 ||
        check_address(options_text(cli->options, "address"), err) != 0 ||
        create_secret_put_option(cli, "address", secret, "address", err) != 0 ||
        create_secret_put_option(cli, "username", secret, "username", err) != 0 ||
        create_secret_put_option(cli, "password", secret, "password", err) != 0)
        return CLI_FAILED;
    json_put_text(secret->spec, "type", "Opaque");
    return create_secret_finish(cli, secret, "proxy", err);
}
