/*
 * The user's own credentials, as `docker login` and `podman login` leave them:
 * in the file itself, or with a docker-credential-* program that the file names.
 *
 * The file is the first that exists of $DOCKER_CONFIG/config.json,
 * ~/.docker/config.json, $REGISTRY_AUTH_FILE and
 * $XDG_RUNTIME_DIR/containers/auth.json. For a registry the program in
 * "credHelpers" is asked, or else that in "credsStore"; if it knows none, or
 * there is none, the entries in "auths" count (docker_config.h).
 *
 * Secrets travel through pipes only. The functions read the environment and may
 * be called from any thread as long as nobody changes it.
 */
#ifndef TIDEMARK_REGISTRY_DOCKER_HOME_H
#define TIDEMARK_REGISTRY_DOCKER_HOME_H

#include "registry/credential.h"

enum {
    DOCKER_HOME_ANSWER_MAX = 64 * 1024, /* bytes that a credential program may write */
    DOCKER_HOME_HELPER_MS = 30 * 1000,  /* how long it may take */
};

/* A credential_fn; ARG is the path of the file (const char *), or NULL for the
 * first that exists. The file is read anew at each call. */
int docker_home_find(void *arg, const char *registry, const char *repository,
                     const struct deadline *deadline, struct credential *ret, char **ret_why_not,
                     struct err *err);

#endif
