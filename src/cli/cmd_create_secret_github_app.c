#include "cli/commands.h"
#include "cli/create.h"
#include "cli/create_secret.h"

const struct option_def create_secret_github_app_options[] = {
    {.name = "app-id", .type = OPTION_STRING, .help = "the app's id"},
    {.name = "app-private-key",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "the app's private key"},
    {.name = "app-installation-owner",
     .type = OPTION_STRING,
     .help = "user or organization that has installed the app"},
    {.name = "app-installation-id", .type = OPTION_STRING, .help = "the installation's id"},
    {.name = "app-base-url",
     .type = OPTION_STRING,
     .help = "URL of the API of a GitHub Enterprise Server"},
    CREATE_SECRET_INTERVAL,
    {.name = NULL},
};

static int check(const struct cli *cli, struct err *err)
{
    bool owner = *options_text(cli->options, "app-installation-owner") != '\0';
    bool id = *options_text(cli->options, "app-installation-id") != '\0';
    if (!*options_text(cli->options, "app-id"))
        return err_set(err, ERR_INVALID, "githubAppID is required");
    if (!*options_text(cli->options, "app-private-key"))
        return err_set(err, ERR_INVALID, "githubAppPrivateKey is required");
    if (owner == id)
        return err_set(err, ERR_INVALID,
                       "exactly one of githubAppInstallationOwner or githubAppInstallationID must "
                       "be provided");
    return 0;
}

static int add_values(const struct cli *cli, struct api_object *secret, struct err *err)
{
    static const struct {
        const char *option, *key;
    } values[] = {
        {"app-id", "githubAppID"},
        {"app-installation-owner", "githubAppInstallationOwner"},
        {"app-installation-id", "githubAppInstallationID"},
        {"app-base-url", "githubAppBaseURL"},
    };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        if (create_secret_put_option(cli, values[i].option, secret, values[i].key, err) != 0)
            return -1;
    }
    return 0;
}

int create_secret_github_app_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    if (create_begin(cli, &secret, err) != 0 ||
        create_secret_put_file(cli, "app-private-key", "unable to read private key file", secret,
                               "githubAppPrivateKey", err) != 0 ||
        check(cli, err) != 0 || create_add_labels(cli, secret, err) != 0 ||
        add_values(cli, secret, err) != 0)
        return CLI_FAILED;
    json_put_text(secret->spec, "type", "Opaque");
    return create_secret_finish(cli, secret, "githubapp", err);
}
