/*
 * Where a repository is: URLs of the forms that git and Flux share.
 *
 *     https://host[:port]/path     http://…
 *     ssh://[user@]host[:port]/path
 *     file:///path, /path           if the caller allows local repositories
 *
 * The scp-like form (git@host:path) is refused, as in Flux. User name and
 * password of an http(s) URL are taken out of it: they count as credentials,
 * and no other part of tidemark, no argument and no message ever holds them.
 */
#ifndef TIDEMARK_GIT_URL_H
#define TIDEMARK_GIT_URL_H

#include <stdbool.h>

#include "base/err.h"

enum {
    GIT_URL_MAX = 4096, /* bytes of a URL */
};

enum git_scheme {
    GIT_SCHEME_HTTP,
    GIT_SCHEME_HTTPS,
    GIT_SCHEME_SSH,
    GIT_SCHEME_FILE,
};

struct git_url {
    enum git_scheme scheme;
    char *text;     /* without credentials: for messages, and the mirror's identity */
    char *remote;   /* for git: as text; of ssh, with the user, by default "git" */
    char *origin;   /* http(s): "https://host:port" as written; else NULL */
    char *host;     /* ssh: without the brackets of an IPv6 address; else NULL */
    unsigned port;  /* ssh: as written, or 22 */
    char *username; /* http(s): from the URL, decoded, or NULL */
    char *password; /* http(s): the same */
};

/*
 * Reads and checks TEXT. Local repositories are taken only if ALLOW_LOCAL.
 * Class invalid; the text is the `%err` of Flux's
 * "failed to parse URL '<url>': %err" and never shows user info.
 */
int git_url_parse(const char *text, bool allow_local, struct git_url *ret, struct err *err);
void git_url_finish(struct git_url *url);

/* "http", "https", "ssh", "file". */
const char *git_scheme_name(enum git_scheme scheme);

#endif
