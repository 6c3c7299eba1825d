/*
 * The way to the cluster, for the Kubernetes home.
 */
#ifndef TIDEMARK_CLI_CLUSTER_H
#define TIDEMARK_CLI_CLUSTER_H

#include "adapt/http.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/metric.h"
#include "cli/command.h"
#include "kube/client.h"

struct cluster {
    struct kube_config *config;
    struct http_client *http;
    struct kube_client *client;
    struct kube_client *lease_client; /* for the election: its requests wait for no others */
};

/* Reads the configuration that the flags name. Contacts nobody. METRIC, of
 * metrics_define_rest() or NULL, counts the requests. */
int cluster_open(const struct cli *cli, struct metric *metric, struct cluster **ret,
                 struct err *err);
void cluster_close(struct cluster *cluster);
MEM_DEFINE_FREEP(struct cluster, cluster_close)

/* The namespace that the program itself is in: $RUNTIME_NAMESPACE, else that of
 * the pod or the context, else NULL. Borrowed. */
const char *cluster_own_namespace(const struct cluster *cluster);

#endif
