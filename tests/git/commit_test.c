/* Commits made without a work tree, checked with git's own eyes. */
#include "lab.h"

#include "base/str.h"
#include "base/strlist.h"
#include "git/tree.h"

static struct lab *lab;
static struct git_remote *remote;
static struct git_mirror *mirror;
static struct git_oid head;
static char *dir;

static int open_mirror(void **state)
{
    (void)state;
    lab_do(lab, "git_lab_repo config; git init -q work; cd work; mkdir -p a/b\n"
                "echo one >a/b/f.yaml; echo two >g.yaml; echo three >run.sh; chmod 755 run.sh\n"
                "git add .; git commit -qm one; git push -q ../repos/config.git main");
    CLEANUP(mem_freep)
    char *url = str_printf("%s/git/config.git", lab_value(lab, "GIT_LAB_HTTP"));
    remote = lab_remote(lab, url, NULL);
    mirror = lab_mirror(lab, remote, "cache");
    head = lab_fetch(mirror, remote, "refs/heads/main");
    dir = lab_run(lab, "ls -d \"$PWD\"/cache/*/");
    return 0;
}

static int close_mirror(void **state)
{
    (void)state;
    git_mirror_close(mirror);
    git_remote_free(remote);
    free(dir);
    return 0;
}

static int keep_entry(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)path;
    (void)err;
    *(struct git_entry *)arg = *entry;
    return 0;
}

static struct git_edit edit_of(const char *path, struct span content)
{
    struct git_edit edit = {.path = path, .content = content};
    struct deadline deadline = lab_deadline(30);
    struct err err;
    check_int(path, git_tree_list(mirror, &head, path, keep_entry, &edit.before, &deadline, &err),
              1);
    return edit;
}

static struct git_commit_request request_of(const struct git_edit *edits, size_t count)
{
    return (struct git_commit_request){
        .parent = head,
        .ref = "refs/heads/main",
        .edits = edits,
        .edit_count = count,
        .name = "Tide Mark",
        .email = "bot@example.com",
        .time_s = 1700000000,
        .message = SPAN_LITERAL("Update\n"),
    };
}

static struct git_oid create(const struct git_commit_request *request)
{
    struct deadline deadline = lab_deadline(30);
    struct git_oid commit = GIT_OID_NONE;
    struct err err;
    int answer = git_commit_create(mirror, request, &deadline, &commit, &err);
    check_ok("commit", answer, &err);
    check_int("commit", answer, 1);
    return commit;
}

/* Pushes the commit with plain git and checks it where all of it is. */
static void check_sound(const char *row, const struct git_oid *commit)
{
    CLEANUP(mem_freep)
    char *said = lab_run(lab,
                         "git -C '%s' push -q --force \"$PWD/repos/config.git\" %s:refs/heads/try\n"
                         "git -C repos/config.git fsck --strict --no-dangling 2>&1",
                         dir, commit->hex);
    check_text(row, said, "");
}

static void changes_nothing_else(void **state)
{
    (void)state;
    const struct git_edit edits[] = {
        edit_of("a/b/f.yaml", SPAN_LITERAL("edited\r\nwithout end")),
        edit_of("run.sh", SPAN_LITERAL("")),
        edit_of("g.yaml", SPAN_LITERAL("two\n")), /* as it is */
    };
    struct git_commit_request request = request_of(edits, ARRAY_LEN(edits));
    struct git_oid commit = create(&request);
    CLEANUP(mem_freep)
    char *diff =
        lab_run(lab, "git -C '%s' diff-tree --name-status -r %s %s", dir, head.hex, commit.hex);
    CLEANUP(mem_freep) char *tree = lab_run(lab, "git -C '%s' ls-tree -r %s", dir, commit.hex);
    CLEANUP(mem_freep) char *text = lab_show(mirror, &commit, "a/b/f.yaml");
    check_text("diff", diff, "M\ta/b/f.yaml\nM\trun.sh");
    check_text("content", text, "edited\r\nwithout end");
    assert_non_null(strstr(tree, "100755 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\trun.sh"));
    check_sound("fsck", &commit);
}

static void answers_that_nothing_changes(void **state)
{
    (void)state;
    const struct git_edit edits[] = {
        edit_of("a/b/f.yaml", SPAN_LITERAL("one\n")),
        edit_of("g.yaml", SPAN_LITERAL("two\n")),
    };
    struct git_commit_request request = request_of(edits, ARRAY_LEN(edits));
    struct deadline deadline = lab_deadline(30);
    struct git_oid commit = GIT_OID_NONE;
    struct err err;
    check_int("same", git_commit_create(mirror, &request, &deadline, &commit, &err), 0);
    assert_true(git_oid_is_none(&commit));
    request.edit_count = 0;
    check_int("none", git_commit_create(mirror, &request, &deadline, &commit, &err), 0);
}

static void writes_message_and_identity_as_given(void **state)
{
    (void)state;
    static const struct {
        const char *row, *name, *email;
        struct span message;
        const char *want; /* behind the line of the parent */
    } cases[] = {
        {"usual", "Tide Mark", "bot@example.com", SPAN_LITERAL("Update\n\nbody\n"),
         "author Tide Mark <bot@example.com> 1700000000 +0000\n"
         "committer Tide Mark <bot@example.com> 1700000000 +0000\n\nUpdate\n\nbody\n"},
        {"no final newline", "T", "b@x", SPAN_LITERAL("Update"),
         "author T <b@x> 1700000000 +0000\ncommitter T <b@x> 1700000000 +0000\n\nUpdate"},
        {"empty message", "T", "b@x", SPAN_LITERAL(""),
         "author T <b@x> 1700000000 +0000\ncommitter T <b@x> 1700000000 +0000\n\n"},
        {"blanks and comments", "T", "b@x", SPAN_LITERAL("\n\n  a \r\n# b\n\n\n"),
         "author T <b@x> 1700000000 +0000\ncommitter T <b@x> 1700000000 +0000\n\n"
         "\n\n  a \r\n# b\n\n\n"},
        {"not UTF-8", "T", "b@x", SPAN_LITERAL("caf\351"),
         "author T <b@x> 1700000000 +0000\ncommitter T <b@x> 1700000000 +0000\n\ncaf\351"},
        {"command of the stream", "T", "b@x", SPAN_LITERAL("data 3\ndone\n"),
         "author T <b@x> 1700000000 +0000\ncommitter T <b@x> 1700000000 +0000\n\ndata 3\ndone\n"},
        {"no name", "", "b@x", SPAN_LITERAL("m"),
         "author  <b@x> 1700000000 +0000\ncommitter  <b@x> 1700000000 +0000\n\nm"},
        {"odd identity", "T <evil>\nauthor X", "<b>@x\n> 1 +0000", SPAN_LITERAL("m"),
         "author T evilauthor X <b@x 1 +0000> 1700000000 +0000\n"
         "committer T evilauthor X <b@x 1 +0000> 1700000000 +0000\n\nm"},
        {"UTF-8 identity", "J\303\274rgen", "j\303\274@x", SPAN_LITERAL("m"),
         "author J\303\274rgen <j\303\274@x> 1700000000 +0000\n"
         "committer J\303\274rgen <j\303\274@x> 1700000000 +0000\n\nm"},
    };
    const struct git_edit edit = edit_of("g.yaml", SPAN_LITERAL("new\n"));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct git_commit_request request = request_of(&edit, 1);
        request.name = cases[i].name;
        request.email = cases[i].email;
        request.message = cases[i].message;
        struct git_oid commit = create(&request);
        CLEANUP(mem_freep)
        char *object = lab_run(lab, "git -C '%s' cat-file commit %s; echo .", dir, commit.hex);
        CLEANUP(mem_freep) char *parent = str_printf("parent %s\n", head.hex);
        CLEANUP(mem_freep) char *want = str_printf("%s.", cases[i].want);
        const char *rest = strstr(object, parent);
        assert_non_null(rest);
        check_text(cases[i].row, rest + strlen(parent), want);
        check_sound(cases[i].row, &commit);
    }
}

static void refuses_what_is_past_its_limits(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *long_text = mem_alloc(GIT_COMMIT_CONTENT_MAX + 1);
    memset(long_text, 'x', GIT_COMMIT_CONTENT_MAX + 1);
    CLEANUP(mem_freep)
    char *long_name = span_dup((struct span){long_text, GIT_COMMIT_IDENTITY_MAX + 1});
    struct git_edit edit = edit_of("g.yaml", SPAN_LITERAL("new\n"));
    struct git_commit_request request = request_of(&edit, 1);
    struct deadline deadline = lab_deadline(30);
    struct git_oid commit = GIT_OID_NONE;
    struct err err;

    request.message = (struct span){long_text, GIT_COMMIT_MESSAGE_MAX};
    check_ok("message", git_commit_create(mirror, &request, &deadline, &commit, &err), &err);
    request.message.len++;
    check_fails("message", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_INVALID, "the commit message is longer than 1048576 bytes");
    request.message = SPAN_LITERAL("a\0b");
    check_fails("NUL", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_INVALID, "the commit message holds a NUL byte");
    request = request_of(&edit, 1);
    request.name = long_name + 1;
    check_ok("name", git_commit_create(mirror, &request, &deadline, &commit, &err), &err);
    request.name = long_name;
    check_fails("name", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_INVALID, "the author's name or e-mail is longer than 4096 bytes");
    request = request_of(&edit, 1);
    edit.content = (struct span){long_text, GIT_COMMIT_CONTENT_MAX};
    check_ok("content", git_commit_create(mirror, &request, &deadline, &commit, &err), &err);
    edit.content.len++;
    check_fails("content", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_INVALID, "the changed files take more than 67108864 bytes");
    edit.content = SPAN_LITERAL("x");
    edit.before.kind = GIT_ENTRY_SYMLINK;
    check_fails("symlink", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_INVALID, "'g.yaml' is no regular file");
}

/* "Signs" with the length of the payload, so that the test sees both. */
static int sign(void *arg, struct span payload, struct buf *ret, struct err *err)
{
    (void)err;
    *(char **)arg = span_dup(payload);
    buf_addf(ret, "-----BEGIN SIGNATURE-----\n\n%zu bytes\n-----END SIGNATURE-----\n", payload.len);
    return 0;
}

static int fail_to_sign(void *arg, struct span payload, struct buf *ret, struct err *err)
{
    (void)arg;
    (void)payload;
    (void)ret;
    return err_set(err, ERR_UNAUTHORIZED, "no key");
}

static void signs(void **state)
{
    (void)state;
    const struct git_edit edit = edit_of("g.yaml", SPAN_LITERAL("signed\n"));
    struct git_commit_request request = request_of(&edit, 1);
    CLEANUP(mem_freep) char *payload = NULL;
    request.message = SPAN_LITERAL("Signed, no end");
    request.sign = sign;
    request.sign_arg = &payload;
    struct git_oid commit = create(&request);
    CLEANUP(mem_freep)
    char *object = lab_run(lab, "git -C '%s' cat-file commit %s", dir, commit.hex);
    CLEANUP(mem_freep)
    char *tree = lab_run(lab, "git -C '%s' rev-parse %s^{tree}", dir, commit.hex);
    CLEANUP(mem_freep)
    char *want_head = str_printf("tree %s\nparent %s\n"
                                 "author Tide Mark <bot@example.com> 1700000000 +0000\n"
                                 "committer Tide Mark <bot@example.com> 1700000000 +0000\n",
                                 tree, head.hex);
    CLEANUP(mem_freep) char *want_payload = str_printf("%s\nSigned, no end", want_head);
    CLEANUP(mem_freep)
    char *want = str_printf("%sgpgsig -----BEGIN SIGNATURE-----\n \n %zu bytes\n"
                            " -----END SIGNATURE-----\n\nSigned, no end",
                            want_head, strlen(want_payload));
    check_text("payload", payload, want_payload);
    check_text("object", object, want);
    check_sound("fsck", &commit);
    CLEANUP(mem_freep) char *text = lab_show(mirror, &commit, "g.yaml");
    check_text("content", text, "signed\n");
    struct git_want want_kept = {.ref = "refs/heads/main", .oid = commit};
    assert_true(git_mirror_has(mirror, &want_kept));

    request.sign = fail_to_sign;
    struct deadline deadline = lab_deadline(30);
    struct err err;
    check_fails("no key", git_commit_create(mirror, &request, &deadline, &commit, &err), &err,
                ERR_UNAUTHORIZED, "no key");
}

static void is_what_git_takes_for_present(void **state)
{
    (void)state;
    struct git_oid commit = lab_commit(mirror, &head, "refs/heads/main", "g.yaml", "present\n");
    struct git_want want = {.ref = "refs/heads/main", .oid = commit};
    struct deadline deadline = lab_deadline(30);
    int64_t seconds = 0;
    struct err err;
    assert_true(git_mirror_has(mirror, &want));
    check_ok("time", git_commit_time(mirror, &commit, &deadline, &seconds, &err), &err);
    check_int("time", seconds, 1700000000);
    /* A commit on top of a commit that is not pushed yet. */
    struct git_oid second = lab_commit(mirror, &commit, "refs/heads/main", "g.yaml", "again\n");
    check_sound("fsck", &second);
}

static void takes_many_edits(void **state)
{
    (void)state;
    lab_do(lab, "cd work; mkdir many; i=0\n"
                "while [ $i -lt 1000 ]; do echo $i >many/$i; i=$((i + 1)); done\n"
                "git add .; git commit -qm many; git push -q ../repos/config.git main");
    struct git_oid old_head = head;
    head = lab_fetch(mirror, remote, "refs/heads/main");
    CLEANUP(strlist_finish) struct strlist paths = STRLIST_INIT;
    struct git_edit *edits = mem_calloc(1000, sizeof(*edits));
    for (size_t i = 0; i < 1000; i++) {
        strlist_addf(&paths, "many/%zu", i);
        edits[i] = (struct git_edit){.path = paths.items[i],
                                     .before = {.kind = GIT_ENTRY_FILE},
                                     .content = SPAN_LITERAL("the same for all\n")};
    }
    struct git_commit_request request = request_of(edits, 1000);
    struct git_oid commit = create(&request);
    CLEANUP(mem_freep)
    char *count = lab_run(lab, "git -C '%s' diff-tree -r --name-only %s %s | wc -l", dir, head.hex,
                          commit.hex);
    check_text("changed", count, "1000");
    check_sound("fsck", &commit);
    free(edits);
    head = old_head;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(changes_nothing_else, open_mirror),
        cmocka_unit_test(answers_that_nothing_changes),
        cmocka_unit_test(writes_message_and_identity_as_given),
        cmocka_unit_test(refuses_what_is_past_its_limits),
        cmocka_unit_test(signs),
        cmocka_unit_test(is_what_git_takes_for_present),
        cmocka_unit_test_teardown(takes_many_edits, close_mirror),
    };
    lab = lab_start("http");
    if (!lab)
        return 77;
    int failed = test_main("git_commit", tests);
    lab_stop(lab);
    return failed;
}
