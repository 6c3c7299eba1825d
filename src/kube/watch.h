/*
 * Following a collection: list once in pages, then watch, for ever.
 *
 * The loop keeps a small table of what exists (names, uid, resourceVersion),
 * so that after a gap (410, a lost connection that cannot be resumed) it tells
 * exactly what was added, changed and removed meanwhile. It asks for bookmarks
 * and resumes a broken watch from the last resourceVersion it saw; when the
 * server has forgotten that version it lists again. Failures are tried again
 * with back-off (from half a second to half a minute, with jitter). Memory is
 * bounded by the table and one page or one event.
 */
#ifndef TIDEMARK_KUBE_WATCH_H
#define TIDEMARK_KUBE_WATCH_H

#include "adapt/json.h"
#include "kube/client.h"

enum {
    KUBE_PAGE = 200, /* objects in one page of a list */
};

struct kube_query {
    struct kube_resource resource;
    const char *namespace;      /* NULL: all */
    const char *label_selector; /* NULL: all */
};

/*
 * Calls VISIT for every object of the query, page by page, ordered as the
 * server gives them (by namespace and name). OBJECT is borrowed. A list whose
 * continuation has expired is finished from where the server allows. *RET_VERSION (NULL: not
 * wanted) receives the list's resourceVersion.
 */
typedef int (*kube_visit_fn)(void *arg, const struct json *object, struct err *err);
int kube_list(struct kube_client *client, const struct kube_query *query, kube_visit_fn visit,
              void *arg, const struct deadline *deadline, char **ret_version, struct err *err);

enum kube_change {
    KUBE_ADDED,
    KUBE_MODIFIED,
    KUBE_DELETED, /* after a gap the object has no more than its metadata's names and uid */
    KUBE_SYNCED,  /* all that was there at the beginning has been told; no object */
};

struct kube_watcher {
    /* Called on the watch's own thread, in order. OBJECT is borrowed. */
    void (*on_change)(void *arg, enum kube_change change, const struct json *object);
    /* The server cannot be read just now; it is tried again. Told once for each
     * stretch of failures. */
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

struct kube_watch;

/* Starts the thread. Does not wait for the server. */
struct kube_watch *kube_watch_new(struct kube_client *client, const struct kube_query *query,
                                  const struct kube_watcher *watcher);
/* Ends it; cuts off a request under way. No callback runs after it returns. */
void kube_watch_free(struct kube_watch *watch);
MEM_DEFINE_FREEP(struct kube_watch, kube_watch_free)

#endif
