/* The edit of a repository: what is read, what is edited, what is remembered. */
#include "lab.h"

#include "adapt/db.h"
#include "base/str.h"
#include "control/update_edit.h"

static struct lab *lab;

#define MARKED(tag) "image: reg.example/web:" tag " # {\\\"\\$imagepolicy\\\": \\\"apps:web\\\"}\\n"

/* A repository NAME, a mirror of it, a database, and what an edit asks for. */
struct scene {
    const char *name;
    struct git_remote *remote;
    struct git_mirror *mirror;
    struct db *db;
    struct git_oid head;
    struct deadline deadline;
    struct policy_images policies;
    struct policy_image image;
};

/* Commits what SCRIPT does to the work tree, and fetches it. */
static void publish(struct scene *scene, const char *script)
{
    lab_do(lab, "cd work-%s\n%s\ngit add -A; git commit -q -m change; git push -q origin main",
           scene->name, script);
    scene->head = lab_fetch(scene->mirror, scene->remote, "refs/heads/main");
}

static void set_up(struct scene *scene, const char *name)
{
    CLEANUP(mem_freep)
    char *url = str_printf("%s/git/%s.git", lab_value(lab, "GIT_LAB_HTTP"), name);
    CLEANUP(mem_freep) char *cache = str_printf("cache-%s", name);
    CLEANUP(mem_freep) char *path = str_printf("%s/%s.db", lab_dir(lab), name);
    struct err err;
    *scene = (struct scene){.name = name, .deadline = lab_deadline(60)};
    lab_do(
        lab,
        "git_lab_repo %s; git init -q work-%s; cd work-%s; git remote add origin ../repos/%s.git",
        name, name, name, name);
    scene->remote = lab_remote(lab, url, NULL);
    scene->mirror = lab_mirror(lab, scene->remote, cache);
    check_ok("db", db_open(path, &scene->db, &err), &err);
    check_ok("tables", marker_index_migrate(scene->db, &err), &err);
    scene->image = (struct policy_image){
        .namespace = str_dup("apps"),
        .policy = str_dup("web"),
        .name = str_dup("reg.example/web"),
        .tag = str_dup("1.1.0"),
        .digest = str_dup(""),
        .text = str_dup("reg.example/web:1.1.0"),
    };
    scene->policies = (struct policy_images){.len = 1, .cap = 1};
    scene->policies.items = mem_calloc(1, sizeof(*scene->policies.items));
    scene->policies.items[0] = scene->image;
    publish(scene,
            "mkdir apps other\n"
            "printf \"" MARKED(
                "1.0.0") "\" >apps/a.yaml\n"
                         "printf 'image: reg.example/web:1.0.0\\n' >apps/b.yaml\n"
                         "printf \"" MARKED(
                             "1.0.0") "\" >apps/run.yml; chmod +x apps/run.yml\n"
                                      "printf \"" MARKED(
                                          "1.0.0") "\" >other/c.yaml\n"
                                                   "printf \"" MARKED(
                                                       "1.0.0") "\" >apps/d.txt\n"
                                                                "ln -s a.yaml apps/link.yaml\n");
}

static void tear_down(struct scene *scene)
{
    policy_images_finish(&scene->policies);
    db_close(scene->db);
    git_mirror_close(scene->mirror);
    git_remote_free(scene->remote);
}

static int make(struct scene *scene, const char *path, struct update_edit *ret, struct err *err)
{
    const struct update_edit_request request = {
        .mirror = scene->mirror,
        .db = scene->db,
        .key = "key",
        .parent = &scene->head,
        .path = path,
        .policies = &scene->policies,
        .deadline = &scene->deadline,
    };
    return update_edit_make(&request, ret, err);
}

/* "edited files | marked files" */
static void check_edit(const char *row, const struct update_edit *edit, const char *want)
{
    CLEANUP(buf_finish) struct buf got = BUF_INIT(4096);
    for (size_t i = 0; i < edit->len; i++)
        buf_addf(&got, "%s ", edit->files[i].path);
    buf_adds(&got, "|");
    for (size_t i = 0; i < edit->index.len; i++)
        buf_addf(&got, " %s %s", edit->index.files[i].mode, edit->index.files[i].path);
    check_text(row, buf_text(&got), want);
}

static void save(struct scene *scene, struct update_edit *edit, const struct git_oid *commit,
                 bool committed)
{
    struct err err;
    check_ok("save", update_edit_save(edit, scene->db, "key", commit, committed, &err), &err);
}

/* Makes the edit, compares it, and remembers it as one that was not committed. */
static void check_run(struct scene *scene, const char *row, const char *want)
{
    CLEANUP(update_edit_finish) struct update_edit edit = UPDATE_EDIT_INIT;
    struct err err;
    check_ok(row, make(scene, "", &edit, &err), &err);
    check_edit(row, &edit, want);
    save(scene, &edit, &scene->head, false);
}

static void run_sql(struct scene *scene, const char *sql)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct err err;
    check_ok("begin", db_begin(scene->db, DB_WRITE, NULL, &tx, &err), &err);
    check_ok(sql, db_exec(&tx, sql, &err), &err);
    check_ok("commit", db_commit(&tx, &err), &err);
}

#define ALL "apps/a.yaml apps/run.yml other/c.yaml "

static void edits_the_marked_manifests_below_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *path, *want;
    } rows[] = {
        {"", ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml"},
        {"apps", "apps/a.yaml apps/run.yml | 100644 apps/a.yaml 100755 apps/run.yml"},
        {"apps/a.yaml", "apps/a.yaml | 100644 apps/a.yaml"},
        {"apps/b.yaml", "|"},
        {"apps/d.txt", "|"},
    };
    struct scene scene;
    set_up(&scene, "paths");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(update_edit_finish) struct update_edit edit = UPDATE_EDIT_INIT;
        struct err err;
        check_ok(rows[i].path, make(&scene, rows[i].path, &edit, &err), &err);
        check_edit(rows[i].path, &edit, rows[i].want);
        for (size_t k = 0; k < edit.len; k++)
            check_span(edit.files[k].path, buf_span(&edit.files[k].result.content),
                       SPAN_LITERAL("image: reg.example/web:1.1.0 # {\"$imagepolicy\": "
                                    "\"apps:web\"}\n"));
    }
    CLEANUP(update_edit_finish) struct update_edit edit = UPDATE_EDIT_INIT;
    struct err err;
    check_fails("no such path", make(&scene, "app", &edit, &err), &err, ERR_NOT_FOUND,
                "walking path for files: lstat app: no such file or directory");
    tear_down(&scene);
}

/* What the index does not name is not looked at again until it changes: a row
 * that was taken out of it shows whether it was used. */
static void reads_what_changed_and_what_is_marked(void **state)
{
    (void)state;
    struct scene scene;
    set_up(&scene, "index");
    check_run(&scene, "first", ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    check_run(&scene, "again", ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    run_sql(&scene, "DELETE FROM marker_file WHERE path = 'apps/a.yaml'");
    check_run(&scene, "the index counts",
              "apps/run.yml other/c.yaml | 100755 apps/run.yml 100644 other/c.yaml");
    publish(&scene, "printf \"" MARKED("0.9.0") "\" >apps/b.yaml; git rm -q other/c.yaml");
    check_run(&scene, "one marked, one gone",
              "apps/b.yaml apps/run.yml | 100644 apps/b.yaml 100755 apps/run.yml");
    publish(&scene,
            "git mv apps/b.yaml apps/z.yaml; echo '# more' >>apps/a.yaml; chmod -x apps/run.yml");
    check_run(&scene, "one moved, one changed, one not executable any more",
              "apps/a.yaml apps/run.yml apps/z.yaml | "
              "100644 apps/a.yaml 100644 apps/run.yml 100644 apps/z.yaml");
    publish(&scene, "echo 'image: none' >apps/a.yaml; printf \"" MARKED("1.1.0") "\" >apps/z.yaml");
    check_run(&scene, "a marker gone, a value as it should be",
              "apps/run.yml | 100644 apps/run.yml 100644 apps/z.yaml");
    tear_down(&scene);
}

static void looks_at_everything_when_the_index_is_of_no_use(void **state)
{
    (void)state;
    struct scene scene;
    set_up(&scene, "useless");
    check_run(&scene, "first", ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    run_sql(&scene,
            "DELETE FROM marker_file WHERE path = 'apps/a.yaml';"
            "UPDATE marker_index SET commit_id = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'");
    check_run(&scene, "a commit that is not here",
              ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    tear_down(&scene);
}

/* After a commit the index is that of the new commit, without reading it. */
static void remembers_what_it_committed(void **state)
{
    (void)state;
    struct scene scene;
    set_up(&scene, "committed");
    CLEANUP(update_edit_finish) struct update_edit edit = UPDATE_EDIT_INIT;
    struct err err;
    check_ok("edit", make(&scene, "", &edit, &err), &err);
    struct git_edit edits[3];
    check_int("files", edit.len, 3);
    for (size_t i = 0; i < edit.len; i++)
        edits[i] = (struct git_edit){edit.files[i].path, edit.files[i].before,
                                     buf_span(&edit.files[i].result.content)};
    const struct git_commit_request request = {
        .parent = scene.head,
        .ref = "refs/heads/main",
        .edits = edits,
        .edit_count = edit.len,
        .name = "bot",
        .email = "bot@example.com",
        .time_s = 1700000000,
        .message = SPAN_LITERAL("update"),
    };
    struct git_oid commit;
    int made = git_commit_create(scene.mirror, &request, &scene.deadline, &commit, &err);
    check_ok("commit", made, &err);
    check_int("commit", made, 1);
    save(&scene, &edit, &commit, true);
    scene.head = commit;
    check_run(&scene, "nothing to do",
              "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    free(scene.policies.items[0].tag);
    scene.policies.items[0].tag = str_dup("1.2.0");
    check_run(&scene, "the next image",
              ALL "| 100644 apps/a.yaml 100755 apps/run.yml 100644 other/c.yaml");
    tear_down(&scene);
}

static void notices_say_where(void **state)
{
    (void)state;
    struct scene scene;
    set_up(&scene, "notices");
    publish(&scene, "git rm -q -r apps other; i=0\n"
                    "while [ $i -lt 60 ]; do i=$((i + 1))\n"
                    "printf 'a: b # {\"$imagepolicy\": \"apps:nobody\"}\\n---\\n'; done >x.yaml");
    CLEANUP(update_edit_finish) struct update_edit edit = UPDATE_EDIT_INIT;
    struct err err;
    check_ok("edit", make(&scene, "", &edit, &err), &err);
    check_edit("nothing to edit", &edit, "| 100644 x.yaml");
    check_int("at most", edit.notices.len, UPDATE_EDIT_NOTICES_MAX);
    assert_true(str_starts_with(edit.notices.items[0], "x.yaml:1: "));
    assert_true(str_starts_with(edit.notices.items[1], "x.yaml:3: "));
    tear_down(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_the_marked_manifests_below_a_path),
        cmocka_unit_test(reads_what_changed_and_what_is_marked),
        cmocka_unit_test(looks_at_everything_when_the_index_is_of_no_use),
        cmocka_unit_test(remembers_what_it_committed),
        cmocka_unit_test(notices_say_where),
    };
    lab = lab_start("http");
    if (!lab)
        return 77;
    int failed = test_main("git_update_edit", tests);
    lab_stop(lab);
    return failed;
}
