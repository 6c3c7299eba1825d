#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/fault.h"
#include "git/mirror.h"
#include "git/mirror_state.h"
#include "git/run.h"

static char *local_ref(const struct git_want *want)
{
    return git_mirror_ref(want->ref ? want->ref : want->oid.hex);
}

bool git_mirror_has(const struct git_mirror *mirror, const struct git_want *want)
{
    /* A loose ref is a file with the id and a newline (gitrepository-layout(5));
     * nothing here ever packs refs. */
    CLEANUP(buf_finish) struct buf content = BUF_INIT(GIT_OID_SIZE);
    CLEANUP(mem_freep) char *ref = local_ref(want);
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", mirror->dir, ref);
    struct git_oid oid;
    return file_read(path, &content, NULL) == 0 &&
           git_oid_read(span_trim(buf_span(&content)), &oid) && git_oid_equal(&oid, &want->oid);
}

/*
 * The arguments of a fetch, and what they spare:
 * - ids instead of names: the server need not list its refs once more, and the
 *   fetch gets what was listed even if the branch moves meanwhile;
 * - no tags, no submodules, no FETCH_HEAD, no maintenance, no commit graph: work
 *   that nobody here looks at. Telling forced updates apart would walk history;
 * - the remote as a promisor of what the filter leaves out: besides, git then
 *   checks that it got the wanted commits and no longer walks all their trees.
 *   The setting is for this command alone: with it, a read of a blob that was
 *   left out would go to the network.
 * The negotiation stays git's own ("consecutive"): with "noop" the server would
 * send the whole tree again when a branch has moved by one commit.
 */
static void add_fetch(const struct git_mirror *mirror, const struct git_remote *remote,
                      struct strlist *args)
{
    strlist_add(args, "-c");
    strlist_addf(args, "remote.origin.url=%s", git_remote_address(remote));
    if (mirror->blob_max_bytes != 0) {
        strlist_add(args, "-c");
        strlist_add(args, "remote.origin.promisor=true");
        strlist_add(args, "-c");
        strlist_addf(args, "remote.origin.partialCloneFilter=blob:limit=%ju",
                     (uintmax_t)mirror->blob_max_bytes);
    }
    strlist_add(args, "fetch");
    strlist_add(args, "--quiet");
    strlist_add(args, "--depth=1");
    strlist_add(args, "--update-shallow");
    strlist_add(args, "--no-tags");
    strlist_add(args, "--no-recurse-submodules");
    strlist_add(args, "--no-write-fetch-head");
    strlist_add(args, "--no-auto-maintenance");
    strlist_add(args, "--no-write-commit-graph");
    strlist_add(args, "--no-show-forced-updates");
    if (mirror->blob_max_bytes != 0)
        strlist_addf(args, "--filter=blob:limit=%ju", (uintmax_t)mirror->blob_max_bytes);
    strlist_add(args, "--end-of-options");
    strlist_add(args, "origin");
}

/* Adds the wants that are not here; returns their number. */
static size_t add_wants(const struct git_mirror *mirror, const struct git_want *wants, size_t count,
                        struct strlist *args)
{
    size_t missing = 0;
    for (size_t i = 0; i < count; i++) {
        if (git_mirror_has(mirror, &wants[i]))
            continue;
        CLEANUP(mem_freep) char *ref = local_ref(&wants[i]);
        CLEANUP(mem_freep) char *refspec = str_printf("+%s:%s", wants[i].oid.hex, ref);
        if (!strlist_contains(args, refspec))
            strlist_add(args, refspec);
        missing++;
    }
    return missing;
}

/* The wanted commit, if any, of which the server says that it is not there. */
static struct git_oid find_gone(const struct git_want *wants, size_t count, const char *errors)
{
    for (size_t i = 0; i < count; i++) {
        if (!wants[i].ref && strstr(errors, wants[i].oid.hex))
            return wants[i].oid;
    }
    return GIT_OID_NONE;
}

/* Fills ERR from a fetch that git ended with an error; returns -1. */
static int fail_fetch(struct git_mirror *mirror, const struct git_remote *remote,
                      const struct git_want *wants, size_t count, const struct git_outcome *outcome,
                      struct err *err)
{
    enum git_fault fault = git_fault_of(outcome);
    mirror->damaged = git_fault_is_damage(fault);
    git_remote_fail(remote, outcome, err);
    if (fault == GIT_FAULT_GONE) {
        struct git_oid gone = find_gone(wants, count, outcome->errors);
        if (!git_oid_is_none(&gone))
            return err_wrap(err, "unable to resolve commit object for '%s'", gone.hex);
        if (err)
            err->class = ERR_CONFLICT;
    }
    return err_wrap(err, "unable to clone '%s'", mirror->url);
}

static int fetch(struct git_mirror *mirror, struct git_remote *remote, const struct git_want *wants,
                 size_t count, const struct deadline *deadline, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist args = STRLIST_INIT;
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    add_fetch(mirror, remote, &args);
    if (add_wants(mirror, wants, count, &args) == 0)
        return 0;
    struct git_command command = {.args = strlist_argv(&args), .deadline = deadline};
    git_mirror_prepare(mirror, &command);
    if (git_remote_run(remote, &command, &outcome, err) != 0)
        return err_wrap(err, "unable to clone '%s'", mirror->url);
    if (outcome.status != 0)
        return fail_fetch(mirror, remote, wants, count, &outcome, err);
    return 0;
}

/* A repository that fills a mirror past the limit all by itself is refused, and
 * does not stay on the disk. (One that does so bit by bit begins anew when it
 * is opened next.) */
static int check_size(struct git_mirror *mirror, struct err *err)
{
    struct git_mirror_usage usage;
    if (mirror->size_max_bytes == 0 || !mirror->fresh)
        return 0;
    if (git_mirror_measure(mirror, &usage, err) != 0)
        return -1;
    if (usage.bytes <= mirror->size_max_bytes)
        return 0;
    if (git_mirror_begin_anew(mirror, err) != 0)
        return -1;
    return err_set(err, ERR_INVALID,
                   "unable to clone '%s': one commit takes %ju bytes, more than the limit of %ju",
                   mirror->url, (uintmax_t)usage.bytes, (uintmax_t)mirror->size_max_bytes);
}

int git_mirror_fetch(struct git_mirror *mirror, struct git_remote *remote,
                     const struct git_want *wants, size_t count, const struct deadline *deadline,
                     struct err *err)
{
    struct err failure = {0}; /* the first one does not count if the second try succeeds */
    int answer = fetch(mirror, remote, wants, count, deadline, &failure);
    if (answer != 0 && git_mirror_repair(mirror, NULL) == 1)
        answer = fetch(mirror, remote, wants, count, deadline, &failure);
    if (answer == 0)
        return check_size(mirror, err);
    if (err)
        *err = failure;
    return -1;
}
