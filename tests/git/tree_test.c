/* Reading a mirror: trees, differences and contents. */
#include "lab.h"

#include "base/str.h"
#include "git/object.h"
#include "git/tree.h"

static struct lab *lab;

static int collect(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)err;
    static const char *const kinds[] = {"none", "file", "executable", "symlink", "submodule"};
    buf_addf(arg, "%s %s|", kinds[entry->kind], path);
    return 0;
}

static int collect_change(void *arg, const char *path, const struct git_entry *before,
                          const struct git_entry *after, struct err *err)
{
    (void)err;
    char sign = before->kind == GIT_ENTRY_NONE ? '+' : after->kind == GIT_ENTRY_NONE ? '-' : '=';
    buf_addf(arg, "%c%s|", sign, path);
    return 0;
}

static void check_tree(const char *row, struct git_mirror *mirror, const struct git_oid *commit,
                       const char *path, int want_answer, const char *want)
{
    CLEANUP(buf_finish) struct buf got = BUF_INIT(64 * 1024);
    struct deadline deadline = lab_deadline(30);
    struct err err = {0};
    int answer = git_tree_list(mirror, commit, path, collect, &got, &deadline, &err);
    check_ok(row, answer, &err);
    check_int(row, answer, want_answer);
    check_text(row, buf_text(&got), want);
}

static void check_show(const char *row, struct git_mirror *mirror, const struct git_oid *commit,
                       const char *path, const char *want)
{
    CLEANUP(mem_freep) char *got = lab_show(mirror, commit, path);
    check_text(row, got, want);
}

static void leaves_large_files_out(void **state)
{
    (void)state;
    lab_make_repository(lab, "large");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "large");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "large-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    check_tree("listed all the same", mirror, &head, "large", 1, "file large|");
    check_show("not read", mirror, &head, "large", "");
}

static void follows_a_branch(void **state)
{
    (void)state;
    lab_make_repository(lab, "moving");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "moving");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "moving-cache");
    struct git_oid first = lab_fetch(mirror, remote, "refs/heads/main");
    lab_do(lab, "cd work-moving; echo 1b >apps/web/a.yaml; git rm -q c.yaml; echo 4 >d.yaml\n"
                "git add .; git commit -qm two; git push -q");
    struct git_oid second = lab_fetch(mirror, remote, "refs/heads/main");
    check_show("moved", mirror, &second, "apps/web/a.yaml", "1b\n");
    lab_do(lab, "cd work-moving; git reset -q --hard HEAD~; echo 1c >apps/web/a.yaml\n"
                "git commit -qam forced; git push -q --force");
    struct git_oid third = lab_fetch(mirror, remote, "refs/heads/main");
    check_show("forced", mirror, &third, "apps/web/a.yaml", "1c\n");
    check_show("forced", mirror, &third, "c.yaml", "three\n");

    static const struct {
        const char *row, *path, *want;
    } cases[] = {
        {"all", "", "=apps/web/a.yaml|-c.yaml|+d.yaml|"},
        {"folder", "apps", "=apps/web/a.yaml|"},
        {"file", "d.yaml", "+d.yaml|"},
        {"elsewhere", "apps/web2", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(4096);
        struct deadline deadline = lab_deadline(30);
        struct err err;
        check_int(cases[i].row,
                  git_tree_diff(mirror, &first, &second, cases[i].path, collect_change, &got,
                                &deadline, &err),
                  1);
        check_text(cases[i].row, buf_text(&got), cases[i].want);
    }
}

static void tells_an_unknown_older_commit(void **state)
{
    (void)state;
    lab_make_repository(lab, "older");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "older");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "older-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    struct git_oid older = {"0123456789012345678901234567890123456789"};
    CLEANUP(buf_finish) struct buf got = BUF_INIT(4096);
    struct deadline deadline = lab_deadline(30);
    struct err err;
    check_int("unknown",
              git_tree_diff(mirror, &older, &head, "", collect_change, &got, &deadline, &err), 0);
    check_int("no damage", git_mirror_repair(mirror, &err), 0);
}

static void restricts_at_folder_boundaries(void **state)
{
    (void)state;
    lab_make_repository(lab, "paths");
    lab_do(lab,
           "cd work-paths; ln -s c.yaml link; echo x >run.sh; chmod 755 run.sh\n"
           "git update-index --add --cacheinfo 160000,%040d,sub; git add link run.sh\n"
           "git commit -qm kinds; git push -q",
           7);
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "paths");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "paths-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    check_tree("all", mirror, &head, "", 1,
               "file apps/web/a.yaml|file apps/web2/b.yaml|file c.yaml|file large|symlink link|"
               "executable run.sh|submodule sub|");
    check_tree("folder", mirror, &head, "apps/web", 1, "file apps/web/a.yaml|");
    check_tree("file", mirror, &head, "apps/web2/b.yaml", 1, "file apps/web2/b.yaml|");
    check_tree("prefix of a name", mirror, &head, "apps/we", 0, "");
    check_tree("below a file", mirror, &head, "c.yaml/x", 0, "");
    check_tree("pattern", mirror, &head, "*.yaml", 0, "");
    check_tree("magic", mirror, &head, ":(top)apps", 0, "");
    check_tree("option", mirror, &head, "--help", 0, "");
}

static void takes_any_file_name(void **state)
{
    (void)state;
    lab_make_repository(lab, "names");
    lab_do(lab, "cd work-names; git rm -q -r .; mkdir -- '-dir'\n"
                "for f in 'a b' 'quo\"te' \"apo'strophe\" 'back\\slash' '-dash' 'umläut' "
                "'*star' ':(glob)' '-dir/--x'; do echo \"$f\" >./\"$f\"; done\n"
                "printf 'x' >\"$(printf 'new\\nline')\"; printf 'x' >\"$(printf 'bad\\377byte')\"\n"
                "git add .; git commit -qm names; git push -q");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "names");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "names-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    static const char *const names[] = {"*star",     "-dash",       "-dir/--x",     ":(glob)",
                                        "a b",       "apo'strophe", "back\\slash",  "bad\377byte",
                                        "new\nline", "quo\"te",     "uml\303\244ut"};
    struct git_oid commit = head;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEANUP(mem_freep) char *want = str_printf("file %s|", names[i]);
        CLEANUP(mem_freep) char *text = str_printf("edited %zu", i);
        check_tree(names[i], mirror, &head, names[i], 1, want);
        commit = lab_commit(mirror, &commit, "refs/heads/main", names[i], text);
        check_show(names[i], mirror, &commit, names[i], text);
        check_tree(names[i], mirror, &commit, names[i], 1, want);
    }
}

/* Counts, and fails at the third. */
static int stop_at_three(void *arg, const struct git_object *object, struct err *err)
{
    (void)object;
    return ++*(int *)arg == 3 ? err_set(err, ERR_NOT_FOUND, "enough") : 0;
}

static int check_size(void *arg, const struct git_object *object, struct err *err)
{
    (void)err;
    buf_addf(arg, "%zu:%ju:%zu|", object->index, (uintmax_t)object->size_bytes,
             object->content.len);
    return 0;
}

static int keep_id(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)path;
    (void)err;
    struct git_oid **next = arg;
    *(*next)++ = entry->oid;
    return 0;
}

static void caps_contents(void **state)
{
    (void)state;
    lab_make_repository(lab, "caps");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "caps");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "caps-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    struct git_oid oids[4], *next = oids; /* one, two, three, large */
    struct deadline deadline = lab_deadline(30);
    struct err err;
    check_int("list", git_tree_list(mirror, &head, "", keep_id, &next, &deadline, &err), 1);
    assert_ptr_equal(next, oids + 4);
    static const struct {
        const char *row;
        size_t max;
        const char *want;
    } cases[] = {
        {"at the cap", 6, "0:4:4|1:4:4|2:6:6|3:0:0|"},
        {"past the cap", 5, "0:4:4|1:4:4|2:6:0|3:0:0|"},
        {"nothing", 0, "0:4:0|1:4:0|2:6:0|3:0:0|"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(4096);
        check_ok(cases[i].row,
                 git_object_read(mirror, oids, 4, cases[i].max, check_size, &got, &deadline, &err),
                 &err);
        check_text(cases[i].row, buf_text(&got), cases[i].want);
    }
    int seen = 0;
    check_int("stopped",
              git_object_read(mirror, oids, 4, 100, stop_at_three, &seen, &deadline, &err), -1);
    check_text("class", err_class_name(err.class), "not-found");
    check_text("text", err.text, "enough");
    check_int("no damage", git_mirror_repair(mirror, &err), 0);
}

static void reads_ten_thousand_files(void **state)
{
    (void)state;
    lab_make_repository(lab, "many");
    lab_do(lab,
           "cd work-many; mkdir m\n"
           "python3 -c 'for i in range(10000): open(f\"m/{i}.yaml\", \"w\").write(f\"{i}\\n\")'\n"
           "git add .; git commit -qm many; git push -q");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "many");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "many-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    struct git_oid *oids = mem_calloc(10000, sizeof(*oids)), *next = oids;
    CLEANUP(buf_finish) struct buf got = BUF_INIT(4 * 1024 * 1024);
    struct deadline deadline = lab_deadline(60);
    struct err err;
    check_int("list", git_tree_list(mirror, &head, "m", keep_id, &next, &deadline, &err), 1);
    check_int("count", next - oids, 10000);
    check_ok("read", git_object_read(mirror, oids, 10000, 100, check_size, &got, &deadline, &err),
             &err);
    assert_true(str_starts_with(buf_text(&got), "0:2:2|1:2:2|2:3:3|"));
    assert_true(str_ends_with(buf_text(&got), "|9999:5:5|"));
    free(oids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_large_files_out),
        cmocka_unit_test(follows_a_branch),
        cmocka_unit_test(tells_an_unknown_older_commit),
        cmocka_unit_test(restricts_at_folder_boundaries),
        cmocka_unit_test(takes_any_file_name),
        cmocka_unit_test(caps_contents),
        cmocka_unit_test(reads_ten_thousand_files),
    };
    lab = lab_start("http");
    if (!lab)
        return 77;
    int failed = test_main("git_tree", tests);
    lab_stop(lab);
    return failed;
}
