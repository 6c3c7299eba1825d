/*
 * Credentials: what a repository's Secrets may hold, and its rules.
 *
 * Control fills this from the keys of the auth and proxy Secrets (or of
 * whatever gives tokens); git_remote_open() checks it and hands it to git.
 * Everything is borrowed for the length of that call; NULL and "" mean absent.
 *
 *     https, http   username + password, or bearer_token; ca; client_cert + client_key
 *     ssh           identity (+ passphrase) and known_hosts
 *     http(s)       proxy_address (+ proxy_username, proxy_password)
 *
 * An ssh URL without an identity uses the user's agent and key files, and
 * without known_hosts the user's own file. (Flux fails in that case; control
 * says with `from_secret` that its rule applies.)
 */
#ifndef TIDEMARK_GIT_AUTH_H
#define TIDEMARK_GIT_AUTH_H

#include <stdbool.h>

#include "base/err.h"
#include "git/url.h"

enum {
    GIT_SECRET_MAX = 1024 * 1024,  /* bytes of one secret value: keys, bundles, tokens */
    GIT_PROXY_ADDRESS_MAX = 2048,  /* bytes of the proxy's address, as in Flux */
    GIT_ALGORITHMS_MAX = 4 * 1024, /* bytes of a list of algorithms */
};

struct git_credentials {
    bool from_secret; /* an auth Secret is referenced: the keys of its scheme must be there */

    const char *username;
    const char *password;
    const char *bearer_token;
    const char *ca;          /* PEM; trusted besides the system's roots */
    const char *client_cert; /* PEM */
    const char *client_key;  /* PEM */

    const char *identity;    /* private key, any form that ssh reads */
    const char *passphrase;  /* of the identity */
    const char *known_hosts; /* as in known_hosts(5) */

    const char *proxy_address; /* scheme http, https or socks5 */
    const char *proxy_username;
    const char *proxy_password;

    const char *host_key_algorithms; /* comma-separated; absent: ssh's own choice */
    const char *kex_algorithms;
};

/* What is sent to an http(s) server: the Secret's and the URL's user info put
 * together. Both may be NULL; at most one of the two kinds is set. */
struct git_login {
    const char *username; /* if either is set, the other is at least "" */
    const char *password;
    const char *bearer_token;
};

/*
 * Checks the credentials against the URL's scheme. Class invalid, with Flux's
 * texts: "invalid 'https' auth option: 'password' requires 'username' to be
 * set", "basic auth and bearer token cannot be set at the same time" …
 */
int git_auth_check(const struct git_url *url, const struct git_credentials *credentials,
                   struct err *err);

/* Borrowed from both; empty parts of the Secret fall back to the URL's. */
struct git_login git_auth_login(const struct git_url *url,
                                const struct git_credentials *credentials);

#endif
