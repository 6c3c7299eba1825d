/*
 * Reading a collection of the API server in pages.
 */
#ifndef TIDEMARK_KUBE_LIST_H
#define TIDEMARK_KUBE_LIST_H

#include "adapt/json.h"
#include "kube/client.h"

enum {
    KUBE_PAGE = 200,                   /* objects in one page of a list, at most */
    KUBE_LIST_MAX = 1000 * 1000,       /* objects in a list */
    KUBE_LIST_TRIES = 3,               /* of a list that expires before its end */
    KUBE_LIST_TIMEOUT_MS = 300 * 1000, /* of a whole list, in a watch */
};

struct kube_query {
    struct kube_resource resource;
    /* What may stand for resource.version, the best first, NULL at the end: the
     * server is asked which one it has. NULL: resource.version itself. */
    const char *const *versions;
    const char *namespace;      /* NULL: all */
    const char *label_selector; /* NULL: all */
};

/* Answers 0 to go on, -1 to end the list with ERR. OBJECT is borrowed; it has
 * no managedFields, and where the server gives it in a list of a core kind, no
 * apiVersion and kind. */
typedef int (*kube_visit_fn)(void *arg, const struct json *object, struct err *err);

/*
 * Calls VISIT for every object of the query, page by page, in the order of the
 * server, which is that of "namespace/name". The answer is one state of the
 * collection, unless the server forgets that state meanwhile (its memory ends
 * with a compaction, every five minutes): then the rest is of a newer one.
 * Classes as kube_perform(); not-found if the server has no such type.
 */
int kube_list(struct kube_client *client, const struct kube_query *query, kube_visit_fn visit,
              void *arg, const struct deadline *deadline, struct err *err);

/*
 * One attempt at a list that is a single state: 1 with *RET_VERSION (owned)
 * being that state's resourceVersion, 0 if the server forgot it before the end
 * (some objects have been visited), -1.
 */
int kube_list_once(struct kube_client *client, const struct kube_query *query, kube_visit_fn visit,
                   void *arg, const struct deadline *deadline, char **ret_version, struct err *err);

/* QUERY's resource with its version found out. 0, or -1; class not-found if the
 * server has none of them. */
int kube_resolve(struct kube_client *client, const struct kube_query *query,
                 const struct deadline *deadline, struct kube_resource *ret, struct err *err);

/* Removes from OBJECT what tidemark never uses and often is the larger part. */
void kube_trim(struct json *object);

/* "namespace/name" of OBJECT, owned: the order of lists. NULL if it has no
 * name that could be in a path. */
char *kube_object_key(const struct json *object);

#endif
