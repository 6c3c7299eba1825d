#include "cli/leadership.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/log.h"
#include "base/str.h"
#include "kube/election.h"

enum {
    HOST_MAX = 256,
    SUFFIX_DIGITS = 8, /* of the selector's digest in the names of a shard's Leases */
    RANDOM_BYTES = 16,
};

static const char *const lease_names[] = {
    "image-reflector-controller-leader-election",
    "image-automation-controller-leader-election",
};

static const char *const metric_labels[] = {"name"};
static const struct metric_def master_status = {
    .name = "leader_election_master_status",
    .help = "Whether this process holds the Lease.",
    .type = METRIC_GAUGE,
    .labels = metric_labels,
    .label_count = ARRAY_LEN(metric_labels),
};

struct leadership {
    struct election *election; /* NULL: every replica leads */
    struct metric *status;
    struct strlist names; /* of the Leases */
    struct cancel *elected;
    struct cancel *lost;
};

struct leadership *leadership_new(struct metric_registry *metrics)
{
    struct leadership *leadership = mem_zalloc(sizeof(*leadership));
    leadership->status = metric_define(metrics, &master_status);
    leadership->elected = cancel_new();
    leadership->lost = cancel_new();
    return leadership;
}

void leadership_free(struct leadership *leadership)
{
    if (!leadership)
        return;
    election_free(leadership->election);
    cancel_free(leadership->elected);
    cancel_free(leadership->lost);
    strlist_finish(&leadership->names);
    free(leadership);
}

static void show_status(const struct leadership *leadership, double value)
{
    for (size_t i = 0; i < leadership->names.len; i++)
        metric_set(leadership->status, value, leadership->names.items[i]);
}

static void on_elected(void *arg)
{
    const struct leadership *leadership = arg;
    show_status(leadership, 1);
    cancel_trigger(leadership->elected);
}

static void on_lost(void *arg)
{
    const struct leadership *leadership = arg;
    show_status(leadership, 0);
    cancel_trigger(leadership->lost);
}

static void on_new_leader(void *arg, const char *name, const char *identity)
{
    (void)arg;
    log_write(LOG_INFO, "new leader", {"lease", name}, {"identity", identity});
}

static void on_error(void *arg, const struct err *err)
{
    (void)arg;
    log_write(LOG_ERROR, "cannot take part in the leader election", {"error", err->text});
}

/* As client-go has it: the host's name and something unique. */
static char *new_identity(void)
{
    char host[HOST_MAX + 1] = "";
    unsigned char bytes[RANDOM_BYTES];
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * HOST_MAX);
    gethostname(host, HOST_MAX);
    crypto_random(bytes, sizeof(bytes));
    buf_addf(&text, "%s_", host);
    for (size_t i = 0; i < sizeof(bytes); i++)
        buf_addf(&text, "%02x", bytes[i]);
    return buf_take(&text);
}

/* A shard has Leases of its own. */
static char *lease_name(const char *name, const char *selector)
{
    char hex[CRYPTO_HEX_SIZE];
    if (!*selector)
        return str_dup(name);
    crypto_hash_hex(CRYPTO_SHA256, span_of(selector), hex);
    return str_printf("%s-%.*s", name, SUFFIX_DIGITS, hex);
}

int leadership_start(struct leadership *leadership, const struct cli *cli,
                     const struct cluster *cluster, struct err *err)
{
    const struct options *options = cli->options;
    struct strlist *names = &leadership->names;
    CLEANUP(mem_freep) char *identity = NULL;
    if (!cluster || !options_flag(options, "enable-leader-election")) {
        cancel_trigger(leadership->elected);
        return 0;
    }
    const char *namespace = cluster_own_namespace(cluster);
    if (str_empty(namespace))
        return err_set(err, ERR_INVALID,
                       "leader election needs a namespace for its Leases: set the variable "
                       "RUNTIME_NAMESPACE");
    for (size_t i = 0; i < ARRAY_LEN(lease_names); i++)
        strlist_add_take(names,
                         lease_name(lease_names[i], options_text(options, "watch-label-selector")));
    identity = new_identity();
    show_status(leadership, 0);
    const struct election_config config = {
        .client = cluster->lease_client,
        .namespace = namespace,
        .names = strlist_argv(names),
        .name_count = names->len,
        .identity = identity,
        .lease_duration_ns = options_duration_ns(options, "leader-election-lease-duration"),
        .renew_deadline_ns = options_duration_ns(options, "leader-election-renew-deadline"),
        .retry_period_ns = options_duration_ns(options, "leader-election-retry-period"),
        .release = options_flag(options, "leader-election-release-on-cancel"),
        .on_elected = on_elected,
        .on_lost = on_lost,
        .on_new_leader = on_new_leader,
        .on_error = on_error,
        .arg = leadership,
    };
    log_write(LOG_INFO, "waiting to lead", {"namespace", namespace}, {"identity", identity});
    return election_new(&config, &leadership->election, err);
}

int64_t leadership_margin_ms(int64_t lease_duration_ns, int64_t renew_deadline_ns)
{
    int64_t margin_ns;
    if (lease_duration_ns <= renew_deadline_ns)
        return 0;
    if (__builtin_sub_overflow(lease_duration_ns, renew_deadline_ns, &margin_ns))
        margin_ns = INT64_MAX;
    return margin_ns < CLOCK_NS_PER_MS ? 1 : margin_ns / CLOCK_NS_PER_MS;
}

/* Which flag is up: 0 for A, 1 for B, 2 for neither in TIMEOUT_MS (negative: no
 * limit). */
static int wait_for_either(const struct cancel *a, const struct cancel *b, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = cancel_fd(a), .events = POLLIN},
                           {.fd = cancel_fd(b), .events = POLLIN}};
    while (poll(fds, ARRAY_LEN(fds), timeout_ms) < 0 && errno == EINTR)
        ;
    if (cancel_requested(a))
        return 0;
    return cancel_requested(b) ? 1 : 2;
}

int leadership_await(struct leadership *leadership, const struct cancel *stop, int timeout_ms)
{
    return wait_for_either(stop, leadership->elected, timeout_ms);
}

int leadership_watch(struct leadership *leadership, const struct cancel *stop, int timeout_ms)
{
    return wait_for_either(stop, leadership->lost, timeout_ms);
}

bool leadership_holds(void *arg)
{
    const struct leadership *leadership = arg;
    return !leadership->election || election_holds(leadership->election);
}
