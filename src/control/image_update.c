/*
 * ImageUpdateAutomation: writes what the policies resolved into a repository.
 */
#include "control/pass.h"

#include <string.h>

#include "api/message.h"
#include "base/log.h"
#include "base/str.h"
#include "control/policies.h"
#include "control/run_state.h"
#include "control/source.h"
#include "control/update_run.h"

#define NOTICES_ANNOTATION "tidemark.dev/notices"

enum {
    SHORT_HASH = 7,
    NOTICES_MAX = 16 * 1024, /* bytes of the annotation */
};

/* Everything that one pass holds. */
struct job {
    struct pass *pass;
    struct api_image_update spec;
    struct policy_images policies;
    struct source source;
    struct git_checkout checkout;
    const char *push_branch;
    bool separate;
    struct template *template;
    struct signing signing;
    struct update_run_result result;
};

static void job_finish(struct job *job)
{
    policy_images_finish(&job->policies);
    source_finish(&job->source);
    template_free(job->template);
    update_run_result_finish(&job->result);
    signing_finish(&job->signing);
}

/* Steps. Each returns 0, or -1 with the outcome set. */

static int check_spec(struct job *job, struct outcome *ret)
{
    const struct api_object *object = job->pass->object;
    const struct api_image_update *spec = &job->spec;
    struct err err;
    if (api_image_update_read(object, &job->spec, &err) != 0) {
        outcome_stalled(ret, "InvalidSourceConfiguration", "%s", err.text);
        return -1;
    }
    if (!str_equal(spec->source_kind, "GitRepository")) {
        outcome_stalled(ret, "InvalidSourceConfiguration",
                        "source kind '%s' not supported: invalid source configuration",
                        spec->source_kind);
        return -1;
    }
    if (!spec->has_git) {
        outcome_stalled(ret, "InvalidSourceConfiguration",
                        "source kind 'GitRepository' necessitates field .spec.git: invalid source "
                        "configuration");
        return -1;
    }
    if (!*spec->strategy) {
        outcome_stalled(ret, "InvalidUpdateStrategy", "no update strategy");
        return -1;
    }
    if (!str_equal(spec->strategy, "Setters")) {
        outcome_stalled(ret, "InvalidUpdateStrategy", "unsupported update strategy: %s",
                        spec->strategy);
        return -1;
    }
    return 0;
}

static int read_policies(struct job *job, struct outcome *ret)
{
    struct err err;
    if (policy_images_list(job->pass->control->config.store, job->pass->object->meta.namespace,
                           job->spec.policy_selector, &job->policies, &err) == 0)
        return 0;
    if (err.class == ERR_INVALID)
        outcome_stalled(ret, "InvalidPolicySelector", "%s", err.text);
    else
        outcome_retry(ret, "Failed", "%s", err.text);
    return -1;
}

static int open_source(struct job *job, struct outcome *ret)
{
    const struct control *control = job->pass->control;
    const char *own = job->pass->object->meta.namespace;
    const struct api_ref ref = {API_GIT_REPOSITORY, job->spec.source_namespace, job->spec.source};
    struct api_object *object = NULL;
    struct err err;
    if (control->config.no_cross_namespace && !str_equal(ref.namespace, own)) {
        outcome_stalled(ret, "AccessDenied",
                        "can't access 'GitRepository/%s/%s', cross-namespace references have been "
                        "blocked",
                        ref.namespace, ref.name);
        return -1;
    }
    int answer = store_get(control->config.store, ref, &object, &err);
    if (answer == 0)
        outcome_retry(ret, "SourceManagerFailed",
                      "failed configuring source manager: referenced git repository does not "
                      "exist: gitrepositories.source.toolkit.fluxcd.io \"%s\" not found",
                      ref.name);
    else if (answer < 0)
        outcome_retry(ret, "SourceManagerFailed",
                      "failed configuring source manager: failed to get referenced git "
                      "repository: %s",
                      err.text);
    else if (source_open_take(job->pass, object, &job->source, &err) == 0)
        return 0;
    else
        outcome_retry(ret, "SourceManagerFailed", "failed configuring source manager: %s",
                      err.text);
    return -1;
}

/* A new key, and one that somebody asks about, is tried at once. */
static int read_signing(struct job *job, struct outcome *ret)
{
    const struct pass *pass = job->pass;
    struct err err;
    int answer = signing_read(job->pass, &job->spec, &job->signing, &err);
    if (answer == 1 && (pass->new_generation || pass->requested))
        answer = signing_try(&job->signing, &err);
    if (answer >= 0)
        return 0;
    outcome_retry(ret, "SourceManagerFailed", "failed configuring source manager: %s", err.text);
    return -1;
}

/* What to check out and where to push. */
static int plan_branches(struct job *job, struct outcome *ret)
{
    const struct api_git_ref *ref =
        job->spec.has_checkout_ref ? &job->spec.checkout_ref : &job->source.spec.ref;
    bool any = *ref->branch || *ref->tag || *ref->semver || *ref->name || *ref->commit;
    const char *branch = any ? ref->branch : "master";
    job->checkout = source_checkout(ref);
    job->push_branch = *job->spec.push_branch ? job->spec.push_branch : ref->branch;
    if (!*job->push_branch) {
        outcome_retry(ret, "SourceManagerFailed",
                      "failed configuring source manager: push spec not provided, and cannot be "
                      "inferred from .spec.git.checkout.ref or GitRepository .spec.ref");
        return -1;
    }
    job->separate = !str_equal(job->push_branch, branch) || *ref->tag || *ref->semver ||
                    *ref->name || *ref->commit;
    return 0;
}

static int parse_template(struct job *job, struct outcome *ret)
{
    struct err err;
    if (api_message_parse(&job->spec, &job->template, &err) == 0)
        return 0;
    outcome_retry(ret, "GitOperationFailed", "failed to update source: %s", err.text);
    return -1;
}

static int check_policies(struct job *job, struct outcome *ret)
{
    struct err err;
    if (policy_images_check(&job->policies, &err) == 0)
        return 0;
    outcome_retry(ret, "UpdateFailed", "failed to apply policies: %s", err.text);
    return -1;
}

static int run(struct job *job, struct outcome *ret)
{
    static const struct {
        const char *reason;
        const char *doing;
    } stages[] = {
        [UPDATE_CHECKOUT] = {"GitOperationFailed", "failed to checkout source"},
        [UPDATE_APPLY] = {"UpdateFailed", "failed to apply policies"},
        [UPDATE_PUBLISH] = {"GitOperationFailed", "failed to update source"},
    };
    const struct pass *pass = job->pass;
    const struct update_run_request request = {
        .pass = job->pass,
        .spec = &job->spec,
        .source = &job->source,
        .checkout = &job->checkout,
        .push_branch = job->push_branch,
        .separate = job->separate,
        .policies = &job->policies,
        .template = job->template,
        .signing = job->signing.options.key ? &job->signing : NULL,
        .full = pass->requested || pass->new_generation ||
                !policy_images_observed(&job->policies, pass->status),
    };
    enum update_stage stage = UPDATE_CHECKOUT;
    struct err err;
    if (update_run(&request, &job->result, &stage, &err) == 0)
        return 0;
    outcome_retry(ret, stages[stage].reason, "%s: %s", stages[stage].doing, err.text);
    return -1;
}

/* Tells people about markers that do nothing: in the log when that changes,
 * and in an annotation. */
static void tell_notices(struct job *job)
{
    const struct api_object *object = job->pass->object;
    const struct strlist *notices = &job->result.notices;
    const char *before = strmap_get(&object->meta.annotations, NOTICES_ANNOTATION);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(NOTICES_MAX);
    CLEANUP(mem_freep) char *name = api_ref_text(api_object_ref(object));
    for (size_t i = 0; i < notices->len; i++)
        buf_addf(&text, "%s%s", i != 0 ? "\n" : "", notices->items[i]);
    if (str_equal(buf_text(&text), before ? before : ""))
        return;
    for (size_t i = 0; i < notices->len; i++)
        log_write(LOG_INFO, notices->items[i], {"kind", "ImageUpdateAutomation"}, {"object", name});
    CLEANUP(json_freep) struct json *patch = json_new_object();
    struct json *annotations =
        json_ensure_object(json_ensure_object(patch, "metadata"), "annotations");
    json_put_take(annotations, NOTICES_ANNOTATION,
                  text.len != 0 ? json_new_span(buf_span(&text)) : json_new_null());
    struct err ignored;
    store_patch(job->pass->control->config.store, api_object_ref(object), patch, NULL, &ignored);
}

static void conclude(struct job *job, struct outcome *ret)
{
    struct json *status = job->pass->status;
    const struct update_run_result *result = &job->result;
    int64_t after_ns =
        job->spec.interval_ns > 0 ? pass_jittered_ns(job->pass, job->spec.interval_ns) : 0;
    char now[CLOCK_TEXT_SIZE];
    json_put_text(status, "observedSourceRevision", result->revision);
    policy_images_observe(&job->policies, status);
    if (result->answer != UPDATE_SKIPPED)
        tell_notices(job);
    if (result->answer != UPDATE_PUSHED) {
        outcome_ready(ret, after_ns, "repository up-to-date");
        return;
    }
    json_put_text(status, "lastPushCommit", result->commit);
    json_put_text(status, "lastPushTime",
                  clock_format_utc(clock_wall_ns(job->pass->control->config.clock), now));
    outcome_ready(ret, after_ns, "committed and pushed %s to %s", result->commit, job->push_branch);
    const char *refspec = job->spec.push_refspec;
    ret->event =
        str_printf("pushed commit '%.*s' to branch '%s'%s%s%s%s%s", SHORT_HASH, result->commit,
                   job->push_branch, *refspec ? " and refspecs '" : "", refspec,
                   *refspec ? "'" : "", *result->message ? "\n" : "", result->message);
    ret->news = true;
}

void image_update_reconcile(struct pass *pass, struct outcome *ret)
{
    CLEANUP(job_finish) struct job job = {.pass = pass};
    char now[CLOCK_TEXT_SIZE];
    json_put_text(pass->status, "lastAutomationRunTime",
                  clock_format_utc(clock_wall_ns(pass->control->config.clock), now));
    if (check_spec(&job, ret) != 0 || read_policies(&job, ret) != 0 ||
        open_source(&job, ret) != 0 || read_signing(&job, ret) != 0 ||
        plan_branches(&job, ret) != 0 || parse_template(&job, ret) != 0 ||
        check_policies(&job, ret) != 0 || run(&job, ret) != 0)
        return;
    conclude(&job, ret);
}

int image_update_finalize(struct pass *pass, struct err *err)
{
    return run_state_delete(pass->control->config.db, pass->object->meta.uid, err);
}
