/*
 * GitRepository in the embedded home: looks where the ref points, so that
 * `get source git` shows it and a moved branch wakes its automations. (In a
 * cluster this is the source-controller's business.)
 */
#include "control/pass.h"

#include "base/str.h"
#include "control/source.h"
#include "git/name.h"

/* Fails for what another spec must mend, is tried again for what may pass. */
static void fail(const struct err *err, const char *reason, struct outcome *ret)
{
    if (err->class == ERR_INVALID)
        outcome_stalled(ret, reason, "%s", err->text);
    else
        outcome_retry(ret, reason, "%s", err->text);
}

static int look(struct pass *pass, const struct source *source, struct git_target *ret,
                struct err *err)
{
    const struct git_checkout checkout = source_checkout(&source->spec.ref);
    const struct deadline deadline = pass_deadline(pass, source->spec.timeout_ns);
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    struct git_list_query query;
    git_checkout_query(&checkout, NULL, &names, &query);
    if (git_remote_list(source->remote, &query, &deadline, &refs, err) != 0 ||
        git_checkout_resolve(&checkout, &refs, git_remote_url(source->remote), ret, err) != 0)
        return -1;
    return 0;
}

static void keep_artifact(struct pass *pass, const char *revision)
{
    struct json *artifact = json_ensure_object(pass->status, "artifact");
    char now[CLOCK_TEXT_SIZE];
    if (str_equal(json_member_text(artifact, "revision"), revision))
        return;
    json_put_text(artifact, "revision", revision);
    json_put_text(artifact, "lastUpdateTime",
                  clock_format_utc(clock_wall_ns(pass->control->config.clock), now));
}

void git_repository_reconcile(struct pass *pass, struct outcome *ret)
{
    CLEANUP(source_finish) struct source source = SOURCE_INIT;
    CLEANUP(git_target_finish) struct git_target target = {0};
    struct err err;
    if (source_open_take(pass, api_object_clone(pass->object), &source, &err) != 0) {
        fail(&err, "AuthenticationFailed", ret);
        return;
    }
    if (look(pass, &source, &target, &err) != 0) {
        err_wrap(&err, "failed to checkout and determine revision");
        fail(&err, "GitOperationFailed", ret);
        return;
    }
    CLEANUP(mem_freep)
    char *revision = git_revision(target.ref ? git_name_short(target.ref) : NULL, &target.commit);
    keep_artifact(pass, revision);
    outcome_ready(ret, pass_jittered_ns(pass, source.spec.interval_ns),
                  "stored artifact for revision '%s'", revision);
}
