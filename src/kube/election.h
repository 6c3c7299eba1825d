/*
 * Leader election by a Lease, in the manner of client-go, so that tidemark and
 * Flux's controllers can take over from each other under one name.
 *
 * A candidate acquires the Lease when it is free or its holder has not renewed
 * it for the lease duration, as measured by the candidate's own monotonic
 * clock from when it saw the last renewal; clocks of different machines are
 * never compared. The holder renews it every retry period, and has lost it
 * when it could not for the renew deadline.
 *
 * Of several Leases a candidate takes all or none, and none before all are
 * free: two candidates never block each other, and nobody sits on a Lease that
 * somebody else could use.
 *
 * A leader that was stopped (SIGSTOP, a frozen machine) must not write when it
 * comes back: whoever is about to write asks election_holds(), which looks at
 * the clock and not at what the election's thread last said. The clock is
 * CLOCK_BOOTTIME where there is one, so that a suspended machine counts too.
 */
#ifndef TIDEMARK_KUBE_ELECTION_H
#define TIDEMARK_KUBE_ELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kube/client.h"

enum {
    ELECTION_LEASES_MAX = 4,
    ELECTION_RELEASE_TIMEOUT_MS = 5000, /* for giving each Lease back */
};

struct election_config {
    /* Borrowed, as the clock. It should be one of the election's own: renewals
     * must not wait while other requests use up the rate. */
    struct kube_client *client;
    const struct clock *clock; /* NULL: wall time and CLOCK_BOOTTIME */
    const char *namespace;
    /* The names of the Leases to hold, all of them or none: tidemark stands in
     * for two controllers, which have a Lease each. */
    const char *const *names;
    size_t name_count;
    const char *identity;      /* host name and a random part */
    int64_t lease_duration_ns; /* 35 s in Flux */
    int64_t renew_deadline_ns; /* 30 s */
    int64_t retry_period_ns;   /* 5 s */
    bool release;              /* give the Leases back at the end */
    /* Called on the election's thread, and must not block; all may be NULL. */
    void (*on_elected)(void *arg);
    /* Somebody else has a Lease, or it could not be renewed in time. The
     * election goes on as a candidate. */
    void (*on_lost)(void *arg);
    /* IDENTITY ("": nobody) holds the Lease NAME from now on. */
    void (*on_new_leader)(void *arg, const char *name, const char *identity);
    /* A Lease cannot be read or written; it is tried again. Told once for each
     * stretch of failures. */
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

struct election;

/* Starts the election's thread. The config is copied, with its strings. Class
 * invalid unless lease duration > renew deadline > retry period > 0, with one
 * to ELECTION_LEASES_MAX names. */
int election_new(const struct election_config *config, struct election **ret, struct err *err);

/*
 * Ends it and, if so configured and still the holder, releases the Leases:
 * call it when the last write has been made. After a loss nothing is released:
 * what is under way then has until the Lease runs out to come to its end.
 */
void election_free(struct election *election);
MEM_DEFINE_FREEP(struct election, election_free)

/* Is every Lease surely ours at this moment? Any thread. */
bool election_holds(const struct election *election);

#endif
