#include "base/str.h"
#include "cli/commands.h"
#include "cli/create.h"

const struct option_def create_image_update_options[] = {
    {.name = "git-repo-ref",
     .type = OPTION_STRING,
     .help = "the name of the GitRepository to work on"},
    {.name = "git-repo-namespace",
     .type = OPTION_STRING,
     .help = "its namespace, if it is another one"},
    {.name = "git-repo-path",
     .type = OPTION_STRING,
     .help = "the folder of the repository with the manifests; by default all of it"},
    {.name = "checkout-branch", .type = OPTION_STRING, .help = "the branch to start from"},
    {.name = "push-branch",
     .type = OPTION_STRING,
     .help = "the branch to push to; by default the one to start from"},
    {.name = "author-name", .type = OPTION_STRING, .help = "the name in the commits"},
    {.name = "author-email", .type = OPTION_STRING, .help = "the e-mail address in the commits"},
    {.name = "commit-template",
     .type = OPTION_STRING,
     .help = "the template of the commit message (Go text/template)"},
    {.name = "signing-key-secret",
     .type = OPTION_STRING,
     .help = "the name of the Secret with the key that signs the commits"},
    {.name = "signing-key-type",
     .type = OPTION_STRING,
     .value = "gpg|ssh",
     .help = "the kind of that key: gpg or ssh"},
    {.name = "interval",
     .type = OPTION_DURATION,
     .fallback = "1m0s",
     .help = "longest time between two runs"},
    {.name = NULL},
};

static const char *text(const struct cli *cli, const char *name)
{
    return options_text(cli->options, name);
}

static int check(const struct cli *cli, struct err *err)
{
    static const char *const required[][2] = {
        {"git-repo-ref", "a reference to a GitRepository is required (--git-repo-ref)"},
        {"checkout-branch", "the Git repository branch is required (--checkout-branch)"},
        {"author-name", "the author name is required (--author-name)"},
        {"author-email", "the author email is required (--author-email)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(required); i++) {
        if (!*text(cli, required[i][0]))
            return err_set(err, ERR_INVALID, "%s", required[i][1]);
    }
    const char *type = text(cli, "signing-key-type");
    if (*type && !*text(cli, "signing-key-secret"))
        return err_set(err, ERR_INVALID, "--signing-key-type requires --signing-key-secret");
    if (*type && !str_equal(type, "gpg") && !str_equal(type, "ssh"))
        return err_set(err, ERR_INVALID, "--signing-key-type must be one of: gpg, ssh");
    return 0;
}

static void put_if_given(struct json *object, const char *key, const char *value)
{
    if (*value)
        json_put_text(object, key, value);
}

static void fill_commit(const struct cli *cli, struct json *commit)
{
    struct json *author = json_ensure_object(commit, "author");
    json_put_text(author, "name", text(cli, "author-name"));
    json_put_text(author, "email", text(cli, "author-email"));
    put_if_given(commit, "messageTemplate", text(cli, "commit-template"));
    if (*text(cli, "signing-key-secret")) {
        struct json *key = json_ensure_object(commit, "signingKey");
        create_put_ref(key, "secretRef", text(cli, "signing-key-secret"));
        put_if_given(key, "type", text(cli, "signing-key-type"));
    }
}

static void fill(const struct cli *cli, struct json *spec)
{
    struct json *source = json_ensure_object(spec, "sourceRef");
    struct json *git = json_ensure_object(spec, "git");
    struct json *ref = json_ensure_object(json_ensure_object(git, "checkout"), "ref");
    json_put_text(source, "kind", "GitRepository");
    json_put_text(source, "name", text(cli, "git-repo-ref"));
    put_if_given(source, "namespace", text(cli, "git-repo-namespace"));
    json_put_text(ref, "branch", text(cli, "checkout-branch"));
    fill_commit(cli, json_ensure_object(git, "commit"));
    if (*text(cli, "push-branch"))
        json_put_text(json_ensure_object(git, "push"), "branch", text(cli, "push-branch"));
    if (*text(cli, "git-repo-path")) {
        struct json *update = json_ensure_object(spec, "update");
        json_put_text(update, "path", text(cli, "git-repo-path"));
        json_put_text(update, "strategy", "Setters");
    }
    create_put_duration(spec, "interval", options_duration_ns(cli->options, "interval"));
}

int create_image_update_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    if (create_begin(cli, &object, err) != 0 || check(cli, err) != 0 ||
        create_add_labels(cli, object, err) != 0)
        return CLI_FAILED;
    fill(cli, object->spec);
    if (create_finish(cli, object, "ImageUpdateAutomation", err) != 0)
        return CLI_FAILED;
    return CLI_OK;
}
