#include "control/update_run.h"

#include "adapt/crypto.h"
#include "api/message.h"
#include "base/str.h"
#include "control/history.h"
#include "control/run_state.h"
#include "control/update_edit.h"
#include "control/update_message.h"
#include "git/commit.h"
#include "git/push.h"
#include "update/update_path.h"

enum {
    CROWD_MS = 20, /* whoever waited longer for the mirror looks at the remote again */
    PAUSE_MS = 50, /* before another try, times the number of tries, plus chance */
};

#define BLOB_MAX_BYTES   ((uint64_t)UPDATE_FILE_MAX)
#define MIRROR_MAX_BYTES (UINT64_C(4) * 1024 * 1024 * 1024)

/* What one try works with. */
struct attempt {
    const struct update_run_request *request;
    struct deadline deadline;
    enum update_stage stage;
    char *push_ref;  /* refs/heads/<push branch> */
    char *extra_ref; /* what the refspec maps it to, or NULL */
    bool extra_force;
    struct git_refs refs; /* the list of the remote */
    struct git_target target;
    struct git_oid tip;     /* of the push branch; none: it does not exist */
    struct run_state state; /* of the last good run */
    bool state_known;
    struct git_mirror *mirror;
    struct git_oid parent;
    bool ours; /* after this run the push branch holds our commits only */
    char *index_key;
    char *path;
    struct update_edit edit;
    struct git_oid commit;
    struct buf message;
};

void update_run_result_finish(struct update_run_result *result)
{
    free(result->revision);
    free(result->commit);
    free(result->message);
    strlist_finish(&result->notices);
    *result = (struct update_run_result){0};
}

static void attempt_finish(struct attempt *attempt)
{
    free(attempt->push_ref);
    free(attempt->extra_ref);
    git_refs_finish(&attempt->refs);
    git_target_finish(&attempt->target);
    git_mirror_close(attempt->mirror);
    free(attempt->index_key);
    free(attempt->path);
    update_edit_finish(&attempt->edit);
    buf_finish(&attempt->message);
}

static struct control *control_of(const struct attempt *attempt)
{
    return attempt->request->pass->control;
}

static int64_t timeout_ns(const struct attempt *attempt)
{
    return attempt->request->source->spec.timeout_ns;
}

static const char *uid_of(const struct attempt *attempt)
{
    return attempt->request->pass->object->meta.uid;
}

/* The index depends on the repository and on the path in it. */
static char *index_key(const char *url, const char *path)
{
    char hex[CRYPTO_HEX_SIZE];
    CLEANUP(mem_freep) char *text = str_printf("%s\n%s", url, path);
    return str_dup(crypto_hash_hex(CRYPTO_SHA256, span_of(text), hex));
}

static int read_refspec(struct attempt *attempt, struct err *err)
{
    const char *text = attempt->request->spec->push_refspec;
    struct git_refspec refspec;
    if (!*text)
        return 0;
    if (git_refspec_parse(text, &refspec, err) != 0)
        return -1;
    attempt->extra_ref = git_refspec_map(&refspec, attempt->push_ref);
    attempt->extra_force = refspec.force || attempt->request->separate;
    git_refspec_finish(&refspec);
    if (!attempt->extra_ref)
        return err_set(err, ERR_INVALID,
                       "push refspec '%s' does not match '%s', the branch that is pushed", text,
                       attempt->push_ref);
    return 0;
}

static int prepare(struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    const char *url = git_remote_url(request->source->remote);
    buf_init(&attempt->message, GIT_COMMIT_MESSAGE_MAX);
    if (!git_name_is_branch(request->push_branch))
        return err_set(err, ERR_INVALID, "'%s' is no valid name of a branch", request->push_branch);
    attempt->push_ref = str_printf("%s%s", GIT_HEADS, request->push_branch);
    if (update_path_clean(request->spec->path, &attempt->path, err) != 0) {
        attempt->stage = UPDATE_APPLY;
        return -1;
    }
    attempt->index_key = index_key(url, attempt->path);
    if (read_refspec(attempt, err) != 0)
        return -1;
    int known =
        run_state_load(control_of(attempt)->config.db, uid_of(attempt), &attempt->state, err);
    attempt->state_known = known == 1;
    return known < 0 ? -1 : 0;
}

/* Looks at the remote: the target and the push branch. */
static int look(struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct git_list_query query;
    git_refs_finish(&attempt->refs);
    git_target_finish(&attempt->target);
    git_checkout_query(request->checkout, request->push_branch, &names, &query);
    if (attempt->extra_ref) {
        strlist_add(&names, attempt->extra_ref);
        query.names = strlist_argv(&names);
        query.name_count = names.len;
    }
    if (git_remote_list(request->source->remote, &query, &attempt->deadline, &attempt->refs, err) !=
            0 ||
        git_checkout_resolve(request->checkout, &attempt->refs,
                             git_remote_url(request->source->remote), &attempt->target, err) != 0)
        return -1;
    const struct git_ref *tip = git_refs_find(&attempt->refs, attempt->push_ref);
    attempt->tip = tip ? tip->oid : GIT_OID_NONE;
    return 0;
}

/* Is the remote as the last good run left it? */
static bool nothing_moved(const struct attempt *attempt)
{
    return attempt->state_known && attempt->target.ties.len == 0 &&
           git_oid_equal(&attempt->state.base, &attempt->target.commit) &&
           git_oid_equal(&attempt->state.tip, &attempt->tip);
}

/* Opens the mirror. Who had to wait for somebody else looks again, since that
 * somebody has probably pushed. */
static int open_mirror(struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    const struct git_mirror_options options = {
        .cache_dir = control_of(attempt)->cache_dir,
        .url = git_remote_url(request->source->remote),
        .scope = request->source->object->meta.namespace,
        .format = git_oid_format(&attempt->target.commit),
        .blob_max_bytes = BLOB_MAX_BYTES,
        .size_max_bytes = MIRROR_MAX_BYTES,
    };
    const struct clock *clock = control_of(attempt)->config.clock;
    int64_t before_ns = clock_monotonic_ns(clock);
    if (git_mirror_open(&options, &attempt->deadline, &attempt->mirror, err) != 0)
        return -1;
    bool waited = clock_monotonic_ns(clock) - before_ns > CROWD_MS * CLOCK_NS_PER_MS;
    return waited ? look(attempt, err) : 0;
}

/*
 * The commit to work on. A push branch of its own is continued where it is;
 * but if its base has moved and it holds nothing but our commits, it is built
 * anew on the base, so that it never falls behind.
 */
static void choose_parent(struct attempt *attempt)
{
    const struct run_state *state = &attempt->state;
    bool tip_is_ours = attempt->state_known && state->ours &&
                       git_oid_equal(&state->tip, &attempt->tip) && !git_oid_is_none(&attempt->tip);
    bool base_moved = !git_oid_equal(&state->base, &attempt->target.commit);
    if (!attempt->request->separate || git_oid_is_none(&attempt->tip)) {
        attempt->parent = attempt->target.commit;
        attempt->ours = true;
    } else if (tip_is_ours && base_moved) {
        attempt->parent = attempt->target.commit;
        attempt->ours = true;
    } else {
        attempt->parent = attempt->tip;
        attempt->ours = tip_is_ours;
    }
}

static int fetch(struct attempt *attempt, struct err *err)
{
    struct git_remote *remote = attempt->request->source->remote;
    if (git_target_settle(&attempt->target, attempt->mirror, remote, &attempt->deadline, err) != 0)
        return -1;
    choose_parent(attempt);
    struct git_want want = git_target_want(&attempt->target);
    if (!git_oid_equal(&attempt->parent, &attempt->target.commit))
        want = (struct git_want){attempt->push_ref, attempt->parent};
    return git_mirror_fetch(attempt->mirror, remote, &want, 1, &attempt->deadline, err);
}

static int make_edit(struct attempt *attempt, struct err *err)
{
    const struct update_edit_request request = {
        .mirror = attempt->mirror,
        .db = control_of(attempt)->config.db,
        .key = attempt->index_key,
        .parent = &attempt->parent,
        .path = attempt->path,
        .policies = attempt->request->policies,
        .deadline = &attempt->deadline,
    };
    return update_edit_make(&request, &attempt->edit, err);
}

/* 1 committed, 0 nothing to commit, -1. */
static int commit(struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    const struct update_edit *edit = &attempt->edit;
    const struct api_ref self = api_object_ref(request->pass->object);
    /* What cannot work shows now, and not when the next image comes. */
    if (edit->len == 0)
        return request->template ? api_message_try(request->template, self, request->spec, err) : 0;
    if (update_message_render(request->template, self, request->spec, edit, attempt->path,
                              request->policies, &attempt->message, err) != 0)
        return -1;
    CLEANUP(mem_freep) struct git_edit *edits = mem_calloc(edit->len, sizeof(*edits));
    for (size_t i = 0; i < edit->len; i++)
        edits[i] = (struct git_edit){edit->files[i].path, edit->files[i].before,
                                     buf_span(&edit->files[i].result.content)};
    const struct git_commit_request commit_request = {
        .parent = attempt->parent,
        .ref = attempt->push_ref,
        .edits = edits,
        .edit_count = edit->len,
        .name = request->spec->author_name,
        .email = request->spec->author_email,
        .time_s = clock_wall_ns(control_of(attempt)->config.clock) / CLOCK_NS_PER_S,
        .message = buf_span(&attempt->message),
        .sign = request->signing ? signing_sign : NULL,
        .sign_arg = request->signing,
    };
    return git_commit_create(attempt->mirror, &commit_request, &attempt->deadline, &attempt->commit,
                             err);
}

static void list_options(const struct api_image_update *spec, struct strlist *ret)
{
    json_foreach_member (key, value, spec->push_options) {
        strlist_addf(ret, "%s=%s", key, json_text(value));
    }
}

static struct git_push_ref push_to(const struct attempt *attempt, const char *ref, bool lease)
{
    const struct git_ref *now = git_refs_find(&attempt->refs, ref);
    return (struct git_push_ref){
        .ref = ref,
        .commit = attempt->commit,
        .mode = lease ? GIT_PUSH_LEASE : GIT_PUSH_FORWARD,
        .expected = now ? now->oid : GIT_OID_NONE,
    };
}

/* The connection broke before the answer: does the branch have the commit? */
static bool has_arrived(struct attempt *attempt)
{
    struct err ignored;
    attempt->deadline = pass_deadline(attempt->request->pass, timeout_ns(attempt));
    return look(attempt, &ignored) == 0 && git_oid_equal(&attempt->tip, &attempt->commit);
}

static void count_push(const struct attempt *attempt, int64_t began_ns, const struct err *err)
{
    const struct control *control = control_of(attempt);
    double seconds = clock_seconds_since(control->config.clock, began_ns);
    const char *result = !err                         ? METRICS_SUCCESS
                         : err->class == ERR_CONFLICT ? "conflict"
                                                      : METRICS_FAILURE;
    metric_add(control->metrics.of[METRICS_PUSHES], 1, result);
    metric_observe(control->metrics.of[METRICS_PUSH_SECONDS], seconds, result);
}

static int push(struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    CLEANUP(strlist_finish) struct strlist options = STRLIST_INIT;
    struct git_push_ref refs[2] = {push_to(attempt, attempt->push_ref, true)};
    size_t count = 1;
    if (attempt->extra_ref)
        refs[count++] = push_to(attempt, attempt->extra_ref, attempt->extra_force);
    list_options(request->spec, &options);
    const struct git_push_request push_request = {
        .refs = refs,
        .ref_count = count,
        .options = &options,
        .negotiate =
            !attempt->target.is_head && git_oid_equal(&attempt->parent, &attempt->target.commit),
    };
    attempt->deadline = pass_deadline(request->pass, timeout_ns(attempt));
    if (!control_may_act(control_of(attempt)))
        return err_set(err, ERR_CANCELED, "not pushed: another replica leads now");
    int64_t began_ns = clock_monotonic_ns(control_of(attempt)->config.clock);
    int answer =
        git_push(attempt->mirror, request->source->remote, &push_request, &attempt->deadline, err);
    if (answer != 0 && refs[0].result == GIT_PUSH_UNKNOWN && has_arrived(attempt))
        answer = 0;
    count_push(attempt, began_ns, answer == 0 ? NULL : err);
    return answer;
}

/*
 * What the push branch is built on. If it was to be built anew, and the new
 * base turned out to need no edit, it stands where it stood: on the old one.
 */
static struct git_oid base_of(const struct attempt *attempt, bool committed)
{
    bool stays = !committed && !git_oid_is_none(&attempt->tip) &&
                 !git_oid_equal(&attempt->parent, &attempt->tip);
    return stays ? attempt->state.base : attempt->target.commit;
}

/* Remembers what the remote is like now. */
static int remember(struct attempt *attempt, bool committed, struct err *err)
{
    struct db *db = control_of(attempt)->config.db;
    const struct git_oid *head = committed ? &attempt->commit : &attempt->parent;
    bool separate = attempt->request->separate;
    const struct run_state state = {
        .base = separate ? base_of(attempt, committed) : *head,
        .tip = committed ? attempt->commit : attempt->tip,
        .ours = separate && attempt->ours,
    };
    if (update_edit_save(&attempt->edit, db, attempt->index_key, head, committed, err) != 0)
        return -1;
    return run_state_save(db, uid_of(attempt), &state, err);
}

static struct json *changes_to_json(const struct update_edit *edit)
{
    struct json *list = json_new_array();
    for (size_t i = 0; i < edit->len; i++) {
        for (size_t j = 0; j < edit->files[i].result.change_count; j++) {
            const struct update_change *change = &edit->files[i].result.changes[j];
            struct json *item = json_new_object();
            json_put_text(item, "file", edit->files[i].path);
            json_put_text(item, "kind", change->object.kind);
            json_put_text(item, "name", change->object.name);
            json_put_text(item, "namespace", change->object.namespace);
            json_put_text(item, "old", change->old_value);
            json_put_text(item, "new", change->new_value);
            json_put_text(item, "setter", change->setter);
            json_push_take(list, item);
        }
    }
    return list;
}

static int keep_history(const struct attempt *attempt, struct err *err)
{
    const struct update_run_request *request = attempt->request;
    CLEANUP(json_freep) struct json *changes = changes_to_json(&attempt->edit);
    const struct history_row row = {
        .at_ns = clock_wall_ns(control_of(attempt)->config.clock),
        .automation = api_object_ref(request->pass->object),
        .url = git_remote_url(request->source->remote),
        .branch = request->push_branch,
        .commit = attempt->commit.hex,
        .message = buf_text(&attempt->message),
        .changes = changes,
    };
    return history_add(control_of(attempt)->config.db, &row, err);
}

static void fill_result(struct attempt *attempt, enum update_answer answer,
                        struct update_run_result *ret)
{
    const struct git_target *target = &attempt->target;
    bool pushed = answer == UPDATE_PUSHED;
    const struct git_oid *seen =
        pushed && !attempt->request->separate ? &attempt->commit : &target->commit;
    ret->answer = answer;
    ret->revision = git_revision(target->ref ? git_name_short(target->ref) : NULL, seen);
    if (pushed) {
        ret->commit = str_dup(attempt->commit.hex);
        ret->message = buf_take(&attempt->message);
    }
    ret->notices = attempt->edit.notices;
    attempt->edit.notices = (struct strlist)STRLIST_INIT;
}

/* What follows the look at the remote. */
static int work(struct attempt *attempt, struct update_run_result *ret, struct err *err)
{
    if (open_mirror(attempt, err) != 0 || fetch(attempt, err) != 0)
        return -1;
    attempt->stage = UPDATE_APPLY;
    if (make_edit(attempt, err) != 0)
        return -1;
    attempt->stage = UPDATE_PUBLISH;
    int committed = commit(attempt, err);
    if (committed < 0 || (committed == 1 && push(attempt, err) != 0))
        return -1;
    /* From here on the work is done: what cannot be remembered costs only time. */
    struct err ignored;
    remember(attempt, committed == 1, &ignored);
    if (committed == 1)
        keep_history(attempt, &ignored);
    fill_result(attempt, committed == 1 ? UPDATE_PUSHED : UPDATE_UNCHANGED, ret);
    return 0;
}

enum try_again {
    TRY_NO,
    TRY_NOW,        /* the mirror was damaged, and is new */
    TRY_AFTER_PAUSE /* somebody else was faster */
};

static enum try_again may_try_again(struct attempt *attempt, struct err *err)
{
    if (err->class == ERR_CONFLICT)
        return TRY_AFTER_PAUSE;
    if (!attempt->mirror || err->class == ERR_CANCELED)
        return TRY_NO;
    return git_mirror_repair(attempt->mirror, err) == 1 ? TRY_NOW : TRY_NO;
}

static int try_once(const struct update_run_request *request, struct update_run_result *ret,
                    enum update_stage *ret_stage, enum try_again *ret_again, struct err *err)
{
    CLEANUP(attempt_finish)
    struct attempt attempt = {.request = request,
                              .edit = UPDATE_EDIT_INIT,
                              .deadline =
                                  pass_deadline(request->pass, request->source->spec.timeout_ns)};
    int answer = prepare(&attempt, err);
    if (answer == 0)
        answer = look(&attempt, err);
    if (answer == 0 && !request->full && nothing_moved(&attempt))
        fill_result(&attempt, UPDATE_SKIPPED, ret);
    else if (answer == 0)
        answer = work(&attempt, ret, err);
    *ret_stage = attempt.stage;
    if (answer != 0)
        *ret_again = may_try_again(&attempt, err);
    return answer;
}

static int pause_before(const struct update_run_request *request, int tries, struct err *err)
{
    uint8_t chance;
    const struct deadline deadline = pass_deadline(request->pass, 0);
    crypto_random(&chance, sizeof(chance));
    return deadline_sleep_ms(&deadline, PAUSE_MS * tries + chance, err);
}

int update_run(const struct update_run_request *request, struct update_run_result *ret,
               enum update_stage *ret_stage, struct err *err)
{
    for (int tries = 1;; tries++) {
        enum try_again again = TRY_NO;
        if (try_once(request, ret, ret_stage, &again, err) == 0)
            return 0;
        if (again == TRY_NO || tries >= UPDATE_RUN_TRIES)
            return -1;
        if (again == TRY_AFTER_PAUSE && pause_before(request, tries, err) != 0)
            return -1;
    }
}
