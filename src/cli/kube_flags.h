/*
 * The flags that say which Kubernetes API server to talk to and as whom: those
 * of kubectl that flux has too.
 */
#ifndef TIDEMARK_CLI_KUBE_FLAGS_H
#define TIDEMARK_CLI_KUBE_FLAGS_H

#include "cli/option.h"
#include "kube/client.h"
#include "kube/config.h"

extern const struct option_def kube_flags_options[];

/* What the flags say; texts and lists are borrowed from OPTIONS. */
struct kube_options kube_flags_read(const struct options *options);

/* Fills the rate of requests in RET. */
void kube_flags_read_rate(const struct options *options, struct kube_client_options *ret);

#endif
