/*
 * What the files of the Kubernetes store share.
 */
#ifndef TIDEMARK_STORE_KUBERNETES_STORE_H
#define TIDEMARK_STORE_KUBERNETES_STORE_H

#include <pthread.h>

#include "kube/client.h"
#include "store/correlator.h"
#include "store/kubernetes.h"

struct kubernetes_store {
    struct store base;                     /* must be first */
    struct store_kubernetes_config config; /* its strings are those below */
    char *field_manager;
    char *namespace;
    char *label_selector;
    struct deadline deadline;
    struct correlator *correlator;
    pthread_mutex_t lock;                 /* guards what follows */
    const char *versions[API_KIND_COUNT]; /* static; NULL: not asked for yet */
};

static inline struct kubernetes_store *kubernetes_store_of(struct store *store)
{
    return (struct kubernetes_store *)store; /* base is its first member */
}

/* KIND in the server's best version: 0, or -1. */
int kubernetes_resource(struct kubernetes_store *store, enum api_kind kind,
                        struct kube_resource *ret, struct err *err);

/* MANIFEST, which the server sent, as an object of KIND. The error names it. */
int kubernetes_read(enum api_kind kind, const struct json *manifest, struct api_object **ret,
                    struct err *err);

/* Performs REQUEST if it may be made: a write asks may_write before each sending,
 * and bears FIELD_MANAGER. Answers as kube_perform(). */
int kubernetes_send(struct kubernetes_store *store, struct kube_request request,
                    const char *field_manager, struct json **ret, struct kube_answer *answer,
                    struct err *err);

/* Sends BODY, what a manifest says of the object REF, as a server-side apply.
 * Answers as kube_perform(). */
int kubernetes_send_apply(struct kubernetes_store *store, struct api_ref ref, struct json *body,
                          bool force, struct api_object **ret, struct kube_answer *answer,
                          struct err *err);

/* Operations. */
int kubernetes_apply(struct store *store, const struct api_object *wanted, bool force,
                     enum store_applied *ret_how, struct api_object **ret, struct err *err);
int kubernetes_record_event(struct store *store, const struct api_event *event, struct err *err);
int kubernetes_list_events(struct store *store, const char *namespace, store_visit_event_fn visit,
                           void *arg, struct err *err);
int kubernetes_watch(struct store *store, const struct store_query *query,
                     const struct store_watcher *watcher, struct store_watch **ret,
                     struct err *err);
void kubernetes_unwatch(struct store *store, struct store_watch *watch);

/* QUERY as the server is asked it. */
struct kube_query kubernetes_query(const struct kubernetes_store *store,
                                   const struct store_query *query);

#endif
