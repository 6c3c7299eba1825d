/*
 * Docker's credential configuration, as pull Secrets carry it and as `docker
 * login` writes it: registries, and what to show them.
 *
 * The rules are those of Kubernetes' credential providers. A key is a host with
 * an optional port and path; a URL form ("https://index.docker.io/v1/") counts
 * as its host. It matches an image if the ports are equal, the host has as many
 * labels and each matches as a shell pattern, and the key's path is the
 * beginning of the repository's. Keys are tried in reverse bytewise order; of
 * equal ones that which was added first counts. "docker.io" and
 * "registry-1.docker.io" mean index.docker.io.
 *
 * Not safe for changes by several threads at once.
 */
#ifndef TIDEMARK_REGISTRY_DOCKER_CONFIG_H
#define TIDEMARK_REGISTRY_DOCKER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/json.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/strlist.h"
#include "base/strmap.h"
#include "registry/credential.h"

enum {
    DOCKER_CONFIG_SIZE_MAX = 1024 * 1024, /* bytes of one file or Secret */
    DOCKER_CONFIG_KEYS_MAX = 1024,        /* registries in all */
};

struct docker_entry {
    char *written; /* the key as it stands in the file */
    char *key;     /* "host[:port][/path]" */
    bool alias;    /* another name of Docker Hub than index.docker.io */
    char *source;  /* where it stands: "secret 'apps/regcred'" */
    struct credential credential;
};

struct docker_config {
    struct docker_entry *entries; /* in the order in which they are tried */
    size_t len, cap;
    struct strlist sources; /* what was read */
    struct strlist notes;   /* for people: what was passed over, and why */
};

#define DOCKER_CONFIG_INIT                                                                         \
    {                                                                                              \
        .sources = STRLIST_INIT, .notes = STRLIST_INIT                                             \
    }

void docker_config_finish(struct docker_config *config);

/*
 * Adds the members of the object AUTHS: {"ghcr.io": {"auth": …}}. SOURCE says
 * where it stands. Class invalid, naming the key, if an entry is malformed;
 * a key that is no registry is noted and passed over.
 */
int docker_config_add_auths(struct docker_config *config, const struct json *auths,
                            const char *source, struct err *err);

/*
 * Adds a Secret: its TYPE, its decoded data, and its "namespace/name". Secrets
 * of types other than kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg
 * are noted and passed over.
 */
int docker_config_add_secret(struct docker_config *config, const char *type,
                             const struct strmap *data, const char *name, struct err *err);

/* A credential_fn; ARG is a struct docker_config *. The first match counts, as a
 * copy. If there is none, *RET_WHY_NOT says what was looked at, with the notes:
 * "no key of secret 'apps/regcred' matches ghcr.io/acme/app (there are 'quay.io')". */
int docker_config_find(void *arg, const char *registry, const char *repository,
                       const struct deadline *deadline, struct credential *ret, char **ret_why_not,
                       struct err *err);

#endif
