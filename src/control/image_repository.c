/*
 * ImageRepository: scans a registry for the tags of one image.
 */
#include "control/pass.h"

#include "adapt/regex.h"
#include "api/condition.h"
#include "api/image_repository.h"
#include "base/str.h"
#include "control/registry_access.h"
#include "tags/tagdb.h"

#define EXCLUSION_DEFAULT "^.*\\.sig$"
#define ROUTINE           "triggered by interval"
/* What remains of an interval below this counts as over. */
#define INTERVAL_SLACK_NS CLOCK_NS_PER_S
/* Database work that has nothing to do with the registry. */
#define STORE_TIMEOUT_NS (60 * CLOCK_NS_PER_S)

enum {
    EXCLUSIONS_MAX = 25, /* as the schema has it */
};

/* Everything that one pass holds. */
struct job {
    struct pass *pass;
    struct api_image_repository spec;
    struct registry_access access;
    char *canonical;
    struct regex *exclusions[EXCLUSIONS_MAX];
    size_t exclusion_count;
    bool was_empty; /* nothing was stored before */
};

static void job_finish(struct job *job)
{
    registry_access_finish(&job->access);
    free(job->canonical);
    for (size_t i = 0; i < job->exclusion_count; i++)
        regex_free(job->exclusions[i]);
}

static struct tagdb_key key_of(const struct pass *pass)
{
    const struct api_meta *meta = &pass->object->meta;
    return (struct tagdb_key){meta->uid, meta->namespace, meta->name};
}

static int64_t wall_ns(const struct job *job)
{
    return clock_wall_ns(job->pass->control->config.clock);
}

/* Steps. Each returns 0, or -1 with the outcome set. */

static int check_spec(struct job *job, struct outcome *ret)
{
    CLEANUP(image_name_finish) struct image_name name = IMAGE_NAME_INIT;
    struct err err;
    if (api_image_repository_read(job->pass->object, &job->spec, &err) != 0 ||
        image_name_parse(job->spec.image, &name, &err) != 0) {
        outcome_stalled(ret, "ImageURLInvalid", "%s", err.text);
        return -1;
    }
    job->canonical = image_name_canonical(&name);
    return 0;
}

static int compile_exclusion(struct job *job, struct span pattern, struct outcome *ret)
{
    struct err err;
    if (regex_new(pattern, &job->exclusions[job->exclusion_count], &err) != 0) {
        outcome_stalled(ret, "InvalidExclusionList",
                        "scan failed: failed to compile regex %.*s: %s", (int)pattern.len,
                        pattern.data, err.text);
        return -1;
    }
    job->exclusion_count++;
    return 0;
}

static int compile_exclusions(struct job *job, struct outcome *ret)
{
    const struct json *list = job->spec.exclusion_list;
    if (!list)
        return compile_exclusion(job, SPAN_LITERAL(EXCLUSION_DEFAULT), ret);
    for (size_t i = 0; i < json_count(list) && i < EXCLUSIONS_MAX; i++) {
        if (compile_exclusion(job, json_span(json_at(list, i)), ret) != 0)
            return -1;
    }
    return 0;
}

static struct json *effective_exclusions(const struct job *job)
{
    if (job->spec.exclusion_list)
        return json_clone(job->spec.exclusion_list);
    struct json *list = json_new_array();
    json_push_take(list, json_new_text(EXCLUSION_DEFAULT));
    return list;
}

/* The last pass failed: what it owed is still owed. */
static bool failed_before(const struct job *job)
{
    struct api_condition ready;
    return api_condition_get(job->pass->object->status, API_READY, &ready) &&
           str_equal(ready.status, API_FALSE);
}

/* Why a scan is due, or NULL; then *RET_LEFT_NS is the time until it is. */
static const char *scan_reason(struct job *job, bool stored, int64_t *ret_left_ns)
{
    const struct json *status = job->pass->status;
    const struct json *last = json_member(status, "lastScanResult");
    CLEANUP(json_freep) struct json *exclusions = effective_exclusions(job);
    int64_t scanned_ns;
    if (!last)
        return "first scan";
    if (job->pass->requested)
        return "reconcile requested";
    if (!str_equal(job->canonical, json_member_text(status, "canonicalImageName")))
        return "new image name";
    if (!json_same(exclusions, json_member(status, "observedExclusionList")))
        return "updated exclusion list";
    if (job->pass->new_generation)
        return "new generation";
    if (!stored)
        return "no tags in database";
    if (failed_before(job))
        return "last scan failed";
    if (!clock_parse(json_span(json_member(last, "scanTime")), &scanned_ns))
        return ROUTINE;
    *ret_left_ns = job->spec.interval_ns - (wall_ns(job) - scanned_ns);
    /* A scan in the future is one by a clock that was wrong. */
    bool due = *ret_left_ns < INTERVAL_SLACK_NS || *ret_left_ns / 2 > job->spec.interval_ns;
    return due ? ROUTINE : NULL;
}

static int look_at_store(struct job *job, bool *ret_stored, struct outcome *ret)
{
    const struct tagdb_key key = key_of(job->pass);
    const struct deadline deadline = pass_deadline(job->pass, STORE_TIMEOUT_NS);
    struct tagdb_summary summary;
    struct err err;
    int found = tagdb_summary(job->pass->control->tags, &key, &deadline, &summary, &err);
    if (found < 0) {
        outcome_retry(ret, "Failure", "failed to determine if it's scan time: %s", err.text);
        return -1;
    }
    if (found == 1)
        tagdb_summary_finish(&summary);
    *ret_stored = found == 1;
    job->was_empty = found == 0;
    return 0;
}

struct collecting {
    struct job *job;
    struct tagdb_scan *scan;
};

static int on_tag(void *arg, struct span tag, struct err *err)
{
    struct collecting *collecting = arg;
    const struct job *job = collecting->job;
    for (size_t i = 0; i < job->exclusion_count; i++) {
        if (regex_matches(job->exclusions[i], tag))
            return 0;
    }
    return tagdb_scan_add(collecting->scan, tag, err);
}

static void keep_result(struct job *job, const struct tagdb_summary *summary)
{
    struct json *status = job->pass->status;
    struct json *result = json_new_object();
    char now[CLOCK_TEXT_SIZE];
    json_put_text(result, "revision", summary->revision);
    json_put_int(result, "tagCount", (int64_t)summary->count);
    json_put_text(result, "scanTime", clock_format_utc(summary->scanned_at_ns, now));
    for (size_t i = 0; i < summary->latest.len; i++)
        json_push_take(json_ensure_array(result, "latestTags"),
                       json_new_text(summary->latest.items[i]));
    json_put_take(status, "lastScanResult", result);
}

static int store_tags(struct job *job, struct tagdb_scan *scan, struct err *err)
{
    const struct tagdb_scan_info info = {key_of(job->pass), job->canonical, wall_ns(job)};
    const struct deadline deadline = pass_deadline(job->pass, STORE_TIMEOUT_NS);
    struct tagdb_summary summary;
    bool changed;
    if (tagdb_scan_finish(scan, &info, &deadline, &summary, &changed, err) != 0)
        return err_wrap(err, "failed to set tags for \"%s\"", job->canonical);
    keep_result(job, &summary);
    tagdb_summary_finish(&summary);
    return 0;
}

static void count_scan(const struct job *job, int64_t began_ns, const char *result)
{
    const struct control *control = job->pass->control;
    double seconds = clock_seconds_since(control->config.clock, began_ns);
    metric_observe(control->metrics.of[METRICS_SCAN_SECONDS], seconds, result);
}

static int scan(struct job *job, struct outcome *ret)
{
    int64_t began_ns = clock_monotonic_ns(job->pass->control->config.clock);
    CLEANUP(tagdb_scan_freep)
    struct tagdb_scan *scan = tagdb_scan_new(job->pass->control->tags, NULL);
    struct collecting collecting = {job, scan};
    struct registry_listing listing;
    struct err err;
    if (registry_client_list_tags(job->access.client, on_tag, &collecting, &listing, &err) == 0 &&
        store_tags(job, scan, &err) == 0) {
        count_scan(job, began_ns, METRICS_SUCCESS);
        return 0;
    }
    count_scan(job, began_ns, METRICS_FAILURE);
    outcome_retry(ret, "ReadOperationFailed", "scan failed: %s", err.text);
    return -1;
}

static void conclude(struct job *job, int64_t after_ns, struct outcome *ret)
{
    struct json *status = job->pass->status;
    const struct json *result = json_member(status, "lastScanResult");
    int64_t count = 0;
    const struct api_meta *meta = &job->pass->object->meta;
    json_int(json_member(result, "tagCount"), &count);
    metric_set(job->pass->control->metrics.of[METRICS_TAGS], (double)count, meta->name,
               meta->namespace);
    json_put_text(status, "canonicalImageName", job->canonical);
    json_put_take(status, "observedExclusionList", effective_exclusions(job));
    outcome_ready(ret, after_ns, "successful scan: found %lld tags with checksum %s",
                  (long long)count, json_member_text(result, "revision"));
}

/* As before the tags were lost: then the status does not show that they are back. */
static bool has_same_revision(const struct pass *pass)
{
    const struct json *before = json_member(pass->object->status, "lastScanResult");
    const struct json *now = json_member(pass->status, "lastScanResult");
    return str_equal(json_member_text(before, "revision"), json_member_text(now, "revision"));
}

void image_repository_reconcile(struct pass *pass, struct outcome *ret)
{
    CLEANUP(job_finish) struct job job = {.pass = pass};
    bool stored;
    int64_t left_ns = 0;
    struct err err;
    if (check_spec(&job, ret) != 0 || compile_exclusions(&job, ret) != 0)
        return;
    if (registry_access_open(&job.access, pass, pass->object, &job.spec, &err) != 0) {
        outcome_retry(ret, "AuthenticationFailed", "failed to configure authentication options: %s",
                      err.text);
        return;
    }
    if (look_at_store(&job, &stored, ret) != 0)
        return;
    const char *reason = scan_reason(&job, stored, &left_ns);
    if (!reason) {
        conclude(&job, left_ns, ret);
        return;
    }
    pass_progress(pass, "scanning: %s", reason);
    if (!str_equal(reason, ROUTINE))
        pass_tell_progress(pass);
    if (scan(&job, ret) != 0)
        return;
    int64_t interval_ns =
        job.spec.interval_ns > 0 ? pass_jittered_ns(pass, job.spec.interval_ns) : 0;
    conclude(&job, interval_ns, ret);
    if (job.was_empty && has_same_revision(pass))
        control_wake_dependents(pass->control, api_object_ref(pass->object));
}

int image_repository_finalize(struct pass *pass, struct err *err)
{
    const struct tagdb_key key = key_of(pass);
    const struct deadline deadline = pass_deadline(pass, STORE_TIMEOUT_NS);
    return tagdb_remove(pass->control->tags, &key, &deadline, err) < 0 ? -1 : 0;
}
