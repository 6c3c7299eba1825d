#include "cli/kube_flags.h"

#include <limits.h>

const struct option_def kube_flags_options[] = {
    {.name = "as", .type = OPTION_STRING, .help = "user to act as on the API server"},
    {.name = "as-group",
     .type = OPTION_ARRAY,
     .help = "group to act in, besides --as; may be repeated"},
    {.name = "as-uid", .type = OPTION_STRING, .help = "UID to act under, besides --as"},
    {.name = "as-user-extra",
     .type = OPTION_ARRAY,
     .value = "KEY=VALUE",
     .help = "more to say of the user to act as; may be repeated"},
    {.name = "cache-dir", .type = OPTION_STRING, .help = "accepted; there is no such cache"},
    {.name = "certificate-authority",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "certificates that the API server's is checked against"},
    {.name = "client-certificate",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "certificate to show to the API server"},
    {.name = "client-key",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "private key of --client-certificate"},
    {.name = "cluster", .type = OPTION_STRING, .help = "kubeconfig's cluster to use"},
    {.name = "context", .type = OPTION_STRING, .help = "kubeconfig's context to use"},
    {.name = "disable-compression",
     .type = OPTION_BOOL,
     .help = "accepted; answers are never compressed"},
    {.name = "insecure-skip-tls-verify",
     .type = OPTION_BOOL,
     .help = "take any certificate from the API server; whoever is on the way can read and "
             "change what is said"},
    {.name = "kube-api-burst",
     .type = OPTION_INT,
     .fallback = "300",
     .help = "most requests to the API server at once"},
    {.name = "kube-api-qps",
     .type = OPTION_FLOAT,
     .fallback = "50",
     .help = "most requests to the API server a second, in the long run; negative: no limit"},
    {.name = "kubeconfig",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "kubeconfig to read; by default those of $KUBECONFIG, else ~/.kube/config, else "
             "the pod's own credentials"},
    {.name = "ns-follows-kube-context",
     .type = OPTION_BOOL,
     .help = "take the namespace of the kubeconfig's context unless -n is given"},
    {.name = "server", .type = OPTION_STRING, .value = "URL", .help = "address of the API server"},
    {.name = "tls-server-name",
     .type = OPTION_STRING,
     .value = "NAME",
     .help = "name that the API server's certificate bears, if not that of its address"},
    {.name = "token", .type = OPTION_STRING, .help = "bearer token for the API server"},
    {.name = "user", .type = OPTION_STRING, .help = "kubeconfig's user to use"},
    {.name = NULL},
};

struct kube_options kube_flags_read(const struct options *options)
{
    return (struct kube_options){
        .kubeconfig = options_text(options, "kubeconfig"),
        .context = options_text(options, "context"),
        .cluster = options_text(options, "cluster"),
        .user = options_text(options, "user"),
        .server = options_text(options, "server"),
        .tls_server_name = options_text(options, "tls-server-name"),
        .token = options_text(options, "token"),
        .certificate_authority = options_text(options, "certificate-authority"),
        .client_certificate = options_text(options, "client-certificate"),
        .client_key = options_text(options, "client-key"),
        .insecure_skip_tls_verify = options_flag(options, "insecure-skip-tls-verify"),
        .as = options_text(options, "as"),
        .as_uid = options_text(options, "as-uid"),
        .as_groups = options_list(options, "as-group"),
        .as_user_extra = options_list(options, "as-user-extra"),
    };
}

void kube_flags_read_rate(const struct options *options, struct kube_client_options *ret)
{
    int64_t burst = options_int(options, "kube-api-burst");
    ret->qps = options_float(options, "kube-api-qps");
    ret->burst = burst < 0 ? 0 : burst > INT_MAX ? INT_MAX : (int)burst;
}
