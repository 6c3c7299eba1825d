/* Who we are: credentials, exec plugins, impersonation. */
#include "kube/config_parts.h"

#include <ctype.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"

void kube_exec_free(struct kube_exec *exec)
{
    if (!exec)
        return;
    free(exec->command);
    free(exec->api_version);
    free(exec->install_hint);
    strlist_finish(&exec->args);
    for (size_t i = 0; i < exec->env.len; i++)
        memset(exec->env.items[i], 0, strlen(exec->env.items[i]));
    strlist_finish(&exec->env);
    json_free(exec->cluster);
    free(exec);
}

/* Fills RET from the members DATA_KEY (base64) and PATH_KEY. */
static int set_material(const struct kube_entry *user, const char *data_key, const char *path_key,
                        struct kube_material *ret, struct err *err)
{
    const char *data = NULL, *path = NULL;
    CLEANUP(buf_wipe) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (kube_entry_text(user, data_key, &data, err) != 0 ||
        kube_entry_text(user, path_key, &path, err) != 0)
        return -1;
    if (data && !crypto_base64_decode(span_of(data), &text))
        return kube_entry_fault(user, err, "'%s' is no base64", data_key);
    if (data)
        ret->text = buf_take(&text);
    else
        str_set(&ret->path, path);
    return 0;
}

static void override_path(struct kube_material *material, const char *path)
{
    if (str_empty(path))
        return;
    kube_material_finish(material);
    material->path = str_dup(path);
}

static int set_certificate(struct kube_config *config, const struct kube_entry *user,
                           const struct kube_options *options, struct err *err)
{
    CLEANUP(buf_finish) struct buf cert = BUF_INIT(KUBE_CONFIG_MAX);
    CLEANUP(buf_wipe) struct buf key = BUF_INIT(KUBE_CONFIG_MAX);
    if (set_material(user, "client-certificate-data", "client-certificate", &config->cert, err) !=
            0 ||
        set_material(user, "client-key-data", "client-key", &config->key, err) != 0)
        return -1;
    override_path(&config->cert, options->client_certificate);
    override_path(&config->key, options->client_key);
    if (!kube_material_is_set(&config->cert) && !kube_material_is_set(&config->key))
        return 0;
    if (!kube_material_is_set(&config->cert) || !kube_material_is_set(&config->key))
        return err_set(err, ERR_INVALID,
                       "a client certificate and its key must be specified together");
    if (kube_material_read(&config->cert, &cert, err) != 0)
        return err_wrap(err, "unable to read client-cert");
    if (kube_material_read(&config->key, &key, err) != 0)
        return err_wrap(err, "unable to read client-key");
    if (crypto_check_key_pair(buf_span(&cert), buf_span(&key), err) != 0)
        return err_wrap(err, "the client certificate cannot be used");
    return 0;
}

/* Sets a token, or a user name and password; not both. */
static int set_token(struct kube_config *config, const struct kube_entry *user,
                     const struct kube_options *options, struct err *err)
{
    const char *token = NULL, *path = NULL, *name = NULL, *password = NULL;
    if (kube_entry_text(user, "token", &token, err) != 0 ||
        kube_entry_text(user, "tokenFile", &path, err) != 0 ||
        kube_entry_text(user, "username", &name, err) != 0 ||
        kube_entry_text(user, "password", &password, err) != 0)
        return -1;
    if (!str_empty(options->token)) {
        config->token.text = str_dup(options->token);
        return 0;
    }
    str_set(&config->token.text, token);
    str_set(&config->token.path, path);
    if (!name && !password)
        return 0;
    if (token || path)
        return kube_entry_fault(user, err,
                                "more than one authentication method found: token and basicAuth");
    CLEANUP(buf_wipe) struct buf pair = BUF_INIT(2 * KUBE_CONFIG_MAX);
    CLEANUP(buf_wipe) struct buf basic = BUF_INIT(4 * KUBE_CONFIG_MAX);
    buf_addf(&pair, "%s:%s", name ? name : "", password ? password : "");
    buf_adds(&basic, "Basic ");
    crypto_base64_encode(buf_span(&pair), &basic);
    config->basic = buf_take(&basic);
    return 0;
}

static int add_exec_env(const struct kube_entry *entry, struct strlist *ret, struct err *err)
{
    const struct json *list;
    if (kube_entry_part(entry, "env", JSON_KIND_ARRAY, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_member_text(json_at(list, i), "name");
        const char *value = json_member_text(json_at(list, i), "value");
        if (str_empty(name) || strchr(name, '=') || !value)
            return kube_entry_fault(entry, err, "'env' of exec must list names and values");
        strlist_addf(ret, "%s=%s", name, value);
    }
    return 0;
}

static int add_exec_args(const struct kube_entry *entry, struct strlist *ret, struct err *err)
{
    const struct json *list;
    if (kube_entry_part(entry, "args", JSON_KIND_ARRAY, &list, err) != 0)
        return -1;
    for (size_t i = 0; i < json_count(list); i++) {
        const char *text = json_text(json_at(list, i));
        if (!text)
            return kube_entry_fault(entry, err, "'args' of exec must be strings");
        strlist_add(ret, text);
    }
    return 0;
}

/* tidemark has no terminal to lend. */
static int check_exec_mode(const struct kube_entry *exec, bool required, struct err *err)
{
    const char *mode = NULL;
    if (kube_entry_text(exec, "interactiveMode", &mode, err) != 0)
        return -1;
    if (!mode && required)
        return kube_entry_fault(exec, err,
                                "interactiveMode must be specified to use exec authentication "
                                "plugin");
    if (!mode || str_equal(mode, "Never") || str_equal(mode, "IfAvailable"))
        return 0;
    if (str_equal(mode, "Always"))
        return kube_entry_fault(exec, err,
                                "exec plugin cannot support interactive mode: it would have to "
                                "ask on a terminal");
    return kube_entry_fault(exec, err, "invalid interactiveMode \"%s\"", mode);
}

static int set_exec(struct kube_config *config, const struct kube_entry *user, struct err *err)
{
    const struct json *value = user->name ? json_member(user->value, "exec") : NULL;
    const struct kube_entry exec = {user->kind, user->name, value};
    const char *command = NULL, *version = NULL, *hint = NULL;
    if (json_kind(value) == JSON_KIND_NULL)
        return 0;
    if (json_kind(value) != JSON_KIND_OBJECT)
        return kube_entry_fault(user, err, "'exec' must be a mapping");
    if (kube_entry_text(&exec, "command", &command, err) != 0 ||
        kube_entry_text(&exec, "apiVersion", &version, err) != 0 ||
        kube_entry_text(&exec, "installHint", &hint, err) != 0)
        return -1;
    if (!command)
        return kube_entry_fault(user, err, "command must be specified to use exec authentication");
    bool v1 = str_equal(version, "client.authentication.k8s.io/v1");
    if (!v1 && !str_equal(version, "client.authentication.k8s.io/v1beta1"))
        return kube_entry_fault(user, err, "exec plugin: invalid apiVersion \"%s\"",
                                version ? version : "");
    if (check_exec_mode(&exec, v1, err) != 0)
        return -1;
    config->exec = mem_zalloc(sizeof(*config->exec));
    config->exec->command = str_dup(command);
    config->exec->api_version = str_dup(version);
    config->exec->install_hint = str_dup(hint);
    if (add_exec_args(&exec, &config->exec->args, err) != 0)
        return -1;
    return add_exec_env(&exec, &config->exec->env, err);
}

/* The plugin's own settings for the cluster, or NULL. */
static const struct json *exec_extension(const struct kube_entry *cluster)
{
    const struct json *list = cluster->name ? json_member(cluster->value, "extensions") : NULL;
    for (size_t i = 0; i < json_count(list); i++) {
        if (str_equal(json_member_text(json_at(list, i), "name"),
                      "client.authentication.k8s.io/exec"))
            return json_member(json_at(list, i), "extension");
    }
    return NULL;
}

int kube_config_set_exec_cluster(struct kube_config *config, const struct kube_entry *cluster,
                                 const struct kube_entry *user, struct err *err)
{
    bool wanted = false;
    if (!config->exec)
        return 0;
    const struct kube_entry exec = {user->kind, user->name, json_member(user->value, "exec")};
    if (kube_entry_bool(&exec, "provideClusterInfo", &wanted, err) != 0)
        return -1;
    if (!wanted)
        return 0;
    CLEANUP(buf_finish) struct buf ca = BUF_INIT(KUBE_CONFIG_MAX);
    CLEANUP(buf_finish) struct buf encoded = BUF_INIT(2 * KUBE_CONFIG_MAX);
    if (kube_material_read(&config->ca, &ca, err) != 0)
        return -1;
    crypto_base64_encode(buf_span(&ca), &encoded);
    struct json *told = config->exec->cluster = json_new_object();
    const struct json *extension = exec_extension(cluster);
    json_put_text(told, "server", config->server);
    json_put_text(told, "tls-server-name", config->server_name);
    if (config->insecure)
        json_put_bool(told, "insecure-skip-tls-verify", true);
    if (encoded.len != 0)
        json_put_text(told, "certificate-authority-data", buf_text(&encoded));
    json_put_text(told, "proxy-url", config->proxy_url);
    if (extension)
        json_put_take(told, "config", json_clone(extension));
    return 0;
}

static void add_header(struct kube_config *config, const char *name, const char *value)
{
    strlist_add(&config->headers, name);
    strlist_add(&config->headers, value);
}

/* The key stands in the name of a header: what is no character of a token
 * (RFC 9110, section 5.6.2) is percent-encoded, as is the percent sign. */
static void add_extra(struct kube_config *config, struct span key, const char *value)
{
    CLEANUP(buf_finish) struct buf name = BUF_INIT(4 * KUBE_CONFIG_MAX);
    buf_adds(&name, "Impersonate-Extra-");
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.data[i];
        if (c < 0x80 && (isalnum(c) || (c != '\0' && strchr("!#$&'*+-.^_`|~", c))))
            buf_addc(&name, (char)c);
        else
            buf_addf(&name, "%%%02X", c);
    }
    add_header(config, buf_text(&name), value);
}

static int add_groups(struct kube_config *config, const struct kube_entry *user,
                      const struct strlist *given, struct err *err)
{
    const struct json *groups;
    if (kube_entry_part(user, "as-groups", JSON_KIND_ARRAY, &groups, err) != 0)
        return -1;
    for (size_t i = 0; given && i < given->len; i++)
        add_header(config, "Impersonate-Group", given->items[i]);
    for (size_t i = 0; (!given || given->len == 0) && i < json_count(groups); i++) {
        const char *group = json_text(json_at(groups, i));
        if (!group)
            return kube_entry_fault(user, err, "'as-groups' must be strings");
        add_header(config, "Impersonate-Group", group);
    }
    return 0;
}

static int add_given_extras(struct kube_config *config, const struct strlist *given,
                            struct err *err)
{
    for (size_t i = 0; i < given->len; i++) {
        const char *equals = strchr(given->items[i], '=');
        if (!equals || equals == given->items[i])
            return err_set(err, ERR_INVALID, "--as-user-extra must be of the form key=value");
        add_extra(config, (struct span){given->items[i], (size_t)(equals - given->items[i])},
                  equals + 1);
    }
    return 0;
}

static int add_extras(struct kube_config *config, const struct kube_entry *user,
                      const struct strlist *given, struct err *err)
{
    const struct json *extras;
    if (kube_entry_part(user, "as-user-extra", JSON_KIND_OBJECT, &extras, err) != 0)
        return -1;
    if (given && given->len != 0)
        return add_given_extras(config, given, err);
    json_foreach_member (key, values, extras) {
        bool list = json_kind(values) == JSON_KIND_ARRAY;
        for (size_t i = 0; !list || i < json_count(values); i++) {
            const char *value = list ? json_text(json_at(values, i)) : NULL;
            if (!value)
                return kube_entry_fault(user, err, "'as-user-extra' must be lists of strings");
            add_extra(config, span_of(key), value);
        }
    }
    return 0;
}

static int set_impersonation(struct kube_config *config, const struct kube_entry *user,
                             const struct kube_options *options, struct err *err)
{
    const char *as = NULL, *uid = NULL;
    if (kube_entry_text(user, "as", &as, err) != 0 ||
        kube_entry_text(user, "as-uid", &uid, err) != 0)
        return -1;
    if (!str_empty(options->as))
        as = options->as;
    if (!str_empty(options->as_uid))
        uid = options->as_uid;
    if (uid)
        add_header(config, "Impersonate-Uid", uid);
    if (add_groups(config, user, options->as_groups, err) != 0 ||
        add_extras(config, user, options->as_user_extra, err) != 0)
        return -1;
    if (!as && config->headers.len != 0)
        return err_set(err, ERR_INVALID,
                       "requesting uid, groups or user-extra without impersonating a user");
    if (as)
        add_header(config, "Impersonate-User", as);
    return 0;
}

int kube_config_set_user(struct kube_config *config, const struct kube_entry *user,
                         const struct kube_options *options, struct err *err)
{
    const struct json *provider = user->name ? json_member(user->value, "auth-provider") : NULL;
    if (json_kind(provider) != JSON_KIND_NULL)
        return kube_entry_fault(user, err,
                                "auth-provider is not supported: use an exec plugin (the field "
                                "'exec') in its place");
    if (set_certificate(config, user, options, err) != 0 ||
        set_token(config, user, options, err) != 0)
        return -1;
    /* A token on the command line leaves a plugin nothing to say. */
    if (str_empty(options->token) && set_exec(config, user, err) != 0)
        return -1;
    return set_impersonation(config, user, options, err);
}
