#include <unistd.h>

#include "adapt/crypto.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/create.h"
#include "cli/export.h"
#include "cli/home.h"
#include "cli/wait.h"
#include "git/url.h"

enum {
    CA_FILE_MAX = 1024 * 1024,
    PASSWORD_MAX = 64 * 1024,
};

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
     .help = "who issues the credentials: generic, aws, azure or github"},
    {.name = "fetch-timeout",
     .type = OPTION_DURATION,
     .help = "longest time for a fetch, and for a push"},
    {.name = "username",
     .letter = 'u',
     .type = OPTION_STRING,
     .help = "user name for http and https, kept in a Secret"},
    {.name = "password",
     .letter = 'p',
     .type = OPTION_STRING,
     .help = "password for it; - reads it from stdin, which keeps it out of process lists"},
    {.name = "ca-file", .type = OPTION_STRING, .help = "file with the CA of an https server"},
    {.name = NULL},
};

static const char *text(const struct cli *cli, const char *name)
{
    return options_text(cli->options, name);
}

static bool given(const struct cli *cli, const char *name)
{
    return *text(cli, name) != '\0';
}

static int check_url(const struct cli *cli, struct git_url *ret, struct err *err)
{
    if (!given(cli, "url"))
        return err_set(err, ERR_INVALID, "url is required");
    if (git_url_parse(text(cli, "url"), true, ret, err) == 0)
        return 0;
    /* A scheme that git cannot use is no failure of parsing: Flux says so too. */
    return str_starts_with(err->text, "git URL scheme") ? -1
                                                        : err_wrap(err, "git URL parse failed");
}

static int check(const struct cli *cli, const struct git_url *url, struct err *err)
{
    static const char *const providers[] = {"generic", "github", "aws", "azure"};
    const char *provider = text(cli, "provider");
    bool known = !*provider;
    for (size_t i = 0; i < ARRAY_LEN(providers); i++)
        known = known || str_equal(provider, providers[i]);
    if (!given(cli, "branch") && !given(cli, "tag") && !given(cli, "commit") &&
        !given(cli, "ref-name") && !given(cli, "tag-semver"))
        return err_set(err, ERR_INVALID,
                       "a Git ref is required, use one of the following: --branch, --tag, "
                       "--commit, --ref-name or --tag-semver");
    if (given(cli, "ca-file") && url->scheme == GIT_SCHEME_SSH)
        return err_set(err, ERR_INVALID, "specifying a CA file is not supported for Git over SSH");
    if (!known)
        return err_set(err, ERR_INVALID,
                       "invalid argument \"%s\" for \"--provider\" flag: source Git provider '%s' "
                       "is not supported, must be one of: generic|github|aws|azure",
                       provider, provider);
    if ((given(cli, "username") || given(cli, "password")) && url->scheme != GIT_SCHEME_HTTP &&
        url->scheme != GIT_SCHEME_HTTPS)
        return err_set(err, ERR_INVALID, "--username and --password are for http and https URLs");
    return 0;
}

static void put_if_given(const struct cli *cli, const char *option, struct json *object,
                         const char *key)
{
    if (given(cli, option))
        json_put_text(object, key, text(cli, option));
}

/* The one that counts, in the order of precedence; a commit keeps its branch. */
static void fill_ref(const struct cli *cli, struct json *ref)
{
    if (given(cli, "commit")) {
        put_if_given(cli, "commit", ref, "commit");
        put_if_given(cli, "branch", ref, "branch");
    } else if (given(cli, "ref-name")) {
        put_if_given(cli, "ref-name", ref, "name");
    } else if (given(cli, "tag-semver")) {
        put_if_given(cli, "tag-semver", ref, "semver");
    } else if (given(cli, "tag")) {
        put_if_given(cli, "tag", ref, "tag");
    } else {
        put_if_given(cli, "branch", ref, "branch");
    }
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
}

static void put_secret(struct json *data, const char *key, struct span value)
{
    CLEANUP(buf_finish) struct buf encoded = BUF_INIT(2 * value.len + 8);
    crypto_base64_encode(value, &encoded);
    json_put_text(data, key, buf_text(&encoded));
}

/* A password of "-" is one line on stdin. */
static int read_password(const char *given_text, struct buf *ret, struct err *err)
{
    if (!str_equal(given_text, "-")) {
        buf_adds(ret, given_text);
        return 0;
    }
    if (file_read_fd(STDIN_FILENO, "the password on stdin", ret, err) != 0)
        return -1;
    while (ret->len != 0 && (ret->data[ret->len - 1] == '\n' || ret->data[ret->len - 1] == '\r'))
        buf_truncate(ret, ret->len - 1);
    return 0;
}

/* The Secret that the flags ask for, in *RET; NULL if they ask for none. */
static int make_secret(const struct cli *cli, const struct api_object *object,
                       struct api_object **ret, struct err *err)
{
    bool login = given(cli, "username") && given(cli, "password");
    CLEANUP(buf_finish) struct buf password = BUF_INIT(PASSWORD_MAX);
    CLEANUP(buf_finish) struct buf ca = BUF_INIT(CA_FILE_MAX);
    *ret = NULL;
    if (given(cli, "secret-ref") || (!login && !given(cli, "ca-file")))
        return 0;
    if (given(cli, "ca-file") && file_read(text(cli, "ca-file"), &ca, err) != 0)
        return err_wrap(err, "unable to read TLS CA file");
    if (login && read_password(text(cli, "password"), &password, err) != 0)
        return -1;
    const struct api_ref ref = {API_SECRET, object->meta.namespace, object->meta.name};
    struct api_object *secret = api_object_new(ref);
    struct json *data = json_ensure_object(secret->spec, "data");
    if (login) {
        put_secret(data, "username", span_of(text(cli, "username")));
        put_secret(data, "password", buf_span(&password));
    }
    if (ca.len != 0)
        put_secret(data, "ca.crt", buf_span(&ca));
    *ret = secret;
    return 0;
}

static int apply(struct home *home, const struct api_object *object,
                 const struct api_object *secret, struct err *err)
{
    enum store_applied how;
    CLEANUP(api_object_freep) struct api_object *done = NULL;
    if (secret) {
        console_action("applying secret with repository credentials");
        if (store_apply(home->store, secret, &how, NULL, err) < 0)
            return -1;
        console_success("authentication configured");
    }
    console_action("applying GitRepository source");
    if (store_apply(home->store, object, &how, NULL, err) < 0)
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
    if (create_begin(cli, &object, err) != 0 || check_url(cli, &url, err) != 0 ||
        check(cli, &url, err) != 0 || create_add_labels(cli, object, err) != 0)
        return CLI_FAILED;
    fill(cli, object->spec);
    if (options_flag(cli->options, "export"))
        return export_print(object, err) == 0 ? CLI_OK : CLI_FAILED;
    if (home_open(cli, &home, err) != 0)
        return CLI_FAILED;
    console_generate("generating GitRepository source");
    if (url.scheme == GIT_SCHEME_HTTP && given(cli, "username"))
        console_warning("insecure configuration: credentials configured for an HTTP URL");
    if (make_secret(cli, object, &secret, err) != 0)
        return CLI_FAILED;
    if (secret)
        create_put_ref(object->spec, "secretRef", secret->meta.name);
    return apply(home, object, secret, err) == 0 ? CLI_OK : CLI_FAILED;
}
