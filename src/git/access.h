/*
 * Access to one remote: the environment in which git and ssh reach it, and the
 * private files with the secrets that they need. Internal to this folder;
 * others use remote.h.
 *
 * Secrets reach git so:
 *
 *     login over http(s)    an Authorization header in a private configuration file; sent with
 *                           the first request, so no 401 round trip and no helper process
 *     CA, certificate, key  files that the configuration names
 *     proxy login           in the URL of http.proxy, in the configuration file
 *     ssh                   a private ssh configuration that names key and known hosts; the
 *                           passphrase through an SSH_ASKPASS script that prints a file
 *
 * git would repeat a configured header to the host that a redirect names, so
 * no redirect is followed while one is set. A login that meets a redirect is
 * offered again through git's credential machinery, which binds it to its
 * host: see git_access_use_helper().
 */
#ifndef TIDEMARK_GIT_ACCESS_H
#define TIDEMARK_GIT_ACCESS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/strlist.h"
#include "git/auth.h"
#include "git/private.h"
#include "git/url.h"

struct git_access {
    const struct git_url *url;
    struct git_private *folder; /* NULL if nothing is secret */
    char *config;               /* for GIT_CONFIG_GLOBAL */
    char *helper_config;        /* the same without a header, or NULL */
    char *ssh_command;          /* or NULL */
    char *askpass;              /* or NULL */
    bool own_proxy;             /* the environment's proxies do not count */
    bool has_login;             /* user name, password or token are sent */
    struct strlist secrets;     /* what must not appear in any text */
};

/* Checks the credentials and writes the files below BASE. URL is borrowed. */
int git_access_init(struct git_access *access, const struct git_url *url,
                    const struct git_credentials *credentials, const char *base, struct err *err);
void git_access_finish(struct git_access *access);

/* The parts of git_access_init(), one a transport. */
int git_access_init_http(struct git_access *access, const struct git_credentials *credentials,
                         const char *base, struct err *err);
int git_access_init_ssh(struct git_access *access, const struct git_credentials *credentials,
                        const char *base, struct err *err);
void git_access_add_secret(struct git_access *access, const char *secret);
/* Writes TEXT to the private file NAME; its path, if wanted, to *RET_PATH. */
int git_access_write(struct git_access *access, const char *name, const char *text, char **ret_path,
                     struct err *err);

/* Appends what a git command for this remote (NULL: for none) gets as its
 * environment, as "NAME=value". */
void git_access_add_env(const struct git_access *access, struct strlist *env);

/* Turns to the credential helper. False if that is no choice: it is in use
 * already, or the login is none that it can give. */
bool git_access_use_helper(struct git_access *access);

/* Appends TEXT without its secrets and without user info in http URLs. ACCESS
 * may be NULL. */
void git_access_scrub(const struct git_access *access, const char *text, struct buf *ret);

#endif
