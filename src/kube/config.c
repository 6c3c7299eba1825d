#include "kube/config.h"

#include <string.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/file.h"
#include "base/httpurl.h"
#include "base/str.h"
#include "kube/config_parts.h"

#define SERVER_DEFAULT "http://localhost:8080"
#define ACCOUNT_DIR    "/var/run/secrets/kubernetes.io/serviceaccount"

void kube_material_finish(struct kube_material *material)
{
    str_wipe(material->text);
    free(material->path);
    *material = (struct kube_material){0};
}

bool kube_material_is_set(const struct kube_material *material)
{
    return material->text || material->path;
}

int kube_material_read(const struct kube_material *material, struct buf *ret, struct err *err)
{
    if (material->path)
        return file_read(material->path, ret, err);
    buf_adds(ret, material->text ? material->text : "");
    return 0;
}

void kube_config_free(struct kube_config *config)
{
    if (!config)
        return;
    free(config->server);
    free(config->server_name);
    str_wipe(config->proxy_url);
    free(config->namespace);
    kube_material_finish(&config->ca);
    kube_material_finish(&config->cert);
    kube_material_finish(&config->key);
    kube_material_finish(&config->token);
    str_wipe(config->basic);
    kube_exec_free(config->exec);
    strlist_finish(&config->headers);
    free(config);
}

const char *kube_config_namespace(const struct kube_config *config)
{
    return config->namespace;
}

const char *kube_config_server(const struct kube_config *config)
{
    return config->server;
}

/* The entry NAME of the MAP; class not-found if it is not there. */
static int choose(const struct json *map, const char *kind, const char *name,
                  struct kube_entry *ret, struct err *err)
{
    *ret = (struct kube_entry){.kind = kind};
    if (str_empty(name))
        return 0;
    ret->name = name;
    ret->value = json_member(map, name);
    if (!ret->value)
        return err_set(err, ERR_NOT_FOUND, "%s \"%s\" does not exist", kind, name);
    return 0;
}

/* The authority: the option's file, else data in the file, else a file's name. */
static int set_authority(struct kube_config *config, const struct kube_entry *cluster,
                         const struct kube_options *options, struct err *err)
{
    const char *data = NULL, *path = NULL;
    if (kube_entry_text(cluster, "certificate-authority-data", &data, err) != 0 ||
        kube_entry_text(cluster, "certificate-authority", &path, err) != 0 ||
        kube_entry_bool(cluster, "insecure-skip-tls-verify", &config->insecure, err) != 0)
        return -1;
    bool own = !str_empty(options->certificate_authority);
    if (own || options->insecure_skip_tls_verify) {
        data = NULL;
        path = own ? options->certificate_authority : NULL;
        config->insecure = options->insecure_skip_tls_verify;
    }
    if (config->insecure && (data || path))
        return err_set(err, ERR_INVALID,
                       "specifying a root certificates file with the insecure flag is not allowed");
    CLEANUP(buf_finish) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (data && !crypto_base64_decode(span_of(data), &text))
        return kube_entry_fault(cluster, err, "'certificate-authority-data' is no base64");
    if (data)
        config->ca.text = buf_take(&text);
    else
        str_set(&config->ca.path, path);
    return 0;
}

static int check_authority(const struct kube_config *config, struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (kube_material_read(&config->ca, &text, err) != 0)
        return err_wrap(err, "unable to read certificate-authority");
    if (kube_material_is_set(&config->ca) && crypto_count_certificates(buf_span(&text)) == 0)
        return err_set(err, ERR_INVALID, "unable to load root certificates: no certificate in %s",
                       config->ca.path ? config->ca.path : "certificate-authority-data");
    return 0;
}

/* Sets the server's URL: without a scheme it is https if there is anything that
 * TLS would need. */
static int set_server(struct kube_config *config, const char *text, struct err *err)
{
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    bool tls = config->insecure || kube_material_is_set(&config->ca) ||
               kube_material_is_set(&config->cert);
    const char *scheme = strstr(text, "://") ? "" : tls ? "https://" : "http://";
    free(config->server);
    config->server = str_printf("%s%s", scheme, text);
    for (size_t len = strlen(config->server); len > 0 && config->server[len - 1] == '/'; len--)
        config->server[len - 1] = '\0';
    if (httpurl_parse(config->server, &url, err) != 0)
        return err_wrap(err, "the URL of the server cannot be used");
    if (url.query)
        return err_set(err, ERR_INVALID, "the URL of the server may not have a query");
    return 0;
}

/* Does URL, which has a scheme, name a host that can be dialed? What stands before
 * an "@" is for the proxy to judge. */
static bool has_host(const char *url)
{
    CLEANUP(httpurl_finish) struct httpurl parsed = HTTPURL_INIT;
    const char *host = strstr(url, "://") + strlen("://");
    const char *end = host + strcspn(host, "/?#");
    const char *at = memrchr(host, '@', (size_t)(end - host));
    CLEANUP(mem_freep) char *plain = str_printf("http://%s", at ? at + 1 : host);
    return httpurl_parse(plain, &parsed, NULL) == 0;
}

static int set_proxy(struct kube_config *config, const struct kube_entry *cluster, struct err *err)
{
    static const char *const schemes[] = {"http://", "https://", "socks5://"};
    const char *url = NULL;
    if (kube_entry_text(cluster, "proxy-url", &url, err) != 0)
        return -1;
    str_set(&config->proxy_url, url);
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (!url || (str_starts_with(url, schemes[i]) && has_host(url)))
            return 0;
    }
    return kube_entry_fault(
        cluster, err,
        "'proxy-url' must begin with http://, https:// or socks5://, and name a "
        "host");
}

static int set_cluster(struct kube_config *config, const struct kube_entry *cluster,
                       const struct kube_options *options, struct err *err)
{
    const char *server = NULL, *name = NULL;
    if (kube_entry_text(cluster, "server", &server, err) != 0 ||
        kube_entry_text(cluster, "tls-server-name", &name, err) != 0 ||
        set_authority(config, cluster, options, err) != 0 || set_proxy(config, cluster, err) != 0 ||
        check_authority(config, err) != 0)
        return -1;
    /* Another server has another name. */
    if (!str_empty(options->server) || !str_empty(options->tls_server_name))
        name = options->tls_server_name;
    str_set(&config->server_name, str_empty(name) ? NULL : name);
    if (!str_empty(options->server))
        server = options->server;
    if (cluster->name && !server)
        return kube_entry_fault(cluster, err, "no server found");
    return set_server(config, server ? server : SERVER_DEFAULT, err);
}

int kube_config_resolve(const struct kubeconfig *files, const struct kube_options *options,
                        struct kube_config **ret, struct err *err)
{
    struct kube_entry context, cluster, user;
    const char *cluster_name = NULL, *user_name = NULL, *namespace = NULL;
    CLEANUP(kube_config_freep) struct kube_config *config = mem_zalloc(sizeof(*config));
    if (choose(files->contexts, "context",
               str_empty(options->context) ? files->current : options->context, &context,
               err) != 0 ||
        kube_entry_text(&context, "cluster", &cluster_name, err) != 0 ||
        kube_entry_text(&context, "user", &user_name, err) != 0 ||
        kube_entry_text(&context, "namespace", &namespace, err) != 0)
        return -1;
    if (!str_empty(options->cluster))
        cluster_name = options->cluster;
    if (!str_empty(options->user))
        user_name = options->user;
    if (choose(files->clusters, "cluster", cluster_name, &cluster, err) != 0 ||
        choose(files->users, "auth info", user_name, &user, err) != 0)
        return -1;
    str_set(&config->namespace, namespace);
    if (kube_config_set_user(config, &user, options, err) != 0 ||
        set_cluster(config, &cluster, options, err) != 0 ||
        kube_config_set_exec_cluster(config, &cluster, &user, err) != 0)
        return -1;
    *ret = MEM_STEAL(config);
    return 0;
}

/* The files of the rules that the header gives. */
static int read_files(const struct kube_options *options, struct kubeconfig *files, struct err *err)
{
    const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
    int count = 0;
    if (!str_empty(options->kubeconfig)) {
        int found = kubeconfig_add_file(files, options->kubeconfig, err);
        if (found == 0)
            return err_set(err, ERR_NOT_FOUND, "stat %s: no such file or directory",
                           options->kubeconfig);
        return found < 0 ? -1 : 0;
    }
    if (str_empty(list)) {
        CLEANUP(mem_freep) char *path = str_printf("%s/.kube/config", home ? home : "");
        return str_empty(home) || kubeconfig_add_file(files, path, err) >= 0 ? 0 : -1;
    }
    for (struct span rest = span_of(list), part; span_next(&rest, ':', &part);) {
        CLEANUP(mem_freep) char *path = span_dup(part);
        if (part.len != 0 && ++count > KUBE_CONFIG_FILES_MAX)
            return err_set(err, ERR_INVALID, "KUBECONFIG names more than %d files",
                           KUBE_CONFIG_FILES_MAX);
        if (part.len != 0 && kubeconfig_add_file(files, path, err) < 0)
            return -1;
    }
    return 0;
}

/* Do neither files nor options say where to go? */
static bool is_empty(const struct kubeconfig *files, const struct kube_options *options)
{
    return !files->current && str_empty(options->kubeconfig) && str_empty(options->context) &&
           str_empty(options->cluster) && str_empty(options->user) && str_empty(options->server);
}

/* Adds to FILES what stands in a pod for a kubeconfig, if this is one. */
static int add_pod(struct kubeconfig *files, const char *account_dir, struct err *err)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
    CLEANUP(mem_freep) char *token = str_printf("%s/token", account_dir);
    CLEANUP(mem_freep) char *ca = str_printf("%s/ca.crt", account_dir);
    CLEANUP(mem_freep) char *namespace = str_printf("%s/namespace", account_dir);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(KUBE_CONFIG_MAX);
    if (str_empty(host) || str_empty(port) || access(token, F_OK) != 0)
        return 0;
    if (access(namespace, F_OK) == 0 && file_read(namespace, &text, err) != 0)
        return -1;
    struct json *cluster = json_ensure_object(files->clusters, "pod");
    bool ipv6 = strchr(host, ':') != NULL;
    CLEANUP(mem_freep)
    char *server = str_printf(ipv6 ? "https://[%s]:%s" : "https://%s:%s", host, port);
    json_put_text(cluster, "server", server);
    if (access(ca, F_OK) == 0)
        json_put_text(cluster, "certificate-authority", ca);
    json_put_text(json_ensure_object(files->users, "pod"), "tokenFile", token);
    struct json *context = json_ensure_object(files->contexts, "pod");
    json_put_text(context, "cluster", "pod");
    json_put_text(context, "user", "pod");
    json_put_take(context, "namespace", json_new_span(span_trim(buf_span(&text))));
    str_set(&files->current, "pod");
    return 0;
}

int kube_config_load_from(const struct kube_options *options, const char *account_dir,
                          struct kube_config **ret, struct err *err)
{
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    kubeconfig_init(&files);
    if (read_files(options, &files, err) != 0)
        return -1;
    if (is_empty(&files, options)) {
        kubeconfig_finish(&files);
        kubeconfig_init(&files);
        if (add_pod(&files, account_dir, err) != 0)
            return -1;
    }
    return kube_config_resolve(&files, options, ret, err);
}

int kube_config_load(const struct kube_options *options, struct kube_config **ret, struct err *err)
{
    return kube_config_load_from(options, ACCOUNT_DIR, ret, err);
}

int kube_config_list(const struct kube_options *options, enum kube_config_entry what,
                     struct strlist *ret, struct err *err)
{
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    kubeconfig_init(&files);
    if (read_files(options, &files, err) != 0)
        return -1;
    const struct json *entries = what == KUBE_CONFIG_CONTEXTS   ? files.contexts
                                 : what == KUBE_CONFIG_CLUSTERS ? files.clusters
                                                                : files.users;
    json_foreach_member (name, entry, entries)
        strlist_add(ret, name);
    return 0;
}
