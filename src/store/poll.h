/*
 * Notices what other processes commit to a database: a thread that asks for
 * its data version a few times a second.
 */
#ifndef TIDEMARK_STORE_POLL_H
#define TIDEMARK_STORE_POLL_H

#include "adapt/db.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/watch.h"

enum {
    POLL_INTERVAL_MS = 200,
};

struct poll;

/* Begins to signal HUB after each change by others, from this call on. Both
 * must outlive the result. */
int poll_new(struct db *db, struct watch_hub *hub, struct poll **ret, struct err *err);
void poll_free(struct poll *poll);
MEM_DEFINE_FREEP(struct poll, poll_free)

#endif
