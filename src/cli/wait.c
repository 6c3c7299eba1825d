#include "cli/wait.h"

#include "api/condition.h"
#include "base/mem.h"
#include "base/str.h"

enum {
    POLL_MS = 100,
};

#define SETTLE_NS (5 * CLOCK_NS_PER_S)

enum progress {
    PROGRESS_OPEN,
    PROGRESS_DONE,
    PROGRESS_FAILED,
};

static bool observed(const struct api_object *object, enum wait_for what,
                     const char *handled_before, const struct api_condition *ready)
{
    if (what == WAIT_HANDLED)
        return !str_equal(json_member_text(object->status, "lastHandledReconcileAt"),
                          handled_before);
    return ready->observed_generation == object->meta.generation;
}

/* Where the object stands; a failure fills ERR with what its condition says. */
static enum progress judge(const struct api_object *object, enum wait_for what,
                           const char *handled_before, struct err *err)
{
    struct api_condition ready, stalled;
    if (object->meta.deleted_ns != 0) {
        err_set(err, ERR_CONFLICT, "Resource scheduled for deletion");
        return PROGRESS_FAILED;
    }
    if (!api_condition_get(object->status, API_READY, &ready) ||
        !observed(object, what, handled_before, &ready) || str_equal(ready.status, API_UNKNOWN))
        return PROGRESS_OPEN;
    if (api_condition_get(object->status, API_STALLED, &stalled)) {
        err_set(err, ERR_INVALID, "%s", stalled.message);
        return PROGRESS_FAILED;
    }
    if (str_equal(ready.status, API_FALSE)) {
        err_set(err, ERR_UNAVAILABLE, "%s", ready.message);
        return PROGRESS_FAILED;
    }
    return api_is_ready(object->status) ? PROGRESS_DONE : PROGRESS_OPEN;
}

static int reconcile_here(struct home *home, struct api_ref ref, struct err *err)
{
    CLEANUP(control_freep) struct control *control = NULL;
    if (home_control(home, home->cancel, &control, err) != 0)
        return -1;
    return control_drain(control, &ref, 1, err);
}

int wait_for_outcome(struct home *home, struct api_ref ref, enum wait_for what,
                     const char *handled_before, struct api_object **ret, struct err *err)
{
    home_start_timer(home);
    for (bool tried = false;;) {
        CLEANUP(api_object_freep) struct api_object *object = NULL;
        if (home_get(home, ref, &object, err) != 0) {
            deadline_check(&home->deadline, err); /* the time is over: no matter in which step */
            return -1;
        }
        switch (judge(object, what, handled_before, err)) {
        case PROGRESS_DONE:
            *ret = MEM_STEAL(object);
            return 0;
        case PROGRESS_FAILED:
            return -1;
        case PROGRESS_OPEN:
        default:
            break;
        }
        if (deadline_check(&home->deadline, err) != 0)
            return -1;
        if (tried)
            return err_set(err, ERR_INTERNAL, "status can't be determined");
        int answer = home_try_lock(home, err);
        if (answer < 0)
            return -1;
        if (answer == 1) {
            tried = true;
            answer = reconcile_here(home, ref, err);
            home_unlock(home);
            if (answer != 0)
                return deadline_check(&home->deadline, err) != 0 ? -1 : answer;
        } else if (deadline_sleep_ms(&home->deadline, POLL_MS, err) != 0) {
            return -1;
        }
    }
}

int wait_settle(struct home *home, struct api_ref ref, struct err *err)
{
    struct deadline patience = deadline_within(&home->deadline, SETTLE_NS);
    for (;;) {
        CLEANUP(api_object_freep) struct api_object *object = NULL;
        int answer = store_get(home->store, ref, &object, err);
        if (answer != 1 || object->meta.deleted_ns == 0)
            return answer < 0 ? -1 : 0;
        answer = home_try_lock(home, err);
        if (answer < 0)
            return -1;
        if (answer == 1) {
            answer = reconcile_here(home, ref, err);
            home_unlock(home);
            return answer;
        }
        /* A daemon has it, which will see to it however long that takes. */
        if (deadline_sleep_ms(&patience, POLL_MS, NULL) != 0)
            return 0;
    }
}
