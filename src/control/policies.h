/*
 * The policies of an automation: the images that the ImagePolicies of its
 * namespace have resolved.
 */
#ifndef TIDEMARK_CONTROL_POLICIES_H
#define TIDEMARK_CONTROL_POLICIES_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/json.h"
#include "base/err.h"
#include "store/store.h"

struct policy_image {
    char *namespace;
    char *policy;
    char *name; /* of the image, as the repository's spec has it */
    char *tag;
    char *digest; /* "" if it is not reflected */
    char *text;   /* "name:tag[@digest]" */
};

struct policy_images {
    struct policy_image *items; /* sorted by policy */
    size_t len;
    size_t cap;
};

#define POLICY_IMAGES_INIT                                                                         \
    {                                                                                              \
        0                                                                                          \
    }

void policy_images_finish(struct policy_images *images);

/*
 * Lists the policies of NAMESPACE that the label selector SELECTOR (JSON, or
 * NULL for all) selects and that have resolved an image. Class invalid if the
 * selector is malformed.
 */
int policy_images_list(struct store *store, const char *namespace, const struct json *selector,
                       struct policy_images *ret, struct err *err);

/* Every image must be a valid reference; class invalid names the first that is
 * not: `encountered invalid image ref "…": …`. */
int policy_images_check(const struct policy_images *images, struct err *err);

/* status.observedPolicies: is it what the images are, and make it so. */
bool policy_images_observed(const struct policy_images *images, const struct json *status);
void policy_images_observe(const struct policy_images *images, struct json *status);

#endif
