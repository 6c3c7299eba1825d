#include "control/source.h"

#include "base/str.h"
#include "control/secret.h"

void source_finish(struct source *source)
{
    git_remote_free(source->remote);
    api_object_free(source->object);
    *source = (struct source)SOURCE_INIT;
}

struct git_checkout source_checkout(const struct api_git_ref *ref)
{
    return (struct git_checkout){
        .branch = ref->branch,
        .tag = ref->tag,
        .semver = ref->semver,
        .name = ref->name,
        .commit = ref->commit,
    };
}

/* The Secrets of one source. */
struct source_secrets {
    struct secret auth;
    struct secret proxy;
};

static void source_secrets_finish(struct source_secrets *secrets)
{
    secret_finish(&secrets->auth);
    secret_finish(&secrets->proxy);
}

static int read_auth(struct pass *pass, const struct source *source, struct secret *ret,
                     struct err *err)
{
    const char *namespace = source->object->meta.namespace, *name = source->spec.secret;
    if (!*name)
        return 0;
    int answer = secret_read(pass->control->config.store, namespace, name, ret, err);
    if (answer == 0)
        err_set(err, ERR_NOT_FOUND, "secrets \"%s\" not found", name);
    return answer == 1 ? 0 : err_wrap(err, "failed to get auth secret '%s/%s'", namespace, name);
}

static int read_proxy(struct pass *pass, const struct source *source, struct secret *ret,
                      struct err *err)
{
    const char *namespace = source->object->meta.namespace, *name = source->spec.proxy_secret;
    if (!*name)
        return 0;
    int answer = secret_read(pass->control->config.store, namespace, name, ret, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND, "secret '%s/%s' not found", namespace, name);
    if (answer == 1 && !secret_value(ret, "address"))
        return err_set(err, ERR_INVALID, "secret '%s/%s': key 'address' not found", namespace,
                       name);
    return answer == 1 ? 0 : -1;
}

static const char *first_of(const struct secret *secret, const char *key, const char *older_key)
{
    const char *value = secret_value(secret, key);
    return value ? value : secret_value(secret, older_key);
}

static struct git_credentials credentials_of(const struct control_config *config,
                                             const struct source_secrets *secrets, bool from_secret)
{
    const struct secret *auth = &secrets->auth, *proxy = &secrets->proxy;
    const char *identity = secret_value(auth, "identity");
    return (struct git_credentials){
        .from_secret = from_secret,
        .username = secret_value(auth, "username"),
        .password = identity ? NULL : secret_value(auth, "password"),
        .bearer_token = secret_value(auth, "bearerToken"),
        .ca = first_of(auth, "ca.crt", "caFile"),
        .client_cert = first_of(auth, "tls.crt", "certFile"),
        .client_key = first_of(auth, "tls.key", "keyFile"),
        .identity = identity,
        .passphrase = identity ? secret_value(auth, "password") : NULL,
        .known_hosts = secret_value(auth, "known_hosts"),
        .host_key_algorithms = config->ssh_host_key_algorithms,
        .kex_algorithms = config->ssh_kex_algorithms,
        .proxy_address = secret_value(proxy, "address"),
        .proxy_username = secret_value(proxy, "username"),
        .proxy_password = secret_value(proxy, "password"),
    };
}

static int open_remote(struct pass *pass, struct source *source, struct err *err)
{
    CLEANUP(source_secrets_finish) struct source_secrets secrets = {SECRET_INIT, SECRET_INIT};
    if (!str_equal(source->spec.provider, "generic"))
        return err_set(err, ERR_INVALID,
                       "failed to configure authentication options: provider '%s' is not "
                       "supported; put the credentials into a Secret instead",
                       source->spec.provider);
    if (read_proxy(pass, source, &secrets.proxy, err) != 0 ||
        read_auth(pass, source, &secrets.auth, err) != 0)
        return -1;
    const struct git_credentials credentials =
        credentials_of(&pass->control->config, &secrets, *source->spec.secret);
    const struct git_remote_options options = {
        .url = source->spec.url,
        .allow_local = pass->control->config.local,
        .private_base = pass->control->cache_dir,
        .credentials = &credentials,
    };
    return git_remote_open(&options, &source->remote, err);
}

int source_open_take(struct pass *pass, struct api_object *object, struct source *ret,
                     struct err *err)
{
    CLEANUP(source_finish) struct source source = {.object = object};
    if (api_git_repository_read(object, &source.spec, err) != 0 ||
        open_remote(pass, &source, err) != 0)
        return -1;
    *ret = source;
    source = (struct source)SOURCE_INIT;
    return 0;
}
