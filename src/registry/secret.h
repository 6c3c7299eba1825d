/*
 * Secrets that say how to reach a registry: TLS material and proxies.
 *
 * Pure functions over a Secret's decoded data. NAME is its "namespace/name",
 * for the errors, which are those that Flux's users know; class invalid.
 */
#ifndef TIDEMARK_REGISTRY_SECRET_H
#define TIDEMARK_REGISTRY_SECRET_H

#include <stdbool.h>

#include "adapt/http.h"
#include "base/err.h"
#include "base/strmap.h"

enum {
    SECRET_PROXY_URL_MAX = 2048, /* bytes of a proxy's address */
};

/* PEM text; each is NULL if the Secret has none. */
struct secret_tls {
    char *ca;
    char *cert;
    char *key;
};

#define SECRET_TLS_INIT                                                                            \
    {                                                                                              \
        0                                                                                          \
    }

void secret_tls_finish(struct secret_tls *tls);

/* Reads tls.crt, tls.key and ca.crt (or certFile, keyFile, caFile), and checks
 * that they are what they should be. RET is filled on success only. */
int secret_read_tls(const struct strmap *data, const char *name, struct secret_tls *ret,
                    struct err *err);

/* Borrowed from TLS. */
struct http_tls secret_tls_view(const struct secret_tls *tls);

struct secret_proxy {
    char *url;
    char *username; /* or NULL */
    char *password; /* or NULL */
};

#define SECRET_PROXY_INIT                                                                          \
    {                                                                                              \
        0                                                                                          \
    }

void secret_proxy_finish(struct secret_proxy *proxy);

/* Reads address, username and, if there is a username, password. RET is filled
 * on success only. */
int secret_read_proxy(const struct strmap *data, const char *name, struct secret_proxy *ret,
                      struct err *err);

/* Borrowed from PROXY. */
struct http_proxy secret_proxy_view(const struct secret_proxy *proxy);

#endif
