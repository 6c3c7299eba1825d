#include "git/remote.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/access.h"
#include "git/fault.h"
#include "git/name.h"
#include "git/records.h"
#include "git/run.h"

struct git_remote {
    struct git_url url;
    struct git_access access;
};

/* A malformed URL with an '@' may hold a password anywhere. */
static int url_failed(const char *url, struct err *err)
{
    enum { QUOTED_MAX = 200 };
    if (strchr(url, '@') || strlen(url) > QUOTED_MAX)
        return err_wrap(err, "failed to parse URL");
    return err_wrap(err, "failed to parse URL '%s'", url);
}

int git_remote_open(const struct git_remote_options *options, struct git_remote **ret,
                    struct err *err)
{
    static const struct git_credentials none = {0};
    CLEANUP(git_remote_freep) struct git_remote *remote = mem_zalloc(sizeof(*remote));
    if (git_url_parse(options->url, options->allow_local, &remote->url, err) != 0)
        return url_failed(options->url, err);
    if (git_access_init(&remote->access, &remote->url,
                        options->credentials ? options->credentials : &none, options->private_base,
                        err) != 0)
        return err_wrap(err, "failed to configure authentication options");
    *ret = MEM_STEAL(remote);
    return 0;
}

void git_remote_free(struct git_remote *remote)
{
    if (!remote)
        return;
    git_access_finish(&remote->access);
    git_url_finish(&remote->url);
    free(remote);
}

const char *git_remote_url(const struct git_remote *remote)
{
    return remote->url.text;
}

const char *git_remote_address(const struct git_remote *remote)
{
    return remote->url.remote;
}

int git_remote_run(struct git_remote *remote, struct git_command *command, struct git_outcome *ret,
                   struct err *err)
{
    command->access = &remote->access;
    if (git_run(command, ret, err) != 0)
        return -1;
    if (ret->status == 0 || git_fault_of(ret) != GIT_FAULT_REDIRECT ||
        !git_access_use_helper(&remote->access))
        return 0;
    git_outcome_finish(ret);
    return git_run(command, ret, err);
}

int git_remote_fail(const struct git_remote *remote, const struct git_outcome *outcome,
                    struct err *err)
{
    return git_fail(outcome, &remote->access, err);
}

void git_refs_finish(struct git_refs *refs)
{
    for (size_t i = 0; i < refs->len; i++)
        free(refs->items[i].name);
    free(refs->items);
    *refs = (struct git_refs){0};
}

static int compare_refs(const void *a, const void *b)
{
    return strcmp(((const struct git_ref *)a)->name, ((const struct git_ref *)b)->name);
}

static int compare_name(const void *name, const void *ref)
{
    return strcmp(name, ((const struct git_ref *)ref)->name);
}

const struct git_ref *git_refs_find(const struct git_refs *refs, const char *name)
{
    if (refs->len == 0)
        return NULL;
    return bsearch(name, refs->items, refs->len, sizeof(*refs->items), compare_name);
}

const struct git_oid *git_ref_commit(const struct git_ref *ref)
{
    return git_oid_is_none(&ref->peeled) ? &ref->oid : &ref->peeled;
}

/* The state of reading one list. */
struct listing {
    const struct git_list_query *query;
    struct git_refs *refs;
};

static bool is_wanted(const struct git_list_query *query, const char *name)
{
    if (query->everything || (query->tags && str_starts_with(name, GIT_TAGS)))
        return true;
    for (size_t i = 0; i < query->name_count; i++) {
        if (strcmp(query->names[i], name) == 0)
            return true;
    }
    return false;
}

/* "<id>^{}" lines follow the annotated tag that they peel. */
static void add_peeled(struct git_refs *refs, const char *name, const struct git_oid *oid)
{
    if (refs->len != 0 && strcmp(refs->items[refs->len - 1].name, name) == 0)
        refs->items[refs->len - 1].peeled = *oid;
}

static int on_line(void *arg, struct span line, struct err *err)
{
    struct listing *listing = arg;
    struct git_refs *refs = listing->refs;
    struct git_oid oid;
    ptrdiff_t tab = span_find_byte(line, '\t');
    if (tab < 0 || !git_oid_read(span_slice(line, 0, (size_t)tab), &oid))
        return err_set(err, ERR_UNAVAILABLE, "git: malformed list of refs");
    struct span text = span_slice(line, (size_t)tab + 1, line.len);
    bool peeled = span_ends_with(text, "^{}");
    CLEANUP(mem_freep) char *name = span_dup(span_slice(text, 0, text.len - (peeled ? 3 : 0)));
    /* A server may have names that no git command takes; nobody can mean them. */
    if (!git_name_is_ref(name) && strcmp(name, "HEAD") != 0)
        return 0;
    if (peeled) {
        add_peeled(refs, name, &oid);
        return 0;
    }
    refs->seen++;
    if (!is_wanted(listing->query, name))
        return 0;
    if (refs->len == GIT_REFS_MAX)
        return err_set(err, ERR_INVALID, "the repository has more than %d refs", GIT_REFS_MAX);
    refs->items = mem_grow(refs->items, &refs->cap, refs->len + 1, sizeof(*refs->items));
    refs->items[refs->len++] = (struct git_ref){.name = MEM_STEAL(name), .oid = oid};
    return 0;
}

/* The narrowest question that git can put for the query. */
static void add_scope(const struct git_list_query *query, struct strlist *args)
{
    bool heads = false, tags = query->tags, others = query->everything;
    for (size_t i = 0; i < query->name_count; i++) {
        bool head = str_starts_with(query->names[i], GIT_HEADS);
        bool tag = str_starts_with(query->names[i], GIT_TAGS);
        heads = heads || head;
        tags = tags || tag;
        others = others || (!head && !tag);
    }
    if (others)
        return;
    if (heads)
        strlist_add(args, "--heads");
    if (tags)
        strlist_add(args, "--tags");
}

static int run_list(struct git_remote *remote, const struct git_list_query *query,
                    const struct deadline *deadline, struct git_refs *refs, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist args = STRLIST_INIT;
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    CLEANUP(git_records_finish) struct git_records records;
    struct listing listing = {query, refs};
    git_records_init(&records, '\n', on_line, &listing);
    strlist_add(&args, "ls-remote");
    strlist_add(&args, "--quiet");
    add_scope(query, &args);
    strlist_add(&args, "--end-of-options");
    strlist_add(&args, git_remote_address(remote));
    struct git_command command = {
        .args = strlist_argv(&args),
        .on_output = git_records_feed,
        .arg = &records,
        .deadline = deadline,
    };
    if (git_remote_run(remote, &command, &outcome, err) != 0)
        return -1;
    if (outcome.status != 0)
        return git_remote_fail(remote, &outcome, err);
    return git_records_end(&records, err);
}

int git_remote_list(struct git_remote *remote, const struct git_list_query *query,
                    const struct deadline *deadline, struct git_refs *ret, struct err *err)
{
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    if (run_list(remote, query, deadline, &refs, err) != 0)
        return err_wrap(err, "unable to list remote for '%s'", remote->url.text);
    if (refs.len != 0)
        qsort(refs.items, refs.len, sizeof(*refs.items), compare_refs);
    *ret = refs;
    refs = (struct git_refs){0};
    return 0;
}
