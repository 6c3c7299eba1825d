#include "git/access.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    CONFIG_MAX = 4 * GIT_SECRET_MAX, /* bytes of a configuration file */
    BUNDLE_MAX = 8 * 1024 * 1024,    /* bytes of the system's CA bundle */
};

/* One line of a git configuration file (git-config(1), "Syntax"). */
static void add_config(struct buf *config, const char *key, const char *value)
{
    buf_addf(config, "\t%s = \"", key);
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\')
            buf_addc(config, '\\');
        buf_addc(config, *c);
    }
    buf_adds(config, "\"\n");
}

/* The system's trusted roots, where the usual distributions keep them. */
static void add_system_bundle(struct buf *bundle)
{
    static const char *const paths[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/ssl/cert.pem",
    };
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (access(paths[i], R_OK) == 0 && file_read(paths[i], bundle, NULL) == 0)
            return;
    }
}

static int add_ca(struct git_access *access, const char *ca, struct buf *config, struct err *err)
{
    CLEANUP(buf_finish) struct buf bundle = BUF_INIT(BUNDLE_MAX + GIT_SECRET_MAX);
    buf_adds(&bundle, ca);
    buf_addc(&bundle, '\n');
    add_system_bundle(&bundle);
    CLEANUP(mem_freep) char *path = NULL;
    if (git_private_write(access->folder, "ca.pem", buf_span(&bundle), 0600, &path, err) != 0)
        return -1;
    add_config(config, "sslCAInfo", path);
    return 0;
}

static int add_client_cert(struct git_access *access, const struct git_credentials *credentials,
                           struct buf *config, struct err *err)
{
    CLEANUP(mem_freep) char *cert = NULL;
    CLEANUP(mem_freep) char *key = NULL;
    if (git_access_write(access, "cert.pem", credentials->client_cert, &cert, err) != 0 ||
        git_access_write(access, "key.pem", credentials->client_key, &key, err) != 0)
        return -1;
    add_config(config, "sslCert", cert);
    add_config(config, "sslKey", key);
    return 0;
}

static void add_percent_encoded(struct buf *ret, const char *text)
{
    for (const char *c = text; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-._~", *c);
        if (plain)
            buf_addc(ret, *c);
        else
            buf_addf(ret, "%%%02X", (unsigned char)*c);
    }
}

static void add_proxy(struct git_access *access, const struct git_credentials *credentials,
                      struct buf *config)
{
    CLEANUP(buf_finish) struct buf proxy = BUF_INIT(8 * GIT_SECRET_MAX);
    const char *address = credentials->proxy_address;
    const char *host = strstr(address, "://") + strlen("://");
    /* "socks5" means to curl that it looks up the host itself; in Go, and so
     * in Flux, the proxy does. */
    if (str_starts_with(address, "socks5:"))
        buf_adds(&proxy, "socks5h://");
    else
        buf_add(&proxy, address, (size_t)(host - address));
    if (!str_empty(credentials->proxy_username)) {
        add_percent_encoded(&proxy, credentials->proxy_username);
        buf_addc(&proxy, ':');
        add_percent_encoded(&proxy, credentials->proxy_password ? credentials->proxy_password : "");
        buf_addc(&proxy, '@');
    }
    buf_adds(&proxy, host);
    add_config(config, "proxy", buf_text(&proxy));
    git_access_add_secret(access, credentials->proxy_password);
    access->own_proxy = true;
}

/* What all http configurations share. */
static int make_http_base(struct git_access *access, const struct git_credentials *credentials,
                          struct buf *config, struct err *err)
{
    buf_adds(config, "[http]\n");
    if (!str_empty(credentials->ca) && add_ca(access, credentials->ca, config, err) != 0)
        return -1;
    if (!str_empty(credentials->client_cert) &&
        add_client_cert(access, credentials, config, err) != 0)
        return -1;
    if (!str_empty(credentials->proxy_address))
        add_proxy(access, credentials, config);
    return 0;
}

static void add_header(struct git_access *access, const struct git_login *login, struct buf *config)
{
    CLEANUP(buf_finish) struct buf header = BUF_INIT(CONFIG_MAX);
    if (login->bearer_token) {
        buf_addf(&header, "Authorization: Bearer %s", login->bearer_token);
    } else {
        CLEANUP(mem_freep) char *pair = str_printf("%s:%s", login->username, login->password);
        buf_adds(&header, "Authorization: Basic ");
        size_t at = header.len;
        crypto_base64_encode(span_of(pair), &header);
        git_access_add_secret(access, buf_text(&header) + at); /* some servers repeat it */
    }
    add_config(config, "extraHeader", buf_text(&header));
    add_config(config, "followRedirects", "false");
}

/* The second configuration of a login: a helper that answers for its host. */
static int write_helper(struct git_access *access, const struct git_login *login,
                        struct buf *config, struct err *err)
{
    CLEANUP(mem_freep) char *pair_path = NULL;
    CLEANUP(mem_freep)
    char *pair = str_printf("username=%s\npassword=%s\n", login->username, login->password);
    if (git_access_write(access, "login", pair, &pair_path, err) != 0)
        return -1;
    CLEANUP(mem_freep)
    char *helper = str_printf("!f() { test \"$1\" = get && cat \"%s\"; }; f", pair_path);
    buf_addf(config, "[credential \"%s\"]\n", access->url->origin);
    add_config(config, "helper", helper);
    if (access->url->scheme == GIT_SCHEME_HTTP) { /* the same host may want to be met safely */
        buf_addf(config, "[credential \"https%s\"]\n", access->url->origin + strlen("http"));
        add_config(config, "helper", helper);
    }
    return git_access_write(access, "config-helper", buf_text(config), &access->helper_config, err);
}

int git_access_init_http(struct git_access *access, const struct git_credentials *credentials,
                         const char *base, struct err *err)
{
    struct git_login login = git_auth_login(access->url, credentials);
    access->has_login = login.username || login.bearer_token;
    if (!access->has_login && str_empty(credentials->ca) && str_empty(credentials->client_cert) &&
        str_empty(credentials->proxy_address))
        return 0;
    git_access_add_secret(access, login.password);
    git_access_add_secret(access, login.bearer_token);
    CLEANUP(buf_finish) struct buf config = BUF_INIT(CONFIG_MAX);
    CLEANUP(buf_finish) struct buf helper = BUF_INIT(CONFIG_MAX);
    if (git_private_new(base, &access->folder, err) != 0 ||
        make_http_base(access, credentials, &config, err) != 0)
        return -1;
    buf_add_span(&helper, buf_span(&config));
    if (access->has_login)
        add_header(access, &login, &config);
    if (buf_overflowed(&config) || buf_overflowed(&helper))
        return err_set(err, ERR_INVALID, "the credentials are too long");
    if (login.username && write_helper(access, &login, &helper, err) != 0)
        return -1;
    free(access->config);
    access->config = NULL;
    return git_access_write(access, "config", buf_text(&config), &access->config, err);
}
