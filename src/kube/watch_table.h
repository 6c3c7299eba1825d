/*
 * What a watch knows of its collection: a small table of what exists (names,
 * uid, resourceVersion), and the rules by which lists and events become
 * exactly one ADDED, the MODIFIEDs and one DELETED of each object.
 *
 *     known            comes                    is told
 *     nothing          listed, ADDED, MODIFIED  ADDED
 *     this version     listed, ADDED, MODIFIED  nothing
 *     another version  listed, ADDED, MODIFIED  MODIFIED
 *     another uid      listed, ADDED, MODIFIED  DELETED (names and uid), ADDED
 *     this uid         DELETED                  DELETED
 *     another uid      DELETED                  nothing
 *     nothing          DELETED                  nothing
 *     anything         not in a whole list      DELETED (names and uid)
 *
 * Pure: it talks to no server. For use by one thread.
 */
#ifndef TIDEMARK_KUBE_WATCH_TABLE_H
#define TIDEMARK_KUBE_WATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/json.h"
#include "kube/watch.h"

enum {
    WATCH_TABLE_TEXT_MAX = 1024, /* bytes of a name, a uid or a resourceVersion */
};

struct watch_table;

/*
 * WATCHER is copied; its on_error is not used. The table holds at most MAX objects,
 * and twice as many while a list replaces what was there. What does not fit is
 * refused, class invalid, before anything is told or the version moves: so the
 * event comes again, and nothing is lost once there are fewer objects.
 */
struct watch_table *watch_table_new(const struct kube_watcher *watcher, size_t max);
void watch_table_free(struct watch_table *table);
MEM_DEFINE_FREEP(struct watch_table, watch_table_free)

/*
 * A list: begin, all objects, end with the list's version. What is not in it is
 * told as DELETED at the end, and the first end tells KUBE_SYNCED. A list that
 * breaks off has no end: begin again.
 */
void watch_table_list_begin(struct watch_table *table);
int watch_table_list_object(struct watch_table *table, const struct json *object, struct err *err);
void watch_table_list_end(struct watch_table *table, const char *version);

enum watch_table_verdict {
    WATCH_TABLE_GO_ON,
    WATCH_TABLE_EXPIRED, /* the server has forgotten the version: list again */
};

/* Takes in one line of a watch. -1 if it is the server's report of a failure,
 * malformed, or of one object too many: then nothing is told. */
int watch_table_event(struct watch_table *table, struct span line, enum watch_table_verdict *ret,
                      struct err *err);

/* The version to watch from; "" before the first list's end. Borrowed. */
const char *watch_table_version(const struct watch_table *table);

#endif
