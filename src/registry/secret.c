#include "registry/secret.h"

#include <stdlib.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"

void secret_tls_finish(struct secret_tls *tls)
{
    free(tls->ca);
    free(tls->cert);
    str_wipe(tls->key);
    *tls = (struct secret_tls)SECRET_TLS_INIT;
}

void secret_proxy_finish(struct secret_proxy *proxy)
{
    str_wipe(proxy->url); /* may hold a password */
    free(proxy->username);
    str_wipe(proxy->password);
    *proxy = (struct secret_proxy)SECRET_PROXY_INIT;
}

/* The value under the modern or, failing that, the legacy key; NULL if empty. */
static const char *get_either(const struct strmap *data, const char *modern, const char *legacy)
{
    const char *value = strmap_get(data, modern);
    if (str_empty(value))
        value = strmap_get(data, legacy);
    return str_empty(value) ? NULL : value;
}

static int check_tls(const char *name, const char *ca, const char *cert, const char *key,
                     struct err *err)
{
    if (!cert != !key)
        return err_set(err, ERR_INVALID, "secret '%s' contains '%s' but missing '%s'", name,
                       cert ? "tls.crt" : "tls.key", cert ? "tls.key" : "tls.crt");
    if (!cert && !ca)
        return err_set(err, ERR_INVALID,
                       "secret '%s' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'",
                       name);
    if (cert && crypto_check_key_pair(span_of(cert), span_of(key), err) != 0)
        return err_wrap(err, "failed to parse TLS certificate and key");
    if (ca && crypto_count_certificates(span_of(ca)) == 0)
        return err_set(err, ERR_INVALID, "failed to parse CA certificate");
    return 0;
}

int secret_read_tls(const struct strmap *data, const char *name, struct secret_tls *ret,
                    struct err *err)
{
    const char *cert = get_either(data, "tls.crt", "certFile");
    const char *key = get_either(data, "tls.key", "keyFile");
    const char *ca = get_either(data, "ca.crt", "caFile");
    if (check_tls(name, ca, cert, key, err) != 0)
        return -1;
    *ret = (struct secret_tls){str_dup(ca), str_dup(cert), str_dup(key)};
    return 0;
}

struct http_tls secret_tls_view(const struct secret_tls *tls)
{
    return (struct http_tls){.ca = tls->ca, .cert = tls->cert, .key = tls->key};
}

static int check_proxy_url(const char *name, const char *url, struct err *err)
{
    static const char *const schemes[] = {"http", "https", "socks5"};
    if (!url)
        return err_set(err, ERR_INVALID, "secret '%s': key 'address' not found", name);
    if (*url == '\0')
        return err_set(err, ERR_INVALID, "secret '%s': proxy address is empty", name);
    if (strlen(url) > SECRET_PROXY_URL_MAX)
        return err_set(err, ERR_INVALID,
                       "secret '%s': proxy URL exceeds maximum length of %d characters", name,
                       SECRET_PROXY_URL_MAX);
    const char *end = strstr(url, "://");
    size_t len = end ? (size_t)(end - url) : 0;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        bool same = len == strlen(schemes[i]) && strncmp(url, schemes[i], len) == 0;
        if (same && end[strlen("://")] != '\0')
            return 0;
        if (same)
            return err_set(err, ERR_INVALID, "secret '%s': proxy URL has no host", name);
    }
    return err_set(err, ERR_INVALID,
                   "secret '%s': proxy URL must use one of the supported schemes (http, https, "
                   "socks5), got '%.*s'",
                   name, (int)len, url);
}

int secret_read_proxy(const struct strmap *data, const char *name, struct secret_proxy *ret,
                      struct err *err)
{
    const char *url = strmap_get(data, "address");
    const char *username = strmap_get(data, "username");
    if (check_proxy_url(name, url, err) != 0)
        return -1;
    *ret = (struct secret_proxy){.url = str_dup(url)};
    if (str_empty(username))
        return 0;
    ret->username = str_dup(username);
    ret->password = str_dup(strmap_get(data, "password"));
    return 0;
}

struct http_proxy secret_proxy_view(const struct secret_proxy *proxy)
{
    return (struct http_proxy){
        .url = proxy->url, .username = proxy->username, .password = proxy->password};
}
