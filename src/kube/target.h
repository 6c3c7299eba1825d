/*
 * The URLs of the API: /api/v1/… for the core group, /apis/GROUP/VERSION/… for
 * the others. Internal to kube/.
 */
#ifndef TIDEMARK_KUBE_TARGET_H
#define TIDEMARK_KUBE_TARGET_H

#include "base/buf.h"
#include "kube/client.h"

enum {
    KUBE_NAME_MAX = 253,              /* bytes of a name of an object */
    KUBE_PATH_MAX = HTTPURL_TEXT_MAX, /* bytes of a path with its query */
};

/* Appends the path and query of REQUEST. Class invalid if a name in it cannot
 * be part of a path, or it gets too long. */
int kube_target_print(const struct kube_request *request, struct buf *ret, struct err *err);

#endif
