#include <stdatomic.h>

#include "api/condition.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/leadership.h"
#include "cli/manifest.h"
#include "cli/run_flags.h"
#include "control/metrics.h"

static int apply_manifests(const struct cli *cli, struct home *home, struct err *err)
{
    const struct strlist *paths = options_list(cli->options, "filename");
    CLEANUP(manifest_list_finish) struct manifest_list list = MANIFEST_LIST_INIT;
    for (size_t i = 0; i < paths->len; i++) {
        if (manifest_read(paths->items[i], home->namespace, &list, err) != 0)
            return -1;
    }
    return manifest_apply(home->store, &list, false, err);
}

/* The right to reconcile, or a word about who has it. */
static int lock(struct home *home, struct err *err)
{
    int answer = home_try_lock(home, err);
    if (answer == 0)
        return err_set(err, ERR_CONFLICT,
                       "another tidemark works on the store '%s' already; stop it first, or use "
                       "another store",
                       home->path);
    return answer < 0 ? -1 : 0;
}

/* Waits for the right to reconcile, as far as --timeout goes: for `run --once`
 * in a cron job that meets another one. */
static int await_lock(struct home *home, struct err *err)
{
    enum { POLL_MS = 100 };
    for (;;) {
        int answer = home_try_lock(home, err);
        if (answer != 0)
            return answer < 0 ? -1 : 0;
        if (deadline_sleep_ms(&home->deadline, POLL_MS, NULL) != 0)
            return lock(home, err);
    }
}

struct tally {
    const struct selector *selector; /* of the objects that count */
    size_t not_ready;
};

static int tell_not_ready(void *arg, const struct api_object *object, struct err *err)
{
    struct tally *tally = arg;
    struct api_condition ready = {.message = "waiting to be reconciled"};
    (void)err;
    if (api_object_suspended(object) || object->meta.deleted_ns != 0 ||
        api_is_ready(object->status) ||
        (object->kind != API_GIT_REPOSITORY &&
         !selector_matches(tally->selector, &object->meta.labels)))
        return 0;
    api_condition_get(object->status, API_READY, &ready);
    console_failure("%s %s/%s: %s", api_kind_info(object->kind)->name, object->meta.namespace,
                    object->meta.name, ready.message);
    tally->not_ready++;
    return 0;
}

static int run_once(struct home *home, struct leadership *leadership, struct err *err)
{
    struct tally tally = {.selector = home->settings.selector};
    CLEANUP(control_freep) struct control *control = NULL;
    int leads = leadership_await(leadership, home->cancel, deadline_left_ms(&home->deadline));
    if (leads == 2)
        return err_set(err, ERR_CANCELED, "timed out waiting to become the leader"), CLI_FAILED;
    if (leads == 0)
        return deadline_check(&home->deadline, err) == 0 ? CLI_OK : CLI_FAILED;
    if (home_control(home, home->cancel, &control, err) != 0 ||
        control_drain(control, NULL, 0, err) != 0)
        return CLI_FAILED;
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        const struct store_query query = {.kind = kind,
                                          .namespace = home->settings.watch_namespace};
        if (kind == API_GIT_REPOSITORY && home->cluster)
            continue; /* is Ready when Flux's source-controller says so */
        if (store_list(home->store, &query, tell_not_ready, &tally, err) != 0)
            return CLI_FAILED;
    }
    return tally.not_ready == 0 ? CLI_OK : CLI_FAILED_TOLD;
}

/* A run as the probes see it. */
struct run {
    struct home *home;
    struct leadership *leadership;
    struct metric_registry *metrics;
    struct cancel *cut; /* ends what is under way */
    struct control *control;
    atomic_bool leads;
};

/* A replica that waits to lead is ready: a rollout goes on, and the old leader
 * ends and gives way. */
static bool is_ready(void *arg)
{
    const struct run *run = arg;
    return !atomic_load(&run->leads) || control_is_synced(run->control);
}

static int serve(const struct cli *cli, struct run *run, struct server **ret, struct err *err)
{
    struct server_config config = run_flags_server(cli);
    config.metrics = run->metrics;
    config.is_ready = is_ready;
    config.arg = run;
    return server_start(&config, ret, err);
}

/* A signal begins the end; what is under way is cut off by a flag of its own,
 * which control_stop() triggers when the grace period is over. Who no longer
 * leads stops at once: another replica is at work. */
static int run_daemon(const struct cli *cli, struct run *run, struct err *err)
{
    enum { HOUR_MS = 60 * 60 * 1000 };
    const struct home *home = run->home;
    CLEANUP(control_freep) struct control *control = NULL;
    CLEANUP(server_stopp) struct server *server = NULL;
    int answer;
    if (home_control(run->home, run->cut, &control, err) != 0)
        return CLI_FAILED;
    run->control = control;
    if (serve(cli, run, &server, err) != 0)
        return CLI_FAILED;
    if (leadership_await(run->leadership, home->cancel, -1) == 0)
        return CLI_OK;
    atomic_store(&run->leads, true);
    if (control_start(control, err) != 0)
        return CLI_FAILED;
    log_write(LOG_INFO, "started",
              {"store", home->cluster ? kube_config_server(home->cluster->config) : home->path});
    while ((answer = leadership_watch(run->leadership, home->cancel, HOUR_MS)) == 2) {
        struct err why;
        if (control_tidy(control, &why) != 0)
            log_write(LOG_ERROR, "cannot tidy up", {"error", why.text});
    }
    if (answer == 1) {
        cancel_trigger(run->cut);
        control_stop(control, 0);
        err_set(err, ERR_CONFLICT, "leader election lost");
        return CLI_FAILED;
    }
    log_write(LOG_INFO, "stopping: finishing what is under way");
    control_stop(control, options_duration_ns(cli->options, "grace-period"));
    log_write(LOG_INFO, "stopped");
    return CLI_OK;
}

static int run_in(const struct cli *cli, struct run *run, struct err *err)
{
    bool once = options_flag(cli->options, "once");
    struct home *home = run->home;
    if ((once ? await_lock(home, err) : lock(home, err)) != 0 ||
        apply_manifests(cli, home, err) != 0 ||
        leadership_start(run->leadership, cli, home->cluster, err) != 0)
        return CLI_FAILED;
    return once ? run_once(home, run->leadership, err) : run_daemon(cli, run, err);
}

int run_run(const struct cli *cli, struct err *err)
{
    struct control_config settings = {0};
    CLEANUP(selector_freep) struct selector *selector = NULL;
    CLEANUP(metric_registry_freep) struct metric_registry *metrics = metric_registry_new(0);
    CLEANUP(cancel_freep) struct cancel *cut = cancel_new();
    CLEANUP(home_closep) struct home *home = NULL;
    /* Ends before the home: the Leases are given back over its connection. */
    CLEANUP(leadership_freep) struct leadership *leadership = leadership_new(metrics);
    const struct home_role role = {
        .state_dir = options_text(cli->options, "storage-path"),
        /* A daemon goes on for its grace period. */
        .cut = options_flag(cli->options, "once") ? NULL : cut,
        .may_write = leadership_holds,
        .arg = leadership,
        .write_ms = leadership_margin_ms(
            options_duration_ns(cli->options, "leader-election-lease-duration"),
            options_duration_ns(cli->options, "leader-election-renew-deadline")),
        .metric = metrics_define_rest(metrics),
    };
    if (run_flags_configure_log(cli, err) != 0 ||
        run_flags_read(cli, &settings, &selector, err) != 0 ||
        home_open_to_run(cli, &role, &home, err) != 0)
        return CLI_FAILED;
    settings.may_act = leadership_holds;
    settings.may_act_arg = leadership;
    settings.metrics = metrics;
    home->settings = settings;
    struct run run = {.home = home, .leadership = leadership, .metrics = metrics, .cut = cut};
    return run_in(cli, &run, err);
}
