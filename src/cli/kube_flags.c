#include "cli/kube_flags.h"

const struct option_def kube_flags[] = {
    {.name = "kubeconfig",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "a kubeconfig file; by default those of $KUBECONFIG, ~/.kube/config, or the pod's own "
             "credentials"},
    {.name = "context", .type = OPTION_STRING, .help = "the kubeconfig context to use"},
    {.name = "cluster", .type = OPTION_STRING, .help = "the kubeconfig cluster to use"},
    {.name = "user", .type = OPTION_STRING, .help = "the kubeconfig user to use"},
    {.name = "ns-follows-kube-context",
     .type = OPTION_BOOL,
     .help = "take the namespace of the kubeconfig context when -n is not given"},
    {.name = "server", .type = OPTION_STRING, .value = "URL", .help = "the API server"},
    {.name = "tls-server-name",
     .type = OPTION_STRING,
     .help = "the name that the API server's certificate must have"},
    {.name = "token", .type = OPTION_STRING, .help = "bearer token for the API server"},
    {.name = "insecure-skip-tls-verify",
     .type = OPTION_BOOL,
     .help = "do not check the API server's certificate: anybody can pretend to be it"},
    {.name = "certificate-authority",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "certificates that may sign the API server's"},
    {.name = "client-certificate",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "client certificate for the API server"},
    {.name = "client-key",
     .type = OPTION_STRING,
     .value = "FILE",
     .help = "private key of the client certificate"},
    {.name = "as", .type = OPTION_STRING, .help = "user to impersonate"},
    {.name = "as-uid", .type = OPTION_STRING, .help = "UID to impersonate"},
    {.name = "as-group", .type = OPTION_ARRAY, .help = "group to impersonate; may be repeated"},
    {.name = "as-user-extra",
     .type = OPTION_ARRAY,
     .value = "KEY=VALUE",
     .help = "extra field of the user to impersonate; may be repeated"},
    {.name = "kube-api-qps",
     .type = OPTION_INT,
     .fallback = "50",
     .help = "requests a second to the API server, in the long run"},
    {.name = "kube-api-burst",
     .type = OPTION_INT,
     .fallback = "300",
     .help = "requests to the API server at once"},
    {.name = "disable-compression", .type = OPTION_BOOL, .hidden = true},
    {.name = "cache-dir", .type = OPTION_STRING, .hidden = true},
    {.name = NULL},
};

static const char *text_or_null(const struct options *options, const char *name)
{
    const char *text = options_text(options, name);
    return *text ? text : NULL;
}

void kube_flags_read(const struct options *options, struct kube_options *ret)
{
    *ret = (struct kube_options){
        .kubeconfig = text_or_null(options, "kubeconfig"),
        .context = text_or_null(options, "context"),
        .cluster = text_or_null(options, "cluster"),
        .user = text_or_null(options, "user"),
        .server = text_or_null(options, "server"),
        .tls_server_name = text_or_null(options, "tls-server-name"),
        .token = text_or_null(options, "token"),
        .certificate_authority = text_or_null(options, "certificate-authority"),
        .client_certificate = text_or_null(options, "client-certificate"),
        .client_key = text_or_null(options, "client-key"),
        .insecure_skip_tls_verify = options_flag(options, "insecure-skip-tls-verify"),
        .as = text_or_null(options, "as"),
        .as_uid = text_or_null(options, "as-uid"),
        .as_groups = options_list(options, "as-group"),
        .as_user_extra = options_list(options, "as-user-extra"),
    };
}
