/*
 * The source: a GitRepository as a remote that git can talk to, with the
 * Secrets that it names.
 */
#ifndef TIDEMARK_CONTROL_SOURCE_H
#define TIDEMARK_CONTROL_SOURCE_H

#include "api/git_repository.h"
#include "control/outcome.h"
#include "control/pass.h"
#include "git/checkout.h"
#include "git/remote.h"

struct source {
    struct api_object *object;      /* the GitRepository */
    struct api_git_repository spec; /* borrowed from it */
    struct git_remote *remote;
};

#define SOURCE_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

void source_finish(struct source *source);

/*
 * Opens the remote of OBJECT, which is taken over. On -1 the Secrets, the URL
 * or the credentials are at fault, and ERR says so in Flux's words; class
 * invalid for what only another spec can mend.
 */
int source_open_take(struct pass *pass, struct api_object *object, struct source *ret,
                     struct err *err);

/* The ref of a spec as git/checkout.h takes it. */
struct git_checkout source_checkout(const struct api_git_ref *ref);

#endif
