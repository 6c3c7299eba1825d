#include "cli/home.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "api/admission.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "cli/console.h"
#include "cli/home_files.h"
#include "store/kubernetes.h"
#include "store/sqlite.h"

/* Under which name commands change fields, as the flux command does. */
#define COMMAND_FIELD_MANAGER "flux"

/* Of the kubeconfig's context, if that is wanted and there is one. */
static const char *followed_namespace(const struct cli *cli, const struct cluster *cluster)
{
    if (!cluster || (!options_flag(cli->options, "ns-follows-kube-context") &&
                     str_empty(getenv("FLUX_NS_FOLLOWS_KUBE_CONTEXT"))))
        return NULL;
    return kube_config_namespace(cluster->config);
}

static int find_namespace(const struct cli *cli, const struct cluster *cluster, const char **ret,
                          struct err *err)
{
    const char *named = options_text(cli->options, "namespace");
    const char *inherited = getenv("FLUX_SYSTEM_NAMESPACE");
    const char *followed = followed_namespace(cli, cluster);
    if (options_given(cli->options, "namespace")) {
        if (!api_is_dns_label(named))
            return err_set(err, ERR_INVALID, "namespace must be a valid DNS label: \"%s\"", named);
        *ret = named;
        return 0;
    }
    if (!str_empty(followed)) {
        *ret = followed;
        return 0;
    }
    if (!str_empty(inherited) && !api_is_dns_label(inherited)) {
        console_warning(" ignoring invalid FLUX_SYSTEM_NAMESPACE: \"%s\"", inherited);
        inherited = NULL;
    }
    *ret = str_empty(inherited) ? API_NAMESPACE_DEFAULT : inherited;
    return 0;
}

int home_namespace(const struct cli *cli, const char **ret, struct err *err)
{
    return find_namespace(cli, NULL, ret, err);
}

static int choose_namespace(const struct cli *cli, struct home *home, struct err *err)
{
    return find_namespace(cli, home->cluster, &home->namespace, err);
}

/* One flag for the whole process: signals know nothing else. */
static struct cancel *signal_cancel;

static void handle_end(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void handle_timer(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
}

/* A second one, of either kind, ends the process at once. */
static void on_end(int number)
{
    (void)number;
    handle_end(SIG_DFL);
    cancel_trigger(signal_cancel);
}

/* May come again: every wait of a command starts the timer anew. */
static void on_timer(int number)
{
    (void)number;
    cancel_trigger(signal_cancel);
}

static void listen_for_signals(struct cancel *cancel)
{
    signal_cancel = cancel;
    handle_end(on_end);
    handle_timer(on_timer);
}

static void ignore_signals(void)
{
    handle_timer(SIG_IGN);
    handle_end(SIG_DFL);
    signal_cancel = NULL;
}

static void log_unreadable(void *arg, const struct err *err)
{
    (void)arg;
    log_write(LOG_ERROR, "an object is passed over", {"error", err->text});
}

static void warn_unreadable(void *arg, const struct err *err)
{
    (void)arg;
    console_warning("%s: it is passed over", err->text);
}

/* Requests and namespace of the Kubernetes home. */
static int open_cluster(const struct cli *cli, struct home *home, const struct home_role *role,
                        struct err *err)
{
    if (cluster_open(cli, role ? role->metric : NULL, &home->cluster, err) != 0 ||
        choose_namespace(cli, home, err) != 0)
        return -1;
    const struct cancel *cut = role && role->cut ? role->cut : home->cancel;
    const struct deadline unlimited = deadline_in(clock_system(), 0, cut);
    const struct store_kubernetes_config config = {
        .client = home->cluster->client,
        .clock = clock_system(),
        .field_manager = role ? NULL : COMMAND_FIELD_MANAGER,
        .deadline = role ? &unlimited : &home->deadline,
        .may_write = role ? role->may_write : NULL,
        .on_unreadable = role ? log_unreadable : warn_unreadable,
        .arg = role ? role->arg : NULL,
        .write_ms = role ? role->write_ms : 0,
    };
    home->store = store_kubernetes_new(&config);
    return role ? home_files_open_state(home, role->state_dir, err) : 0;
}

static int open_embedded(const struct cli *cli, struct home *home, struct err *err)
{
    if (choose_namespace(cli, home, err) != 0 || home_files_open(home, err) != 0)
        return -1;
    return sqlite_store_open(home->db, clock_system(), &home->store, err);
}

int home_open_to_run(const struct cli *cli, const struct home_role *role, struct home **ret,
                     struct err *err)
{
    CLEANUP(home_closep) struct home *home = mem_zalloc(sizeof(*home));
    bool embedded;
    home->lock_fd = -1;
    home->settings.jitter_percent = CONTROL_JITTER_PERCENT;
    if (home_files_choose(cli, &embedded, &home->path, err) != 0)
        return -1;
    home->cancel = cancel_new();
    home->deadline =
        deadline_in(clock_system(), options_duration_ns(cli->options, "timeout"), home->cancel);
    listen_for_signals(home->cancel);
    if ((embedded ? open_embedded(cli, home, err) : open_cluster(cli, home, role, err)) != 0)
        return -1;
    *ret = MEM_STEAL(home);
    return 0;
}

int home_open(const struct cli *cli, struct home **ret, struct err *err)
{
    return home_open_to_run(cli, NULL, ret, err);
}

int home_open_existing(const struct cli *cli, struct home **ret, struct err *err)
{
    CLEANUP(mem_freep) char *path = NULL;
    bool embedded;
    if (home_files_choose(cli, &embedded, &path, err) != 0)
        return -1;
    if (embedded && access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    return home_open(cli, ret, err) == 0 ? 1 : -1;
}

void home_close(struct home *home)
{
    if (!home)
        return;
    ignore_signals();
    store_free(home->store);
    cluster_close(home->cluster);
    db_close(home->db);
    home_unlock(home);
    cancel_free(home->cancel);
    free(home->path);
    free(home->cache_dir);
    free(home->lock_path);
    free(home);
}

int home_get(struct home *home, struct api_ref ref, struct api_object **ret, struct err *err)
{
    const struct api_kind_info *info = api_kind_info(ref.kind);
    int answer = store_get(home->store, ref, ret, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND, "%s%s%s \"%s\" not found", info->plural,
                       *info->group ? "." : "", info->group, ref.name);
    return answer < 0 ? -1 : 0;
}

void home_start_timer(const struct home *home)
{
    int left_ms = deadline_left_ms(&home->deadline);
    const struct itimerval timer = {
        .it_value = {.tv_sec = left_ms / 1000, .tv_usec = left_ms % 1000 * 1000 + 1}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

int home_try_lock(struct home *home, struct err *err)
{
    if (home->lock_fd >= 0)
        return 1;
    if (!home->lock_path)
        return 0; /* a command in the Kubernetes home: the controller has it */
    return file_try_lock(home->lock_path, &home->lock_fd, err);
}

void home_unlock(struct home *home)
{
    file_closep(&home->lock_fd);
}

int home_control(struct home *home, struct cancel *cancel, struct control **ret, struct err *err)
{
    struct control_config config = home->settings;
    config.store = home->store;
    config.db = home->db;
    config.cache_dir = home->cache_dir;
    config.clock = clock_system();
    config.cancel = cancel;
    config.local = !home->cluster;
    return control_new(&config, ret, err);
}
