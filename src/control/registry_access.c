#include "control/registry_access.h"

#include "base/str.h"
#include "control/secret.h"
#include "registry/docker_home.h"

void registry_access_finish(struct registry_access *access)
{
    registry_client_free(access->client);
    image_name_finish(&access->name);
    docker_config_finish(&access->config);
    secret_tls_finish(&access->tls);
    secret_proxy_finish(&access->proxy);
    *access = (struct registry_access){0};
}

/* Reads a Secret that must be there. Flux has two ways to say that one is not:
 * with its namespace (FULL), or in the API server's words. */
static int must_read(struct pass *pass, const char *namespace, const char *name, bool full,
                     struct secret *ret, struct err *err)
{
    int answer = secret_read(pass->control->config.store, namespace, name, ret, err);
    if (answer != 0)
        return answer < 0 ? -1 : 0;
    return full ? err_set(err, ERR_NOT_FOUND, "secret '%s/%s' not found", namespace, name)
                : err_set(err, ERR_NOT_FOUND, "secrets \"%s\" not found", name);
}

static int add_pull_secret(struct registry_access *access, struct pass *pass, const char *namespace,
                           const char *name, bool full, struct err *err)
{
    CLEANUP(secret_finish) struct secret secret = SECRET_INIT;
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", namespace, name);
    if (must_read(pass, namespace, name, full, &secret, err) != 0)
        return -1;
    return docker_config_add_secret(&access->config, secret.type, &secret.values, path, err);
}

static int add_account_secrets(struct registry_access *access, struct pass *pass,
                               const char *namespace, const char *account, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    const struct api_ref ref = {API_SERVICE_ACCOUNT, namespace, account};
    int answer = store_get(pass->control->config.store, ref, &object, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND, "serviceaccount '%s/%s' not found", namespace, account);
    if (answer < 0)
        return -1;
    const struct json *list = json_member(object->spec, "imagePullSecrets");
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_member_text(json_at(list, i), "name");
        if (name && add_pull_secret(access, pass, namespace, name, true, err) != 0)
            return err_wrap(err, "failed to get image pull secret for serviceaccount '%s/%s'",
                            namespace, account);
    }
    return 0;
}

/* Who knows the credentials: the Secrets, or, in the embedded home, when none
 * is named, the user's own Docker configuration. */
static int find_credentials(struct registry_access *access, struct pass *pass,
                            const char *namespace, const struct api_image_repository *spec,
                            struct credential_provider *ret, struct err *err)
{
    if (!str_equal(spec->provider, "generic") && *spec->provider)
        return err_set(err, ERR_INVALID,
                       "provider '%s' is not supported; put the credentials into a Secret instead",
                       spec->provider);
    if (*spec->secret && add_pull_secret(access, pass, namespace, spec->secret, false, err) != 0)
        return -1;
    if (*spec->service_account &&
        add_account_secrets(access, pass, namespace, spec->service_account, err) != 0)
        return -1;
    bool named = *spec->secret || *spec->service_account;
    if (named)
        *ret = (struct credential_provider){docker_config_find, &access->config};
    else if (pass->control->config.local)
        *ret = (struct credential_provider){docker_home_find, NULL};
    return 0;
}

static int read_tls(struct registry_access *access, struct pass *pass, const char *namespace,
                    const char *name, struct err *err)
{
    CLEANUP(secret_finish) struct secret secret = SECRET_INIT;
    CLEANUP(mem_freep) char *full = str_printf("%s/%s", namespace, name);
    if (must_read(pass, namespace, name, false, &secret, err) != 0 ||
        secret_read_tls(&secret.values, full, &access->tls, err) != 0)
        return -1;
    access->tls_view = secret_tls_view(&access->tls);
    return 0;
}

static int read_proxy(struct registry_access *access, struct pass *pass, const char *namespace,
                      const char *name, struct err *err)
{
    CLEANUP(secret_finish) struct secret secret = SECRET_INIT;
    CLEANUP(mem_freep) char *full = str_printf("%s/%s", namespace, name);
    if (must_read(pass, namespace, name, true, &secret, err) != 0 ||
        secret_read_proxy(&secret.values, full, &access->proxy, err) != 0)
        return -1;
    access->proxy_view = secret_proxy_view(&access->proxy);
    return 0;
}

int registry_access_open(struct registry_access *access, struct pass *pass,
                         const struct api_object *repository,
                         const struct api_image_repository *spec, struct err *err)
{
    const char *namespace = repository->meta.namespace;
    struct credential_provider credentials = {0};
    access->deadline = pass_deadline(pass, spec->timeout_ns);
    access->config = (struct docker_config)DOCKER_CONFIG_INIT;
    if (image_name_parse(spec->image, &access->name, err) != 0 ||
        find_credentials(access, pass, namespace, spec, &credentials, err) != 0 ||
        (*spec->cert_secret && read_tls(access, pass, namespace, spec->cert_secret, err) != 0) ||
        (*spec->proxy_secret && read_proxy(access, pass, namespace, spec->proxy_secret, err) != 0))
        return -1;
    const struct registry_options options = {
        .registry = access->name.registry,
        .repository = access->name.repository,
        .insecure = spec->insecure,
        .tls = *spec->cert_secret ? &access->tls_view : NULL,
        .proxy = *spec->proxy_secret ? &access->proxy_view : NULL,
        .credentials = credentials,
        .deadline = &access->deadline,
    };
    access->client = registry_client_new(pass->control->registries, &options);
    return 0;
}

int registry_access_digest(struct pass *pass, const struct api_object *repository,
                           const struct api_image_repository *spec, const char *tag,
                           char **ret_digest, struct err *err)
{
    CLEANUP(registry_access_finish) struct registry_access access = {0};
    char digest[REGISTRY_DIGEST_SIZE];
    if (registry_access_open(&access, pass, repository, spec, err) != 0)
        return err_wrap(err, "failed to configure authentication options");
    if (registry_client_get_digest(access.client, tag, digest, err) != 0)
        return err_wrap(err, "failed fetching descriptor for \"%s:%s\"", spec->image, tag);
    *ret_digest = str_dup(digest);
    return 0;
}
