/*
 * The global flags that say which API server is meant and as whom: those of
 * kubectl and of the flux command.
 */
#ifndef TIDEMARK_CLI_KUBE_FLAGS_H
#define TIDEMARK_CLI_KUBE_FLAGS_H

#include "cli/option.h"
#include "kube/config.h"

extern const struct option_def kube_flags[];

/* Fills RET from the flags, borrowed from OPTIONS. */
void kube_flags_read(const struct options *options, struct kube_options *ret);

#endif
