/*
 * The store in a SQLite file: objects, Secrets and events, beside whatever
 * else the file holds (tags, history). Several processes may use it at once.
 *
 * Objects and their removal survive the end of the machine once a call has
 * returned. A status and an event survive the end of the process, and that of
 * the machine only if an object was written after them: they come with every
 * pass of a reconciler, and would come again.
 *
 * Whoever can read the file can read the Secrets in it; db_open() makes it
 * private to its owner.
 */
#ifndef TIDEMARK_STORE_SQLITE_H
#define TIDEMARK_STORE_SQLITE_H

#include "adapt/db.h"
#include "base/clock.h"
#include "store/store.h"

/* DB and CLOCK must outlive the store. */
int sqlite_store_open(struct db *db, const struct clock *clock, struct store **ret,
                      struct err *err);

#endif
