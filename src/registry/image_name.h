/*
 * The name of an image repository as an ImageRepository gives it: a reference
 * without scheme, tag or digest.
 *
 * Pure functions, usable from all threads.
 */
#ifndef TIDEMARK_REGISTRY_IMAGE_NAME_H
#define TIDEMARK_REGISTRY_IMAGE_NAME_H

#include "base/err.h"

struct image_name {
    char *registry;   /* "ghcr.io", "localhost:5000", "index.docker.io" */
    char *repository; /* "acme/api", "library/nginx" */
};

#define IMAGE_NAME_INIT                                                                            \
    {                                                                                              \
        0                                                                                          \
    }

void image_name_finish(struct image_name *name);

/* Class invalid, with the text that Flux's users know, if IMAGE is no
 * repository name. RET is filled on success only. */
int image_name_parse(const char *image, struct image_name *ret, struct err *err);

/* Owned: "index.docker.io/library/nginx". */
char *image_name_canonical(const struct image_name *name);

#endif
