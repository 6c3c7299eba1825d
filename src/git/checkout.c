#include "git/checkout.h"

#include <string.h>

#include "base/semver.h"
#include "base/semver_range.h"
#include "base/str.h"
#include "git/commit.h"
#include "git/name.h"

#define DEFAULT_BRANCH "master"
#define PEELED         "^{}"

void git_target_finish(struct git_target *target)
{
    free(target->ref);
    git_refs_finish(&target->ties);
    *target = (struct git_target){0};
}

static const char *branch_of(const struct git_checkout *checkout)
{
    return str_empty(checkout->branch) ? DEFAULT_BRANCH : checkout->branch;
}

/* The ref that `name` means: a tag may be written with "^{}" behind it. */
static char *ref_of_name(const char *name)
{
    size_t len = strlen(name);
    if (str_ends_with(name, PEELED))
        len -= strlen(PEELED);
    return span_dup((struct span){name, len});
}

void git_checkout_query(const struct git_checkout *checkout, const char *push_branch,
                        struct strlist *names, struct git_list_query *query)
{
    *query = (struct git_list_query){0};
    if (!str_empty(checkout->commit)) {
        if (!str_empty(checkout->branch))
            strlist_addf(names, GIT_HEADS "%s", checkout->branch);
    } else if (!str_empty(checkout->name)) {
        strlist_add_take(names, ref_of_name(checkout->name));
    } else if (!str_empty(checkout->tag)) {
        strlist_addf(names, GIT_TAGS "%s", checkout->tag);
    } else if (!str_empty(checkout->semver)) {
        query->tags = true;
    } else {
        strlist_addf(names, GIT_HEADS "%s", branch_of(checkout));
    }
    if (!str_empty(push_branch))
        strlist_addf(names, GIT_HEADS "%s", push_branch);
    query->names = strlist_argv(names);
    query->name_count = names->len;
}

static void take_ref(const struct git_ref *ref, struct git_target *target)
{
    target->ref = str_dup(ref->name);
    target->oid = ref->oid;
    target->commit = *git_ref_commit(ref);
    target->is_head = str_starts_with(ref->name, GIT_HEADS);
}

static int resolve_ref(const char *name, const struct git_refs *refs, const char *url,
                       struct git_target *target, struct err *err)
{
    const struct git_ref *ref = git_refs_find(refs, name);
    if (ref) {
        take_ref(ref, target);
        return 0;
    }
    if (refs->seen == 0 && str_starts_with(name, GIT_HEADS))
        return err_set(err, ERR_NOT_FOUND,
                       "unable to clone '%s': the repository is empty; push a first commit to "
                       "branch '%s'",
                       url, name + strlen(GIT_HEADS));
    return err_set(err, ERR_NOT_FOUND, "unable to clone '%s': couldn't find remote ref \"%s\"", url,
                   name);
}

static int resolve_branch(const struct git_checkout *checkout, const struct git_refs *refs,
                          const char *url, struct git_target *target, struct err *err)
{
    const char *branch = branch_of(checkout);
    if (!git_name_is_branch(branch))
        return err_set(err, ERR_INVALID, "'%s' is no valid name of a branch", branch);
    CLEANUP(mem_freep) char *name = str_printf(GIT_HEADS "%s", branch);
    return resolve_ref(name, refs, url, target, err);
}

static int resolve_tag(const struct git_checkout *checkout, const struct git_refs *refs,
                       const char *url, struct git_target *target, struct err *err)
{
    if (!git_name_is_tag(checkout->tag))
        return err_set(err, ERR_INVALID, "'%s' is no valid name of a tag", checkout->tag);
    CLEANUP(mem_freep) char *name = str_printf(GIT_TAGS "%s", checkout->tag);
    return resolve_ref(name, refs, url, target, err);
}

static int resolve_name(const struct git_checkout *checkout, const struct git_refs *refs,
                        struct git_target *target, struct err *err)
{
    const char *name = checkout->name;
    if (str_starts_with(name, "/") || str_ends_with(name, "/"))
        return err_set(err, ERR_INVALID,
                       "ref %s is invalid; Git refs cannot begin or end with a slash '/'", name);
    CLEANUP(mem_freep) char *ref_name = ref_of_name(name);
    const struct git_ref *ref = git_refs_find(refs, ref_name);
    /* "^{}" is what a listing shows of an annotated tag, and of nothing else. */
    if (!ref || (str_ends_with(name, PEELED) && !str_starts_with(name, GIT_TAGS)))
        return err_set(err, ERR_NOT_FOUND, "unable to resolve ref '%s' to a specific commit", name);
    take_ref(ref, target);
    return 0;
}

static int resolve_commit(const struct git_checkout *checkout, const struct git_refs *refs,
                          struct git_target *target, struct err *err)
{
    if (!git_oid_read(span_of(checkout->commit), &target->commit) ||
        git_oid_is_none(&target->commit))
        return err_set(err, ERR_INVALID,
                       "unable to resolve commit object for '%s': not a full commit id of 40 or 64 "
                       "hex digits",
                       checkout->commit);
    target->oid = target->commit;
    target->by_id = true;
    if (str_empty(checkout->branch))
        return 0;
    target->ref = str_printf(GIT_HEADS "%s", checkout->branch);
    const struct git_ref *branch = git_refs_find(refs, target->ref);
    target->is_head = branch && git_oid_equal(&branch->oid, &target->commit);
    return 0;
}

static void add_tie(struct git_refs *ties, const struct git_ref *ref)
{
    ties->items = mem_grow(ties->items, &ties->cap, ties->len + 1, sizeof(*ties->items));
    ties->items[ties->len++] =
        (struct git_ref){.name = str_dup(ref->name), .oid = ref->oid, .peeled = ref->peeled};
}

/* The highest version in RANGE among the tags, and all tags that spell it. */
static void find_highest(const struct semver_range *range, const struct git_refs *refs,
                         struct git_refs *ties)
{
    struct semver highest = {0};
    for (size_t i = 0; i < refs->len; i++) {
        struct semver version;
        const struct git_ref *ref = &refs->items[i];
        if (!str_starts_with(ref->name, GIT_TAGS) ||
            semver_parse(span_of(ref->name + strlen(GIT_TAGS)), &version, NULL) != 0 ||
            !semver_range_contains(range, &version))
            continue;
        int order = ties->len == 0 ? 1 : semver_compare(&version, &highest);
        if (order < 0)
            continue;
        if (order > 0) {
            git_refs_finish(ties);
            highest = version;
        }
        if (ties->len < GIT_TIES_MAX)
            add_tie(ties, ref);
    }
}

static int resolve_semver(const struct git_checkout *checkout, const struct git_refs *refs,
                          struct git_target *target, struct err *err)
{
    CLEANUP(semver_range_finish) struct semver_range range = {0};
    if (semver_range_parse(span_of(checkout->semver), &range, err) != 0)
        return err_wrap(err, "semver parse error");
    find_highest(&range, refs, &target->ties);
    if (target->ties.len == 0)
        return err_set(err, ERR_NOT_FOUND, "no match found for semver: %s", checkout->semver);
    take_ref(&target->ties.items[target->ties.len - 1], target);
    return 0;
}

int git_checkout_resolve(const struct git_checkout *checkout, const struct git_refs *refs,
                         const char *url, struct git_target *ret, struct err *err)
{
    CLEANUP(git_target_finish) struct git_target target = {0};
    int answer;
    if (!str_empty(checkout->commit))
        answer = resolve_commit(checkout, refs, &target, err);
    else if (!str_empty(checkout->name))
        answer = resolve_name(checkout, refs, &target, err);
    else if (!str_empty(checkout->tag))
        answer = resolve_tag(checkout, refs, url, &target, err);
    else if (!str_empty(checkout->semver))
        answer = resolve_semver(checkout, refs, &target, err);
    else
        answer = resolve_branch(checkout, refs, url, &target, err);
    if (answer != 0)
        return -1;
    *ret = target;
    target = (struct git_target){0};
    return 0;
}

static bool is_settled(const struct git_target *target)
{
    for (size_t i = 1; i < target->ties.len; i++) {
        if (!git_oid_equal(git_ref_commit(&target->ties.items[i]),
                           git_ref_commit(&target->ties.items[0])))
            return false;
    }
    return true;
}

static int fetch_ties(const struct git_refs *ties, struct git_mirror *mirror,
                      struct git_remote *remote, const struct deadline *deadline, struct err *err)
{
    struct git_want wants[GIT_TIES_MAX];
    for (size_t i = 0; i < ties->len; i++)
        wants[i] = (struct git_want){.ref = ties->items[i].name, .oid = ties->items[i].oid};
    return git_mirror_fetch(mirror, remote, wants, ties->len, deadline, err);
}

int git_target_settle(struct git_target *target, struct git_mirror *mirror,
                      struct git_remote *remote, const struct deadline *deadline, struct err *err)
{
    const struct git_refs *ties = &target->ties;
    const struct git_ref *latest = NULL;
    int64_t latest_s = 0;
    if (is_settled(target))
        return 0;
    if (fetch_ties(ties, mirror, remote, deadline, err) != 0)
        return -1;
    for (size_t i = 0; i < ties->len; i++) {
        int64_t seconds;
        if (git_commit_time(mirror, git_ref_commit(&ties->items[i]), deadline, &seconds, err) != 0)
            return -1;
        if (!latest || seconds >= latest_s) {
            latest = &ties->items[i];
            latest_s = seconds;
        }
    }
    free(target->ref);
    take_ref(latest, target);
    return 0;
}

struct git_want git_target_want(const struct git_target *target)
{
    return (struct git_want){.ref = target->by_id ? NULL : target->ref, .oid = target->oid};
}

char *git_revision(const char *ref, const struct git_oid *commit)
{
    const char *format = git_format_name(git_oid_format(commit));
    if (str_empty(ref))
        return str_printf("%s:%s", format, commit->hex);
    return str_printf("%s@%s:%s", git_name_short(ref), format, commit->hex);
}
