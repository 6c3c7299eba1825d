/*
 * Schemas: the fields that a kind's spec may have, with their types, rules and
 * defaults, as tables. Admission and the custom resource definitions come
 * from the same tables.
 */
#ifndef TIDEMARK_API_SCHEMA_H
#define TIDEMARK_API_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/json.h"
#include "api/kind.h"
#include "base/err.h"

enum schema_type {
    SCHEMA_STRING,
    SCHEMA_BOOL,
    SCHEMA_INT,
    SCHEMA_OBJECT,      /* with `fields` */
    SCHEMA_OBJECT_LIST, /* of objects with `fields` */
    SCHEMA_STRING_LIST,
    SCHEMA_STRING_MAP,
};

enum schema_rule {
    SCHEMA_ANY,
    SCHEMA_DURATION,          /* 1h30m, units ms s m h */
    SCHEMA_DURATION_NO_HOURS, /* units ms s m */
    SCHEMA_REFSPEC,           /* one that neither forces (+) nor deletes (:) */
};

struct schema {
    const char *name; /* of the field; NULL ends a table */
    enum schema_type type;
    bool required;
    enum schema_rule rule;
    const char *const *values; /* the only ones allowed, NULL-terminated; or NULL: any */
    const char *fallback;      /* JSON text of the default, or NULL */
    size_t max;                /* most bytes or items; 0: SCHEMA_STRING_MAX, SCHEMA_ITEMS_MAX */
    const struct schema *fields;
};

enum {
    SCHEMA_STRING_MAX = 64 * 1024,
    SCHEMA_ITEMS_MAX = 1024,
};

/*
 * Judges OBJECT by the table FIELDS and fills in defaults. PATH ("spec") stands
 * in front of field names in messages. Class invalid for the first fault: an
 * unknown field (with the one that was probably meant), a missing one, a wrong
 * type, a value that a rule forbids. Members that are null count as absent and
 * are removed.
 */
int schema_admit(const struct schema *fields, const char *path, struct json *object,
                 struct err *err);

/* The table of a kind's spec, ended by a row without name. */
const struct schema *schema_of(enum api_kind kind);

#endif
