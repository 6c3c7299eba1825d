#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/create.h"
#include "cli/create_secret.h"
#include "cli/export.h"
#include "cli/git_flags.h"
#include "cli/home.h"
#include "cli/wait.h"

const struct option_def create_source_git_options[] = {
    {.name = "url",
     .type = OPTION_STRING,
     .help = "the repository: http, https, ssh or file URL, or the path of a local one"},
    {.name = "branch", .type = OPTION_STRING, .help = "a branch"},
    {.name = "tag", .type = OPTION_STRING, .help = "a tag"},
    {.name = "tag-semver", .type = OPTION_STRING, .help = "the highest tag in a range of versions"},
    {.name = "ref-name", .type = OPTION_STRING, .help = "a reference by its full name"},
    {.name = "commit", .type = OPTION_STRING, .help = "a commit"},
    {.name = "interval",
     .type = OPTION_DURATION,
     .fallback = "1m0s",
     .help = "time between two looks at the repository"},
    {.name = "secret-ref",
     .type = OPTION_STRING,
     .help = "name of the Secret with the credentials"},
    {.name = "proxy-secret-ref",
     .type = OPTION_STRING,
     .help = "name of the Secret with the proxy"},
    {.name = "provider",
     .type = OPTION_STRING,
     .value = "generic|github|aws|azure",
     .help = "who issues the credentials: generic, aws, azure or github"},
    {.name = "fetch-timeout",
     .type = OPTION_DURATION,
     .help = "longest time for a fetch, and for a push"},
    GIT_FLAGS_OPTIONS,
    {.name = "ca-file",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "the CA of an https server, kept in a Secret"},
    {.name = "silent",
     .letter = 's',
     .type = OPTION_BOOL,
     .help = "do not ask whether the deploy key has been added"},
    {.name = "recurse-submodules",
     .type = OPTION_BOOL,
     .help = "submodules in artifacts; without meaning for updates"},
    {.name = "ignore-paths",
     .type = OPTION_STRINGS,
     .help = "paths left out of artifacts; without meaning for updates"},
    {.name = "sparse-checkout-paths",
     .type = OPTION_STRINGS,
     .help = "folders of artifacts; without meaning for updates"},
    {.name = NULL},
};

static const char *text(const struct cli *cli, const char *name)
{
    return options_text(cli->options, name);
}

static int check_provider(const struct cli *cli, struct err *err)
{
    static const char *const providers[] = {"generic", "github", "aws", "azure"};
    const char *provider = text(cli, "provider");
    if (!options_given(cli->options, "provider"))
        return 0;
    if (!*provider)
        return git_flags_invalid("provider", provider, err,
                                 "no source Git provider given, please specify the Git provider "
                                 "name");
    for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
        if (str_equal(provider, providers[i]))
            return 0;
    }
    return git_flags_invalid("provider", provider, err,
                             "source Git provider '%s' is not supported, must be one of: "
                             "generic|github|aws|azure",
                             provider);
}

/* Flags that would have no effect on a URL of this scheme. */
static int check_credentials(const struct cli *cli, const struct git_url *url, struct err *err)
{
    bool ssh = url->scheme == GIT_SCHEME_SSH;
    bool http = url->scheme == GIT_SCHEME_HTTP || url->scheme == GIT_SCHEME_HTTPS;
    if (options_has(cli->options, "ca-file") && ssh)
        return err_set(err, ERR_INVALID, "specifying a CA file is not supported for Git over SSH");
    if (options_has(cli->options, "username") && !http)
        return err_set(err, ERR_INVALID, "--username is for http and https URLs");
    if (options_has(cli->options, "password") && !http && !ssh)
        return err_set(err, ERR_INVALID, "--password is for http, https and ssh URLs");
    if (options_has(cli->options, "password") && ssh &&
        !options_has(cli->options, "private-key-file"))
        return err_set(err, ERR_INVALID, "--password needs --private-key-file for an ssh URL");
    if (git_flags_want_key(cli) && !ssh)
        return err_set(err, ERR_INVALID, "--private-key-file and --ssh-... are for ssh URLs");
    return 0;
}

static int check(const struct cli *cli, const struct git_url *url, struct err *err)
{
    if (!options_has(cli->options, "branch") && !options_has(cli->options, "tag") &&
        !options_has(cli->options, "commit") && !options_has(cli->options, "ref-name") &&
        !options_has(cli->options, "tag-semver"))
        return err_set(err, ERR_INVALID,
                       "a Git ref is required, use one of the following: --branch, --tag, "
                       "--commit, --ref-name or --tag-semver");
    return check_credentials(cli, url, err);
}

static void put_if_given(const struct cli *cli, const char *option, struct json *object,
                         const char *key)
{
    if (options_has(cli->options, option))
        json_put_text(object, key, text(cli, option));
}

/* The one that counts, in the order of precedence; a commit keeps its branch. */
static void fill_ref(const struct cli *cli, struct json *ref)
{
    if (options_has(cli->options, "commit")) {
        put_if_given(cli, "commit", ref, "commit");
        put_if_given(cli, "branch", ref, "branch");
    } else if (options_has(cli->options, "ref-name")) {
        put_if_given(cli, "ref-name", ref, "name");
    } else if (options_has(cli->options, "tag-semver")) {
        put_if_given(cli, "tag-semver", ref, "semver");
    } else if (options_has(cli->options, "tag")) {
        put_if_given(cli, "tag", ref, "tag");
    } else {
        put_if_given(cli, "branch", ref, "branch");
    }
}

/* What only Flux's source-controller heeds. */
static void fill_artifact(const struct cli *cli, struct json *spec)
{
    const struct strlist *ignored = options_list(cli->options, "ignore-paths");
    const struct strlist *folders = options_list(cli->options, "sparse-checkout-paths");
    CLEANUP(buf_finish) struct buf lines = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < ignored->len; i++)
        buf_addf(&lines, "%s%s", i == 0 ? "" : "\n", ignored->items[i]);
    if (lines.len != 0)
        json_put_text(spec, "ignore", buf_text(&lines));
    for (size_t i = 0; i < folders->len; i++)
        json_push_take(json_ensure_array(spec, "sparseCheckout"), json_new_text(folders->items[i]));
    if (options_flag(cli->options, "recurse-submodules"))
        json_put_bool(spec, "recurseSubmodules", true);
}

static void fill(const struct cli *cli, struct json *spec)
{
    const struct options *options = cli->options;
    /* User info of the URL stays in it: it is what the user chose to write. */
    json_put_text(spec, "url", text(cli, "url"));
    create_put_duration(spec, "interval", options_duration_ns(options, "interval"));
    if (options_duration_ns(options, "fetch-timeout") > 0)
        create_put_duration(spec, "timeout", options_duration_ns(options, "fetch-timeout"));
    fill_ref(cli, json_ensure_object(spec, "ref"));
    put_if_given(cli, "provider", spec, "provider");
    create_put_ref(spec, "secretRef", text(cli, "secret-ref"));
    create_put_ref(spec, "proxySecretRef", text(cli, "proxy-secret-ref"));
    fill_artifact(cli, spec);
}

/* Without a key the embedded home uses what the user has for ssh: agent, key
 * files, known hosts. A cluster has no such user. */
static bool wants_secret(const struct cli *cli, const struct home *home, const struct git_url *url)
{
    if (options_has(cli->options, "secret-ref"))
        return false;
    if (url->scheme == GIT_SCHEME_SSH)
        return home->cluster || git_flags_want_key(cli);
    return options_has(cli->options, "ca-file") ||
           (options_has(cli->options, "username") && options_has(cli->options, "password"));
}

static int add_http(const struct cli *cli, struct api_object *secret, struct err *err)
{
    if (create_secret_put_file(cli, "ca-file", "unable to read TLS CA file", secret, "ca.crt",
                               err) != 0)
        return -1;
    if (!options_has(cli->options, "username") || !options_has(cli->options, "password"))
        return 0;
    if (create_secret_put_option(cli, "username", secret, "username", err) != 0)
        return -1;
    return create_secret_put_option(cli, "password", secret, "password", err);
}

/* The server has to know the key before anything can be fetched. */
static int show_key(const struct cli *cli, const struct api_object *secret, struct err *err)
{
    struct span hosts = span_trim(span_of(create_secret_value(secret, "known_hosts")));
    console_success("collected public key from SSH server:\n%.*s", (int)hosts.len, hosts.data);
    console_generate("deploy key: %s", create_secret_value(secret, "identity.pub"));
    if (options_flag(cli->options, "silent") ||
        console_confirm("Have you added the deploy key to your repository"))
        return 0;
    return err_set(err, ERR_CANCELED, "aborting");
}

/* The Secret that the flags ask for, in *RET; NULL if they ask for none. */
static int make_secret(const struct cli *cli, const struct home *home, const struct git_url *url,
                       const struct api_object *object, struct api_object **ret, struct err *err)
{
    const struct api_ref ref = {API_SECRET, object->meta.namespace, object->meta.name};
    *ret = NULL;
    if (!wants_secret(cli, home, url))
        return 0;
    CLEANUP(api_object_freep) struct api_object *secret = api_object_new(ref);
    if (url->scheme == GIT_SCHEME_SSH) {
        if (git_flags_add_ssh(cli, url, &home->deadline, secret, err) != 0 ||
            show_key(cli, secret, err) != 0)
            return -1;
    } else if (add_http(cli, secret, err) != 0) {
        return -1;
    }
    *ret = MEM_STEAL(secret);
    return 0;
}

static int apply(struct home *home, const struct api_object *object,
                 const struct api_object *secret, struct err *err)
{
    enum store_applied how;
    CLEANUP(api_object_freep) struct api_object *done = NULL;
    if (secret) {
        console_action("applying secret with repository credentials");
        if (create_secret_apply(home->store, secret, err) != 0)
            return -1;
        console_success("authentication configured");
    }
    console_action("applying GitRepository source");
    if (store_upsert(home->store, object, &how, NULL, err) < 0)
        return -1;
    console_success("GitRepository source %s", how == STORE_CREATED ? "created" : "updated");
    console_waiting("waiting for GitRepository source reconciliation");
    if (wait_for_outcome(home, api_object_ref(object), WAIT_READY, NULL, &done, err) != 0)
        return -1;
    console_success("GitRepository source reconciliation completed");
    const char *revision = json_member_text(json_member(done->status, "artifact"), "revision");
    console_success("fetched revision: %s", revision ? revision : "");
    return 0;
}

int create_source_git_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    CLEANUP(api_object_freep) struct api_object *secret = NULL;
    CLEANUP(git_url_finish) struct git_url url = {0};
    CLEANUP(home_closep) struct home *home = NULL;
    if (git_flags_check(cli, err) != 0 || check_provider(cli, err) != 0 ||
        create_begin(cli, &object, err) != 0 || git_flags_url(cli, true, &url, err) != 0 ||
        check(cli, &url, err) != 0 || create_add_labels(cli, object, err) != 0)
        return CLI_FAILED;
    fill(cli, object->spec);
    if (options_flag(cli->options, "export"))
        return export_print(object, err) == 0 ? CLI_OK : CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    console_generate("generating GitRepository source");
    if (url.scheme == GIT_SCHEME_HTTP && options_has(cli->options, "username"))
        console_warning("insecure configuration: credentials configured for an HTTP URL");
    if (make_secret(cli, home, &url, object, &secret, err) != 0)
        return CLI_FAILED;
    if (secret)
        create_put_ref(object->spec, "secretRef", secret->meta.name);
    return apply(home, object, secret, err) == 0 ? CLI_OK : CLI_FAILED;
}
