#include "git/commit.h"

#include <string.h>

#include "base/proc.h"
#include "base/str.h"
#include "git/mirror_state.h"
#include "git/object.h"
#include "git/run.h"

enum {
    OVERHEAD_MAX = 64 * 1024 * 1024, /* bytes of paths and commands in the stream */
    ANSWER_MAX = 1024,               /* bytes that fast-import answers */
    COMMIT_MAX = 16 * 1024 * 1024,   /* bytes of a commit object that is read */
};

/* "name <email> seconds +0000", which is also what a commit object holds. */
static char *identity(const struct git_commit_request *request)
{
    static const char dropped[] = "<>\n";
    CLEANUP(buf_finish) struct buf text = BUF_INIT(3 * GIT_COMMIT_IDENTITY_MAX);
    for (const char *c = request->name; *c; c++) {
        if (!strchr(dropped, *c))
            buf_addc(&text, *c);
    }
    buf_adds(&text, " <");
    for (const char *c = request->email; *c; c++) {
        if (!strchr(dropped, *c))
            buf_addc(&text, *c);
    }
    buf_addf(&text, "> %jd +0000", (intmax_t)request->time_s);
    return buf_take(&text);
}

static bool changes(const struct git_mirror *mirror, const struct git_edit *edit)
{
    struct git_oid after = git_oid_of_blob(mirror->format, edit->content);
    return !git_oid_equal(&after, &edit->before.oid);
}

static int check(const struct git_commit_request *request, struct err *err)
{
    size_t total = 0;
    if (request->message.len > GIT_COMMIT_MESSAGE_MAX)
        return err_set(err, ERR_INVALID, "the commit message is longer than %d bytes",
                       GIT_COMMIT_MESSAGE_MAX);
    if (span_find_byte(request->message, '\0') >= 0)
        return err_set(err, ERR_INVALID, "the commit message holds a NUL byte");
    if (strlen(request->name) > GIT_COMMIT_IDENTITY_MAX ||
        strlen(request->email) > GIT_COMMIT_IDENTITY_MAX)
        return err_set(err, ERR_INVALID, "the author's name or e-mail is longer than %d bytes",
                       GIT_COMMIT_IDENTITY_MAX);
    for (size_t i = 0; i < request->edit_count; i++) {
        if (!git_entry_is_file(&request->edits[i].before))
            return err_set(err, ERR_INVALID, "'%s' is no regular file", request->edits[i].path);
        total += request->edits[i].content.len;
        if (total > GIT_COMMIT_CONTENT_MAX)
            return err_set(err, ERR_INVALID, "the changed files take more than %d bytes",
                           GIT_COMMIT_CONTENT_MAX);
    }
    return 0;
}

/* A path as fast-import reads it: in double quotes, and there escaped where it
 * must be (git-fast-import(1), "filemodify"). */
static void add_path(struct buf *stream, const char *path)
{
    buf_addc(stream, '"');
    for (const char *c = path; *c; c++) {
        if (*c == '"' || *c == '\\' || *c == '\n')
            buf_addc(stream, '\\');
        buf_addc(stream, *c == '\n' ? 'n' : *c);
    }
    buf_addc(stream, '"');
}

static void add_data(struct buf *stream, struct span data)
{
    buf_addf(stream, "data %zu\n", data.len);
    buf_add_span(stream, data);
    buf_addc(stream, '\n');
}

static void add_edit(struct buf *stream, const struct git_edit *edit)
{
    bool executable = edit->before.kind == GIT_ENTRY_EXECUTABLE;
    buf_addf(stream, "M %s inline ", executable ? "100755" : "100644");
    add_path(stream, edit->path);
    buf_addc(stream, '\n');
    add_data(stream, edit->content);
}

/*
 * The commands for fast-import. It answers two lines: the commit's id, and the
 * root tree. "feature done" makes it give up if the stream ends before "done",
 * as it does when tidemark is killed.
 */
static void add_stream(const struct git_mirror *mirror, const struct git_commit_request *request,
                       struct buf *stream)
{
    CLEANUP(mem_freep) char *ref = git_mirror_ref(request->ref);
    CLEANUP(mem_freep) char *who = identity(request);
    buf_addf(stream, "feature done\ncommit %s\nmark :1\nauthor %s\ncommitter %s\n", ref, who, who);
    add_data(stream, request->message);
    buf_addf(stream, "from %s\n", request->parent.hex);
    for (size_t i = 0; i < request->edit_count; i++) {
        if (changes(mirror, &request->edits[i]))
            add_edit(stream, &request->edits[i]);
    }
    buf_adds(stream, "get-mark :1\nls :1 \"\"\ndone\n");
}

/* "<commit> LF 040000 SP tree SP <tree> TAB LF" */
static int read_answer(struct span answer, struct git_oid *ret_commit, struct git_oid *ret_tree,
                       struct err *err)
{
    struct span line, mode, type, tree;
    if (!span_next(&answer, '\n', &line) || !git_oid_read(line, ret_commit) ||
        !span_next(&answer, ' ', &mode) || !span_next(&answer, ' ', &type) ||
        !span_next(&answer, '\t', &tree) || !span_is(type, "tree") ||
        !git_oid_read(tree, ret_tree) || git_oid_is_none(ret_commit) || git_oid_is_none(ret_tree))
        return err_set(err, ERR_INTERNAL, "git fast-import: unexpected answer");
    return 0;
}

/* Runs a command that answers little. */
static int run_small(struct git_mirror *mirror, const char *const *args, struct span input,
                     const struct deadline *deadline, struct buf *answer, struct err *err)
{
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    struct git_command command = {
        .args = args,
        .input = input,
        .on_output = proc_output_to_buf,
        .arg = answer,
        .deadline = deadline,
    };
    return git_mirror_run(mirror, &command, &outcome, err);
}

static int import(struct git_mirror *mirror, const struct git_commit_request *request,
                  const struct deadline *deadline, struct git_oid *ret_commit,
                  struct git_oid *ret_tree, struct err *err)
{
    /* --force: the mirror's ref for a branch that was rewritten need not be an
     * ancestor. --date-format=raw takes the seconds as they are. */
    static const char *const args[] = {"fast-import", "--quiet", "--force", "--date-format=raw",
                                       NULL};
    CLEANUP(buf_finish)
    struct buf stream = BUF_INIT(GIT_COMMIT_CONTENT_MAX + GIT_COMMIT_MESSAGE_MAX + OVERHEAD_MAX);
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    add_stream(mirror, request, &stream);
    if (buf_overflowed(&stream))
        return err_set(err, ERR_INVALID, "the commit changes too many files");
    if (run_small(mirror, args, buf_span(&stream), deadline, &answer, err) != 0)
        return -1;
    return read_answer(buf_span(&answer), ret_commit, ret_tree, err);
}

/* Each further line of a header is indented by one blank. */
static void add_signature(struct buf *object, struct span signature)
{
    buf_adds(object, "gpgsig");
    for (struct span line; span_next(&signature, '\n', &line);) {
        buf_addc(object, ' ');
        buf_add_span(object, line);
        buf_addc(object, '\n');
    }
}

/* Stores the signed object, and as what the mirror has for the remote ref. */
static int store_object(struct git_mirror *mirror, const char *remote_ref, struct span object,
                        const struct deadline *deadline, struct git_oid *ret, struct err *err)
{
    static const char *const hash[] = {"hash-object", "-t", "commit", "-w", "--stdin", NULL};
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    if (run_small(mirror, hash, object, deadline, &answer, err) != 0)
        return -1;
    if (!git_oid_read(span_trim(buf_span(&answer)), ret))
        return err_set(err, ERR_INTERNAL, "git hash-object: unexpected answer");
    CLEANUP(mem_freep) char *ref = git_mirror_ref(remote_ref);
    const char *const update[] = {"update-ref", ref, ret->hex, NULL};
    return run_small(mirror, update, SPAN_LITERAL(""), deadline, &answer, err);
}

static int sign(struct git_mirror *mirror, const struct git_commit_request *request,
                const struct git_oid *tree, const struct deadline *deadline, struct git_oid *ret,
                struct err *err)
{
    CLEANUP(mem_freep) char *who = identity(request);
    CLEANUP(mem_freep)
    char *head = str_printf("tree %s\nparent %s\nauthor %s\ncommitter %s\n", tree->hex,
                            request->parent.hex, who, who);
    CLEANUP(buf_finish) struct buf payload = BUF_INIT(2 * GIT_COMMIT_MESSAGE_MAX);
    CLEANUP(buf_finish) struct buf signature = BUF_INIT(GIT_COMMIT_SIGNATURE_MAX);
    CLEANUP(buf_finish) struct buf object = BUF_INIT(3 * GIT_COMMIT_MESSAGE_MAX);
    buf_addf(&payload, "%s\n", head);
    buf_add_span(&payload, request->message);
    if (request->sign(request->sign_arg, buf_span(&payload), &signature, err) != 0)
        return -1;
    if (buf_overflowed(&signature) || signature.len == 0)
        return err_set(err, ERR_INVALID, "the signature is empty or longer than %d bytes",
                       GIT_COMMIT_SIGNATURE_MAX);
    buf_adds(&object, head);
    add_signature(&object, buf_span(&signature));
    buf_addc(&object, '\n');
    buf_add_span(&object, request->message);
    return store_object(mirror, request->ref, buf_span(&object), deadline, ret, err);
}

int git_commit_create(struct git_mirror *mirror, const struct git_commit_request *request,
                      const struct deadline *deadline, struct git_oid *ret, struct err *err)
{
    struct git_oid commit = GIT_OID_NONE, tree = GIT_OID_NONE;
    bool changed = false;
    if (check(request, err) != 0)
        return -1;
    for (size_t i = 0; i < request->edit_count && !changed; i++)
        changed = changes(mirror, &request->edits[i]);
    if (!changed)
        return 0;
    if (import(mirror, request, deadline, &commit, &tree, err) != 0)
        return -1;
    if (request->sign && sign(mirror, request, &tree, deadline, &commit, err) != 0)
        return -1;
    *ret = commit;
    return 1;
}

/* Reads the seconds out of a "committer name <email> seconds zone" line. */
static int on_commit(void *arg, const struct git_object *object, struct err *err)
{
    int64_t *ret_s = arg;
    uint64_t seconds;
    for (struct span rest = object->content, line; span_next(&rest, '\n', &line);) {
        if (line.len == 0)
            break;
        if (!span_starts_with(line, "committer "))
            continue;
        ptrdiff_t mark = span_find(line, SPAN_LITERAL("> "));
        struct span date = span_slice(line, mark < 0 ? line.len : (size_t)mark + 2, line.len);
        struct span digits;
        if (!span_next(&date, ' ', &digits) || !span_to_u64(digits, &seconds) ||
            seconds > INT64_MAX)
            break;
        *ret_s = (int64_t)seconds;
        return 0;
    }
    return err_set(err, ERR_INVALID, "the commit has no date");
}

int git_commit_time(struct git_mirror *mirror, const struct git_oid *commit,
                    const struct deadline *deadline, int64_t *ret_s, struct err *err)
{
    int64_t seconds = 0;
    if (git_object_read(mirror, commit, 1, COMMIT_MAX, on_commit, &seconds, deadline, err) != 0)
        return err_wrap(err, "cannot read the date of commit '%s'", commit->hex);
    *ret_s = seconds;
    return 0;
}
