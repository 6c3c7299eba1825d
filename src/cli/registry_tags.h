/*
 * The tags of an image straight from its registry, for `resolve --image`: with
 * the user's own credentials, and without a store.
 */
#ifndef TIDEMARK_CLI_REGISTRY_TAGS_H
#define TIDEMARK_CLI_REGISTRY_TAGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "registry/tag_stream.h"

/* Hands every tag of IMAGE to ON_TAG, as an ImageRepository with default
 * settings would keep it: without those that end in ".sig". */
int registry_tags_list(const char *image, bool insecure, int64_t timeout_ns, tag_stream_fn *on_tag,
                       void *arg, struct err *err);

#endif
