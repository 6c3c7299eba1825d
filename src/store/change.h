/*
 * What a write does to an object, by the rules of store.h. Pure: the stored
 * object and a request in, the object to be stored out. The local stores share
 * this, and differ only in where they keep the outcome.
 */
#ifndef TIDEMARK_STORE_CHANGE_H
#define TIDEMARK_STORE_CHANGE_H

#include <stdint.h>

#include "adapt/json.h"
#include "api/object.h"
#include "base/err.h"

enum {
    CHANGE_OBJECT_SIZE_MAX = 1536 * 1024, /* bytes of an object as JSON, as in etcd */
};

enum change_verb {
    CHANGE_CREATE,
    CHANGE_UPDATE,
    CHANGE_PATCH,
    CHANGE_STATUS,
    CHANGE_REMOVE,
};

/* All of it is borrowed. */
struct change_request {
    enum change_verb verb;
    struct api_ref ref;
    const struct api_object *object; /* create, update, status */
    const struct json *json;         /* the patch, or the new status */
    int64_t now_ns;                  /* wall time */
};

enum change_verdict {
    CHANGE_ABSENT, /* there is no such object */
    CHANGE_NONE,   /* it is as wanted already */
    CHANGE_PUT,    /* store the new form, with a new resourceVersion */
    CHANGE_DROP,   /* remove the object */
};

/*
 * Decides what becomes of STORED, which is NULL if there is no such object.
 * *RET receives the object in its new form, with its old resourceVersion
 * (dropped: its last form), to be freed by the caller; NULL if it is absent.
 * Classes: invalid and conflict.
 */
int change_decide(const struct change_request *request, const struct api_object *stored,
                  enum change_verdict *ret_verdict, struct api_object **ret, struct err *err);

/* Merges PATCH into OBJECT, as store_patch() says; nothing else is judged. Class
 * invalid if it has parts that cannot be patched. */
int change_merge(struct api_object *object, const struct json *patch, struct err *err);

/*
 * The status that becomes of CURRENT when a writer who read READ wants WANTED, to
 * be freed by the caller: a merge of the difference, and conditions one by one,
 * by their type, where somebody else has changed some of them meanwhile.
 */
struct json *change_merge_status(const struct json *current, const struct json *read,
                                 const struct json *wanted);

#endif
