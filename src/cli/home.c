#include "cli/home.h"

#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "api/admission.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/console.h"
#include "store/sqlite.h"

enum {
    STATE_DIR_MODE = 0700,
};

#define STORE_PREFIX "sqlite:"

int home_namespace(const struct cli *cli, const char **ret, struct err *err)
{
    const char *named = options_text(cli->options, "namespace");
    const char *inherited = getenv("FLUX_SYSTEM_NAMESPACE");
    if (options_given(cli->options, "namespace")) {
        if (!api_is_dns_label(named))
            return err_set(err, ERR_INVALID, "namespace must be a valid DNS label: \"%s\"", named);
        *ret = named;
        return 0;
    }
    if (!str_empty(inherited) && !api_is_dns_label(inherited)) {
        console_warning(" ignoring invalid FLUX_SYSTEM_NAMESPACE: \"%s\"", inherited);
        inherited = NULL;
    }
    *ret = str_empty(inherited) ? API_NAMESPACE_DEFAULT : inherited;
    return 0;
}

/* $XDG_STATE_HOME/tidemark/store.db, as the XDG base directory specification
 * places what a program keeps. */
static int default_path(char **ret, struct err *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *user = getenv("HOME");
    if (state && state[0] == '/') {
        *ret = str_printf("%s/tidemark/store.db", state);
        return 0;
    }
    if (str_empty(user))
        return err_set(err, ERR_INVALID,
                       "no place for the store: set TIDEMARK_STORE, HOME, or use "
                       "--store sqlite:PATH");
    *ret = str_printf("%s/.local/state/tidemark/store.db", user);
    return 0;
}

static int store_path(const struct cli *cli, char **ret, struct err *err)
{
    const char *named = options_text(cli->options, "store");
    if (!options_given(cli->options, "store"))
        named = getenv("TIDEMARK_STORE");
    if (str_empty(named))
        return default_path(ret, err);
    if (str_starts_with(named, STORE_PREFIX))
        named += strlen(STORE_PREFIX);
    else if (!strchr(named, '/') && strchr(named, ':'))
        return err_set(err, ERR_INVALID,
                       "store '%s' is of no kind that tidemark has: use " STORE_PREFIX "PATH",
                       named);
    if (!*named)
        return err_set(err, ERR_INVALID, "the store needs a path: " STORE_PREFIX "PATH");
    *ret = str_dup(named);
    return 0;
}

/* One flag for the whole process: signals know nothing else. */
static struct cancel *signal_cancel;

static void on_signal(int number)
{
    (void)number;
    cancel_trigger(signal_cancel);
}

static void listen_for_signals(struct cancel *cancel)
{
    struct sigaction action = {.sa_handler = on_signal};
    signal_cancel = cancel;
    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)SA_RESETHAND; /* a second signal ends the process at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
}

static void ignore_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigaction(SIGALRM, &action, NULL);
    action.sa_handler = SIG_DFL;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal_cancel = NULL;
}

static int make_parent(const char *path, struct err *err)
{
    CLEANUP(mem_freep) char *copy = str_dup(path);
    return file_make_dirs(dirname(copy), STATE_DIR_MODE, err);
}

int home_open(const struct cli *cli, struct home **ret, struct err *err)
{
    CLEANUP(home_closep) struct home *home = mem_zalloc(sizeof(*home));
    home->lock_fd = -1;
    home->settings.jitter_percent = CONTROL_JITTER_PERCENT;
    if (home_namespace(cli, &home->namespace, err) != 0 || store_path(cli, &home->path, err) != 0)
        return -1;
    home->cache_dir = str_printf("%s.cache", home->path);
    home->lock_path = str_printf("%s.lock", home->path);
    home->cancel = cancel_new();
    home->deadline =
        deadline_in(clock_system(), options_duration_ns(cli->options, "timeout"), home->cancel);
    listen_for_signals(home->cancel);
    if (make_parent(home->path, err) != 0 || db_open(home->path, &home->db, err) != 0 ||
        sqlite_store_open(home->db, clock_system(), &home->store, err) != 0)
        return -1;
    *ret = MEM_STEAL(home);
    return 0;
}

void home_close(struct home *home)
{
    if (!home)
        return;
    ignore_signals();
    store_free(home->store);
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
    config.local = true;
    return control_new(&config, ret, err);
}
