/*
 * What the environment says about HTTP: proxies and trusted roots, as Go's
 * programs read it (golang.org/x/net/http/httpproxy, crypto/x509).
 */
#ifndef TIDEMARK_ADAPT_HTTP_ENV_H
#define TIDEMARK_ADAPT_HTTP_ENV_H

#include "base/httpurl.h"

struct http_env {
    char *http_proxy; /* NULL: none */
    char *https_proxy;
    char *no_proxy;
    char *roots_file; /* a file of certificates, or NULL */
    char *roots_dir;  /* a folder with them under names of their hashes, or NULL */
};

void http_env_read(struct http_env *ret);
void http_env_finish(struct http_env *env);

/* The proxy for URL, or NULL for none. */
const char *http_env_proxy(const struct http_env *env, const struct httpurl *url);

#endif
