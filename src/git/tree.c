#include "git/tree.h"

#include <string.h>

#include "base/str.h"
#include "base/strlist.h"
#include "git/mirror_state.h"
#include "git/records.h"

/* Six octal digits, as ls-tree and diff-tree print them. */
static bool read_kind(struct span mode, enum git_entry_kind *ret)
{
    if (span_is(mode, "000000"))
        *ret = GIT_ENTRY_NONE;
    else if (span_is(mode, "120000"))
        *ret = GIT_ENTRY_SYMLINK;
    else if (span_is(mode, "160000"))
        *ret = GIT_ENTRY_SUBMODULE;
    else if (mode.len == 6 && span_starts_with(mode, "100")) /* old trees have 100664 too */
        *ret = mode.data[3] & 1 ? GIT_ENTRY_EXECUTABLE : GIT_ENTRY_FILE;
    else
        return false;
    return true;
}

static bool read_entry(struct span mode, struct span oid, struct git_entry *ret)
{
    return read_kind(mode, &ret->kind) && git_oid_read(oid, &ret->oid);
}

/* Counts one more entry of a walk. */
static int count_entry(size_t *count, struct err *err)
{
    if (++*count <= GIT_TREE_ENTRIES_MAX)
        return 0;
    return err_set(err, ERR_INVALID, "there are more than %d files; narrow spec.update.path",
                   GIT_TREE_ENTRIES_MAX);
}

struct listing {
    int (*on_entry)(void *arg, const char *path, const struct git_entry *entry, struct err *err);
    void *arg;
    size_t count;
};

/* "<mode> SP <type> SP <id> TAB <path>" */
static int on_listed(void *arg, struct span record, struct err *err)
{
    struct listing *listing = arg;
    struct git_entry entry;
    struct span mode, type, oid, path = record;
    if (!span_next(&path, ' ', &mode) || !span_next(&path, ' ', &type) ||
        !span_next(&path, '\t', &oid) || path.len == 0 || !read_entry(mode, oid, &entry))
        return err_set(err, ERR_UNAVAILABLE, "git: malformed list of files");
    if (count_entry(&listing->count, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *name = span_dup(path);
    return listing->on_entry(listing->arg, name, &entry, err);
}

/* Runs ARGS with PATH, if it is not the root, as the pathspec. */
static int run(struct git_mirror *mirror, struct strlist *args, const char *path,
               struct git_records *records, const struct deadline *deadline, struct err *err)
{
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    strlist_add(args, "--");
    if (path[0])
        strlist_add(args, path);
    struct git_command command = {
        .args = strlist_argv(args),
        .on_output = git_records_feed,
        .arg = records,
        .deadline = deadline,
    };
    if (git_mirror_run(mirror, &command, &outcome, err) != 0)
        return -1;
    return git_records_end(records, err);
}

int git_tree_list(struct git_mirror *mirror, const struct git_oid *commit, const char *path,
                  int (*on_entry)(void *arg, const char *path, const struct git_entry *entry,
                                  struct err *err),
                  void *arg, const struct deadline *deadline, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist args = STRLIST_INIT;
    CLEANUP(git_records_finish) struct git_records records;
    struct listing listing = {on_entry, arg, 0};
    git_records_init(&records, '\0', on_listed, &listing);
    strlist_add(&args, "ls-tree");
    strlist_add(&args, "-r");
    strlist_add(&args, "-z");
    strlist_add(&args, "--full-tree");
    strlist_add(&args, commit->hex);
    if (run(mirror, &args, path, &records, deadline, err) != 0)
        return -1;
    return listing.count != 0;
}

struct comparing {
    int (*on_change)(void *arg, const char *path, const struct git_entry *before,
                     const struct git_entry *after, struct err *err);
    void *arg;
    size_t count;
    bool in_path; /* the next record is the path of the change below */
    struct git_entry before;
    struct git_entry after;
};

/* ":<mode> SP <mode> SP <id> SP <id> SP <letter>" NUL "<path>" */
static int on_compared(void *arg, struct span record, struct err *err)
{
    struct comparing *comparing = arg;
    if (comparing->in_path) {
        CLEANUP(mem_freep) char *name = span_dup(record);
        comparing->in_path = false;
        return comparing->on_change(comparing->arg, name, &comparing->before, &comparing->after,
                                    err);
    }
    struct span mode_before, mode_after, before, after, rest = record;
    if (!span_next(&rest, ' ', &mode_before) || !span_next(&rest, ' ', &mode_after) ||
        !span_next(&rest, ' ', &before) || !span_next(&rest, ' ', &after) ||
        !span_starts_with(mode_before, ":") ||
        !read_entry(span_slice(mode_before, 1, mode_before.len), before, &comparing->before) ||
        !read_entry(mode_after, after, &comparing->after))
        return err_set(err, ERR_UNAVAILABLE, "git: malformed list of changes");
    comparing->in_path = true;
    return count_entry(&comparing->count, err);
}

/* Whether git does not know COMMIT. Asked only after a failure. */
static bool is_absent(struct git_mirror *mirror, const struct git_oid *commit,
                      const struct deadline *deadline)
{
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    CLEANUP(mem_freep) char *name = str_printf("%s^{commit}", commit->hex);
    const char *const args[] = {"cat-file", "-e", name, NULL};
    struct git_command command = {.args = args, .deadline = deadline};
    git_mirror_prepare(mirror, &command);
    return git_run(&command, &outcome, NULL) == 0 && outcome.status != 0;
}

int git_tree_diff(struct git_mirror *mirror, const struct git_oid *older,
                  const struct git_oid *newer, const char *path,
                  int (*on_change)(void *arg, const char *path, const struct git_entry *before,
                                   const struct git_entry *after, struct err *err),
                  void *arg, const struct deadline *deadline, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist args = STRLIST_INIT;
    CLEANUP(git_records_finish) struct git_records records;
    struct comparing comparing = {.on_change = on_change, .arg = arg};
    git_records_init(&records, '\0', on_compared, &comparing);
    strlist_add(&args, "diff-tree");
    strlist_add(&args, "-r");
    strlist_add(&args, "-z");
    strlist_add(&args, "--raw");
    strlist_add(&args, "--no-abbrev");
    strlist_add(&args, "--no-renames");
    strlist_add(&args, older->hex);
    strlist_add(&args, newer->hex);
    struct err failure = {0};
    if (run(mirror, &args, path, &records, deadline, &failure) == 0)
        return 1;
    if (mirror->damaged && is_absent(mirror, older, deadline)) {
        mirror->damaged = false;
        return 0;
    }
    if (err)
        *err = failure;
    return -1;
}
