/*
 * History: the commits that automations pushed, in the database, so that
 * "who changed this, and why" has an answer.
 */
#ifndef TIDEMARK_CONTROL_HISTORY_H
#define TIDEMARK_CONTROL_HISTORY_H

#include <stdint.h>

#include "adapt/db.h"
#include "adapt/json.h"
#include "api/object.h"
#include "base/err.h"

enum {
    HISTORY_ROWS_MAX = 10000, /* the oldest beyond that are forgotten */
};

/* Strings are borrowed. */
struct history_row {
    int64_t at_ns; /* wall time of the push */
    struct api_ref automation;
    const char *url; /* of the repository, without credentials */
    const char *branch;
    const char *commit;         /* hex */
    const char *message;        /* of the commit */
    const struct json *changes; /* list of {file, object, old, new, setter} */
};

int history_migrate(struct db *db, struct err *err);
int history_add(struct db *db, const struct history_row *row, struct err *err);

#endif
