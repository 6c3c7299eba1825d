/*
 * The reconcile engine: keeps what the objects say and what the registries and
 * Git repositories hold in step.
 *
 * It runs in two ways. As a daemon (control_start) it watches the store, keeps
 * the intervals, and tries again what failed. In a command (control_drain) it
 * reconciles some objects and whatever they wake, once, and is done.
 *
 * One engine at a time may work on a store; who starts it sees to that.
 */
#ifndef TIDEMARK_CONTROL_CONTROL_H
#define TIDEMARK_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/db.h"
#include "api/object.h"
#include "api/selector.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/metric.h"
#include "store/store.h"

struct control;

struct control_config {
    struct store *store;   /* where the objects live; borrowed */
    struct db *db;         /* tags, marker index, history; borrowed */
    const char *cache_dir; /* mirrors of Git repositories; made if missing */
    const struct clock *clock;
    struct metric_registry *metrics; /* where the engine counts; borrowed, or NULL */
    const char *events_url;          /* where announced events are posted to; NULL or "": nowhere */
    struct cancel *cancel;           /* borrowed; when triggered, what runs is cut off */
    size_t concurrent;               /* workers for each kind; 0: CONTROL_CONCURRENT */
    int64_t retry_min_ns;            /* 0: CONTROL_RETRY_MIN_NS */
    int64_t retry_max_ns;            /* 0: CONTROL_RETRY_MAX_NS */
    int64_t requeue_dependency_ns;   /* 0: CONTROL_REQUEUE_DEPENDENCY_NS */
    int jitter_percent;              /* by how much intervals are stretched or cut; 0: not at all */
    const char *ssh_kex_algorithms;  /* comma-separated; NULL or "": ssh's own choice */
    const char *ssh_host_key_algorithms;
    const char *watch_namespace; /* the only one whose objects are looked at; NULL: all */
    /* The labels of the image objects that are ours to reconcile: a shard. The
     * others are read where ours refer to them. NULL: all are ours. Borrowed. */
    const struct selector *selector;
    /* Asked before each pass and each push; false: not now, since another
     * replica leads. NULL: always. */
    bool (*may_act)(void *arg);
    void *may_act_arg;
    bool no_cross_namespace; /* refuse references to other namespaces */
    bool local;              /* the embedded home: local paths and file:// for Git, the
                                user's own credentials, and GitRepository is reconciled */
};

enum {
    CONTROL_CONCURRENT = 4,
    CONTROL_JITTER_PERCENT = 5, /* the usual setting */
};
#define CONTROL_RETRY_MIN_NS          (750 * CLOCK_NS_PER_MS)
#define CONTROL_RETRY_MAX_NS          (15 * 60 * CLOCK_NS_PER_S)
#define CONTROL_REQUEUE_DEPENDENCY_NS (30 * CLOCK_NS_PER_S)
#define CONTROL_MIRROR_KEEP_NS        (30 * 24 * 60 * 60 * CLOCK_NS_PER_S)

int control_new(const struct control_config *config, struct control **ret, struct err *err);
/* Ends what still runs (see control_stop) and frees the engine. */
void control_free(struct control *control);
MEM_DEFINE_FREEP(struct control, control_free)

/* Starts the daemon: watches and workers. */
int control_start(struct control *control, struct err *err);

/* Has the daemon begun, and all that was in the store been read? */
bool control_is_synced(const struct control *control);

/*
 * Stops the daemon: nothing new is begun, what runs may go on for GRACE_NS and
 * is then cut off by the cancel flag, which stays as it is if nothing runs then.
 * Safe to call twice.
 */
void control_stop(struct control *control, int64_t grace_ns);

/*
 * Housekeeping for an hourly call in a daemon: the database (db_trim), idle
 * connections, objects kept in memory, mirrors that nobody has used for
 * CONTROL_MIRROR_KEEP_NS, and free memory go back. Does what it can; -1 with the first fault.
 */
int control_tidy(struct control *control, struct err *err);

/*
 * Reconciles the objects REFS[0..COUNT) now, each whatever its interval says,
 * and then what they wake, kind by kind in the order of dependency (Git and
 * image repositories, policies, automations), several at a time within a kind.
 * With COUNT 0 it takes every object in the store. What fails is not tried
 * again. Returns 0 when all has been done, whatever the outcomes; -1 if the
 * store fails or the work was cut off.
 */
int control_drain(struct control *control, const struct api_ref *refs, size_t count,
                  struct err *err);

#endif
