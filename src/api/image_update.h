/*
 * ImageUpdateAutomation: the typed view of its spec. Strings are borrowed from
 * the object, "" where a field is absent.
 */
#ifndef TIDEMARK_API_IMAGE_UPDATE_H
#define TIDEMARK_API_IMAGE_UPDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "api/git_repository.h"
#include "api/object.h"

struct api_image_update {
    const char *source;
    const char *source_kind;
    const char *source_namespace; /* that of the spec, else the automation's */
    int64_t interval_ns;
    bool has_git;          /* spec.git is there; what follows stands in it */
    bool has_checkout_ref; /* `checkout_ref` replaces the source's */
    struct api_git_ref checkout_ref;
    const char *author_name;
    const char *author_email;
    const char *message_template;
    const struct json *message_values; /* strings; or NULL */
    const char *signing_secret;
    const char *signing_type; /* "gpg" if absent */
    const char *push_branch;
    const char *push_refspec;
    const struct json *push_options;    /* strings; or NULL */
    const struct json *policy_selector; /* or NULL: every policy */
    const char *path;
    const char *strategy;
};

int api_image_update_read(const struct api_object *object, struct api_image_update *ret,
                          struct err *err);

#endif
