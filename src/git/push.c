#include "git/push.h"

#include <string.h>

#include "base/buf.h"
#include "base/proc.h"
#include "base/span.h"
#include "git/fault.h"
#include "git/mirror_state.h"
#include "git/name.h"
#include "git/report.h"
#include "git/run.h"

enum {
    REPORT_MAX = 1024 * 1024, /* bytes that git push writes */
    WORDS_MAX = 1024,         /* bytes of the server's words */
};

/* One run of git push and what is to be told about it. */
struct push {
    struct git_mirror *mirror;
    struct git_remote *remote;
    const struct git_push_request *request;
    const struct deadline *deadline;
    bool with_options;
    bool negotiate;
    struct buf report;
    struct git_outcome outcome;
};

static int check(const struct git_push_request *request, struct err *err)
{
    for (size_t i = 0; i < request->ref_count; i++) {
        const struct git_push_ref *ref = &request->refs[i];
        if (!git_name_is_ref(ref->ref))
            return err_set(err, ERR_INVALID, "'%s' is no valid name of a ref", ref->ref);
        /* An empty source would delete the ref. */
        if (git_oid_is_none(&ref->commit))
            return err_set(err, ERR_INTERNAL, "no commit for '%s'", ref->ref);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(request->refs[j].ref, ref->ref) == 0 &&
                !git_oid_equal(&request->refs[j].commit, &ref->commit))
                return err_set(err, ERR_INVALID, "'%s' would get two different commits", ref->ref);
        }
    }
    for (size_t i = 0; request->options && i < request->options->len; i++) {
        if (strchr(request->options->items[i], '\n'))
            return err_set(err, ERR_INVALID, "a push option holds a newline");
    }
    return 0;
}

static bool is_repeated(const struct git_push_request *request, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(request->refs[i].ref, request->refs[index].ref) == 0)
            return true;
    }
    return false;
}

static void add_args(const struct push *push, struct strlist *args)
{
    const struct git_push_request *request = push->request;
    if (push->negotiate) {
        strlist_add(args, "-c");
        strlist_add(args, "push.negotiate=true");
    }
    strlist_add(args, "push");
    strlist_add(args, "--porcelain");
    strlist_add(args, "--no-verify");
    strlist_add(args, "--no-signed");
    strlist_add(args, "--no-recurse-submodules");
    for (size_t i = 0; push->with_options && i < request->options->len; i++)
        strlist_addf(args, "--push-option=%s", request->options->items[i]);
    for (size_t i = 0; i < request->ref_count; i++) {
        const struct git_push_ref *ref = &request->refs[i];
        if (ref->mode == GIT_PUSH_LEASE && !is_repeated(request, i))
            strlist_addf(args, "--force-with-lease=%s:%s", ref->ref, ref->expected.hex);
    }
    strlist_add(args, "--end-of-options");
    strlist_add(args, git_remote_address(push->remote));
    for (size_t i = 0; i < request->ref_count; i++) {
        if (!is_repeated(request, i))
            strlist_addf(args, "%s:%s", request->refs[i].commit.hex, request->refs[i].ref);
    }
}

static int run(struct push *push, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist args = STRLIST_INIT;
    add_args(push, &args);
    git_outcome_finish(&push->outcome);
    buf_clear(&push->report);
    struct git_command command = {
        .args = strlist_argv(&args),
        .on_output = proc_output_to_buf,
        .arg = &push->report,
        .deadline = push->deadline,
    };
    git_mirror_prepare(push->mirror, &command);
    return git_remote_run(push->remote, &command, &push->outcome, err);
}

/* Runs it, and again without what the server or the mirror turns out not to
 * be able to do. */
static int run_adapted(struct push *push, struct err *err)
{
    for (;;) {
        if (run(push, err) != 0)
            return -1;
        if (push->outcome.status == 0)
            return 0;
        enum git_fault fault = git_fault_of(&push->outcome);
        if (fault == GIT_FAULT_NO_PUSH_OPTIONS && push->with_options)
            push->with_options = false;
        else if (fault == GIT_FAULT_LACKING && !push->negotiate)
            push->negotiate = true;
        else
            return 0;
    }
}

static void add_words(const struct push *push, const struct git_report *report, struct buf *ret)
{
    git_add_server_words(push->outcome.errors, ret);
    buf_addf(ret, ret->len != 0 ? " (%.*s)" : "%.*s", (int)report->reason.len, report->reason.data);
}

/* Fills ERR from the line that tells of a ref which was not pushed. */
static int fail_ref(const struct push *push, const struct git_push_ref *ref,
                    const struct git_report *report, struct err *err)
{
    CLEANUP(buf_finish) struct buf words = BUF_INIT(WORDS_MAX);
    if (ref->result == GIT_PUSH_CONFLICT)
        return err_set(err, ERR_CONFLICT, "non-fast-forward update: %s", ref->ref);
    add_words(push, report, &words);
    return err_set(err, ERR_INVALID, "command error on %s: %s", ref->ref, buf_text(&words));
}

/* Reads what became of each ref; -1 if one was not pushed. */
static int read_report(const struct push *push, struct err *err)
{
    int answer = 0;
    const struct git_push_request *request = push->request;
    for (size_t i = 0; i < request->ref_count; i++) {
        struct git_push_ref *ref = &request->refs[i];
        struct git_report report;
        if (!git_report_find(buf_span(&push->report), ref->ref, &report))
            continue;
        ref->result = report.result;
        bool good = ref->result == GIT_PUSH_DONE || ref->result == GIT_PUSH_SAME;
        if (good || answer != 0)
            continue;
        answer = ref->result == GIT_PUSH_UNKNOWN
                     ? git_remote_fail(push->remote, &push->outcome, err)
                     : fail_ref(push, ref, &report, err);
    }
    return answer;
}

static bool all_known(const struct git_push_request *request)
{
    for (size_t i = 0; i < request->ref_count; i++) {
        if (request->refs[i].result == GIT_PUSH_UNKNOWN)
            return false;
    }
    return true;
}

/* Git failed, though it printed no failure of a ref: the connection broke behind
 * the report, or the server gives none and git took silence for consent. */
static void doubt_all(const struct git_push_request *request)
{
    for (size_t i = 0; i < request->ref_count; i++)
        request->refs[i].result = GIT_PUSH_UNKNOWN;
}

static int push_all(struct push *push, struct err *err)
{
    if (run_adapted(push, err) != 0)
        return -1;
    if (read_report(push, err) != 0)
        return -1;
    if (push->outcome.status == 0 && all_known(push->request))
        return 0;
    doubt_all(push->request);
    push->mirror->damaged = git_fault_is_damage(git_fault_of(&push->outcome));
    return git_remote_fail(push->remote, &push->outcome, err);
}

int git_push(struct git_mirror *mirror, struct git_remote *remote,
             const struct git_push_request *request, const struct deadline *deadline,
             struct err *err)
{
    struct push push = {
        .mirror = mirror,
        .remote = remote,
        .request = request,
        .deadline = deadline,
        .with_options = request->options && request->options->len != 0,
        .negotiate = request->negotiate,
    };
    for (size_t i = 0; i < request->ref_count; i++)
        request->refs[i].result = GIT_PUSH_UNKNOWN;
    buf_init(&push.report, REPORT_MAX);
    int answer = check(request, err);
    if (answer == 0)
        answer = push_all(&push, err);
    buf_finish(&push.report);
    git_outcome_finish(&push.outcome);
    return answer == 0 ? 0 : err_wrap(err, "failed to push to remote");
}
