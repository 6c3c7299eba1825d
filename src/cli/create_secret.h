/*
 * The Secrets that `create` makes: values gathered as text, then printed, or
 * put beside what a Secret of that name holds already.
 *
 * A Secret in the making is an object whose values stand under `stringData`.
 */
#ifndef TIDEMARK_CLI_CREATE_SECRET_H
#define TIDEMARK_CLI_CREATE_SECRET_H

#include "api/object.h"
#include "base/buf.h"
#include "base/err.h"
#include "cli/command.h"
#include "cli/home.h"

enum {
    SECRET_VALUE_MAX = 1024 * 1024, /* bytes of one value: as large as a Secret may be */
};

/* A row of their tables: Flux's has the flag, from all that `create` makes. */
#define CREATE_SECRET_INTERVAL                                                                     \
    {                                                                                              \
        .name = "interval", .type = OPTION_DURATION, .hidden = true                                \
    }

/* Two rows: a user name and a password. */
#define CREATE_SECRET_LOGIN                                                                        \
    {.name = "username", .letter = 'u', .type = OPTION_STRING, .help = "user name"},               \
    {                                                                                              \
        .name = "password", .letter = 'p', .type = OPTION_STRING,                                  \
        .help = "password; - reads it from stdin, which keeps it out of process lists"             \
    }

/* Adds a value. Class invalid if it is no text, which YAML could not show. */
int create_secret_put(struct api_object *secret, const char *key, struct span value,
                      struct err *err);

/* The value under KEY, borrowed, or NULL. */
const char *create_secret_value(const struct api_object *secret, const char *key);

/* Appends the value of OPTION, where "-" stands for one line on stdin, which
 * keeps it out of process lists. */
int create_secret_read_option(const struct cli *cli, const char *option, struct buf *ret,
                              struct err *err);

/* Appends the file that OPTION names; FAULT stands in front of what went wrong. */
int create_secret_read_file(const struct cli *cli, const char *option, const char *fault,
                            struct buf *ret, struct err *err);

/* The option, or the file of the option, as the value of KEY if it is given. */
int create_secret_put_option(const struct cli *cli, const char *option, struct api_object *secret,
                             const char *key, struct err *err);
int create_secret_put_file(const struct cli *cli, const char *option, const char *fault,
                           struct api_object *secret, const char *key, struct err *err);

/*
 * Makes the Secret, or adds its labels and its values to the one that is there,
 * whose other values stay. Class invalid if that one is of another type, which
 * no write could change.
 */
int create_secret_apply(struct store *store, const struct api_object *secret, struct err *err);

/*
 * The end of every `create secret`: prints the Secret (--export), or applies it
 * and says so. WORD is the kind of secret in that line. Answers as a command.
 */
int create_secret_finish(const struct cli *cli, const struct api_object *secret, const char *word,
                         struct err *err);

#endif
