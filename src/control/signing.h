/*
 * Signing the commits of an automation with the key of a Secret in its
 * namespace.
 *
 * Reading the Secret is cheap and is done on every run; the key is unpacked and
 * tried when it is first needed, or when somebody wants to know whether it is
 * any good (signing_try).
 */
#ifndef TIDEMARK_CONTROL_SIGNING_H
#define TIDEMARK_CONTROL_SIGNING_H

#include "api/image_update.h"
#include "base/buf.h"
#include "base/err.h"
#include "control/pass.h"
#include "control/secret.h"
#include "git/signer.h"

struct signing {
    struct pass *pass;
    struct secret secret;
    struct git_signer_options options;
    struct git_signer *signer; /* NULL until it is needed */
};

#define SIGNING_INIT                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

void signing_finish(struct signing *signing);

/* Reads what SPEC names into the empty RET. 1, 0 if commits are not signed, -1. */
int signing_read(struct pass *pass, const struct api_image_update *spec, struct signing *ret,
                 struct err *err);

/* Can the key sign? */
int signing_try(struct signing *signing, struct err *err);

/* The sign function of a git_commit_request; ARG is the struct signing. */
int signing_sign(void *arg, struct span payload, struct buf *ret, struct err *err);

#endif
