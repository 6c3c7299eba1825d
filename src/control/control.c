#include "control/control.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "control/engine.h"
#include "control/history.h"
#include "control/marker_index.h"
#include "control/pass.h"
#include "control/run_state.h"
#include "git/mirror.h"
#include "git/private.h"

enum {
    CACHE_DIR_MODE = 0700,
};

/* What is applied together comes on several watches; what comes first may wait for
 * what it uses, which makes it due, for so long. */
#define COMPANY_NS      (300 * CLOCK_NS_PER_MS)
#define CACHE_LOOK_NS   (60 * CLOCK_NS_PER_S) /* between looks at the size of the cache */
#define NOTIFY_GRACE_NS (5 * CLOCK_NS_PER_S)  /* at the end, for events that wait to be sent */

/* Keys of queues: "namespace/name". */

static char *key_of(struct api_ref ref)
{
    return str_printf("%s/%s", ref.namespace, ref.name);
}

/* KEY stays; the parts point into the copy that the caller frees. */
static struct api_ref ref_of(enum api_kind kind, char *key_copy)
{
    char *slash = strchr(key_copy, '/');
    *slash = '\0';
    return (struct api_ref){kind, key_copy, slash + 1};
}

/* Makes an object due in DELAY_NS, if its kind is reconciled. */
static void enqueue(struct control *control, struct api_ref ref, int64_t delay_ns)
{
    if (ref.kind >= API_RECONCILED_COUNT || !control->lanes[ref.kind].queue)
        return;
    CLEANUP(mem_freep) char *key = key_of(ref);
    queue_add(control->lanes[ref.kind].queue, key, delay_ns);
}

static void enqueue_visited(void *arg, struct api_ref ref)
{
    enqueue(arg, ref, 0);
}

bool control_may_act(const struct control *control)
{
    return !control->config.may_act || control->config.may_act(control->config.may_act_arg);
}

/* Ours to reconcile, or another shard's? */
static bool is_mine(const struct control *control, const struct api_object *object)
{
    return object->kind == API_GIT_REPOSITORY ||
           selector_matches(control->config.selector, &object->meta.labels);
}

void control_wake_dependents(struct control *control, struct api_ref ref)
{
    pthread_mutex_lock(&control->lock);
    index_dependents(control->index, ref, enqueue_visited, control);
    pthread_mutex_unlock(&control->lock);
}

void control_follow(struct control *control, enum store_change change,
                    const struct api_object *object)
{
    if (change == STORE_SYNCED) {
        atomic_fetch_add(&control->watches_synced, 1);
        return;
    }
    struct api_ref ref = api_object_ref(object);
    pthread_mutex_lock(&control->lock);
    struct index_news news = change == STORE_DELETED
                                 ? index_remove(control->index, ref)
                                 : index_update(control->index, object, is_mine(control, object));
    if (news.self)
        enqueue(control, ref, news.alone ? COMPANY_NS : 0);
    if (news.dependents)
        index_dependents(control->index, ref, enqueue_visited, control);
    pthread_mutex_unlock(&control->lock);
    if (change == STORE_DELETED)
        metrics_forget_object(&control->metrics, ref);
}

/* Metrics. */

static void show_cache(struct control *control)
{
    int64_t now_ns = clock_monotonic_ns(control->config.clock);
    if (control->cache_seen_ns == 0 || now_ns - control->cache_seen_ns >= CACHE_LOOK_NS) {
        control->cache_bytes = file_tree_size(control->cache_dir);
        control->cache_seen_ns = now_ns;
    }
    metric_set(control->metrics.of[METRICS_CACHE_BYTES], (double)control->cache_bytes);
}

/* What is only known by looking. */
static void collect(void *arg)
{
    struct control *control = arg;
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        struct queue_stats stats;
        if (!control->lanes[kind].queue)
            continue;
        queue_stats(control->lanes[kind].queue, &stats);
        metrics_show_queue(&control->metrics, kind, &stats);
    }
    show_cache(control);
}

/* The daemon. */

static void on_change(void *arg, enum store_change change, const struct api_object *object)
{
    control_follow(arg, change, object);
}

static void on_watch_error(void *arg, const struct err *err)
{
    (void)arg;
    log_write(LOG_ERROR, "a watch of the store reports a fault", {"error", err->text});
}

static enum queue_verdict work(void *arg, const char *key, int64_t *ret_delay_ns)
{
    struct lane *lane = arg;
    struct control *control = lane->control;
    struct metric *active = control->metrics.of[METRICS_WORKERS_ACTIVE];
    const char *controller = api_kind_info(lane->kind)->singular;
    CLEANUP(mem_freep) char *copy = str_dup(key);
    if (!control_may_act(control))
        return QUEUE_RETRY; /* no pass, so none that is counted */
    int64_t began_ns = clock_monotonic_ns(control->config.clock);
    metric_add(active, 1, controller);
    enum queue_verdict verdict = pass_run(control, ref_of(lane->kind, copy), ret_delay_ns);
    metric_add(active, -1, controller);
    metrics_count_pass(&control->metrics, lane->kind, verdict,
                       clock_seconds_since(control->config.clock, began_ns));
    return verdict;
}

static enum queue_verdict work_once(void *arg, const char *key, int64_t *ret_delay_ns)
{
    const struct lane *lane = arg;
    if (!cancel_requested(lane->control->config.cancel))
        work(arg, key, ret_delay_ns);
    return QUEUE_FORGET;
}

/* GitRepository objects are somebody else's in a cluster: they are watched
 * there, but not reconciled. */
static bool is_reconciled(const struct control *control, enum api_kind kind)
{
    return kind != API_GIT_REPOSITORY || control->config.local;
}

static void open_lane(struct control *control, enum api_kind kind)
{
    struct lane *lane = &control->lanes[kind];
    const struct queue_config config = {
        .clock = control->config.clock,
        .retry_min_ns = control->config.retry_min_ns,
        .retry_max_ns = control->config.retry_max_ns,
        .name = api_kind_info(kind)->singular,
        .wait_seconds = control->metrics.of[METRICS_QUEUE_SECONDS],
        .work_seconds = control->metrics.of[METRICS_QUEUE_WORK_SECONDS],
    };
    lane->control = control;
    lane->kind = kind;
    if (!is_reconciled(control, kind))
        return;
    lane->queue = queue_new(&config);
    metrics_begin_kind(&control->metrics, kind, control->config.concurrent);
}

static int open_state(struct control *control, struct err *err)
{
    struct db *db = control->config.db;
    if (file_make_dirs(control->config.cache_dir, CACHE_DIR_MODE, err) != 0)
        return -1;
    control->cache_dir = realpath(control->config.cache_dir, NULL);
    if (!control->cache_dir)
        return err_set_errno(err, errno, "cannot find '%s'", control->config.cache_dir);
    if (git_private_sweep(control->cache_dir, control->config.clock, err) != 0)
        return -1;
    if (marker_index_migrate(db, err) != 0 || run_state_migrate(db, err) != 0 ||
        history_migrate(db, err) != 0)
        return -1;
    return tagdb_open(db, &control->tags, err);
}

static int open_notifier(struct control *control, struct err *err)
{
    const struct notify_config config = {
        .url = control->config.events_url,
        .http = control->http,
        .results = control->metrics.of[METRICS_NOTIFICATIONS],
    };
    return str_empty(config.url) ? 0 : notifier_new(&config, &control->notifier, err);
}

static void fill_defaults(struct control_config *config)
{
    if (config->concurrent == 0)
        config->concurrent = CONTROL_CONCURRENT;
    if (config->retry_min_ns == 0)
        config->retry_min_ns = CONTROL_RETRY_MIN_NS;
    if (config->retry_max_ns == 0)
        config->retry_max_ns = CONTROL_RETRY_MAX_NS;
    if (config->requeue_dependency_ns == 0)
        config->requeue_dependency_ns = CONTROL_REQUEUE_DEPENDENCY_NS;
}

int control_new(const struct control_config *config, struct control **ret, struct err *err)
{
    static const struct registry_limits limits = REGISTRY_LIMITS_DEFAULT;
    CLEANUP(control_freep) struct control *control = mem_zalloc(sizeof(*control));
    control->config = *config;
    fill_defaults(&control->config);
    metrics_define(&control->metrics, config->metrics);
    control->index = index_new(!config->local);
    control->progress = progress_new(config->store, config->clock);
    pthread_mutex_init(&control->lock, NULL);
    control->http = http_client_new();
    control->registries = registry_pool_new(control->http, config->clock, &limits);
    if (open_state(control, err) != 0 || open_notifier(control, err) != 0)
        return -1;
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++)
        open_lane(control, kind);
    metric_on_write(config->metrics, collect, control);
    *ret = MEM_STEAL(control);
    return 0;
}

static int watch(struct control *control, enum api_kind kind, struct store_watch **ret,
                 struct err *err)
{
    const struct store_query query = {.kind = kind, .namespace = control->config.watch_namespace};
    const struct store_watcher watcher = {on_change, on_watch_error, control};
    atomic_fetch_add(&control->watches, 1);
    return store_watch(control->config.store, &query, &watcher, ret, err);
}

int control_start(struct control *control, struct err *err)
{
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        struct lane *lane = &control->lanes[kind];
        if (watch(control, kind, &lane->watch, err) != 0)
            return -1;
        if (lane->queue)
            lane->workers = workers_new(lane->queue, control->config.concurrent, work, lane);
    }
    if (control->config.local && watch(control, API_SECRET, &control->secret_watch, err) != 0)
        return -1;
    atomic_store(&control->started, true);
    return 0;
}

bool control_is_synced(const struct control *control)
{
    return atomic_load(&control->started) &&
           atomic_load(&control->watches_synced) >= atomic_load(&control->watches);
}

static bool is_idle(const struct control *control)
{
    for (size_t i = 0; i < API_RECONCILED_COUNT; i++) {
        if (control->lanes[i].queue && queue_taken(control->lanes[i].queue) != 0)
            return false;
    }
    return true;
}

void control_stop(struct control *control, int64_t grace_ns)
{
    enum { STEP_MS = 20 };
    struct store *store = control->config.store;
    for (size_t i = 0; i < API_RECONCILED_COUNT; i++) {
        store_unwatch(store, MEM_STEAL(control->lanes[i].watch));
        if (control->lanes[i].queue)
            queue_close(control->lanes[i].queue);
    }
    store_unwatch(store, MEM_STEAL(control->secret_watch));
    struct deadline grace = deadline_in(clock_system(), grace_ns > 0 ? grace_ns : 1, NULL);
    while (!is_idle(control) && deadline_sleep_ms(&grace, STEP_MS, NULL) == 0)
        ;
    /* The flag is the caller's, who may have more to do: a command that waits
     * for several objects runs an engine for each. */
    if (!is_idle(control))
        cancel_trigger(control->config.cancel);
    for (size_t i = 0; i < API_RECONCILED_COUNT; i++)
        workers_free(MEM_STEAL(control->lanes[i].workers));
}

int control_tidy(struct control *control, struct err *err)
{
    int64_t now_ns = clock_wall_ns(control->config.clock);
    struct err later;
    int answer = db_trim(control->config.db, err);
    http_client_close_idle(control->http);
    pthread_mutex_lock(&control->lock);
    index_drop_kept(control->index);
    pthread_mutex_unlock(&control->lock);
    if (git_mirror_evict(control->cache_dir, now_ns - CONTROL_MIRROR_KEEP_NS,
                         answer == 0 ? err : &later) != 0)
        answer = -1;
    malloc_trim(0);
    return answer;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    control_stop(control, 0);
    progress_free(control->progress);
    notifier_end(control->notifier, NOTIFY_GRACE_NS);
    metric_forget_collector(control->config.metrics, control);
    for (size_t i = 0; i < API_RECONCILED_COUNT; i++)
        queue_free(control->lanes[i].queue);
    index_free(control->index);
    tagdb_close(control->tags);
    registry_pool_free(control->registries);
    http_client_free(control->http);
    pthread_mutex_destroy(&control->lock);
    free(control->cache_dir);
    free(control);
}

/* The command. */

struct drain {
    struct control *control;
    bool all; /* every object is due */
};

static int take_in(void *arg, const struct api_object *object, struct err *err)
{
    struct drain *drain = arg;
    (void)err;
    bool mine = is_mine(drain->control, object);
    index_update(drain->control->index, object, mine);
    if (drain->all && mine)
        enqueue(drain->control, api_object_ref(object), 0);
    return 0;
}

static int read_objects(struct drain *drain, struct err *err)
{
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        const struct store_query query = {.kind = kind,
                                          .namespace = drain->control->config.watch_namespace};
        if (store_list(drain->control->config.store, &query, take_in, drain, err) != 0)
            return -1;
    }
    return 0;
}

int control_drain(struct control *control, const struct api_ref *refs, size_t count,
                  struct err *err)
{
    struct drain drain = {control, count == 0};
    const struct deadline stop = deadline_in(control->config.clock, 0, control->config.cancel);
    atomic_store(&control->draining, true);
    if (read_objects(&drain, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        enqueue(control, refs[i], 0);
    for (enum api_kind kind = 0; kind < API_RECONCILED_COUNT; kind++) {
        struct lane *lane = &control->lanes[kind];
        if (!lane->queue)
            continue;
        lane->workers = workers_new(lane->queue, control->config.concurrent, work_once, lane);
        queue_wait_idle(lane->queue);
        queue_close(lane->queue);
        workers_free(MEM_STEAL(lane->workers));
    }
    return deadline_check(&stop, err);
}
