#include "registry/registry_client.h"

#include "registry/registry_session.h"

struct registry_client *registry_client_new(struct registry_pool *pool,
                                            const struct registry_options *options)
{
    struct registry_client *client = mem_zalloc(sizeof(*client));
    *client = (struct registry_client){
        .options = *options,
        .exchange = {.pool = pool,
                     .tls = options->tls,
                     .proxy = options->proxy,
                     .deadline = options->deadline,
                     .home = &client->home},
        .home = HTTPURL_INIT,
        .auth = AUTH_INIT,
    };
    strlist_addf(&client->auth.scopes, "repository:%s:pull", options->repository);
    return client;
}

void registry_client_free(struct registry_client *client)
{
    if (!client)
        return;
    httpurl_finish(&client->home);
    auth_finish(&client->auth);
    free(client);
}

const char *registry_client_credentials(const struct registry_client *client, bool *ret_used)
{
    const struct auth *auth = &client->auth;
    *ret_used = auth->has_credential;
    return auth->has_credential ? auth->credential.source : auth->why_not;
}

int64_t registry_client_retry_after_ms(const struct registry_client *client)
{
    return client->exchange.retry_after_ms;
}
