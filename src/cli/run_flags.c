#include "cli/run_flags.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/home_files.h"

enum {
    CONCURRENT_MAX = 256,
    JITTER_PERCENT_MAX = 50,
};

const struct option_def run_options[] = {
    {.name = "once",
     .type = OPTION_BOOL,
     .help = "reconcile everything once and exit: 0, or 1 if anything is not Ready"},
    {.name = "filename",
     .letter = 'f',
     .type = OPTION_ARRAY,
     .value = "FILE|DIR|-",
     .help = "apply these manifests first; may be repeated; not with --store kubernetes"},
    {.name = "concurrent",
     .type = OPTION_INT,
     .fallback = "4",
     .help = "objects of one kind that are worked on at the same time"},
    {.name = "grace-period",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .help = "how long work under way may go on after SIGTERM"},
    {.name = "min-retry-delay",
     .type = OPTION_DURATION,
     .fallback = "750ms",
     .help = "pause after the first failure of an object; it doubles with each more"},
    {.name = "max-retry-delay",
     .type = OPTION_DURATION,
     .fallback = "15m0s",
     .help = "longest pause after a failure"},
    {.name = "requeue-dependency",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .help = "pause before an object looks again for what it depends on"},
    {.name = "interval-jitter-percentage",
     .type = OPTION_INT,
     .fallback = "5",
     .help = "by how much intervals are stretched or cut, so that they do not all end at once"},
    {.name = "no-cross-namespace-refs",
     .type = OPTION_BOOL,
     .help = "refuse references to objects in other namespaces"},
    {.name = "watch-label-selector",
     .type = OPTION_STRING,
     .value = "SELECTOR",
     .help = "reconcile only the image objects with these labels: a shard"},
    {.name = "watch-all-namespaces",
     .type = OPTION_BOOL,
     .fallback = "true",
     .help = "reconcile the objects of all namespaces, not only of $RUNTIME_NAMESPACE"},
    {.name = "enable-leader-election",
     .type = OPTION_BOOL,
     .help = "with --store kubernetes: work only while this replica holds the Leases of both "
             "image controllers"},
    {.name = "leader-election-release-on-cancel",
     .type = OPTION_BOOL,
     .fallback = "true",
     .help = "give the Leases back at the end"},
    {.name = "leader-election-lease-duration",
     .type = OPTION_DURATION,
     .fallback = "35s",
     .help = "how long others wait for a leader that does not renew its Leases"},
    {.name = "leader-election-renew-deadline",
     .type = OPTION_DURATION,
     .fallback = "30s",
     .help = "how long the leader goes on without having renewed them"},
    {.name = "leader-election-retry-period",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .help = "pause between two looks at the Leases"},
    {.name = "storage-path",
     .type = OPTION_STRING,
     .fallback = "/data",
     .value = "DIR",
     .help = "with --store kubernetes: where tags and mirrors are kept; may be lost"},
    {.name = "metrics-addr",
     .type = OPTION_STRING,
     .value = "HOST:PORT",
     .help = "serve /metrics for Prometheus here; 0: not at all (default \"0\", or \":8080\" with "
             "--store kubernetes)"},
    {.name = "health-addr",
     .type = OPTION_STRING,
     .value = "HOST:PORT",
     .help = "serve the probes /healthz and /readyz here; 0: not at all (default \"0\", or "
             "\":9440\" with --store kubernetes)"},
    {.name = "events-addr",
     .type = OPTION_STRING,
     .value = "URL",
     .help = "post events to this address of Flux's notification-controller"},
    {.name = "ssh-kex-algos",
     .type = OPTION_STRING,
     .value = "NAMES",
     .help = "key exchange algorithms for Git over SSH, instead of those of ssh"},
    {.name = "ssh-hostkey-algos",
     .type = OPTION_STRING,
     .value = "NAMES",
     .help = "host key algorithms for Git over SSH, instead of those of ssh"},
    {.name = "log-level",
     .type = OPTION_STRING,
     .value = "error|info|debug|trace",
     .fallback = "info",
     .help = "error, info, debug or trace"},
    {.name = "log-encoding",
     .type = OPTION_STRING,
     .value = "console|json",
     .fallback = "console",
     .help = "console or json"},
    {.name = "feature-gates",
     .type = OPTION_STRINGS,
     .value = "NAME=BOOL",
     .help = "accepted for the gates of Flux's image controllers"},
    {.name = "default-service-account", .type = OPTION_STRING, .hidden = true},
    /* Of the Go controllers' database, caches and configuration watches. */
    {.name = "storage-value-log-file-size", .type = OPTION_INT, .hidden = true},
    {.name = "storage-compression-threshold", .type = OPTION_INT, .hidden = true},
    {.name = "gc-interval", .type = OPTION_INT, .hidden = true},
    {.name = "token-cache-max-size", .type = OPTION_INT, .hidden = true},
    {.name = "token-cache-max-duration", .type = OPTION_DURATION, .hidden = true},
    {.name = "watch-configs-label-selector", .type = OPTION_STRING, .hidden = true},
    {.name = NULL},
};

int run_flags_configure_log(const struct cli *cli, struct err *err)
{
    enum log_level level;
    enum log_encoding encoding;
    const char *level_text = options_text(cli->options, "log-level");
    const char *encoding_text = options_text(cli->options, "log-encoding");
    if (!log_parse_level(level_text, &level))
        return err_set(err, ERR_INVALID,
                       "--log-level must be one of error, info, debug, trace; found \"%s\"",
                       level_text);
    if (!log_parse_encoding(encoding_text, &encoding))
        return err_set(err, ERR_INVALID, "--log-encoding must be console or json; found \"%s\"",
                       encoding_text);
    log_configure(level, encoding);
    return 0;
}

/* Feature gates of the two controllers (1.2). What stands behind them is either
 * how tidemark works anyway, or without meaning for it, or not there. */
static const struct gate {
    const char *name;
    bool unsupported; /* cannot be switched on */
} gates[] = {
    {"CacheSecretsAndConfigMaps", false},
    {"FluxStorage", false},
    {"GitAllBranchReferences", false},
    {"GitForcePushBranch", false},
    {"GitShallowClone", false},
    {"GitSparseCheckout", false},
    {"ObjectLevelWorkloadIdentity", true},
};

static int check_gate(struct span text, struct err *err)
{
    ptrdiff_t equals = span_find_byte(text, '=');
    struct span name = equals < 0 ? text : span_slice(text, 0, (size_t)equals);
    struct span value =
        equals < 0 ? SPAN_LITERAL("") : span_slice(text, (size_t)equals + 1, text.len);
    if (!span_is(value, "true") && !span_is(value, "false"))
        return err_set(err, ERR_INVALID,
                       "--feature-gates: '%.*s' is not of the form NAME=true|false", (int)text.len,
                       text.data);
    for (size_t i = 0; i < ARRAY_LEN(gates); i++) {
        if (!span_is(name, gates[i].name))
            continue;
        if (gates[i].unsupported && span_is(value, "true"))
            return err_set(err, ERR_INVALID,
                           "feature-gate '%s' is not supported by tidemark: give the credentials "
                           "in Secrets",
                           gates[i].name);
        return 0;
    }
    return err_set(err, ERR_INVALID, "feature-gate '%.*s' not supported", (int)name.len, name.data);
}

static int check_gates(const struct cli *cli, struct err *err)
{
    const struct strlist *list = options_list(cli->options, "feature-gates");
    for (size_t i = 0; i < list->len; i++) {
        if (check_gate(span_of(list->items[i]), err) != 0)
            return -1;
    }
    if (*options_text(cli->options, "default-service-account"))
        return err_set(err, ERR_INVALID,
                       "cannot set default service accounts when the feature gate "
                       "ObjectLevelWorkloadIdentity is not enabled");
    return 0;
}

static int check_range(const struct cli *cli, const char *name, int64_t min, int64_t max,
                       struct err *err)
{
    int64_t value = options_int(cli->options, name);
    if (value >= min && value <= max)
        return 0;
    return err_set(err, ERR_INVALID, "--%s must be from %lld to %lld; found %lld", name,
                   (long long)min, (long long)max, (long long)value);
}

static bool in_cluster(const struct cli *cli)
{
    return str_equal(home_files_store(cli), STORE_KUBERNETES);
}

/* An address to serve on; without the flag, what the home wants. */
static const char *address(const struct cli *cli, const char *name, const char *fallback_in_cluster)
{
    if (options_given(cli->options, name))
        return options_text(cli->options, name);
    return in_cluster(cli) ? fallback_in_cluster : "0";
}

struct server_config run_flags_server(const struct cli *cli)
{
    return (struct server_config){
        .metrics_address = address(cli, "metrics-addr", ":8080"),
        .health_address = address(cli, "health-addr", ":9440"),
        .version = TIDEMARK_VERSION,
    };
}

static int check_positive(const struct cli *cli, const char *name, struct err *err)
{
    if (options_duration_ns(cli->options, name) > 0)
        return 0;
    return err_set(err, ERR_INVALID, "--%s must be longer than 0", name);
}

/* In a cluster several replicas run, of which only the leader writes, and the
 * controller's role creates no objects. */
static int check_manifests(const struct cli *cli, struct err *err)
{
    if (!options_given(cli->options, "filename") || !in_cluster(cli))
        return 0;
    return err_set(err, ERR_INVALID,
                   "--filename does not go with --store kubernetes, where a controller must not "
                   "create objects; apply them first: tidemark apply --store kubernetes -f %s",
                   options_list(cli->options, "filename")->items[0]);
}

int run_flags_read(const struct cli *cli, struct control_config *config,
                   struct selector **ret_selector, struct err *err)
{
    const struct options *options = cli->options;
    const char *labels = options_text(options, "watch-label-selector");
    if (check_manifests(cli, err) != 0 || check_gates(cli, err) != 0 ||
        check_range(cli, "concurrent", 1, CONCURRENT_MAX, err) != 0 ||
        check_range(cli, "interval-jitter-percentage", 0, JITTER_PERCENT_MAX, err) != 0 ||
        check_positive(cli, "min-retry-delay", err) != 0 ||
        check_positive(cli, "max-retry-delay", err) != 0 ||
        check_positive(cli, "requeue-dependency", err) != 0)
        return -1;
    if (*labels && selector_parse(labels, ret_selector, err) != 0)
        return err_wrap(err, "--watch-label-selector");
    if (!options_flag(options, "watch-all-namespaces")) {
        config->watch_namespace = getenv("RUNTIME_NAMESPACE");
        if (str_empty(config->watch_namespace))
            return err_set(err, ERR_INVALID,
                           "--watch-all-namespaces=false needs the namespace in the variable "
                           "RUNTIME_NAMESPACE");
    }
    config->selector = *ret_selector;
    config->concurrent = (size_t)options_int(options, "concurrent");
    config->retry_min_ns = options_duration_ns(options, "min-retry-delay");
    config->retry_max_ns = options_duration_ns(options, "max-retry-delay");
    config->requeue_dependency_ns = options_duration_ns(options, "requeue-dependency");
    config->jitter_percent = (int)options_int(options, "interval-jitter-percentage");
    config->no_cross_namespace = options_flag(options, "no-cross-namespace-refs");
    config->events_url = options_text(options, "events-addr");
    config->ssh_kex_algorithms = options_text(options, "ssh-kex-algos");
    config->ssh_host_key_algorithms = options_text(options, "ssh-hostkey-algos");
    return 0;
}
