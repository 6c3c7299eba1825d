/*
 * One run of an automation: list the remote, decide where to work, edit,
 * commit, push; and once more from the start when somebody else was faster.
 */
#ifndef TIDEMARK_CONTROL_UPDATE_RUN_H
#define TIDEMARK_CONTROL_UPDATE_RUN_H

#include <stdbool.h>

#include "api/image_update.h"
#include "base/strlist.h"
#include "control/pass.h"
#include "control/policies.h"
#include "control/signing.h"
#include "control/source.h"
#include "git/name.h"
#include "template/template.h"

enum {
    UPDATE_RUN_TRIES = 10, /* against others who push to the same branch */
};

/* Where an error happened decides its condition. */
enum update_stage {
    UPDATE_CHECKOUT, /* listing, fetching */
    UPDATE_APPLY,    /* editing */
    UPDATE_PUBLISH,  /* message, commit, push */
};

enum update_answer {
    UPDATE_SKIPPED,   /* nothing moved since the last run */
    UPDATE_UNCHANGED, /* everything is as the policies want it */
    UPDATE_PUSHED,
};

struct update_run_request {
    struct pass *pass;
    const struct api_image_update *spec;
    struct source *source;
    const struct git_checkout *checkout;
    const char *push_branch;
    bool separate; /* the push branch is another one than the branch checked out */
    const struct policy_images *policies;
    const struct template *template; /* or NULL */
    struct signing *signing;         /* or NULL */
    bool full;                       /* do not skip */
};

struct update_run_result {
    enum update_answer answer;
    char *revision;         /* of the source that was seen: main@sha1:… */
    char *commit;           /* of UPDATE_PUSHED: hex */
    char *message;          /* of UPDATE_PUSHED */
    struct strlist notices; /* unless UPDATE_SKIPPED */
};

void update_run_result_finish(struct update_run_result *result);

/* On -1 *RET_STAGE tells where it failed. */
int update_run(const struct update_run_request *request, struct update_run_result *ret,
               enum update_stage *ret_stage, struct err *err);

#endif
