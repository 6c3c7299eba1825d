/*
 * The inside of a registry client: how it gets in, and asks. Shared by
 * registry_client.c, registry_tags.c and registry_digest.c. ERR is never NULL.
 */
#ifndef TIDEMARK_REGISTRY_REGISTRY_SESSION_H
#define TIDEMARK_REGISTRY_REGISTRY_SESSION_H

#include "registry/auth.h"
#include "registry/exchange.h"
#include "registry/registry_client.h"

struct registry_client {
    struct registry_options options;
    struct exchange exchange;
    struct httpurl home; /* https://registry/v2/, or http:// */
    struct auth auth;
    bool connected;
};

/* Pings the registry and prepares the credentials, unless that is done. */
int registry_session_connect(struct registry_client *client, struct err *err);

/*
 * Sends REQUEST, whose URL lies on the registry, with the client's credentials;
 * when the registry wants a new token, gets one and asks once more. Returns 0
 * whatever the status.
 */
int registry_session_send(struct registry_client *client, struct exchange_request request,
                          struct exchange_answer *answer, struct err *err);

/* Takes the client's secrets out of an error that is set, puts a hint behind it,
 * what to look at, and returns -1.
 * WHAT was asked for: a repository, or a tag of it. */
int registry_session_hint(const struct registry_client *client, const char *what, struct err *err);

/* Owned: "https://registry/v2/<repository>/<rest>". */
char *registry_session_url(const struct registry_client *client, const char *rest);

#endif
