/*
 * The files of deploy/, embedded by scripts/embed.sh: YAML documents.
 */
#ifndef TIDEMARK_CLI_MANIFESTS_H
#define TIDEMARK_CLI_MANIFESTS_H

#include <stddef.h>

extern const unsigned char install_manifests[];
extern const size_t install_manifests_size;

#endif
