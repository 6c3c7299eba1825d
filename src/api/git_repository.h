/*
 * GitRepository: the typed view of its spec. Strings are borrowed from the
 * object, "" where a field is absent.
 */
#ifndef TIDEMARK_API_GIT_REPOSITORY_H
#define TIDEMARK_API_GIT_REPOSITORY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/object.h"

/* What to check out. Which field counts is decided in the order commit, name,
 * tag, semver, branch. */
struct api_git_ref {
    const char *branch;
    const char *tag;
    const char *semver;
    const char *name;
    const char *commit;
};

struct api_git_repository {
    const char *url;
    int64_t interval_ns;
    int64_t timeout_ns;
    struct api_git_ref ref;
    const char *secret;
    const char *proxy_secret;
    const char *provider; /* "generic" if absent */
};

int api_git_repository_read(const struct api_object *object, struct api_git_repository *ret,
                            struct err *err);

#endif
