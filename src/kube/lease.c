#include "kube/lease.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"

enum {
    GIVEN_BACK_S = 1, /* the duration of a Lease without a holder, as client-go leaves it */
};

void lease_finish(struct lease *lease)
{
    json_free(lease->object);
    lease->object = NULL;
}

static const struct json *spec_of(const struct lease *lease)
{
    return json_member(lease->object, "spec");
}

const char *lease_holder(const struct lease *lease)
{
    const char *holder = json_member_text(spec_of(lease), "holderIdentity");
    return holder ? holder : "";
}

static const char *uid_of(const struct json *object)
{
    return json_member_text(json_member(object, "metadata"), "uid");
}

bool lease_observe_take(struct lease *lease, struct json *object, int64_t now_ns)
{
    CLEANUP(mem_freep) char *holder = str_dup(lease_holder(lease));
    bool same = lease->object && object && json_same(spec_of(lease), json_member(object, "spec")) &&
                str_equal(uid_of(lease->object), uid_of(object));
    if (!same)
        lease->changed_ns = now_ns;
    json_free(lease->object);
    lease->object = object;
    return !str_equal(holder, lease_holder(lease));
}

bool lease_is_free(const struct lease *lease, int64_t now_ns)
{
    const char *holder = lease_holder(lease);
    int64_t duration_ns = lease->duration_ns;
    int64_t seconds;
    if (!*holder || str_equal(holder, lease->identity))
        return true;
    if (json_int(json_member(spec_of(lease), "leaseDurationSeconds"), &seconds) && seconds > 0 &&
        seconds <= INT32_MAX)
        duration_ns = seconds * CLOCK_NS_PER_S;
    return now_ns - lease->changed_ns >= duration_ns;
}

/* As Go's metav1.MicroTime reads it: exactly six digits of fraction. */
static void format_time(int64_t wall_ns, char text[static LEASE_TIME_SIZE])
{
    char seconds[CLOCK_TEXT_SIZE];
    int64_t micros = wall_ns % CLOCK_NS_PER_S / 1000;
    clock_format_utc(wall_ns, seconds);
    snprintf(text, LEASE_TIME_SIZE, "%.19s.%06dZ", seconds, (int)micros);
}

/* The object as last seen, or one that is new. */
static struct json *copy_of(const struct lease *lease)
{
    if (lease->object)
        return json_clone(lease->object);
    struct json *object = json_new_object();
    json_put_text(object, "apiVersion", "coordination.k8s.io/v1");
    json_put_text(object, "kind", "Lease");
    struct json *meta = json_ensure_object(object, "metadata");
    json_put_text(meta, "name", lease->name);
    json_put_text(meta, "namespace", lease->namespace);
    return object;
}

struct json *lease_claim(const struct lease *lease, int64_t wall_ns)
{
    struct json *object = copy_of(lease);
    struct json *spec = json_ensure_object(object, "spec");
    char now[LEASE_TIME_SIZE];
    int64_t transitions = 0;
    format_time(wall_ns, now);
    json_int(json_member(spec, "leaseTransitions"), &transitions);
    if (!str_equal(lease_holder(lease), lease->identity)) {
        json_put_text(spec, "acquireTime", now);
        json_put_int(spec, "leaseTransitions", lease->object ? transitions + 1 : 0);
    }
    json_put_text(spec, "holderIdentity", lease->identity);
    json_put_int(spec, "leaseDurationSeconds",
                 (lease->duration_ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S);
    json_put_text(spec, "renewTime", now);
    return object;
}

struct json *lease_give_back(const struct lease *lease, int64_t wall_ns)
{
    struct json *object = copy_of(lease);
    struct json *spec = json_ensure_object(object, "spec");
    char now[LEASE_TIME_SIZE];
    format_time(wall_ns, now);
    json_remove(spec, "holderIdentity");
    json_put_int(spec, "leaseDurationSeconds", GIVEN_BACK_S);
    json_put_text(spec, "renewTime", now);
    json_put_text(spec, "acquireTime", now);
    return object;
}
