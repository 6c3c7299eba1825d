/*
 * Who a client is to a registry: nobody, a user (Basic), or the bearer of a
 * token that a token server gave for one repository. Part of registry_client.h.
 *
 * The token dance is that of the distribution project ("Token Authentication
 * Specification", with OAuth 2 for identity tokens).
 */
#ifndef TIDEMARK_REGISTRY_AUTH_H
#define TIDEMARK_REGISTRY_AUTH_H

#include "base/strlist.h"
#include "registry/challenge.h"
#include "registry/credential.h"
#include "registry/exchange.h"

enum {
    AUTH_SCOPES_MAX = 8,         /* scopes that are asked for */
    AUTH_SECRET_MAX = 32 * 1024, /* bytes of each part of a credential */
};

struct auth {
    struct challenge challenge; /* what the registry answered to the ping */
    struct credential credential;
    bool has_credential;
    char *why_not;         /* why there is no credential, or NULL */
    struct strlist scopes; /* the newest first */
    char *header;          /* the value of Authorization; NULL: none */
};

#define AUTH_INIT                                                                                  \
    {                                                                                              \
        .challenge = CHALLENGE_INIT, .credential = CREDENTIAL_INIT, .scopes = STRLIST_INIT         \
    }

void auth_finish(struct auth *auth);

/* Chooses from the challenges of a 401 answer: the first Basic or Bearer one. */
void auth_read_challenges(struct auth *auth, const struct http_response *response);

/*
 * Makes the header that the challenge wants from the credential: a token is
 * fetched if it is Bearer. Class unauthorized, unavailable or canceled.
 */
int auth_prepare(struct auth *auth, struct exchange *exchange, struct err *err);

/*
 * After a 401: asks for a token anew, with the scope that the answer names in
 * front. Returns 1 if there is a new token, 0 if tokens are not the way in, -1.
 */
int auth_renew(struct auth *auth, struct exchange *exchange, const struct http_response *response,
               struct err *err);

#endif
