/*
 * Image references: `[registry/]repository[:tag][@digest]`.
 *
 * Follows go-containerregistry 0.21 with weak validation, the parser of Flux:
 * the registry is `index.docker.io` unless the first segment has a dot or a
 * colon, a single name on it means `library/name`, and the tag is `latest` if
 * there is neither tag nor digest. A tag in front of a digest is dropped from
 * everything but the text.
 *
 * Pure functions, usable from all threads. Every failure has class invalid and
 * the text that Flux's users know.
 */
#ifndef TIDEMARK_BASE_IMAGEREF_H
#define TIDEMARK_BASE_IMAGEREF_H

#include <stdbool.h>

#include "base/err.h"

enum {
    IMAGEREF_TEXT_MAX = 4096,      /* bytes of a whole reference */
    IMAGEREF_REPOSITORY_MIN = 2,   /* characters */
    IMAGEREF_REPOSITORY_MAX = 255, /* characters */
    IMAGEREF_TAG_MAX = 128,        /* characters */
};

#define IMAGEREF_DEFAULT_REGISTRY "index.docker.io"
#define IMAGEREF_DEFAULT_TAG      "latest"

struct imageref {
    char *registry;   /* "ghcr.io", "localhost:5000", "index.docker.io" */
    char *repository; /* "acme/api", "library/nginx" */
    char *tag;        /* NULL in a digest reference and in a mere repository */
    char *digest;     /* "sha256:…", or NULL */
};

#define IMAGEREF_INIT                                                                              \
    {                                                                                              \
        0                                                                                          \
    }

void imageref_finish(struct imageref *ref);

/*
 * Reads TEXT: as any reference (tag form first, then digest form, and one text
 * for all failures), or strictly as one kind, with errors that tell what is
 * wrong. RET is filled on success only and ends in imageref_finish().
 */
int imageref_parse(const char *text, struct imageref *ret, struct err *err);
int imageref_parse_tag(const char *text, struct imageref *ret, struct err *err);
int imageref_parse_digest(const char *text, struct imageref *ret, struct err *err);
int imageref_parse_repository(const char *text, struct imageref *ret, struct err *err);

/* The digest if there is one, else the tag; NULL of a mere repository. */
const char *imageref_identifier(const struct imageref *ref);

/* Owned: "registry/repository:tag", "registry/repository@digest" or, of a mere
 * repository, "registry/repository". */
char *imageref_name(const struct imageref *ref);

/* The registry is spoken to in clear text unless told otherwise: it is on this
 * machine or in a private IPv4 network (10/8, 172.16/12, 192.168/16). */
bool imageref_registry_is_local(const char *registry);

#endif
