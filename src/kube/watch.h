/*
 * Following a collection: list once in pages, then watch, for ever.
 *
 * The loop keeps a small table of what exists (watch_table.h), so that after a
 * gap (410, a lost connection that cannot be resumed) it tells exactly what was
 * added, changed and removed meanwhile. It asks for bookmarks and resumes a
 * broken watch from the last resourceVersion it saw; when the server has
 * forgotten that version it lists again. Failures are tried again with back-off
 * (from half a second to half a minute, with jitter). Memory is bounded by the
 * table and one page or one event.
 */
#ifndef TIDEMARK_KUBE_WATCH_H
#define TIDEMARK_KUBE_WATCH_H

#include "adapt/json.h"
#include "kube/client.h"
#include "kube/list.h"

enum kube_change {
    KUBE_ADDED,
    KUBE_MODIFIED,
    KUBE_DELETED, /* after a gap the object has no more than its metadata's names and uid */
    KUBE_SYNCED,  /* all that was there at the beginning has been told; no object */
};

struct kube_watcher {
    /* Called on the watch's own thread, in order. OBJECT is borrowed; see
     * kube_visit_fn for what it lacks. */
    void (*on_change)(void *arg, enum kube_change change, const struct json *object);
    /* The server cannot be read just now; it is tried again. Told once for each
     * stretch of failures. May be NULL. */
    void (*on_error)(void *arg, const struct err *err);
    void *arg;
};

struct kube_watch;

/* Starts the thread. Does not wait for the server. QUERY and WATCHER are
 * copied, with QUERY's strings; its versions must outlive the watch. */
int kube_watch_new(struct kube_client *client, const struct kube_query *query,
                   const struct kube_watcher *watcher, struct kube_watch **ret, struct err *err);
/* Ends it; cuts off a request under way. No callback runs after it returns. */
void kube_watch_free(struct kube_watch *watch);
MEM_DEFINE_FREEP(struct kube_watch, kube_watch_free)

#endif
