/* The mirror: what it fetches, and how it survives. */
#include "lab.h"

#include "base/str.h"
#include "git/checkout.h"
#include "git/name.h"
#include "git/tree.h"

static struct lab *lab;

/* The mirror's folder: the only one below the cache. */
static char *mirror_dir(const char *cache)
{
    return lab_run(lab, "ls -d \"$PWD\"/%s/*/", cache);
}

static int collect(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)err;
    static const char *const kinds[] = {"none", "file", "executable", "symlink", "submodule"};
    buf_addf(arg, "%s %s|", kinds[entry->kind], path);
    return 0;
}

static void check_show(const char *row, struct git_mirror *mirror, const struct git_oid *commit,
                       const char *path, const char *want)
{
    CLEANUP(mem_freep) char *got = lab_show(mirror, commit, path);
    check_text(row, got, want);
}

static void fetches_one_shallow_commit(void **state)
{
    (void)state;
    lab_make_repository(lab, "first");
    lab_do(lab, "cd work-first; echo 1b >apps/web/a.yaml; git commit -qam two; git push -q");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "first");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "c1");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    check_show("content", mirror, &head, "apps/web/a.yaml", "1b\n");
    CLEANUP(mem_freep) char *dir = mirror_dir("c1");
    CLEANUP(mem_freep)
    char *count = lab_run(lab, "git -C '%s' rev-list --count %s", dir, head.hex);
    check_text("depth", count, "1");
    CLEANUP(mem_freep) char *size = lab_run(lab, "du -s '%s' | cut -f1", dir);
    assert_true(strtol(size, NULL, 10) < 500); /* the large file has 2 MB */
}

static void manages_without_filters(void **state)
{
    (void)state;
    lab_make_repository(lab, "plain");
    lab_do(lab, "git -C repos/plain.git config uploadpack.allowFilter false");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "plain");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "plain-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    CLEANUP(mem_freep) char *large = lab_show(mirror, &head, "large");
    check_int("read", strlen(large), 2000000);
}

static void runs_nothing_for_what_is_here(void **state)
{
    (void)state;
    lab_make_repository(lab, "same");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "same");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "same-cache");
    struct git_want want = {.ref = "refs/heads/main"};
    want.oid = lab_fetch(mirror, remote, want.ref);
    assert_true(git_mirror_has(mirror, &want));
    /* A fetch would fail: the server does not know the repository any more. */
    lab_do(lab, "mv repos/same.git repos/gone.git");
    struct deadline deadline = lab_deadline(30);
    struct err err;
    check_ok("fetch", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), &err);
    want.ref = "refs/heads/other";
    check_int("fetch", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), -1);
    check_text("class", err_class_name(err.class), "not-found");
}

static void survives_names_that_collide(void **state)
{
    (void)state;
    lab_make_repository(lab, "collide");
    lab_do(lab, "cd work-collide; git push -q origin main:a");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "collide");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "collide-cache");
    lab_fetch(mirror, remote, "refs/heads/a");
    lab_do(lab, "cd work-collide; git push -q origin :a; git push -q origin main:a/b");
    assert_true(git_oid_is_none(&(struct git_oid[]){lab_ref(remote, "refs/heads/a")}[0]));
    struct git_oid oid = lab_fetch(mirror, remote, "refs/heads/a/b");
    check_show("read", mirror, &oid, "c.yaml", "three\n");
}

static void fetches_commits_and_tags(void **state)
{
    (void)state;
    lab_make_repository(lab, "ids");
    lab_do(lab, "cd work-ids; echo old >c.yaml; git commit -qam old; git tag -a -m m v1\n"
                "echo new >c.yaml; git commit -qam new; git push -q; git push -q --tags");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "ids");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "ids-cache");
    CLEANUP(mem_freep) char *hex = lab_run(lab, "git -C work-ids rev-parse HEAD~");
    struct git_want want = {0};
    struct deadline deadline = lab_deadline(30);
    struct err err;
    assert_true(git_oid_read(span_of(hex), &want.oid));
    check_ok("commit", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), &err);
    check_show("commit", mirror, &want.oid, "c.yaml", "old\n");
    lab_fetch(mirror, remote, "refs/tags/v1");
    check_show("tag", mirror, &want.oid, "c.yaml", "old\n");

    struct git_oid absent = {"0123456789012345678901234567890123456789"};
    struct git_want gone[] = {{.oid = absent}, {.ref = "refs/heads/main", .oid = absent}};
    check_fails("absent", git_mirror_fetch(mirror, remote, &gone[0], 1, &deadline, &err), &err,
                ERR_NOT_FOUND,
                "unable to resolve commit object for '0123456789012345678901234567890123456789': "
                "upload-pack: not our ref 0123456789012345678901234567890123456789");
    check_int("moved", git_mirror_fetch(mirror, remote, &gone[1], 1, &deadline, &err), -1);
    check_text("moved", err_class_name(err.class), "conflict");
}

static void takes_the_newest_tag_of_a_version(void **state)
{
    (void)state;
    static const struct {
        const char *name, *newest; /* the repository and the tag that is newer there */
    } cases[] = {{"tie-1", "1.0.0"}, {"tie-2", "v1.0.0"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool plain_wins = i == 0;
        lab_make_repository(lab, cases[i].name);
        lab_do(lab,
               "cd work-%s; export GIT_COMMITTER_DATE; GIT_COMMITTER_DATE='1700000000 +0000'\n"
               "git commit -q --allow-empty -m older; git tag %s\n"
               "GIT_COMMITTER_DATE='1700000001 +0000'\n"
               "git commit -q --allow-empty -m newer; git tag -a -m m %s; git push -q --tags",
               cases[i].name, plain_wins ? "v1.0.0" : "1.0.0", cases[i].newest);
        CLEANUP(git_remote_freep)
        struct git_remote *remote = lab_open_repository(lab, cases[i].name);
        CLEANUP(git_mirror_closep)
        struct git_mirror *mirror = lab_mirror(lab, remote, "tie-cache");
        CLEANUP(git_refs_finish) struct git_refs refs = {0};
        CLEANUP(git_target_finish) struct git_target target = {0};
        const struct git_checkout checkout = {.semver = "1.x"};
        const struct git_list_query query = {.tags = true};
        struct deadline deadline = lab_deadline(30);
        struct err err;
        check_ok("list", git_remote_list(remote, &query, &deadline, &refs, &err), &err);
        check_ok("resolve", git_checkout_resolve(&checkout, &refs, "url", &target, &err), &err);
        check_ok("settle", git_target_settle(&target, mirror, remote, &deadline, &err), &err);
        check_text(cases[i].name, git_name_short(target.ref), cases[i].newest);
        CLEANUP(mem_freep)
        char *head = lab_run(lab, "git -C work-%s rev-parse HEAD", cases[i].name);
        check_text(cases[i].name, target.commit.hex, head);
    }
}

static void waits_for_its_lock(void **state)
{
    (void)state;
    lab_make_repository(lab, "locked");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "locked");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "locked-cache");
    CLEANUP(mem_freep) char *dir = str_printf("%s/locked-cache", lab_dir(lab));
    const struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(remote), .blob_max_bytes = 1024 * 1024};
    struct deadline deadline = deadline_in(clock_system(), 200 * CLOCK_NS_PER_MS, NULL);
    CLEANUP(git_mirror_closep) struct git_mirror *other = NULL;
    struct err err;
    CLEANUP(mem_freep)
    char *text = str_printf("waiting for another user of the mirror of '%s': context deadline "
                            "exceeded",
                            git_remote_url(remote));
    check_fails("held", git_mirror_open(&options, &deadline, &other, &err), &err, ERR_CANCELED,
                text);
    git_mirror_close(MEM_STEAL(mirror));
    deadline = lab_deadline(10);
    check_ok("free", git_mirror_open(&options, &deadline, &other, &err), &err);
}

static void clears_what_dead_processes_left(void **state)
{
    (void)state;
    lab_make_repository(lab, "stale");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "stale");
    git_mirror_close(lab_mirror(lab, remote, "stale-cache"));
    CLEANUP(mem_freep) char *dir = mirror_dir("stale-cache");
    lab_do(lab,
           "cd '%s'; touch shallow.lock objects/pack/tmp_pack_x fast_import_crash_1\n"
           "mkdir -p refs/tidemark ../x.new; cp -r . '%.*s.new'; cp -r . '%.*s.old'",
           dir, (int)strlen(dir) - 1, dir, (int)strlen(dir) - 1, dir);
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "stale-cache");
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    check_show("read", mirror, &head, "c.yaml", "three\n");
    CLEANUP(mem_freep)
    char *left = lab_run(lab,
                         "cd '%s'; find . -name '*.lock' -o -name 'tmp_*' -o -name '*crash*'; "
                         "ls -d '%.*s'.* | grep -v lock || true",
                         dir, (int)strlen(dir) - 1, dir);
    check_text("left", left, "");
}

/* Does DAMAGE (a shell command in the mirror), then lists: it must work, at
 * most after one repair. */
static void check_survives(const char *row, struct git_remote *remote, const char *cache,
                           const char *damage)
{
    CLEANUP(git_mirror_closep) struct git_mirror *first = lab_mirror(lab, remote, cache);
    lab_fetch(first, remote, "refs/heads/main");
    CLEANUP(mem_freep) char *dir = mirror_dir(cache);
    git_mirror_close(MEM_STEAL(first));
    lab_do(lab, "cd '%s'; %s", dir, damage);
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, cache);
    struct deadline deadline = lab_deadline(30);
    struct err err;
    for (int tries = 0;; tries++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(64 * 1024);
        struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
        if (git_tree_list(mirror, &head, "", collect, &got, &deadline, &err) == 1) {
            check_show(row, mirror, &head, "apps/web/a.yaml", "one\n");
            return;
        }
        check_int(row, tries, 0);
        check_int(row, git_mirror_repair(mirror, &err), 1);
    }
}

static void rebuilds_what_is_damaged(void **state)
{
    (void)state;
    static const struct {
        const char *row, *damage;
    } cases[] = {
        {"truncated pack", "for f in objects/pack/*.pack; do truncate -s 100 $f; done"},
        {"emptied pack", "for f in objects/pack/*.pack; do truncate -s 0 $f; done"},
        {"truncated index", "for f in objects/pack/*.idx; do truncate -s 50 $f; done"},
        {"overwritten pack",
         "for f in objects/pack/*.pack; do chmod +w $f\n"
         "head -c 100 /dev/zero | dd of=$f bs=1 seek=20 conv=notrunc 2>/dev/null; done"},
        {"no packs", "rm -r objects/pack"},
        {"no objects", "rm -r objects"},
        {"no HEAD", "rm HEAD"},
        {"bad configuration", "echo '[' >config"},
        {"empty ref", "for f in refs/tidemark/*; do : >$f; done"},
        {"bad ref", "for f in refs/tidemark/*; do echo rubbish >$f; done"},
        {"no shallow file", "rm shallow"},
        {"a file", "cd ..; d=$(ls -d */); rm -r $d; echo >${d%/}"},
    };
    lab_make_repository(lab, "damaged");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "damaged");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        check_survives(cases[i].row, remote, "damaged-cache", cases[i].damage);
}

static void fetches_on_top_of_damage(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "for f in objects/pack/*.pack; do truncate -s 100 $f; done",
        "for f in objects/pack/*.idx; do truncate -s 50 $f; done",
        "rm shallow",
    };
    lab_make_repository(lab, "moved");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "moved");
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        CLEANUP(git_mirror_closep)
        struct git_mirror *mirror = lab_mirror(lab, remote, "moved-cache");
        lab_fetch(mirror, remote, "refs/heads/main");
        CLEANUP(mem_freep) char *dir = mirror_dir("moved-cache");
        lab_do(lab, "cd work-moved; echo %zu >c.yaml; git commit -qam %zu; git push -q", i, i);
        git_mirror_close(MEM_STEAL(mirror));
        lab_do(lab, "cd '%s'; %s", dir, damages[i]);
        mirror = lab_mirror(lab, remote, "moved-cache");
        struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
        struct deadline deadline = lab_deadline(30);
        CLEANUP(buf_finish) struct buf got = BUF_INIT(64 * 1024);
        struct err err;
        if (git_tree_list(mirror, &head, "", collect, &got, &deadline, &err) != 1) {
            check_int(damages[i], git_mirror_repair(mirror, &err), 1);
            lab_fetch(mirror, remote, "refs/heads/main");
        }
        CLEANUP(mem_freep) char *want = str_printf("%zu\n", i);
        check_show(damages[i], mirror, &head, "c.yaml", want);
    }
}

static void fill_with_packs(const char *dir, int count)
{
    lab_do(lab,
           "cd '%s/objects/pack'; p=$(ls *.pack | head -n 1); i=$(ls *.pack | wc -l)\n"
           "while [ $i -lt %d ]; do ln $p copy-$i.pack; i=$((i + 1)); done",
           dir, count);
}

static void begins_anew_when_it_has_grown(void **state)
{
    (void)state;
    lab_make_repository(lab, "grown");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "grown");
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "grown-cache");
    struct git_want want = {.ref = "refs/heads/main"};
    want.oid = lab_fetch(mirror, remote, want.ref);
    CLEANUP(mem_freep) char *dir = mirror_dir("grown-cache");
    git_mirror_close(MEM_STEAL(mirror));
    fill_with_packs(dir, GIT_MIRROR_PACKS_MAX);
    mirror = lab_mirror(lab, remote, "grown-cache");
    assert_true(git_mirror_has(mirror, &want));
    git_mirror_close(MEM_STEAL(mirror));
    fill_with_packs(dir, GIT_MIRROR_PACKS_MAX + 1);
    mirror = lab_mirror(lab, remote, "grown-cache");
    assert_false(git_mirror_has(mirror, &want));
    CLEANUP(mem_freep) char *count = lab_run(lab, "ls '%s/objects/pack' | wc -l", dir);
    check_text("packs", count, "0");
    lab_fetch(mirror, remote, want.ref);
    check_show("read", mirror, &want.oid, "c.yaml", "three\n");
}

static void refuses_what_is_too_large(void **state)
{
    (void)state;
    lab_make_repository(lab, "huge");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "huge");
    CLEANUP(mem_freep) char *dir = str_printf("%s/huge-cache", lab_dir(lab));
    struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(remote), .size_max_bytes = 2000};
    struct deadline deadline = lab_deadline(30);
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
    struct git_want want = {.ref = "refs/heads/main", .oid = lab_ref(remote, "refs/heads/main")};
    struct err err;
    check_ok("open", git_mirror_open(&options, &deadline, &mirror, &err), &err);
    check_int("fetch", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), -1);
    check_text("class", err_class_name(err.class), "invalid");
    assert_non_null(strstr(err.text, "more than the limit of 2000"));
    CLEANUP(mem_freep) char *count = lab_run(lab, "ls huge-cache/*/objects/pack | wc -l");
    check_text("packs", count, "0");
}

static void speaks_sha256(void **state)
{
    (void)state;
    lab_do(lab,
           "git_lab_repo wide --object-format=sha256\n"
           "git init -q --object-format=sha256 work-wide; cd work-wide\n"
           "echo one >a.yaml; git add .; git commit -qm one; git push -q ../repos/wide.git main");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "wide");
    CLEANUP(mem_freep) char *dir = str_printf("%s/wide-cache", lab_dir(lab));
    struct git_want want = {.ref = "refs/heads/main", .oid = lab_ref(remote, "refs/heads/main")};
    const struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(remote), .format = git_oid_format(&want.oid)};
    struct deadline deadline = lab_deadline(30);
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
    struct err err;
    check_ok("open", git_mirror_open(&options, &deadline, &mirror, &err), &err);
    check_ok("fetch", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), &err);
    check_show("read", mirror, &want.oid, "a.yaml", "one\n");
    struct git_oid commit = lab_commit(mirror, &want.oid, want.ref, "a.yaml", "two\n");
    check_int("digits", strlen(commit.hex), 64);
    check_show("edited", mirror, &commit, "a.yaml", "two\n");
}

static void keeps_scopes_apart(void **state)
{
    (void)state;
    lab_make_repository(lab, "scopes");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "scopes");
    CLEANUP(mem_freep) char *dir = str_printf("%s/scopes-cache", lab_dir(lab));
    struct git_want want = {.ref = "refs/heads/main", .oid = lab_ref(remote, "refs/heads/main")};
    static const char *const scopes[] = {"team-a", "team-b", "team-a"};
    static const bool here[] = {false, false, true};
    for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
        const struct git_mirror_options options = {
            .cache_dir = dir, .url = git_remote_url(remote), .scope = scopes[i]};
        CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
        struct deadline deadline = lab_deadline(30);
        struct err err;
        check_ok("open", git_mirror_open(&options, &deadline, &mirror, &err), &err);
        check_int(scopes[i], git_mirror_has(mirror, &want), here[i]);
        check_ok("fetch", git_mirror_fetch(mirror, remote, &want, 1, &deadline, &err), &err);
    }
}

static void evicts_the_unused(void **state)
{
    (void)state;
    lab_make_repository(lab, "unused");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_open_repository(lab, "unused");
    CLEANUP(mem_freep) char *cache = str_printf("%s/unused-cache", lab_dir(lab));
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, "unused-cache");
    int64_t later = clock_wall_ns(clock_system()) + 3600 * CLOCK_NS_PER_S;
    struct err err;
    check_ok("in use", git_mirror_evict(cache, later, &err), &err);
    lab_fetch(mirror, remote, "refs/heads/main");
    git_mirror_close(MEM_STEAL(mirror));
    check_ok("young", git_mirror_evict(cache, later - 7200 * CLOCK_NS_PER_S, &err), &err);
    CLEANUP(mem_freep) char *kept = lab_run(lab, "ls -d unused-cache/*/ | wc -l");
    check_text("young", kept, "1");
    check_ok("old", git_mirror_evict(cache, later, &err), &err);
    CLEANUP(mem_freep) char *left = lab_run(lab, "ls -d unused-cache/*/ 2>/dev/null | wc -l");
    check_text("old", left, "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fetches_one_shallow_commit),
        cmocka_unit_test(manages_without_filters),
        cmocka_unit_test(runs_nothing_for_what_is_here),
        cmocka_unit_test(survives_names_that_collide),
        cmocka_unit_test(fetches_commits_and_tags),
        cmocka_unit_test(takes_the_newest_tag_of_a_version),
        cmocka_unit_test(waits_for_its_lock),
        cmocka_unit_test(clears_what_dead_processes_left),
        cmocka_unit_test(rebuilds_what_is_damaged),
        cmocka_unit_test(fetches_on_top_of_damage),
        cmocka_unit_test(begins_anew_when_it_has_grown),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(speaks_sha256),
        cmocka_unit_test(keeps_scopes_apart),
        cmocka_unit_test(evicts_the_unused),
    };
    lab = lab_start("http");
    if (!lab)
        return 77;
    int failed = test_main("git_mirror", tests);
    lab_stop(lab);
    return failed;
}
