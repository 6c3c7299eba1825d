#include "cli/cluster.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/kube_flags.h"
#include "control/metrics.h"

int cluster_open(const struct cli *cli, struct metric *metric, struct cluster **ret,
                 struct err *err)
{
    CLEANUP(cluster_closep) struct cluster *cluster = mem_zalloc(sizeof(*cluster));
    const struct kube_options options = kube_flags_read(cli->options);
    if (kube_config_load(&options, &cluster->config, err) != 0)
        return -1;
    cluster->http = http_client_new();
    struct kube_client_options client_options = {
        .config = cluster->config,
        .http = cluster->http,
        .clock = clock_system(),
        .on_answer = metric ? metrics_on_answer : NULL,
        .arg = metric,
    };
    kube_flags_read_rate(cli->options, &client_options);
    cluster->client = kube_client_new(&client_options);
    cluster->lease_client = kube_client_new(&client_options);
    *ret = MEM_STEAL(cluster);
    return 0;
}

void cluster_close(struct cluster *cluster)
{
    if (!cluster)
        return;
    kube_client_free(cluster->client);
    kube_client_free(cluster->lease_client);
    http_client_free(cluster->http);
    kube_config_free(cluster->config);
    free(cluster);
}

const char *cluster_own_namespace(const struct cluster *cluster)
{
    const char *named = getenv("RUNTIME_NAMESPACE");
    return str_empty(named) ? kube_config_namespace(cluster->config) : named;
}
