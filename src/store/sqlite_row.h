/*
 * What the files sqlite*.c share. Nobody else includes this.
 */
#ifndef TIDEMARK_STORE_SQLITE_ROW_H
#define TIDEMARK_STORE_SQLITE_ROW_H

#include <pthread.h>

#include "adapt/db.h"
#include "store/local.h"
#include "store/poll.h"

struct sqlite_store {
    struct local_store local; /* must be first */
    struct db *db;
    pthread_mutex_t lock; /* guards poll */
    struct poll *poll;    /* from the first watch on */
};

struct sqlite_store *sqlite_store_of(struct store *store);

/* Events (sqlite_event.c). */
int sqlite_record_event(struct store *store, const struct api_event *event, struct err *err);
int sqlite_list_events(struct store *store, const char *namespace, store_visit_event_fn visit,
                       void *arg, struct err *err);

#endif
