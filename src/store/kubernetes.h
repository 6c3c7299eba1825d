/*
 * The Kubernetes home: objects as custom resources of an API server, in Flux's
 * own definitions.
 *
 * The rules of store.h are the API server's. What this store adds: it uses the
 * best version of each group that the server has; it asks for strict
 * validation of fields; it writes the spec under the field manager of its
 * caller, the status by merge patches on the subresource; a manifest is a
 * server-side apply under a manager of its own; and it correlates
 * events (correlator.h) before it sends them. Lists come in the server's order,
 * which is that of "namespace/name". An object that cannot be read (another
 * definition of its kind may allow what Flux's does not) spoils neither a list nor
 * a watch: it is passed over, and told. Watches find the kinds also when they are
 * defined later, or in another version.
 */
#ifndef TIDEMARK_STORE_KUBERNETES_H
#define TIDEMARK_STORE_KUBERNETES_H

#include "kube/client.h"
#include "store/store.h"

enum {
    STORE_KUBERNETES_WRITE_MS = 5000, /* the time for a write, if there is a may_write */
};

/* Under which name manifests are applied, whoever the caller is: what he changes by
 * other commands is not of the manifest, and outlives the next apply. */
#define STORE_KUBERNETES_APPLY_MANAGER "tidemark"

/* The versions of KIND that will do, the best first, NULL at the end. */
const char *const *kubernetes_versions(enum api_kind kind);

struct store_kubernetes_config {
    struct kube_client *client; /* borrowed */
    const struct clock *clock;
    const char *field_manager;       /* "flux" for the command line; NULL: the controller's name of
                                        the object's kind, as Flux has it */
    const char *namespace;           /* watch and list only this one; NULL: all */
    const char *label_selector;      /* of the kinds that tidemark reconciles; NULL: all */
    const struct deadline *deadline; /* of all requests together; copied; NULL: none */
    /* Asked before every write, again each time it is repeated; false refuses it
     * with class conflict. May be NULL: a replica that lost its Lease must not
     * write. */
    bool (*may_write)(void *arg);
    /* Told of an object that list() passes over since it cannot be read; ERR names
     * it and says why. A watch tells the same to its on_error. May be NULL. */
    void (*on_unreadable)(void *arg, const struct err *err);
    void *arg;
    /* What lies between the last yes of may_write and the end of the Lease, so that
     * no write is made after that end; 0, or more than it: STORE_KUBERNETES_WRITE_MS. */
    int64_t write_ms;
};

/* Ends in store_free(), when no watch is left. Does not contact the
 * server: the first request does. */
struct store *store_kubernetes_new(const struct store_kubernetes_config *config);

#endif
