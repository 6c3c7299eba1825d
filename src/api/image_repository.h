/*
 * ImageRepository: the typed view of its spec. Strings are borrowed from the
 * object, "" where a field is absent. The meaning of each field stands in
 * schema_tables.c.
 */
#ifndef TIDEMARK_API_IMAGE_REPOSITORY_H
#define TIDEMARK_API_IMAGE_REPOSITORY_H

#include <stdbool.h>
#include <stdint.h>

#include "api/object.h"

struct api_image_repository {
    const char *image;
    int64_t interval_ns;
    int64_t timeout_ns; /* that of the spec, else the interval; at least 1 s */
    const char *secret;
    const char *proxy_secret;
    const char *cert_secret;
    const char *service_account;
    const char *provider;
    const struct json *exclusion_list; /* list of strings; NULL: the default list */
    const struct json *access_from;    /* or NULL */
    bool insecure;
};

/* Class invalid, naming the field, if a duration cannot be read. */
int api_image_repository_read(const struct api_object *object, struct api_image_repository *ret,
                              struct err *err);

/*
 * May something in a namespace with these labels use the repository from
 * another namespace? Selectors are alternatives; each one's labels must all
 * match. NULL for ACCESS_FROM admits nobody.
 */
bool api_access_allowed(const struct json *access_from, const struct strmap *namespace_labels);

#endif
