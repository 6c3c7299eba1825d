#include "control/pass.h"

#include <stdarg.h>

#include "adapt/crypto.h"
#include "api/condition.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/str.h"
#include "control/announce.h"
#include "store/change.h"

struct reconciler {
    void (*reconcile)(struct pass *pass, struct outcome *ret);
    int (*finalize)(struct pass *pass, struct err *err); /* or NULL */
    /* A pass may be slow from its beginning on. The others are over soon, or know
     * their slow step. */
    bool tells_beginning;
};

static const struct reconciler reconcilers[API_RECONCILED_COUNT] = {
    [API_GIT_REPOSITORY] = {git_repository_reconcile, NULL, true},
    [API_IMAGE_REPOSITORY] = {image_repository_reconcile, image_repository_finalize, false},
    [API_IMAGE_POLICY] = {image_policy_reconcile, NULL, false},
    [API_IMAGE_UPDATE_AUTOMATION] = {image_update_reconcile, image_update_finalize, true},
};

static int64_t wall_ns(const struct pass *pass)
{
    return clock_wall_ns(pass->control->config.clock);
}

struct deadline pass_deadline(const struct pass *pass, int64_t timeout_ns)
{
    return deadline_in(pass->control->config.clock, timeout_ns, pass->control->config.cancel);
}

int64_t pass_jittered_ns(const struct pass *pass, int64_t interval_ns)
{
    unsigned char digest[CRYPTO_DIGEST_MAX];
    crypto_hash(CRYPTO_SHA256, span_of(pass->object->meta.uid), digest);
    int64_t most = pass->control->config.jitter_percent * 10; /* per mille */
    int64_t per_mille = (digest[0] << 8 | digest[1]) % (2 * most + 1);
    return interval_ns + interval_ns / 1000 * (per_mille - most);
}

static const char *requested_at(const struct api_object *object)
{
    return strmap_get(&object->meta.annotations, API_REQUESTED_AT);
}

static int64_t observed_generation(const struct json *status)
{
    int64_t observed = -1;
    json_int(json_member(status, "observedGeneration"), &observed);
    return observed;
}

/* Conditions. */

static void set_condition(struct pass *pass, const char *type, const char *status,
                          const char *reason, const char *message)
{
    const struct api_condition condition = {
        .status = status,
        .reason = reason,
        .message = message,
        .observed_generation = pass->object->meta.generation,
    };
    api_condition_set(pass->status, type, &condition, wall_ns(pass));
}

/* Writes the working copy of the status. 1 done, 0 the object is gone, -1. */
static int write_status(struct pass *pass, struct err *err)
{
    struct api_object *stored = NULL;
    int answer =
        store_patch_status(pass->control->config.store, pass->stored, pass->status, &stored, err);
    if (answer != 1)
        return answer;
    api_object_free(pass->stored);
    pass->stored = stored;
    return 1;
}

void pass_progress(struct pass *pass, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    CLEANUP(mem_freep) char *message = str_vprintf(fmt, args);
    va_end(args);
    progress_show(pass->status, pass->object->meta.generation, message, wall_ns(pass));
}

void pass_tell_progress(struct pass *pass)
{
    struct api_condition reconciling;
    if (api_condition_get(pass->status, API_RECONCILING, &reconciling))
        progress_tell(pass->control->progress, &pass->note, pass->object, reconciling.message);
}

/* Nothing is told any more; what was, is what the next write begins with: what
 * others had written by then is theirs, and is not taken back. */
static void end_progress(struct pass *pass)
{
    struct api_object *told = progress_end(pass->control->progress, &pass->note);
    if (!told)
        return;
    struct json *status = change_merge_status(told->status, pass->object->status, pass->status);
    json_free(pass->status);
    pass->status = status;
    api_object_free(pass->stored);
    pass->stored = told;
}

static void begin(struct pass *pass)
{
    int64_t generation = pass->object->meta.generation;
    int64_t observed = observed_generation(pass->status);
    pass_progress(pass, "reconciliation in progress");
    if (generation != observed)
        pass_progress(pass, "processing object: new generation %lld -> %lld", (long long)observed,
                      (long long)generation);
    if (reconcilers[pass->object->kind].tells_beginning &&
        (generation != observed || pass->requested))
        pass_tell_progress(pass);
}

static void conclude(struct pass *pass, const struct outcome *outcome)
{
    struct api_condition reconciling = {.message = ""};
    int64_t generation = pass->object->meta.generation;
    switch (outcome->kind) {
    case OUTCOME_READY:
        api_condition_remove(pass->status, API_RECONCILING);
        api_condition_remove(pass->status, API_STALLED);
        set_condition(pass, API_READY, API_TRUE, outcome->reason, outcome->message);
        json_put_int(pass->status, "observedGeneration", generation);
        break;
    case OUTCOME_STALLED:
        set_condition(pass, API_STALLED, API_TRUE, outcome->reason, outcome->message);
        set_condition(pass, API_READY, API_FALSE, outcome->reason, outcome->message);
        json_put_int(pass->status, "observedGeneration", generation);
        break;
    case OUTCOME_RETRY:
    case OUTCOME_WAIT:
    default: {
        api_condition_get(pass->status, API_RECONCILING, &reconciling);
        CLEANUP(mem_freep) char *message = str_dup(reconciling.message);
        set_condition(pass, API_RECONCILING, API_TRUE, "ProgressingWithRetry", message);
        set_condition(pass, API_READY, API_FALSE, outcome->reason, outcome->message);
        break;
    }
    }
    const char *asked = requested_at(pass->object);
    if (asked)
        json_put_text(pass->status, "lastHandledReconcileAt", asked);
}

static enum queue_verdict verdict_of(const struct outcome *outcome, int64_t *ret_delay_ns)
{
    *ret_delay_ns = outcome->after_ns;
    switch (outcome->kind) {
    case OUTCOME_RETRY:
        return QUEUE_RETRY;
    case OUTCOME_WAIT:
        return QUEUE_AFTER;
    case OUTCOME_READY:
        return outcome->after_ns > 0 ? QUEUE_AFTER : QUEUE_FORGET;
    case OUTCOME_STALLED:
    default:
        return QUEUE_FORGET;
    }
}

/* A fault of the store itself: nothing could be written about it. That
 * somebody else was first is none, and is told to those only who look close. */
static enum queue_verdict store_failed(const struct api_ref *ref, const char *doing,
                                       const struct err *err)
{
    CLEANUP(mem_freep) char *name = api_ref_text(*ref);
    log_write(err->class == ERR_CONFLICT ? LOG_DEBUG : LOG_ERROR, doing,
              {"kind", api_kind_info(ref->kind)->name}, {"object", name}, {"error", err->text});
    return QUEUE_RETRY;
}

/* Finalizers. */

/* The list is written as a whole: whoever changed it meanwhile makes this a
 * conflict, or their finalizer would be lost. */
static int patch_finalizers(struct pass *pass, bool present, struct err *err)
{
    CLEANUP(json_freep) struct json *patch = json_new_object();
    struct json *meta = json_ensure_object(patch, "metadata");
    struct json *list = json_new_array();
    for (size_t i = 0; i < pass->object->meta.finalizers.len; i++) {
        const char *finalizer = pass->object->meta.finalizers.items[i];
        if (!str_equal(finalizer, API_FINALIZER))
            json_push_take(list, json_new_text(finalizer));
    }
    if (present)
        json_push_take(list, json_new_text(API_FINALIZER));
    json_put_take(meta, "finalizers", list);
    json_put_text(meta, "resourceVersion", pass->object->meta.resource_version);
    struct api_object *stored = NULL;
    int answer =
        store_patch(pass->control->config.store, api_object_ref(pass->object), patch, &stored, err);
    if (answer != 1)
        return answer;
    api_object_free(pass->object);
    pass->object = stored;
    return 1;
}

static enum queue_verdict finish_deletion(struct pass *pass)
{
    struct api_ref ref = api_object_ref(pass->object);
    const struct reconciler *reconciler = &reconcilers[ref.kind];
    struct err err;
    if (!api_object_has_finalizer(pass->object, API_FINALIZER)) {
        pass->gone = true;
        return QUEUE_FORGET;
    }
    if (reconciler->finalize && reconciler->finalize(pass, &err) != 0)
        return store_failed(&ref, "cannot clear up after a deleted object", &err);
    if (patch_finalizers(pass, false, &err) < 0)
        return store_failed(&ref, "cannot remove the finalizer", &err);
    pass->gone = true;
    if (atomic_load(&pass->control->draining))
        control_follow(pass->control, STORE_DELETED, pass->object);
    return QUEUE_FORGET;
}

static enum queue_verdict skip_suspended(struct pass *pass)
{
    struct api_ref ref = api_object_ref(pass->object);
    const char *asked = requested_at(pass->object);
    struct err err;
    CLEANUP(mem_freep) char *name = api_ref_text(ref);
    log_write(LOG_DEBUG, "reconciliation is suspended for this object",
              {"kind", api_kind_info(ref.kind)->name}, {"object", name});
    if (!asked || str_equal(asked, json_member_text(pass->status, "lastHandledReconcileAt")))
        return QUEUE_FORGET;
    json_put_text(pass->status, "lastHandledReconcileAt", asked);
    pass->stored = api_object_clone(pass->object);
    if (write_status(pass, &err) < 0)
        return store_failed(&ref, "cannot write the status", &err);
    return QUEUE_FORGET;
}

static enum queue_verdict reconcile(struct pass *pass, int64_t *ret_delay_ns)
{
    struct api_ref ref = api_object_ref(pass->object);
    struct control *control = pass->control;
    CLEANUP(json_freep) struct json *before = json_clone(pass->object->status);
    CLEANUP(outcome_finish) struct outcome outcome = OUTCOME_INIT;
    struct err err;
    pass->stored = api_object_clone(pass->object);
    begin(pass);
    reconcilers[ref.kind].reconcile(pass, &outcome);
    end_progress(pass);
    if (outcome.kind != OUTCOME_READY && cancel_requested(control->config.cancel))
        return QUEUE_FORGET; /* cut off by the end of the program: no fault of the object */
    conclude(pass, &outcome);
    int answer = write_status(pass, &err);
    if (answer < 0)
        return store_failed(&ref, "cannot write the status", &err);
    pass->gone = answer == 0;
    if (pass->gone)
        return QUEUE_FORGET;
    announce_outcome(control, pass->stored, before, &outcome);
    if (atomic_load(&control->draining))
        control_follow(control, STORE_MODIFIED, pass->stored);
    return verdict_of(&outcome, ret_delay_ns);
}

/* The pass over an object that is there. */
static enum queue_verdict run(struct pass *pass, int64_t *ret_delay_ns)
{
    struct api_ref ref = api_object_ref(pass->object);
    const char *asked = requested_at(pass->object);
    int answer = 1;
    struct err err;
    pass->status = json_clone(pass->object->status);
    pass->requested =
        atomic_load(&pass->control->draining) ||
        (asked && !str_equal(asked, json_member_text(pass->status, "lastHandledReconcileAt")));
    pass->new_generation = observed_generation(pass->status) != pass->object->meta.generation;
    if (pass->object->meta.deleted_ns != 0)
        return finish_deletion(pass);
    if (!api_object_has_finalizer(pass->object, API_FINALIZER))
        answer = patch_finalizers(pass, true, &err);
    pass->gone = answer == 0;
    if (answer != 1)
        return answer == 0 ? QUEUE_FORGET : store_failed(&ref, "cannot add the finalizer", &err);
    return api_object_suspended(pass->object) ? skip_suspended(pass)
                                              : reconcile(pass, ret_delay_ns);
}

/* REF names the object even where it is gone. */
static void count(const struct pass *pass, struct api_ref ref, int64_t began_ns)
{
    const struct metrics *metrics = &pass->control->metrics;
    double seconds = clock_seconds_since(pass->control->config.clock, began_ns);
    if (pass->gone) {
        metrics_forget_object(metrics, ref);
        return;
    }
    metric_observe(metrics->of[METRICS_RECONCILE_SECONDS], seconds, api_kind_info(ref.kind)->name,
                   ref.name, ref.namespace);
    metrics_show_object(metrics, pass->object, pass->status);
}

/*
 * Reads the object. 1, 0 if it is not there, -1.
 *
 * A new one has just come with the watch: if it takes our finalizer in the version
 * that came, it was the newest, and what the store answers is newer still. If not,
 * it is read, and told what is wrong.
 */
static int read_object(struct pass *pass, struct api_ref ref, struct err *err)
{
    struct control *control = pass->control;
    pthread_mutex_lock(&control->lock);
    pass->object = index_take_new(control->index, ref);
    pthread_mutex_unlock(&control->lock);
    if (pass->object && patch_finalizers(pass, true, NULL) == 1)
        return 1;
    api_object_free(MEM_STEAL(pass->object));
    return store_get(control->config.store, ref, &pass->object, err);
}

int pass_read_used(const struct pass *pass, struct api_ref ref, struct api_object **ret,
                   struct err *err)
{
    struct control *control = pass->control;
    *ret = NULL;
    if (!atomic_load(&control->draining)) {
        pthread_mutex_lock(&control->lock);
        *ret = index_copy_used(control->index, ref);
        pthread_mutex_unlock(&control->lock);
    }
    return *ret ? 1 : store_get(control->config.store, ref, ret, err);
}

/* Is it too early for REF, and what makes it due certain to come? */
static bool is_early(struct control *control, struct api_ref ref)
{
    int64_t now_ns = clock_wall_ns(control->config.clock);
    if (atomic_load(&control->draining))
        return false;
    pthread_mutex_lock(&control->lock);
    bool early =
        index_awaits_scan(control->index, ref, now_ns, control->config.requeue_dependency_ns);
    pthread_mutex_unlock(&control->lock);
    return early;
}

enum queue_verdict pass_run(struct control *control, struct api_ref ref, int64_t *ret_delay_ns)
{
    struct pass pass = {.control = control};
    struct err err;
    int64_t began_ns = clock_monotonic_ns(control->config.clock);
    if (is_early(control, ref)) {
        *ret_delay_ns = control->config.requeue_dependency_ns;
        return QUEUE_AFTER;
    }
    int answer = read_object(&pass, ref, &err);
    if (answer < 0)
        return store_failed(&ref, "cannot read the object", &err);
    pass.gone = answer == 0;
    enum queue_verdict verdict = pass.gone ? QUEUE_FORGET : run(&pass, ret_delay_ns);
    count(&pass, ref, began_ns);
    json_free(pass.status);
    api_object_free(pass.object);
    api_object_free(pass.stored);
    return verdict;
}
