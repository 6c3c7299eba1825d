#include "kube/exec_plugin.h"

#include <string.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/proc.h"
#include "base/str.h"

enum {
    COMPLAINT_MAX = 512, /* bytes of the plugin's last line on stderr in an error */
};

void exec_grant_finish(struct exec_grant *grant)
{
    str_wipe(grant->token);
    free(grant->cert);
    str_wipe(grant->key);
    *grant = (struct exec_grant){0};
}

/* The plugin is the user's own program and finds its state through the user's
 * environment; what the kubeconfig sets comes first and so counts. */
static void make_env(const struct kube_exec *exec, struct strlist *env)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * KUBE_CONFIG_MAX);
    CLEANUP(json_freep) struct json *info = json_new_object();
    json_put_text(info, "kind", "ExecCredential");
    json_put_text(info, "apiVersion", exec->api_version);
    struct json *spec = json_ensure_object(info, "spec");
    if (exec->cluster)
        json_put_take(spec, "cluster", json_clone(exec->cluster));
    json_put_bool(spec, "interactive", false);
    json_print(info, JSON_STYLE_COMPACT, &text);
    strlist_addf(env, "KUBERNETES_EXEC_INFO=%s", buf_text(&text));
    for (size_t i = 0; i < exec->env.len; i++)
        strlist_add(env, exec->env.items[i]);
    size_t own = env->len;
    for (char *const *variable = environ; *variable; variable++) {
        bool hidden = false;
        size_t name = strcspn(*variable, "=") + 1;
        for (size_t i = 0; i < own && !hidden; i++)
            hidden = strncmp(env->items[i], *variable, name) == 0;
        if (!hidden)
            strlist_add(env, *variable);
    }
}

/* The last line that is not empty. */
static struct span last_line(const char *text)
{
    struct span all = span_trim(span_of(text)), line = {0};
    for (struct span rest = all, part; span_next(&rest, '\n', &part);)
        line = part;
    return span_slice(span_trim(line), 0, COMPLAINT_MAX);
}

static int refuse(const struct kube_exec *exec, const struct proc_result *result, struct err *err)
{
    struct span line = last_line(result->errors);
    return err_set(err, ERR_UNAUTHORIZED,
                   "getting credentials: exec: executable %s failed with exit code %d%s%.*s",
                   exec->command, result->status, line.len ? ": " : "", (int)line.len, line.data);
}

int exec_plugin_run(const struct kube_exec *exec, const struct deadline *deadline,
                    struct exec_grant *ret, struct err *err)
{
    CLEANUP(buf_wipe) struct buf output = BUF_INIT(KUBE_EXEC_OUTPUT_MAX);
    CLEANUP(strlist_finish) struct strlist argv = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist env = STRLIST_INIT;
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct deadline limit = deadline_within(deadline, KUBE_EXEC_MS * CLOCK_NS_PER_MS);
    struct err fault = {0};
    strlist_add(&argv, exec->command);
    for (size_t i = 0; i < exec->args.len; i++)
        strlist_add(&argv, exec->args.items[i]);
    make_env(exec, &env);
    const struct proc_command command = {
        .argv = strlist_argv(&argv),
        .env = strlist_argv(&env),
        .on_output = proc_output_to_buf,
        .arg = &output,
        .deadline = &limit,
    };
    if (proc_run(&command, &result, &fault) != 0) {
        if (fault.class == ERR_NOT_FOUND)
            return err_set(err, ERR_NOT_FOUND,
                           "getting credentials: exec: executable %s not found%s%s", exec->command,
                           exec->install_hint ? ": " : "",
                           exec->install_hint ? exec->install_hint : "");
        /* The plugin's own limit is no limit of the caller's. */
        if (fault.class == ERR_CANCELED && deadline_check(deadline, NULL) == 0)
            fault.class = ERR_UNAVAILABLE;
        return err_set(err, fault.class, "getting credentials: exec: %s", fault.text);
    }
    if (result.status != 0)
        return refuse(exec, &result, err);
    if (exec_plugin_parse(buf_span(&output), exec->api_version, ret, err) != 0)
        return err_wrap(err, "getting credentials: exec: executable %s", exec->command);
    return 0;
}

static int read_status(const struct json *status, struct exec_grant *ret, struct err *err)
{
    const char *token = json_member_text(status, "token");
    const char *cert = json_member_text(status, "clientCertificateData");
    const char *key = json_member_text(status, "clientKeyData");
    const char *expires = json_member_text(status, "expirationTimestamp");
    int64_t expires_ns = INT64_MAX;
    if (str_empty(token) && str_empty(cert) && str_empty(key))
        return err_set(err, ERR_UNAUTHORIZED, "exec plugin didn't return a token or cert/key pair");
    if (str_empty(cert) != str_empty(key))
        return err_set(err, ERR_UNAUTHORIZED,
                       "exec plugin returned only certificate or key, not both");
    if (!str_empty(expires) && !clock_parse(span_of(expires), &expires_ns))
        return err_set(err, ERR_UNAUTHORIZED, "its expirationTimestamp is no time");
    if (!str_empty(cert) && crypto_check_key_pair(span_of(cert), span_of(key), err) != 0)
        return err_wrap(err, "failed parsing client key/certificate");
    *ret = (struct exec_grant){.expires_ns = expires_ns};
    ret->token = str_empty(token) ? NULL : str_dup(token);
    ret->cert = str_empty(cert) ? NULL : str_dup(cert);
    ret->key = str_empty(key) ? NULL : str_dup(key);
    return 0;
}

int exec_plugin_parse(struct span output, const char *api_version, struct exec_grant *ret,
                      struct err *err)
{
    CLEANUP(json_freep) struct json *answer = NULL;
    /* The parser's own words might show a piece of the token. */
    if (json_parse(output, &answer, NULL) != 0 || json_kind(answer) != JSON_KIND_OBJECT)
        return err_set(err, ERR_UNAUTHORIZED, "what it printed is no ExecCredential");
    const char *kind = json_member_text(answer, "kind");
    const char *version = json_member_text(answer, "apiVersion");
    if (!str_equal(kind, "ExecCredential"))
        return err_set(err, ERR_UNAUTHORIZED, "what it printed is no ExecCredential");
    if (!str_equal(version, api_version))
        return err_set(err, ERR_UNAUTHORIZED,
                       "exec plugin is configured to use API version %s, plugin returned version "
                       "%s",
                       api_version, version ? version : "");
    const struct json *status = json_member(answer, "status");
    if (json_kind(status) != JSON_KIND_OBJECT)
        return err_set(err, ERR_UNAUTHORIZED, "exec plugin didn't return a status field");
    return read_status(status, ret, err);
}
