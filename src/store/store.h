/*
 * The store: where objects live. One interface, several homes.
 *
 * Nothing above this layer knows whether objects stand in a SQLite file, in a
 * Kubernetes API server or in memory. The rules are those of Kubernetes:
 *
 * - An object is known by kind, namespace and name. A new one gets a uid that
 *   was never used, generation 1 and a creation time.
 * - Every write gives it a new resourceVersion. Its generation grows by one
 *   when the spec changes or when it is marked for deletion, and at no other time.
 * - Spec and metadata (labels, annotations, finalizers) are changed by create,
 *   update and patch; the status only by patch_status.
 * - Deleting an object that has finalizers marks it (deletionTimestamp); it
 *   goes when the last finalizer is removed, and gets no new ones meanwhile.
 *   Without finalizers it goes at once.
 * - What is written is judged first (api/admission.h: unknown fields, types,
 *   required fields, defaults); class invalid otherwise, and nothing is changed.
 *   A write that changes nothing is not made: the resourceVersion stays.
 *
 * Answers: 1 (done, found), 0 (there is no such object: not an error), -1 with
 * ERR filled. Class conflict means that somebody else was first: read again.
 *
 * All functions may be called from any thread. Objects that come out belong to
 * the caller unless the comment says "borrowed".
 */
#ifndef TIDEMARK_STORE_STORE_H
#define TIDEMARK_STORE_STORE_H

#include <stdbool.h>

#include "adapt/json.h"
#include "api/event.h"
#include "api/object.h"
#include "base/cancel.h"
#include "base/err.h"

struct store;
struct store_watch;

struct store_query {
    enum api_kind kind;
    const char *namespace; /* NULL: all namespaces */
};

enum store_change {
    STORE_ADDED,    /* new, or there when the watch began */
    STORE_MODIFIED, /* any write: spec, metadata or status */
    STORE_DELETED,  /* gone; the object is as it was last seen, but for a
                       Secret's content; if very many have gone at once, it may
                       have no more than its names and its uid */
    STORE_SYNCED,   /* all that was there at the beginning has been told; no object */
};

struct store_watcher {
    /* Called on the watch's own thread, one call at a time, in the order of
     * writes of each object; quick successions may be told as one. OBJECT is
     * borrowed for the call. Must not block for long and must not end the watch. */
    void (*on_change)(void *arg, enum store_change change, const struct api_object *object);
    /* The store, or one object of it, cannot be read just now; it goes on by itself. */
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

/* What an apply did. */
enum store_applied {
    STORE_CREATED,
    STORE_CONFIGURED,
    STORE_UNCHANGED, /* labels, annotations, finalizers and spec are as they were */
};

/* Receives objects one by one, borrowed for the call, ordered by namespace and
 * name. Returns 0 to go on, -1 with ERR filled to stop the listing with it. */
typedef int (*store_visit_fn)(void *arg, const struct api_object *object, struct err *err);
typedef int (*store_visit_event_fn)(void *arg, const struct api_event *event, struct err *err);

struct store_ops {
    int (*get)(struct store *store, struct api_ref ref, struct api_object **ret, struct err *err);
    int (*list)(struct store *store, const struct store_query *query, store_visit_fn visit,
                void *arg, struct err *err);

    /*
     * Adds OBJECT (its labels, annotations, finalizers and spec; what else it
     * holds is ignored). Class conflict if it exists. *RET, unless RET is
     * NULL, receives the object as stored.
     */
    int (*create)(struct store *store, const struct api_object *object, struct api_object **ret,
                  struct err *err);

    /*
     * Replaces labels, annotations, finalizers and spec by those of OBJECT.
     * Class conflict if its resource_version or its uid is not empty and not
     * the stored one. 0 if it does not exist.
     */
    int (*update)(struct store *store, const struct api_object *object, struct api_object **ret,
                  struct err *err);

    /*
     * Merges PATCH, {"metadata": {"labels": …, "annotations": …, "finalizers":
     * […]}, "spec": {…}} with any of these parts, into the object (RFC 7386:
     * null removes a member). With a "resourceVersion" among the metadata it
     * is class conflict if that is not the stored one. Class invalid if it has
     * other parts. 0 if the object does not exist.
     */
    int (*patch)(struct store *store, struct api_ref ref, const struct json *patch,
                 struct api_object **ret, struct err *err);

    /*
     * Writes the difference between OBJECT's status, as the caller read it, and
     * STATUS. A spec that changed meanwhile does not matter, nor what others
     * wrote into the status: their members stay, and their conditions, each by
     * its type. 0 if the object is gone or another one (another uid) has taken
     * its place.
     */
    int (*patch_status)(struct store *store, const struct api_object *object,
                        const struct json *status, struct api_object **ret, struct err *err);

    /* store_apply() for a store that knows who manages which field. NULL: it does not. */
    int (*apply)(struct store *store, const struct api_object *wanted, bool force,
                 enum store_applied *ret_how, struct api_object **ret, struct err *err);

    /* Removes the object, or marks it if it has finalizers. 0 if there is none. */
    int (*remove)(struct store *store, struct api_ref ref, struct err *err);

    /*
     * Tells all objects of the query to WATCHER and from then on every change,
     * whoever makes it, this process (at once) or another (within half a
     * second). Ends with unwatch, which returns when no call is under way.
     * WATCHER is copied.
     */
    int (*watch)(struct store *store, const struct store_query *query,
                 const struct store_watcher *watcher, struct store_watch **ret, struct err *err);
    void (*unwatch)(struct store *store, struct store_watch *watch);

    /*
     * Keeps EVENT. One that repeats the object's last event (same type, reason
     * and message), or an earlier one that the store remembers, raises its count
     * instead. The store forgets the oldest beyond its cap.
     */
    int (*record_event)(struct store *store, const struct api_event *event, struct err *err);
    /* The oldest first; NAMESPACE NULL: all. Borrowed for the call. */
    int (*list_events)(struct store *store, const char *namespace, store_visit_event_fn visit,
                       void *arg, struct err *err);

    void (*free)(struct store *store);
};

/* An implementation begins its own struct with this one. */
struct store {
    const struct store_ops *ops;
};

void store_free(struct store *store);
MEM_DEFINE_FREEP(struct store, store_free)

/* The operations, as functions. */
int store_get(struct store *store, struct api_ref ref, struct api_object **ret, struct err *err);
int store_list(struct store *store, const struct store_query *query, store_visit_fn visit,
               void *arg, struct err *err);
int store_create(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err);
int store_update(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err);
int store_patch(struct store *store, struct api_ref ref, const struct json *patch,
                struct api_object **ret, struct err *err);
int store_patch_status(struct store *store, const struct api_object *object,
                       const struct json *status, struct api_object **ret, struct err *err);
int store_remove(struct store *store, struct api_ref ref, struct err *err);
int store_watch(struct store *store, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err);
void store_unwatch(struct store *store, struct store_watch *watch);
int store_record_event(struct store *store, const struct api_event *event, struct err *err);
int store_list_events(struct store *store, const char *namespace, store_visit_event_fn visit,
                      void *arg, struct err *err);

/* Built on them. Both answer 1, or -1; *RET, unless NULL, receives the object as stored. */

/*
 * Brings the object to what WANTED says as a whole: creates it, or replaces its
 * spec and labels and leaves its annotations (those of WANTED are added) and
 * finalizers alone. Tries again when somebody else writes at the same time.
 */
int store_upsert(struct store *store, const struct api_object *wanted, enum store_applied *ret_how,
                 struct api_object **ret, struct err *err);

/*
 * Applies a manifest. What WANTED says is so afterwards, and of its spec and labels
 * goes what an earlier manifest said and this one does not. WANTED should say
 * no more than its author did: no defaults.
 *
 * Where fields have managers, what no manifest ever said stays: others set it. A
 * field that another manager holds with another value is class conflict, and
 * nothing is changed; with FORCE it is taken over. Where they have none, this
 * is store_upsert().
 */
int store_apply(struct store *store, const struct api_object *wanted, bool force,
                enum store_applied *ret_how, struct api_object **ret, struct err *err);

#endif
