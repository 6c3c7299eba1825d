/*
 * Access to a registry: an ImageRepository with the Secrets that it names, as a
 * client that can list its tags and look up digests.
 */
#ifndef TIDEMARK_CONTROL_REGISTRY_ACCESS_H
#define TIDEMARK_CONTROL_REGISTRY_ACCESS_H

#include "api/image_repository.h"
#include "control/pass.h"
#include "registry/docker_config.h"
#include "registry/image_name.h"
#include "registry/registry_client.h"
#include "registry/secret.h"

struct registry_access {
    struct image_name name;
    struct docker_config config;
    struct secret_tls tls;
    struct secret_proxy proxy;
    struct http_tls tls_view;
    struct http_proxy proxy_view;
    struct deadline deadline;
    struct registry_client *client;
};

void registry_access_finish(struct registry_access *access);

/*
 * Makes the client; talks to nobody yet. ACCESS must not move afterwards. The
 * repository's timeout begins now. On -1 the Secrets are at fault: the text is
 * the `‹err›` of "failed to configure authentication options: ‹err›".
 */
int registry_access_open(struct registry_access *access, struct pass *pass,
                         const struct api_object *repository,
                         const struct api_image_repository *spec, struct err *err);

/* The digest of a tag of that repository, owned. */
int registry_access_digest(struct pass *pass, const struct api_object *repository,
                           const struct api_image_repository *spec, const char *tag,
                           char **ret_digest, struct err *err);

#endif
