/*
 * One Lease (coordination.k8s.io/v1) as a candidate sees it: the rules of
 * client-go's leader election, without a server and without a clock of its own.
 *
 * Times in the object are for people. What counts is when the candidate saw
 * the record change, by its own monotonic clock: a record that stays the same
 * for its duration has no living holder.
 */
#ifndef TIDEMARK_KUBE_LEASE_H
#define TIDEMARK_KUBE_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/json.h"

enum {
    LEASE_TIME_SIZE = 32, /* bytes of a time in a Lease, with the NUL */
};

struct lease {
    const char *namespace; /* borrowed, as the two others */
    const char *name;
    const char *identity; /* ours */
    int64_t duration_ns;  /* for which we take it */
    struct json *object;  /* as last seen; NULL: there is none, or it was never seen */
    int64_t changed_ns;   /* monotonic: when its record was first seen like this */
};

/* Frees what the lease holds. */
void lease_finish(struct lease *lease);

/* OBJECT (NULL: there is none; taken over) is what the server has, seen at NOW_NS.
 * Returns whether the holder is another one than before. */
bool lease_observe_take(struct lease *lease, struct json *object, int64_t now_ns);

/* Who holds it; "" if nobody does. Borrowed. */
const char *lease_holder(const struct lease *lease);

/* Is it free for us at NOW_NS: absent, given back, not renewed in time, or ours? */
bool lease_is_free(const struct lease *lease, int64_t now_ns);

/* The Lease to write, to take or renew it and to give it back; the caller
 * frees it. It keeps what others put there, the resourceVersion above all, so
 * that only one of several candidates succeeds. */
struct json *lease_claim(const struct lease *lease, int64_t wall_ns);
struct json *lease_give_back(const struct lease *lease, int64_t wall_ns);

#endif
