#include "registry/docker_home.h"

#include <string.h>
#include <unistd.h>

#include "adapt/json.h"
#include "base/file.h"
#include "base/imageref.h"
#include "base/proc.h"
#include "base/str.h"
#include "base/strlist.h"
#include "registry/docker_config.h"

#define HUB_SERVER "https://index.docker.io/v1/" /* Docker Hub's name in these files */

/* PATH (consumed) if such a file is there. */
static char *existing_take(char *path)
{
    if (access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static char *find_path(void)
{
    const char *docker = getenv("DOCKER_CONFIG"), *home = getenv("HOME");
    const char *podman = getenv("REGISTRY_AUTH_FILE"), *runtime = getenv("XDG_RUNTIME_DIR");
    char *path = NULL;
    if (!str_empty(docker))
        path = existing_take(str_printf("%s/config.json", docker));
    else if (!str_empty(home))
        path = existing_take(str_printf("%s/.docker/config.json", home));
    if (!path && !str_empty(podman))
        path = existing_take(str_dup(podman));
    if (!path && !str_empty(runtime))
        path = existing_take(str_printf("%s/containers/auth.json", runtime));
    return path;
}

/* A credential program is the user's own and finds its store through these;
 * a name that ends in '_' stands for all that begin so. */
static void inherit_environment(struct strlist *env)
{
    static const char *const names[] = {
        "PATH=",
        "HOME=",
        "USER=",
        "LOGNAME=",
        "LANG=",
        "LC_",
        "TMPDIR=",
        "TZ=",
        "XDG_",
        "DBUS_SESSION_BUS_ADDRESS=",
        "DISPLAY=",
        "WAYLAND_DISPLAY=",
        "GPG_",
        "GNUPGHOME=",
        "PASSWORD_STORE_",
        "DOCKER_",
        "AWS_",
        "AZURE_",
        "GOOGLE_",
        "CLOUDSDK_",
        "SSL_CERT_",
        "HTTP_PROXY=",
        "HTTPS_PROXY=",
        "NO_PROXY=",
        "http_proxy=",
        "https_proxy=",
        "no_proxy=",
    };
    for (char *const *variable = environ; *variable; variable++) {
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            if (str_starts_with(*variable, names[i]))
                strlist_add(env, *variable);
        }
    }
}

static bool is_program_suffix(const char *name)
{
    return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_.")] == '\0';
}

static bool is_hub(const char *registry)
{
    return str_equal(registry, IMAGEREF_DEFAULT_REGISTRY);
}

/* The program's suffix for REGISTRY, or NULL if none is named. */
static const char *choose_helper(const struct json *file, const char *registry)
{
    const char *const hub_names[] = {HUB_SERVER, "index.docker.io", "docker.io"};
    const struct json *helpers = json_member(file, "credHelpers");
    const char *name = json_member_text(helpers, registry);
    for (size_t i = 0; i < ARRAY_LEN(hub_names) && !name && is_hub(registry); i++)
        name = json_member_text(helpers, hub_names[i]);
    if (!name)
        name = json_member_text(file, "credsStore");
    return str_empty(name) ? NULL : name;
}

static int run_helper(const char *program, const char *server, const struct deadline *deadline,
                      struct buf *output, int *ret_status, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct deadline limit = deadline_within(deadline, DOCKER_HOME_HELPER_MS * CLOCK_NS_PER_MS);
    const char *const argv[] = {program, "get", NULL};
    inherit_environment(&env);
    const struct proc_command command = {
        .argv = argv,
        .env = strlist_argv(&env),
        .dir = "/",
        .input = span_of(server),
        .on_output = proc_output_to_buf,
        .arg = output,
        .deadline = &limit,
    };
    if (proc_run(&command, &result, err) != 0)
        return err_wrap(err, "credential helper");
    *ret_status = result.status;
    return 0;
}

/* The program's answer: {"Username":…,"Secret":…}. */
static int read_answer(const char *program, struct span text, struct credential *ret,
                       struct err *err)
{
    CLEANUP(json_freep) struct json *answer = NULL;
    const char *username = NULL, *secret = NULL;
    if (json_parse(text, &answer, NULL) == 0) {
        username = json_member_text(answer, "Username");
        secret = json_member_text(answer, "Secret");
    }
    if (!username || !secret)
        return err_set(err, ERR_UNAVAILABLE, "credential helper '%s' gave no valid answer",
                       program);
    if (str_equal(username, "<token>")) {
        str_set(&ret->identity_token, secret);
    } else {
        str_set(&ret->username, username);
        str_set(&ret->password, secret);
    }
    free(ret->source);
    ret->source = str_printf("'%s'", program);
    return 1;
}

/* 1, 0 if the program knows no credentials for the registry, or -1. */
static int ask_helper(const char *name, const char *registry, const struct deadline *deadline,
                      struct credential *ret, struct err *err)
{
    if (!is_program_suffix(name))
        return err_set(err, ERR_INVALID, "credential helper '%s': not a program's name", name);
    CLEANUP(mem_freep) char *program = str_printf("docker-credential-%s", name);
    CLEANUP(buf_wipe) struct buf output = BUF_INIT(DOCKER_HOME_ANSWER_MAX);
    int status = 0;
    if (run_helper(program, is_hub(registry) ? HUB_SERVER : registry, deadline, &output, &status,
                   err) != 0)
        return -1;
    struct span text = span_trim(buf_span(&output));
    if (status == 0)
        return read_answer(program, text, ret, err);
    if (span_find(text, SPAN_LITERAL("credentials not found")) >= 0)
        return 0;
    return err_set(err, ERR_UNAVAILABLE, "credential helper '%s' failed: %.*s", program,
                   (int)(text.len < 200 ? text.len : 200), text.data);
}

static int find_in_file(const struct json *file, const char *path, const char *registry,
                        const char *repository, const struct deadline *deadline,
                        struct credential *ret, char **ret_why_not, struct err *err)
{
    const char *helper = choose_helper(file, registry);
    int answer = helper ? ask_helper(helper, registry, deadline, ret, err) : 0;
    if (answer != 0)
        return answer;
    CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
    CLEANUP(mem_freep) char *source = str_printf("'%s'", path);
    if (docker_config_add_auths(&config, json_member(file, "auths"), source, err) != 0)
        return -1;
    return docker_config_find(&config, registry, repository, deadline, ret, ret_why_not, err);
}

int docker_home_find(void *arg, const char *registry, const char *repository,
                     const struct deadline *deadline, struct credential *ret, char **ret_why_not,
                     struct err *err)
{
    CLEANUP(mem_freep) char *path = arg ? str_dup(arg) : find_path();
    CLEANUP(buf_wipe) struct buf text = BUF_INIT(DOCKER_CONFIG_SIZE_MAX);
    CLEANUP(json_freep) struct json *file = NULL;
    if (!path) {
        *ret_why_not = str_dup("there is no ~/.docker/config.json; log in with 'docker login'");
        return 0;
    }
    if (file_read(path, &text, err) != 0)
        return -1;
    if (json_parse(buf_span(&text), &file, err) != 0)
        return err_wrap(err, "'%s'", path);
    return find_in_file(file, path, registry, repository, deadline, ret, ret_why_not, err);
}
