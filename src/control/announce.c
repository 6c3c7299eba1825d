#include "control/announce.h"

#include "api/condition.h"
#include "base/log.h"
#include "base/str.h"

/* Did Ready, its reason or its message change? */
static bool is_news(const struct json *before, const struct api_object *object,
                    const struct outcome *outcome)
{
    struct api_condition was, now;
    if (outcome->news)
        return true;
    if (!api_condition_get(object->status, API_READY, &now))
        return false;
    return !api_condition_get(before, API_READY, &was) || !str_equal(was.status, now.status) ||
           !str_equal(was.reason, now.reason) || !str_equal(was.message, now.message);
}

static void copy_event_annotations(const struct api_object *object, struct strmap *ret)
{
    strmap_foreach (entry, &object->meta.annotations) {
        if (str_starts_with(entry->key, ANNOUNCE_EVENT_PREFIX))
            strmap_set(ret, entry->key, entry->value);
    }
}

void announce_outcome(struct control *control, const struct api_object *object,
                      const struct json *before, const struct outcome *outcome)
{
    struct api_ref ref = api_object_ref(object);
    bool ready = outcome->kind == OUTCOME_READY;
    bool news = is_news(before, object, outcome);
    const char *message = outcome->event ? outcome->event : outcome->message;
    CLEANUP(mem_freep) char *name = api_ref_text(ref);
    log_write(!news   ? LOG_DEBUG
              : ready ? LOG_INFO
                      : LOG_ERROR,
              message, {"kind", api_kind_info(ref.kind)->name}, {"object", name},
              {"reason", outcome->reason});
    if (!news)
        return;
    CLEANUP(strmap_finish) struct strmap annotations = STRMAP_INIT;
    copy_event_annotations(object, &annotations);
    int64_t now_ns = clock_wall_ns(control->config.clock);
    const struct api_event event = {
        .object = ref,
        .uid = object->meta.uid,
        .resource_version = object->meta.resource_version,
        .type = ready ? API_EVENT_NORMAL : API_EVENT_WARNING,
        .reason = outcome->reason,
        .message = message,
        .annotations = &annotations,
        .first_ns = now_ns,
        .last_ns = now_ns,
        .count = 1,
    };
    struct err err;
    if (store_record_event(control->config.store, &event, &err) != 0)
        log_write(LOG_ERROR, "unable to record event", {"object", name}, {"error", err.text});
    if (control->notifier)
        notify_event(control->notifier, &event);
}
