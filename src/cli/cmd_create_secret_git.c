#include "cli/commands.h"
#include "cli/console.h"
#include "cli/create.h"
#include "cli/create_secret.h"
#include "cli/git_flags.h"

const struct option_def create_secret_git_options[] = {
    {.name = "url",
     .type = OPTION_STRING,
     .help = "the repository, or any other on that server: http, https or ssh URL"},
    GIT_FLAGS_OPTIONS,
    {.name = "bearer-token",
     .type = OPTION_STRING,
     .help = "token for http and https, instead of user name and password; - reads it from stdin"},
    {.name = "ca-crt-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "the CA of an https server"},
    {.name = "ca-file", .type = OPTION_STRING, .hidden = true, .same_as = "ca-crt-file"},
    CREATE_SECRET_INTERVAL,
    {.name = NULL},
};

static int add_http(const struct cli *cli, struct api_object *secret, struct err *err)
{
    bool login = options_has(cli->options, "username") && options_has(cli->options, "password");
    bool token = options_has(cli->options, "bearer-token");
    if (!login && !token)
        return err_set(
            err, ERR_INVALID,
            "for Git over HTTP/S the username and password, or a bearer token is required");
    if (token && (options_has(cli->options, "username") || options_has(cli->options, "password")))
        return err_set(err, ERR_INVALID,
                       "user credentials and bearer token cannot be used together");
    return create_secret_put_option(cli, "username", secret, "username", err) == 0 &&
                   create_secret_put_option(cli, "password", secret, "password", err) == 0 &&
                   create_secret_put_option(cli, "bearer-token", secret, "bearerToken", err) == 0 &&
                   create_secret_put_file(cli, "ca-crt-file", "unable to read TLS CA file", secret,
                                          "ca.crt", err) == 0
               ? 0
               : -1;
}

static int add_credentials(const struct cli *cli, const struct git_url *url,
                           struct api_object *secret, struct err *err)
{
    const struct deadline deadline =
        deadline_in(clock_system(), options_duration_ns(cli->options, "timeout"), NULL);
    if (url->scheme == GIT_SCHEME_SSH)
        return git_flags_add_ssh(cli, url, &deadline, secret, err);
    return add_http(cli, secret, err);
}

int create_secret_git_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    CLEANUP(git_url_finish) struct git_url url = {0};
    if (git_flags_check(cli, err) != 0 || create_begin(cli, &secret, err) != 0 ||
        git_flags_url(cli, false, &url, err) != 0 || create_add_labels(cli, secret, err) != 0 ||
        add_credentials(cli, &url, secret, err) != 0)
        return CLI_FAILED;
    const char *public = create_secret_value(secret, "identity.pub");
    if (public && !options_flag(cli->options, "export"))
        console_generate("deploy key: %s", public);
    return create_secret_finish(cli, secret, "git", err);
}
