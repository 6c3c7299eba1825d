#include "api/condition.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/utf8.h"

static const char *const order[] = {API_STALLED, API_RECONCILING, API_READY};

static size_t rank(const char *type)
{
    size_t at = 0;
    while (at < ARRAY_LEN(order) && !str_equal(order[at], type))
        at++;
    return at;
}

static const struct json *find(const struct json *status, const char *type)
{
    const struct json *list = json_member(status, "conditions");
    for (size_t i = 0; i < json_count(list); i++) {
        if (str_equal(json_member_text(json_at(list, i), "type"), type))
            return json_at(list, i);
    }
    return NULL;
}

static const char *member_or_empty(const struct json *condition, const char *key)
{
    const char *text = json_member_text(condition, key);
    return text ? text : "";
}

bool api_condition_get(const struct json *status, const char *type, struct api_condition *ret)
{
    const struct json *condition = find(status, type);
    if (!condition)
        return false;
    *ret = (struct api_condition){
        .status = member_or_empty(condition, "status"),
        .reason = member_or_empty(condition, "reason"),
        .message = member_or_empty(condition, "message"),
    };
    json_int(json_member(condition, "observedGeneration"), &ret->observed_generation);
    return true;
}

/* The condition is there and True. */
static bool is_true(const struct json *status, const char *type)
{
    return str_equal(json_member_text(find(status, type), "status"), API_TRUE);
}

void api_condition_remove(struct json *status, const char *type)
{
    struct json *list = json_member_mut(status, "conditions");
    for (size_t i = 0; i < json_count(list); i++) {
        if (str_equal(json_member_text(json_at(list, i), "type"), type)) {
            json_remove_at(list, i);
            return;
        }
    }
}

static void insert_in_order(struct json *status, struct json *condition)
{
    struct json *sorted = json_new_array();
    const struct json *list = json_member(status, "conditions");
    size_t at = rank(json_member_text(condition, "type"));
    struct json *pending = condition;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *other = json_at(list, i);
        if (pending && rank(json_member_text(other, "type")) > at)
            json_push_take(sorted, MEM_STEAL(pending));
        json_push_take(sorted, json_clone(other));
    }
    if (pending)
        json_push_take(sorted, pending);
    json_put_take(status, "conditions", sorted);
}

/* Nothing is under way where it cannot go on. */
static void remove_opposite(struct json *status, const char *type)
{
    if (str_equal(type, API_RECONCILING))
        api_condition_remove(status, API_STALLED);
    if (str_equal(type, API_STALLED))
        api_condition_remove(status, API_RECONCILING);
}

void api_condition_set(struct json *status, const char *type, const struct api_condition *condition,
                       int64_t now_ns)
{
    CLEANUP(mem_freep) char *message = utf8_cut(condition->message, API_CONDITION_MESSAGE_MAX);
    struct json *set = json_new_object();
    json_put_text(set, "type", type);
    json_put_text(set, "status", condition->status);
    json_put_text(set, "reason", condition->reason);
    json_put_text(set, "message", message);
    json_put_int(set, "observedGeneration", condition->observed_generation);

    const struct json *old = find(status, type);
    const char *since = json_member_text(old, "lastTransitionTime");
    bool moved = !since || !json_same(json_member(old, "status"), json_member(set, "status")) ||
                 !json_same(json_member(old, "reason"), json_member(set, "reason")) ||
                 !json_same(json_member(old, "message"), json_member(set, "message"));
    char now[CLOCK_TEXT_SIZE];
    json_put_text(set, "lastTransitionTime", moved ? clock_format_utc(now_ns, now) : since);

    api_condition_remove(status, type);
    remove_opposite(status, type);
    insert_in_order(status, set);
}

void api_conditions_merge(struct json *status, const struct json *read, const struct json *wanted)
{
    const struct json *before = json_member(read, "conditions");
    const struct json *after = json_member(wanted, "conditions");
    for (size_t i = 0; i < json_count(before); i++) {
        const char *type = json_member_text(json_at(before, i), "type");
        if (!find(wanted, type))
            api_condition_remove(status, type);
    }
    for (size_t i = 0; i < json_count(after); i++) {
        const struct json *condition = json_at(after, i);
        const char *type = json_member_text(condition, "type");
        const struct json *old = find(read, type);
        if (old && json_same(old, condition))
            continue;
        api_condition_remove(status, type);
        remove_opposite(status, type);
        insert_in_order(status, json_clone(condition));
    }
}

bool api_is_ready(const struct json *status)
{
    return is_true(status, API_READY) && !is_true(status, API_RECONCILING) &&
           !is_true(status, API_STALLED);
}
