/*
 * ImagePolicy: chooses the latest of the tags that its repository's last scan
 * found.
 */
#include "control/pass.h"

#include "api/image_policy.h"
#include "api/image_repository.h"
#include "base/str.h"
#include "control/registry_access.h"
#include "policy/policy.h"
#include "registry/image_name.h"
#include "tags/tagdb.h"

#define READ_TIMEOUT_NS (60 * CLOCK_NS_PER_S)

/* Everything that one pass holds. */
struct job {
    struct pass *pass;
    struct api_image_policy spec;
    struct api_object *repository;
    struct api_image_repository repository_spec;
    struct policy *policy;
    char *tag;    /* the answer */
    char *digest; /* "" if it is not reflected */
};

static void job_finish(struct job *job)
{
    api_object_free(job->repository);
    policy_free(job->policy);
    free(job->tag);
    free(job->digest);
}

/* Steps. Each returns 0, or -1 with the outcome set. */

static int check_spec(struct job *job, struct outcome *ret)
{
    struct err err;
    if (api_image_policy_read(job->pass->object, &job->spec, &err) != 0) {
        outcome_stalled(ret, "InvalidPolicy", "invalid policy: %s", err.text);
        return -1;
    }
    if (job->spec.digest_policy == API_DIGEST_ALWAYS &&
        !json_member(job->pass->object->spec, "interval")) {
        outcome_stalled(ret, "IntervalNotConfigured",
                        "spec.interval must be set when spec.digestReflectionPolicy is set to "
                        "'Always'");
        return -1;
    }
    return 0;
}

static int denied(struct outcome *ret, const char *why)
{
    outcome_retry(ret, "AccessDenied", "failed to get the referred ImageRepository: %s", why);
    return -1;
}

/* May a policy of another namespace use the repository? */
static int check_access(struct job *job, struct api_ref ref, struct outcome *ret)
{
    struct store *store = job->pass->control->config.store;
    const char *own = job->pass->object->meta.namespace;
    const struct json *access = job->repository_spec.access_from;
    CLEANUP(api_object_freep) struct api_object *namespace = NULL;
    CLEANUP(strmap_finish) struct strmap none = STRMAP_INIT;
    CLEANUP(mem_freep) char *why = NULL;
    struct err err;
    if (str_equal(ref.namespace, own))
        return 0;
    if (!access) {
        why = str_printf("access denied: '%s/%s' can't be accessed due to missing ACL labels on "
                         "'accessFrom'",
                         ref.namespace, ref.name);
        return denied(ret, why);
    }
    if (store_get(store, (struct api_ref){API_NAMESPACE, "", own}, &namespace, &err) < 0) {
        outcome_retry(ret, "Failure", "failed to get namespace '%s': %s", own, err.text);
        return -1;
    }
    if (api_access_allowed(access, namespace ? &namespace->meta.labels : &none))
        return 0;
    why = str_printf("access denied: '%s/%s' can't be accessed due to ACL labels mismatch on "
                     "namespace '%s'",
                     ref.namespace, ref.name, own);
    return denied(ret, why);
}

static int get_repository(struct job *job, struct outcome *ret)
{
    const struct control *control = job->pass->control;
    const char *own = job->pass->object->meta.namespace;
    const struct api_ref ref = {API_IMAGE_REPOSITORY, job->spec.repository_namespace,
                                job->spec.repository};
    CLEANUP(image_name_finish) struct image_name name = IMAGE_NAME_INIT;
    struct err err;
    if (control->config.no_cross_namespace && !str_equal(ref.namespace, own)) {
        CLEANUP(mem_freep)
        char *why = str_printf("cannot access 'ImageRepository/%s/%s', cross-namespace references "
                               "have been blocked",
                               ref.namespace, ref.name);
        return denied(ret, why);
    }
    int answer = pass_read_used(job->pass, ref, &job->repository, &err);
    if (answer < 0) {
        outcome_retry(ret, "Failure", "failed to get the referred ImageRepository: %s", err.text);
        return -1;
    }
    if (answer == 0) {
        outcome_retry(ret, "DependencyNotReady",
                      "failed to get the referred ImageRepository: referenced ImageRepository "
                      "does not exist: ImageRepository.image.toolkit.fluxcd.io \"%s\" not found",
                      ref.name);
        return -1;
    }
    if (api_image_repository_read(job->repository, &job->repository_spec, &err) != 0 ||
        image_name_parse(job->repository_spec.image, &name, &err) != 0) {
        outcome_stalled(ret, "ImageURLInvalid", "%s", err.text);
        return -1;
    }
    return check_access(job, ref, ret);
}

static int compile(struct job *job, struct outcome *ret)
{
    struct err err;
    if (api_image_policy_compile(&job->spec, &job->policy, &err) == 0)
        return 0;
    outcome_stalled(ret, "InvalidPolicy", "%s", err.text);
    return -1;
}

/* Offers all stored tags. 1, 0 if there are none, -1. */
static int offer_tags(struct job *job, struct policy_run *run, struct err *err)
{
    enum { CHECK_EVERY = 1024 };
    const struct api_meta *meta = &job->repository->meta;
    const struct tagdb_key key = {meta->uid, meta->namespace, meta->name};
    const struct deadline deadline = pass_deadline(job->pass, READ_TIMEOUT_NS);
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
    struct span tag;
    int more = tagdb_reader_open(job->pass->control->tags, &key, &deadline, &reader, err);
    if (more != 1)
        return more;
    while ((more = tagdb_reader_next(reader, &tag, err)) == 1) {
        policy_run_offer(run, tag);
        if (policy_run_considered(run) % CHECK_EVERY == 0 && deadline_check(&deadline, err) != 0)
            return -1;
    }
    return more < 0 ? -1 : policy_run_considered(run) > 0;
}

static int choose(struct job *job, struct outcome *ret)
{
    const struct control *control = job->pass->control;
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(job->policy);
    struct span tag;
    struct err err;
    int any = offer_tags(job, run, &err);
    if (any < 0) {
        outcome_retry(ret, "Failure", "failed to read tags from database: %s", err.text);
        return -1;
    }
    if (any == 0) {
        int64_t again_ns = control->config.requeue_dependency_ns;
        outcome_wait(ret, again_ns, "DependencyNotReady",
                     "retrying in %llds error: no tags in database",
                     (long long)((again_ns + CLOCK_NS_PER_S / 2) / CLOCK_NS_PER_S));
        return -1;
    }
    if (policy_run_answer(run, &tag, &err) != 0) {
        outcome_retry(ret, "Failure", "%s", err.text);
        return -1;
    }
    job->tag = span_dup(tag);
    return 0;
}

/* Has the digest to be looked up, given what the status holds? */
static bool needs_digest(const struct job *job, const struct api_image_ref *latest)
{
    switch (job->spec.digest_policy) {
    case API_DIGEST_ALWAYS:
        return true;
    case API_DIGEST_IF_NOT_PRESENT:
        return !str_equal(latest->name, job->repository_spec.image) ||
               !str_equal(latest->tag, job->tag) || !*latest->digest;
    case API_DIGEST_NEVER:
    default:
        return false;
    }
}

static int reflect_digest(struct job *job, struct outcome *ret)
{
    struct api_image_ref latest = {"", "", ""};
    struct err err;
    api_image_ref_get(job->pass->status, "latestRef", &latest);
    if (job->spec.digest_policy == API_DIGEST_NEVER) {
        job->digest = str_dup("");
        return 0;
    }
    if (!needs_digest(job, &latest)) {
        job->digest = str_dup(latest.digest);
        return 0;
    }
    if (registry_access_digest(job->pass, job->repository, &job->repository_spec, job->tag,
                               &job->digest, &err) == 0)
        return 0;
    outcome_retry(ret, "Failed", "failed fetching digest of %s:%s: %s", job->repository_spec.image,
                  job->tag, err.text);
    return -1;
}

static void conclude(struct job *job, struct outcome *ret)
{
    struct json *status = job->pass->status;
    const struct api_image_ref chosen = {job->repository_spec.image, job->tag, job->digest};
    struct api_image_ref latest, previous;
    bool known = api_image_ref_get(status, "latestRef", &latest);
    if (known && !api_image_ref_equal(&latest, &chosen))
        json_put_take(status, "observedPreviousRef", json_clone(json_member(status, "latestRef")));
    if (!known || !api_image_ref_equal(&latest, &chosen))
        api_image_ref_set(status, "latestRef", &chosen);
    CLEANUP(mem_freep) char *before = NULL;
    if (api_image_ref_get(status, "observedPreviousRef", &previous) &&
        !api_image_ref_equal(&previous, &chosen))
        before = api_image_ref_text(&previous);
    int64_t after_ns = job->spec.digest_policy == API_DIGEST_ALWAYS
                           ? pass_jittered_ns(job->pass, job->spec.interval_ns)
                           : 0;
    outcome_ready(ret, after_ns, "Latest image tag for %s resolved to %s%s%s%s%s%s", chosen.name,
                  chosen.tag, *chosen.digest ? " with digest " : "", chosen.digest,
                  before ? " (previously " : "", before ? before : "", before ? ")" : "");
}

void image_policy_reconcile(struct pass *pass, struct outcome *ret)
{
    CLEANUP(job_finish) struct job job = {.pass = pass};
    if (check_spec(&job, ret) != 0 || compile(&job, ret) != 0 || get_repository(&job, ret) != 0 ||
        choose(&job, ret) != 0 || reflect_digest(&job, ret) != 0)
        return;
    conclude(&job, ret);
}
