/*
 * Secrets as reconcilers use them: decoded, and wiped when done with.
 */
#ifndef TIDEMARK_CONTROL_SECRET_H
#define TIDEMARK_CONTROL_SECRET_H

#include "base/err.h"
#include "base/strmap.h"
#include "store/store.h"

struct secret {
    char *type;           /* "Opaque", "kubernetes.io/dockerconfigjson" … */
    struct strmap values; /* decoded */
};

#define SECRET_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

/* Overwrites and frees the values. */
void secret_finish(struct secret *secret);

/*
 * Reads the Secret into the empty RET. 1, 0 if there is none, -1 if it cannot
 * be read; class invalid if a value is no base64, or not text.
 */
int secret_read(struct store *store, const char *namespace, const char *name, struct secret *ret,
                struct err *err);

/* The value, or NULL. */
const char *secret_value(const struct secret *secret, const char *key);

#endif
