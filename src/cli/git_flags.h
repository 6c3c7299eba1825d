/*
 * The flags that say how a Git server is reached, and what becomes of them: the
 * URL, and the keys of SSH.
 */
#ifndef TIDEMARK_CLI_GIT_FLAGS_H
#define TIDEMARK_CLI_GIT_FLAGS_H

#include <stdbool.h>

#include "api/object.h"
#include "base/cancel.h"
#include "base/err.h"
#include "cli/command.h"
#include "git/url.h"

/* Rows of a table of options. */
#define GIT_FLAGS_OPTIONS                                                                          \
    {.name = "username",                                                                           \
     .letter = 'u',                                                                                \
     .type = OPTION_STRING,                                                                        \
     .help = "user name for http and https, kept in a Secret"},                                    \
        {.name = "password",                                                                       \
         .letter = 'p',                                                                            \
         .type = OPTION_STRING,                                                                    \
         .help = "password for it, or passphrase of --private-key-file; - reads it from stdin, "   \
                 "which keeps it out of process lists"},                                           \
        {.name = "private-key-file",                                                               \
         .type = OPTION_STRING,                                                                    \
         .value = "FILE",                                                                          \
         .help = "private key for ssh, instead of a new one"},                                     \
        {.name = "ssh-key-algorithm",                                                              \
         .type = OPTION_STRING,                                                                    \
         .fallback = "ecdsa",                                                                      \
         .value = "rsa|ecdsa|ed25519",                                                             \
         .help = "kind of the new key for ssh"},                                                   \
        {.name = "ssh-rsa-bits",                                                                   \
         .type = OPTION_INT,                                                                       \
         .fallback = "2048",                                                                       \
         .help = "size of a new rsa key"},                                                         \
    {                                                                                              \
        .name = "ssh-ecdsa-curve", .type = OPTION_STRING, .fallback = "p384",                      \
        .value = "p256|p384|p521", .help = "curve of a new ecdsa key"                              \
    }

/* Judges the values of --ssh-…; class invalid. */
int git_flags_check(const struct cli *cli, struct err *err);

/* The failure of a flag's value, in pflag's words; returns -1. */
int git_flags_invalid(const char *option, const char *value, struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads --url, which must be there. */
int git_flags_url(const struct cli *cli, bool allow_local, struct git_url *ret, struct err *err);

/* Has one of the flags of an SSH key been given? */
bool git_flags_want_key(const struct cli *cli);

/*
 * Puts the key that --private-key-file names, or else a new one, and the host
 * keys that the server of URL shows into SECRET: `identity`, `identity.pub`,
 * `known_hosts` and, if it was given, `password`.
 */
int git_flags_add_ssh(const struct cli *cli, const struct git_url *url,
                      const struct deadline *deadline, struct api_object *secret, struct err *err);

#endif
