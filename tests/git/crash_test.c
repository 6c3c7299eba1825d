/* What kill -9 leaves behind, and what other users of the machine can see. */
#include "lab.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/file.h"
#include "base/str.h"
#include "git/private.h"

static struct lab *lab;

static int make_repository(void **state)
{
    (void)state;
    lab_do(lab, "git_lab_repo config; git init -q work; cd work; mkdir d; i=0\n"
                "while [ $i -lt 500 ]; do seq $i $((i + 100)) >d/$i.yaml; i=$((i + 1)); done\n"
                "echo one >a.yaml; git add .; git commit -qm one\n"
                "git push -q ../repos/config.git main");
    return 0;
}

static struct git_remote *open_remote(const char *path, const struct git_credentials *credentials)
{
    CLEANUP(mem_freep) char *url = str_printf("%s%s", lab_value(lab, "GIT_LAB_HTTP"), path);
    return lab_remote(lab, url, credentials);
}

static int open_mirror(const struct git_remote *remote, const char *cache, int timeout_ms,
                       struct git_mirror **ret, struct err *err)
{
    CLEANUP(mem_freep) char *dir = str_printf("%s/%s", lab_dir(lab), cache);
    const struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(remote), .blob_max_bytes = 1024 * 1024};
    struct deadline deadline = deadline_in(clock_system(), timeout_ms * CLOCK_NS_PER_MS, NULL);
    return git_mirror_open(&options, &deadline, ret, err);
}

/* A run of an automation, begun again and again until it is killed. */
static void work_until_killed(const char *path, const char *cache)
{
    for (int i = 0;; i++) {
        CLEANUP(git_remote_freep) struct git_remote *remote = open_remote(path, NULL);
        CLEANUP(git_mirror_closep) struct git_mirror *mirror = lab_mirror(lab, remote, cache);
        CLEANUP(mem_freep) char *text = str_printf("%d %d\n", getpid(), i);
        struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
        lab_commit(mirror, &head, "refs/heads/main", "a.yaml", text);
    }
}

static pid_t start_work(const char *path, const char *cache)
{
    pid_t pid = fork();
    if (pid == 0) {
        work_until_killed(path, cache);
        _exit(0);
    }
    return pid;
}

static void end_work(pid_t pid)
{
    int status = 0;
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
}

/* The mirror works, at most after one repair. */
static void check_works(const char *row, struct git_remote *remote, const char *cache)
{
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
    struct err err = {0};
    check_ok(row, open_mirror(remote, cache, 30000, &mirror, &err), &err);
    struct git_oid head = lab_fetch(mirror, remote, "refs/heads/main");
    CLEANUP(mem_freep) char *text = lab_show(mirror, &head, "a.yaml");
    check_text(row, text, "one\n");
    struct git_oid commit = lab_commit(mirror, &head, "refs/heads/main", "a.yaml", row);
    CLEANUP(mem_freep) char *edited = lab_show(mirror, &commit, "a.yaml");
    check_text(row, edited, row);
}

static void survives_kills_at_any_moment(void **state)
{
    (void)state;
    CLEANUP(git_remote_freep) struct git_remote *remote = open_remote("/git/config.git", NULL);
    for (int i = 0; i < 24; i++) {
        CLEANUP(mem_freep) char *row = str_printf("killed after %d ms", 8 * i);
        /* Half of them in a mirror of their own: in the first fetch. */
        CLEANUP(mem_freep) char *cache = str_printf("cache-kill-%d", i % 2 ? i : 0);
        pid_t pid = start_work("/git/config.git", cache);
        deadline_sleep_ms(NULL, 8 * i, NULL);
        end_work(pid);
        check_works(row, remote, cache);
    }
    CLEANUP(mem_freep)
    char *said = lab_run(lab, "for d in cache-kill-*/*/; do git -C \"$d\" fsck --no-dangling "
                              "2>&1 | grep -v '^notice: ' || true; done");
    check_text("fsck", said, "");
}

static void sweeps_what_the_dead_left(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *base = str_printf("%s/sweep", lab_dir(lab));
    CLEANUP(git_private_freep) struct git_private *alive = NULL;
    struct err err;
    lab_do(lab, "mkdir sweep");
    check_ok("new", git_private_new(base, &alive, &err), &err);
    lab_do(lab, "mkdir sweep/tidemark-git-dead sweep/tidemark-git-young sweep/other\n"
                "touch sweep/tidemark-git-dead/lock\n"
                "touch -d '2 minutes ago' sweep/tidemark-git-* sweep/other\n"
                "touch sweep/tidemark-git-young");
    check_ok("sweep", git_private_sweep(base, clock_system(), &err), &err);
    CLEANUP(mem_freep) char *own = git_private_path(alive, "");
    assert_int_equal(access(own, F_OK), 0);
    CLEANUP(mem_freep) char *left = lab_run(lab, "cd sweep; ls | grep -v git-...... ; ls | wc -l");
    check_text("left", left, "other\ntidemark-git-young\n3");
}

/* Searches the arguments and environments of all processes. */
struct search {
    const char *program; /* in the arguments of what was started */
    const char *const *secrets;
    size_t count;
    int seen; /* how often the program was */
};

/* Other tests run the same programs at the same time: ours work in the lab. */
static bool is_ours(const char *pid)
{
    static const char *const places[] = {"cmdline", "environ"};
    char target[4096] = "";
    CLEANUP(mem_freep) char *cwd = str_printf("/proc/%s/cwd", pid);
    if (readlink(cwd, target, sizeof(target) - 1) > 0 && strstr(target, lab_dir(lab)))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        CLEANUP(buf_finish) struct buf content = BUF_INIT(4 * 1024 * 1024);
        CLEANUP(mem_freep) char *path = str_printf("/proc/%s/%s", pid, places[i]);
        if (file_read(path, &content, NULL) == 0 &&
            span_find(buf_span(&content), span_of(lab_dir(lab))) >= 0)
            return true;
    }
    return false;
}

static void search_file(struct search *search, const char *pid, const char *name)
{
    CLEANUP(buf_finish) struct buf content = BUF_INIT(4 * 1024 * 1024);
    CLEANUP(mem_freep) char *path = str_printf("/proc/%s/%s", pid, name);
    if (file_read(path, &content, NULL) != 0)
        return;
    /* A server hands the header to its CGI programs so. */
    if (span_find(buf_span(&content), SPAN_LITERAL("GATEWAY_INTERFACE=")) >= 0)
        return;
    if (span_find(buf_span(&content), span_of(search->program)) >= 0 && is_ours(pid))
        search->seen++;
    for (size_t i = 0; i < search->count; i++) {
        if (span_find(buf_span(&content), span_of(search->secrets[i])) >= 0)
            fail_msg("%s holds \"%s\"", path, search->secrets[i]);
    }
}

static void search_processes(struct search *search)
{
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        search_file(search, entry->d_name, "cmdline");
        search_file(search, entry->d_name, "environ");
    }
    closedir(proc);
}

/* Waits until a process with PROGRAM in its arguments is there. */
static void await_program(const char *program)
{
    struct search search = {.program = program};
    for (int i = 0; i < 1000 && search.seen == 0; i++) {
        deadline_sleep_ms(NULL, 20, NULL);
        search_processes(&search);
    }
    if (search.seen == 0)
        fail_msg("%s does not start", program);
}

static void keeps_out_of_the_way_of_orphans(void **state)
{
    (void)state;
    CLEANUP(git_remote_freep) struct git_remote *remote = open_remote("/gate/config.git", NULL);
    struct git_want want = {.ref = "refs/heads/main", .oid = lab_ref(remote, "refs/heads/main")};
    lab_do(lab, "touch gate-closed");
    pid_t pid = fork();
    if (pid == 0) {
        struct git_mirror *mirror = lab_mirror(lab, remote, "cache-gate");
        git_mirror_fetch(mirror, remote, &want, 1, NULL, NULL);
        _exit(0);
    }
    await_program("--update-shallow"); /* of git fetch, which waits at the gate */
    end_work(pid);
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = NULL;
    struct err err;
    check_int("the orphan holds the lock", open_mirror(remote, "cache-gate", 200, &mirror, &err),
              -1);
    check_text("class", err_class_name(err.class), "canceled");
    lab_do(lab, "rm gate-closed");
    check_works("after the orphan", remote, "cache-gate");
}

/* Lists the remote in another process, which is held up at the gate until it
 * was looked at ten times. */
static void check_hidden(const char *row, const char *url,
                         const struct git_credentials *credentials, struct search *search)
{
    lab_do(lab, "touch gate-closed");
    pid_t pid = fork();
    if (pid == 0) {
        CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, credentials);
        struct git_oid oid = lab_ref(remote, "refs/heads/main");
        git_remote_free(MEM_STEAL(remote));
        _exit(git_oid_is_none(&oid) ? 1 : 0);
    }
    int status = -1;
    await_program(search->program);
    for (int i = 0; i < 10; i++) {
        search_processes(search);
        deadline_sleep_ms(NULL, 20, NULL);
    }
    lab_do(lab, "rm gate-closed");
    waitpid(pid, &status, 0);
    check_int(row, status, 0);
    if (search->seen == 0)
        fail_msg("%s: no process was seen", row);
}

static void shows_no_secret_to_other_users(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf base64 = BUF_INIT(100);
    crypto_base64_encode(SPAN_LITERAL("Us3r-Nam3:S3cr3t-Pass"), &base64);
    const char *const secrets[] = {"S3cr3t-Pass", "S3cr3t-Token", "S3cr3t-Proxy", "key phrase",
                                   buf_text(&base64)};
    CLEANUP(mem_freep) char *locked = lab_file(lab, "identity-locked");
    CLEANUP(mem_freep) char *known_hosts = lab_file(lab, "known_hosts");
    const struct git_credentials basic = {.username = "Us3r-Nam3",
                                          .password = "S3cr3t-Pass",
                                          .proxy_address = lab_value(lab, "GIT_LAB_HTTP"),
                                          .proxy_username = "user",
                                          .proxy_password = "S3cr3t-Proxy"};
    const struct git_credentials token = {.bearer_token = "S3cr3t-Token"};
    const struct git_credentials key = {
        .identity = locked, .passphrase = "key phrase", .known_hosts = known_hosts};
    CLEANUP(mem_freep)
    char *gate = str_printf("%s/gate/config.git", lab_value(lab, "GIT_LAB_HTTP"));
    CLEANUP(mem_freep)
    char *in_url = str_printf("http://Us3r-Nam3:S3cr3t-Pass@%s/gate/config.git",
                              lab_value(lab, "GIT_LAB_HTTP") + strlen("http://"));
    CLEANUP(mem_freep)
    char *ssh = str_printf("%s%s/repos/config.git", lab_value(lab, "GIT_LAB_SSH"), lab_dir(lab));
    const struct {
        const char *row, *program, *url;
        const struct git_credentials *credentials;
    } cases[] = {
        {"basic", "git-remote-http", gate, &basic},
        {"in the URL", "git-remote-http", in_url, NULL},
        {"bearer", "git-remote-http", gate, &token},
        {"ssh", "git-upload-pack '", ssh, &key},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct search search = {
            .program = cases[i].program, .secrets = secrets, .count = ARRAY_LEN(secrets)};
        check_hidden(cases[i].row, cases[i].url, cases[i].credentials, &search);
    }
}

/* No maintenance, no helper: what worked in a mirror or read a secret is gone. */
static void leaves_no_process_behind(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *caches = str_printf("%s/cache-", lab_dir(lab));
    CLEANUP(mem_freep) char *secrets = str_printf("%s/tmp/tidemark-git-", lab_dir(lab));
    const char *const paths[] = {caches, secrets};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct search search = {.program = paths[i]};
        search_processes(&search);
        check_int(paths[i], search.seen, 0);
    }
}

static void shows_no_secret_in_errors(void **state)
{
    (void)state;
    const struct git_credentials wrong = {.username = "S3cr3t-User", .password = "S3cr3t-Pass"};
    CLEANUP(mem_freep)
    char *in_url = str_printf("http://S3cr3t-User:S3cr3t-Pass@%s/auth/config.git",
                              lab_value(lab, "GIT_LAB_HTTP") + strlen("http://"));
    CLEANUP(mem_freep)
    char *moved = str_printf("%s/old/config.git", lab_value(lab, "GIT_LAB_HTTP"));
    const struct {
        const char *url;
        const struct git_credentials *credentials;
    } cases[] = {{in_url, NULL}, {moved, &wrong}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_remote_freep)
        struct git_remote *remote = lab_remote(lab, cases[i].url, cases[i].credentials);
        CLEANUP(git_refs_finish) struct git_refs refs = {0};
        const struct git_list_query query = {.everything = true};
        struct deadline deadline = lab_deadline(30);
        struct err err;
        check_int("list", git_remote_list(remote, &query, &deadline, &refs, &err), -1);
        check_text("class", err_class_name(err.class), "unauthorized");
        if (strstr(err.text, "S3cr3t"))
            fail_msg("%s", err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(survives_kills_at_any_moment, make_repository),
        cmocka_unit_test(keeps_out_of_the_way_of_orphans),
        cmocka_unit_test(sweeps_what_the_dead_left),
        cmocka_unit_test(shows_no_secret_to_other_users),
        cmocka_unit_test(shows_no_secret_in_errors),
        cmocka_unit_test(leaves_no_process_behind),
    };
    lab = lab_start("http ssh");
    if (!lab)
        return 77;
    int failed = test_main("git_crash", tests);
    lab_stop(lab);
    return failed;
}
