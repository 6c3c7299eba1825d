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
