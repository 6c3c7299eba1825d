/*
 * ImagePolicy: the typed view of its spec, and the image references of its
 * status. Strings are borrowed from the object, "" where a field is absent.
 */
#ifndef TIDEMARK_API_IMAGE_POLICY_H
#define TIDEMARK_API_IMAGE_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/object.h"
#include "policy/policy.h"

enum api_digest_policy {
    API_DIGEST_NEVER,
    API_DIGEST_IF_NOT_PRESENT,
    API_DIGEST_ALWAYS,
};

enum api_policy_kind {
    API_POLICY_NONE, /* the spec names no policy */
    API_POLICY_SEMVER,
    API_POLICY_ALPHABETICAL,
    API_POLICY_NUMERICAL,
};

struct api_image_policy {
    const char *repository;
    const char *repository_namespace; /* that of the spec, else the policy's */
    enum api_policy_kind policy;      /* of several, the first in the order of the enum */
    const char *range;                /* of a semver policy */
    bool descending;                  /* of the other two */
    const char *pattern;
    const char *extract;
    enum api_digest_policy digest_policy;
    int64_t interval_ns; /* 0 if absent */
};

int api_image_policy_read(const struct api_object *object, struct api_image_policy *ret,
                          struct err *err);

/* The policy that the spec describes. Fails as policy_new() does. */
int api_image_policy_compile(const struct api_image_policy *spec, struct policy **ret,
                             struct err *err);

/* An image as a policy resolved it. */
struct api_image_ref {
    const char *name; /* as the repository's spec has it */
    const char *tag;
    const char *digest; /* "" if it is not reflected */
};

/* status.latestRef or status.observedPreviousRef, by that NAME. */
bool api_image_ref_get(const struct json *status, const char *name, struct api_image_ref *ret);
void api_image_ref_set(struct json *status, const char *name, const struct api_image_ref *ref);
bool api_image_ref_equal(const struct api_image_ref *a, const struct api_image_ref *b);
/* "name:tag[@digest]" in owned memory. */
char *api_image_ref_text(const struct api_image_ref *ref);

#endif
