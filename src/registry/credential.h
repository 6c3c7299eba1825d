/*
 * What a registry is shown to let somebody in, and who knows it.
 */
#ifndef TIDEMARK_REGISTRY_CREDENTIAL_H
#define TIDEMARK_REGISTRY_CREDENTIAL_H

#include <stdbool.h>

#include "base/cancel.h"
#include "base/err.h"

/* Every member is owned and may be NULL, which means the same as "". */
struct credential {
    char *username;
    char *password;
    char *identity_token; /* a refresh token for the token server */
    char *registry_token; /* a bearer token for the registry itself */
    char *source;         /* for people: "key 'ghcr.io' of secret 'apps/regcred'" */
};

#define CREDENTIAL_INIT                                                                            \
    {                                                                                              \
        0                                                                                          \
    }

/* Wipes the secrets and frees them. */
void credential_finish(struct credential *credential);

/* Nothing in it that could be shown to a registry? */
bool credential_is_empty(const struct credential *credential);

/*
 * A provider of credentials: a Docker config, the user's own home, a cloud's
 * log-in. Called when a registry first asks (once per client), with the
 * client's deadline. Returns 1 with *RET filled, 0 if there is none for it
 * (then *RET_WHY_NOT may be set to an owned text for people, which says why),
 * or -1. RET starts as CREDENTIAL_INIT and ends in credential_finish().
 */
typedef int credential_fn(void *arg, const char *registry, const char *repository,
                          const struct deadline *deadline, struct credential *ret,
                          char **ret_why_not, struct err *err);

struct credential_provider {
    credential_fn *find; /* NULL: anonymous */
    void *arg;
};

#endif
