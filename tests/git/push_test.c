/* Pushing: what lands, what does not, and what the caller is told. */
#include "lab.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "base/strlist.h"
#include "git/push.h"

static struct lab *lab;

/* A repository NAME with one file a.yaml on main. */
static void make_repository(const char *name)
{
    lab_do(
        lab,
        "git_lab_repo %s; git init -q work-%s; cd work-%s; git remote add origin ../repos/%s.git\n"
        "echo one >a.yaml; echo one >b.yaml; git add .; git commit -qm one; git push -q",
        name, name, name, name);
}

/* One automation at work on a repository. */
struct bot {
    struct git_remote *remote;
    struct git_mirror *mirror;
    struct git_oid head;
};

static struct bot open_bot(const char *path, const char *name,
                           const struct git_credentials *credentials)
{
    CLEANUP(mem_freep)
    char *url = str_printf("%s%s%s.git", lab_value(lab, "GIT_LAB_HTTP"), path, name);
    CLEANUP(mem_freep) char *cache = str_printf("cache-%s", name);
    struct bot bot = {.remote = lab_remote(lab, url, credentials)};
    bot.mirror = lab_mirror(lab, bot.remote, cache);
    bot.head = lab_fetch(bot.mirror, bot.remote, "refs/heads/main");
    return bot;
}

static void close_bot(struct bot *bot)
{
    git_mirror_close(bot->mirror);
    git_remote_free(bot->remote);
}

static int push(struct bot *bot, struct git_push_ref *refs, size_t count,
                const struct strlist *options, int seconds, struct err *err)
{
    const struct git_push_request request = {.refs = refs, .ref_count = count, .options = options};
    struct deadline deadline = lab_deadline(seconds);
    return git_push(bot->mirror, bot->remote, &request, &deadline, err);
}

/* A push of COMMIT to main that expects the bot's head there. */
static struct git_push_ref to_main(const struct bot *bot, struct git_oid commit)
{
    return (struct git_push_ref){.ref = "refs/heads/main", .commit = commit, .expected = bot->head};
}

static void check_server(const char *row, const char *name, const char *ref,
                         const struct git_oid *want)
{
    CLEANUP(mem_freep)
    char *got = lab_run(lab, "git -C repos/%s.git rev-parse -q --verify %s || true", name, ref);
    check_text(row, got, want->hex);
}

static void pushes_on_top_of_the_head(void **state)
{
    (void)state;
    make_repository("plain");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "plain", NULL);
    struct git_oid commit = lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n");
    struct git_push_ref ref = to_main(&bot, commit);
    struct err err;
    check_ok("push", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_int("result", ref.result, GIT_PUSH_DONE);
    check_server("server", "plain", "main", &commit);
    check_ok("again", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_int("again", ref.result, GIT_PUSH_SAME);
    CLEANUP(mem_freep)
    char *fsck = lab_run(lab, "git -C repos/plain.git fsck --strict 2>&1");
    check_text("fsck", fsck, "");
}

static void loses_a_race_as_a_conflict(void **state)
{
    (void)state;
    make_repository("race");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "race", NULL);
    struct git_oid commit = lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n");
    lab_do(lab, "cd work-race; echo mine >b.yaml; git commit -qam mine; git push -q");
    struct git_push_ref ref = to_main(&bot, commit);
    struct err err;
    check_fails("push", push(&bot, &ref, 1, NULL, 30, &err), &err, ERR_CONFLICT,
                "failed to push to remote: non-fast-forward update: refs/heads/main");
    check_int("result", ref.result, GIT_PUSH_CONFLICT);
    /* Again on the new head. */
    bot.head = lab_fetch(bot.mirror, bot.remote, "refs/heads/main");
    commit = lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n");
    ref = to_main(&bot, commit);
    check_ok("retry", push(&bot, &ref, 1, NULL, 30, &err), &err);
    CLEANUP(mem_freep)
    char *both = lab_run(lab, "git -C repos/race.git show main:a.yaml main:b.yaml");
    check_text("both", both, "two\nmine");
}

static void makes_and_rewrites_branches_only_as_seen(void **state)
{
    (void)state;
    make_repository("branches");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "branches", NULL);
    struct git_oid first = lab_commit(bot.mirror, &bot.head, "refs/heads/bot", "a.yaml", "two\n");
    struct git_oid second = lab_commit(bot.mirror, &bot.head, "refs/heads/bot", "a.yaml", "3\n");
    struct git_push_ref ref = {.ref = "refs/heads/bot", .commit = first};
    struct err err;
    check_ok("new", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_server("new", "branches", "bot", &first);
    ref.commit = second;
    check_int("must not exist", push(&bot, &ref, 1, NULL, 30, &err), -1);
    check_int("must not exist", ref.result, GIT_PUSH_CONFLICT);
    ref.expected = bot.head;
    check_int("other value", push(&bot, &ref, 1, NULL, 30, &err), -1);
    check_int("other value", ref.result, GIT_PUSH_CONFLICT);
    check_server("untouched", "branches", "bot", &first);
    ref.expected = first;
    check_ok("rewritten", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_int("rewritten", ref.result, GIT_PUSH_DONE);
    check_server("rewritten", "branches", "bot", &second);

    struct git_push_ref forward = {
        .ref = "refs/heads/bot", .commit = first, .mode = GIT_PUSH_FORWARD};
    check_int("no ancestor", push(&bot, &forward, 1, NULL, 30, &err), -1);
    check_int("no ancestor", forward.result, GIT_PUSH_CONFLICT);
    forward.ref = "refs/heads/main";
    check_ok("ancestor", push(&bot, &forward, 1, NULL, 30, &err), &err);
    check_server("ancestor", "branches", "main", &first);
}

static void tells_the_server_s_words(void **state)
{
    (void)state;
    make_repository("hook");
    lab_do(lab, "cat >repos/hook.git/hooks/pre-receive <<'END'\n#!/bin/sh\n"
                "printf 'no deployments\\n\\033[1mon Fridays\\033[0m\\n' >&2\nexit 1\nEND\n"
                "chmod 755 repos/hook.git/hooks/pre-receive");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "hook", NULL);
    struct git_push_ref ref =
        to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n"));
    struct err err;
    check_fails("hook", push(&bot, &ref, 1, NULL, 30, &err), &err, ERR_INVALID,
                "failed to push to remote: command error on refs/heads/main: no deployments on "
                "Fridays (pre-receive hook declined)");
    check_int("hook", ref.result, GIT_PUSH_REFUSED);
    check_int("no damage", git_mirror_repair(bot.mirror, &err), 0);
    check_server("hook", "hook", "main", &bot.head);
}

static void tells_apart_what_became_of_each_ref(void **state)
{
    (void)state;
    make_repository("several");
    lab_do(lab, "cat >repos/several.git/hooks/update <<'END'\n#!/bin/sh\n"
                "[ $1 != refs/heads/closed ] || { echo closed >&2; exit 1; }\nEND\n"
                "chmod 755 repos/several.git/hooks/update; cd work-several\n"
                "git push -q origin main:taken");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "several", NULL);
    struct git_oid commit = lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n");
    struct git_push_ref refs[] = {
        to_main(&bot, commit),
        {.ref = "refs/heads/closed", .commit = commit},
        {.ref = "refs/heads/taken", .commit = commit},
        {.ref = "refs/for/main%topic=x", .commit = commit, .mode = GIT_PUSH_FORWARD},
        to_main(&bot, commit), /* a refspec that names the branch again */
    };
    struct err err;
    check_fails("several", push(&bot, refs, ARRAY_LEN(refs), NULL, 30, &err), &err, ERR_INVALID,
                "failed to push to remote: command error on refs/heads/closed: closed error: hook "
                "declined to update refs/heads/closed (hook declined)");
    static const enum git_push_result want[] = {GIT_PUSH_DONE, GIT_PUSH_REFUSED, GIT_PUSH_CONFLICT,
                                                GIT_PUSH_DONE, GIT_PUSH_DONE};
    for (size_t i = 0; i < ARRAY_LEN(refs); i++)
        check_int(refs[i].ref, refs[i].result, want[i]);
    check_server("main", "several", "main", &commit);

    struct git_oid other = lab_commit(bot.mirror, &commit, "refs/heads/main", "a.yaml", "3\n");
    struct git_push_ref twice[] = {to_main(&bot, commit), to_main(&bot, other)};
    check_fails("two commits", push(&bot, twice, 2, NULL, 30, &err), &err, ERR_INVALID,
                "failed to push to remote: 'refs/heads/main' would get two different commits");
    struct git_push_ref nothing = to_main(&bot, GIT_OID_NONE);
    check_int("would delete", push(&bot, &nothing, 1, NULL, 30, &err), -1);
    check_text("would delete", err_class_name(err.class), "internal");
    struct git_push_ref option = {.ref = "--mirror", .commit = commit};
    check_int("option", push(&bot, &option, 1, NULL, 30, &err), -1);
    check_text("option", err_class_name(err.class), "invalid");
}

static void sends_options_where_they_are_taken(void **state)
{
    (void)state;
    make_repository("options");
    lab_do(lab, "cat >repos/options.git/hooks/pre-receive <<'END'\n#!/bin/sh\n"
                "echo \"$GIT_PUSH_OPTION_COUNT:$GIT_PUSH_OPTION_0:$GIT_PUSH_OPTION_1\" >../seen\n"
                "END\nchmod 755 repos/options.git/hooks/pre-receive");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "options", NULL);
    CLEANUP(strlist_finish) struct strlist options = STRLIST_INIT;
    strlist_add(&options, "ci.skip=");
    strlist_add(&options, "--title=two words");
    struct git_push_ref ref =
        to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n"));
    struct err err;
    check_ok("offered", push(&bot, &ref, 1, &options, 30, &err), &err);
    CLEANUP(mem_freep) char *seen = lab_run(lab, "cat repos/seen");
    check_text("seen", seen, "2:ci.skip=:--title=two words");

    lab_do(lab, "git -C repos/options.git config receive.advertisePushOptions false");
    bot.head = ref.commit;
    ref = to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "3\n"));
    check_ok("not offered", push(&bot, &ref, 1, &options, 30, &err), &err);
    check_server("not offered", "options", "main", &ref.commit);
    strlist_add(&options, "a\nb");
    check_fails("newline", push(&bot, &ref, 1, &options, 30, &err), &err, ERR_INVALID,
                "failed to push to remote: a push option holds a newline");
}

static void tells_that_it_may_not(void **state)
{
    (void)state;
    make_repository("closed");
    const struct git_credentials right = {.username = "tidemark", .password = "pass:word %1"};
    CLEANUP(close_bot) struct bot bot = open_bot("/auth/", "closed", &right);
    struct git_push_ref ref =
        to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n"));
    struct err err;
    lab_do(lab, "git -C repos/closed.git config http.receivepack false");
    check_int("closed", push(&bot, &ref, 1, NULL, 30, &err), -1);
    check_text("closed", err_class_name(err.class), "unauthorized");
    assert_true(str_starts_with(err.text, "failed to push to remote: authorization failed: "));
    check_int("closed", ref.result, GIT_PUSH_UNKNOWN);
    lab_do(lab, "git -C repos/closed.git config http.receivepack true");
    check_ok("open", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_server("open", "closed", "main", &ref.commit);
}

static void says_when_it_does_not_know(void **state)
{
    (void)state;
    make_repository("cut");
    CLEANUP(close_bot) struct bot bot = open_bot("/git/", "cut", NULL);
    CLEANUP(mem_freep)
    char *url = str_printf("%s/cut/cut.git", lab_value(lab, "GIT_LAB_HTTP"));
    struct bot cut = {lab_remote(lab, url, NULL), bot.mirror, bot.head};
    struct git_push_ref ref =
        to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n"));
    struct err err;
    check_int("cut", push(&cut, &ref, 1, NULL, 30, &err), -1);
    check_text("cut", err_class_name(err.class), "unavailable");
    check_int("cut", ref.result, GIT_PUSH_UNKNOWN);
    check_int("no damage", git_mirror_repair(bot.mirror, &err), 0);
    /* It did land, and the list tells. */
    struct git_oid now = lab_ref(bot.remote, "refs/heads/main");
    check_text("landed", now.hex, ref.commit.hex);
    git_remote_free(cut.remote);

    CLEANUP(mem_freep)
    char *hanging = str_printf("%s/git/cut.git", lab_value(lab, "GIT_LAB_HANGING"));
    struct bot hung = {lab_remote(lab, hanging, NULL), bot.mirror, bot.head};
    check_fails("hanging", push(&hung, &ref, 1, NULL, 1, &err), &err, ERR_CANCELED,
                "failed to push to remote: context deadline exceeded");
    check_int("hanging", ref.result, GIT_PUSH_UNKNOWN);
    git_remote_free(hung.remote);
}

static void pushes_what_is_based_on_an_old_commit(void **state)
{
    (void)state;
    make_repository("old");
    lab_do(lab, "cd work-old; head -c 2000000 /dev/zero >large; git add .; git commit -qm large\n"
                "git tag base; git rm -q large; git commit -qm gone\n"
                "git push -q origin main base");
    CLEANUP(mem_freep) char *url = str_printf("%s/git/old.git", lab_value(lab, "GIT_LAB_HTTP"));
    static const bool negotiates[] = {false, true};
    for (size_t i = 0; i < ARRAY_LEN(negotiates); i++) {
        struct bot bot = {.remote = lab_remote(lab, url, NULL)};
        CLEANUP(mem_freep) char *cache = str_printf("cache-old-%zu", i);
        CLEANUP(mem_freep) char *branch = str_printf("refs/heads/bot-%zu", i);
        bot.mirror = lab_mirror(lab, bot.remote, cache);
        bot.head = lab_fetch(bot.mirror, bot.remote, "refs/tags/base");
        struct git_push_ref ref = {
            .ref = branch, .commit = lab_commit(bot.mirror, &bot.head, branch, "a.yaml", "two\n")};
        const struct git_push_request request = {
            .refs = &ref, .ref_count = 1, .negotiate = negotiates[i]};
        struct deadline deadline = lab_deadline(30);
        struct err err;
        check_ok(branch, git_push(bot.mirror, bot.remote, &request, &deadline, &err), &err);
        check_server(branch, "old", branch, &ref.commit);
        close_bot(&bot);
    }
}

static void speaks_the_old_protocol(void **state)
{
    (void)state;
    make_repository("ancient");
    lab_do(lab, "cd work-ancient; git tag -a -m m v1; echo two >b.yaml; git commit -qam two\n"
                "git push -q origin main v1");
    CLEANUP(close_bot) struct bot bot = open_bot("/v0/", "ancient", NULL);
    struct git_push_ref ref =
        to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", "two\n"));
    struct err err;
    check_ok("push", push(&bot, &ref, 1, NULL, 30, &err), &err);
    check_server("push", "ancient", "main", &ref.commit);
    lab_do(lab, "cd work-ancient; git pull -q origin main; echo 3 >b.yaml; git commit -qam 3\n"
                "git push -q");
    struct git_oid moved = lab_fetch(bot.mirror, bot.remote, "refs/heads/main");
    CLEANUP(mem_freep) char *text = lab_show(bot.mirror, &moved, "b.yaml");
    check_text("moved", text, "3\n");
    lab_fetch(bot.mirror, bot.remote, "refs/tags/v1");
    /* An older commit is not among what such a server gives. */
    struct git_want gone = {.ref = "refs/heads/main"};
    CLEANUP(mem_freep) char *older = lab_run(lab, "git -C work-ancient rev-parse HEAD~3");
    struct deadline deadline = lab_deadline(30);
    assert_true(git_oid_read(span_of(older), &gone.oid));
    check_int("gone", git_mirror_fetch(bot.mirror, bot.remote, &gone, 1, &deadline, &err), -1);
    check_text("gone", err_class_name(err.class), "conflict");
}

static void pushes_over_all_transports(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *identity = lab_file(lab, "identity");
    CLEANUP(mem_freep) char *known_hosts = lab_file(lab, "known_hosts");
    CLEANUP(mem_freep) char *ca = lab_file(lab, "ca.crt");
    CLEANUP(mem_freep) char *path = str_printf("%s/repos/transport.git", lab_dir(lab));
    CLEANUP(mem_freep) char *ssh = str_printf("%s%s", lab_value(lab, "GIT_LAB_SSH"), path);
    CLEANUP(mem_freep) char *file = str_printf("file://%s", path);
    CLEANUP(mem_freep)
    char *https = str_printf("%s/auth/transport.git", lab_value(lab, "GIT_LAB_HTTPS"));
    const struct git_credentials key = {.identity = identity, .known_hosts = known_hosts};
    const struct git_credentials login = {
        .ca = ca, .username = "tidemark", .password = "pass:word %1"};
    const struct {
        const char *url;
        const struct git_credentials *credentials;
    } cases[] = {{ssh, &key}, {file, NULL}, {path, NULL}, {https, &login}};
    make_repository("transport");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bot bot = {.remote = lab_remote(lab, cases[i].url, cases[i].credentials)};
        CLEANUP(mem_freep) char *text = str_printf("%zu\n", i);
        bot.mirror = lab_mirror(lab, bot.remote, "cache-transport");
        bot.head = lab_fetch(bot.mirror, bot.remote, "refs/heads/main");
        struct git_push_ref ref =
            to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", "a.yaml", text));
        struct err err;
        check_ok(cases[i].url, push(&bot, &ref, 1, NULL, 30, &err), &err);
        check_server(cases[i].url, "transport", "main", &ref.commit);
        close_bot(&bot);
    }
}

enum {
    BOTS = 4,
    ROUNDS = 5,
};

/* Makes ROUNDS commits of its own on the shared branch, beginning again when
 * it loses a race. */
static void work_as(int number)
{
    CLEANUP(mem_freep) char *url = str_printf("%s/git/busy.git", lab_value(lab, "GIT_LAB_HTTP"));
    /* Two of them share a mirror. */
    CLEANUP(mem_freep) char *cache = str_printf("cache-busy-%d", number / 2);
    for (int round = 0; round < ROUNDS;) {
        CLEANUP(mem_freep) char *path = str_printf("%d.yaml", number);
        CLEANUP(mem_freep) char *text = str_printf("%d\n", round);
        struct bot bot = {.remote = lab_remote(lab, url, NULL)};
        bot.mirror = lab_mirror(lab, bot.remote, cache);
        bot.head = lab_fetch(bot.mirror, bot.remote, "refs/heads/main");
        struct git_push_ref ref =
            to_main(&bot, lab_commit(bot.mirror, &bot.head, "refs/heads/main", path, text));
        struct err err;
        int answer = push(&bot, &ref, 1, NULL, 30, &err);
        if (answer == 0)
            round++;
        else if (err.class != ERR_CONFLICT)
            fail_msg("bot %d: %s", number, err.text);
        close_bot(&bot);
    }
}

static void lets_several_work_at_once(void **state)
{
    (void)state;
    lab_do(lab, "git_lab_repo busy; git init -q work-busy; cd work-busy\n"
                "for i in 0 1 2 3; do echo >$i.yaml; done; git add .; git commit -qm one\n"
                "git push -q ../repos/busy.git main");
    pid_t pids[BOTS];
    for (int i = 0; i < BOTS; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            work_as(i);
            _exit(0);
        }
    }
    for (int i = 0; i < BOTS; i++) {
        int status = -1;
        waitpid(pids[i], &status, 0);
        check_int("bot", status, 0);
    }
    CLEANUP(mem_freep) char *count = lab_run(lab, "git -C repos/busy.git rev-list --count main");
    CLEANUP(mem_freep)
    char *files = lab_run(lab, "cd repos/busy.git; git show main:0.yaml main:1.yaml main:2.yaml "
                               "main:3.yaml; git fsck --strict --no-dangling 2>&1");
    check_int("commits", strtol(count, NULL, 10), 1 + BOTS * ROUNDS);
    check_text("files", files, "4\n4\n4\n4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pushes_on_top_of_the_head),
        cmocka_unit_test(loses_a_race_as_a_conflict),
        cmocka_unit_test(makes_and_rewrites_branches_only_as_seen),
        cmocka_unit_test(tells_the_server_s_words),
        cmocka_unit_test(tells_apart_what_became_of_each_ref),
        cmocka_unit_test(sends_options_where_they_are_taken),
        cmocka_unit_test(tells_that_it_may_not),
        cmocka_unit_test(says_when_it_does_not_know),
        cmocka_unit_test(pushes_what_is_based_on_an_old_commit),
        cmocka_unit_test(speaks_the_old_protocol),
        cmocka_unit_test(pushes_over_all_transports),
        cmocka_unit_test(lets_several_work_at_once),
    };
    lab = lab_start("http https ssh hanging");
    if (!lab)
        return 77;
    int failed = test_main("git_push", tests);
    lab_stop(lab);
    return failed;
}
