/*
 * What the stores on this machine have in common: they turn the operations of
 * store.h into requests (change.h), and run watches (watch.h). How objects are
 * kept is the business of their backend.
 */
#ifndef TIDEMARK_STORE_LOCAL_H
#define TIDEMARK_STORE_LOCAL_H

#include "base/clock.h"
#include "store/change.h"
#include "store/store.h"
#include "store/watch.h"

enum {
    LOCAL_EVENTS_MAX = 5000,             /* that are kept */
    LOCAL_EVENT_MESSAGE_MAX = 32 * 1024, /* bytes; longer messages end in "..." */
};

struct local_store {
    struct store base; /* must be first */
    const struct clock *clock;
    struct watch_hub *hub;
    /*
     * Carries out REQUEST on what is stored, all or nothing, by
     * change_decide(). *RET receives the object in its new form, or NULL.
     */
    int (*apply)(struct local_store *local, const struct change_request *request,
                 enum change_verdict *ret_verdict, struct api_object **ret, struct err *err);
};

/* The operations that need nothing but `apply` and the hub. */
int local_create(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err);
int local_update(struct store *store, const struct api_object *object, struct api_object **ret,
                 struct err *err);
int local_patch(struct store *store, struct api_ref ref, const struct json *patch,
                struct api_object **ret, struct err *err);
int local_patch_status(struct store *store, const struct api_object *object,
                       const struct json *status, struct api_object **ret, struct err *err);
int local_remove(struct store *store, struct api_ref ref, struct err *err);
int local_watch(struct store *store, const struct store_query *query,
                const struct store_watcher *watcher, struct store_watch **ret, struct err *err);
void local_unwatch(struct store *store, struct store_watch *watch);

/* Decide for a backend's record_event(): whether EVENT repeats what the last
 * event of its object said. */
bool local_event_repeats(const struct api_event *event, const struct api_event *last);

/* The message as it is kept, to be freed. */
char *local_event_message(const struct api_event *event);

/* The form of a removed object that is kept for watches: nothing secret. */
struct api_object *local_tombstone(const struct api_object *object);

#endif
