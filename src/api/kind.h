/*
 * The kinds of objects that tidemark knows, and every word that stands for
 * them: in manifests, on the command line, in messages and on the wire.
 */
#ifndef TIDEMARK_API_KIND_H
#define TIDEMARK_API_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum api_kind {
    /* What tidemark reconciles. */
    API_GIT_REPOSITORY,
    API_IMAGE_REPOSITORY,
    API_IMAGE_POLICY,
    API_IMAGE_UPDATE_AUTOMATION,
    /* What it reads. */
    API_SECRET,
    API_SERVICE_ACCOUNT,
    API_NAMESPACE,
};

#define API_KIND_COUNT       ((size_t)API_NAMESPACE + 1)
#define API_RECONCILED_COUNT ((size_t)API_IMAGE_UPDATE_AUTOMATION + 1)

#define API_IMAGE_GROUP  "image.toolkit.fluxcd.io"
#define API_SOURCE_GROUP "source.toolkit.fluxcd.io"

struct api_kind_info {
    const char *name;     /* "ImageRepository" */
    const char *group;    /* "image.toolkit.fluxcd.io", "" for the core group */
    const char *version;  /* "v1" */
    const char *plural;   /* "imagerepositories" */
    const char *singular; /* "imagerepository": first part of a name in `get image all` */
    const char *human;    /* "image repository": in sentences */
    /* The name that Flux knows the kind's controller by: field manager, and
     * source of events. */
    const char *controller;
    bool namespaced;
    /* Its content stands under "spec" and "status"; otherwise (Secret …) beside
     * "metadata", and api_object.spec holds those members. */
    bool has_spec;
};

const struct api_kind_info *api_kind_info(enum api_kind kind);

/* "image.toolkit.fluxcd.io/v1", or "v1" for the core group. Static. */
const char *api_kind_api_version(enum api_kind kind);

/*
 * Finds the kind of a manifest. The group must fit, its version may be any
 * that the kind ever had (v1beta1, v1beta2, v1: the fields that tidemark reads
 * are the same in all). Returns false if there is no such kind.
 */
bool api_kind_find(const char *api_version, const char *kind, enum api_kind *ret);

#endif
