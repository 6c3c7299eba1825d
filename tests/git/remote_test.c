/* Listing refs over every transport, with every kind of credential. */
#include "lab.h"

#include "base/str.h"

static struct lab *lab;

static char *url_of(const char *server, const char *path)
{
    return str_printf("%s%s", lab_value(lab, server), path);
}

static int list(struct git_remote *remote, const struct git_list_query *query, int seconds,
                struct git_refs *refs, struct err *err)
{
    struct deadline deadline = lab_deadline(seconds);
    return git_remote_list(remote, query, &deadline, refs, err);
}

static const struct git_list_query everything = {.everything = true};

/* The head of main as another person's git sees it. */
static char *head_of(const char *name)
{
    return lab_run(lab, "git -C repos/%s.git rev-parse main", name);
}

static int make_repository(void **state)
{
    (void)state;
    lab_do(lab, "git_lab_repo config\n"
                "git init -q work; cd work\n"
                "echo one >a.yaml; git add .; git commit -q -m one\n"
                "git tag plain; git tag -a -m message v1.0.0; git branch side/one\n"
                "git push -q ../repos/config.git main side/one --tags\n"
                "git -C ../repos/config.git update-ref refs/pull/1/head main\n"
                "git_lab_repo empty");
    return 0;
}

/* Checks that the remote lists the head of main. */
static void check_lists(const char *row, const char *url, const struct git_credentials *credentials)
{
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, credentials);
    CLEANUP(mem_freep) char *head = head_of("config");
    struct git_oid oid = lab_ref(remote, "refs/heads/main");
    check_text(row, oid.hex, head);
}

/* Checks class and a part of the text of the failure. */
static void check_refused(const char *row, const char *url,
                          const struct git_credentials *credentials, enum err_class class,
                          const char *part)
{
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, credentials);
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    struct err err = {0};
    check_int(row, list(remote, &everything, 30, &refs, &err), -1);
    if (!strstr(err.text, part) || strchr(err.text, '\n') ||
        !str_starts_with(err.text, "unable to list remote for '"))
        fail_msg("%s: got \"%s\", want \"unable to list remote for '…%s…\"", row, err.text, part);
    check_text(row, err_class_name(err.class), err_class_name(class));
}

static void lists_over_all_transports(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *http = url_of("GIT_LAB_HTTP", "/git/config.git");
    CLEANUP(mem_freep) char *file = str_printf("file://%s/repos/config.git", lab_dir(lab));
    CLEANUP(mem_freep) char *local = str_printf("%s/repos/config.git", lab_dir(lab));
    check_lists("http", http, NULL);
    check_lists("file", file, NULL);
    check_lists("local", local, NULL);
}

static void lists_what_was_asked_for(void **state)
{
    (void)state;
    static const char *const pull[] = {"refs/pull/1/head", "refs/heads/absent"};
    static const char *const head[] = {"refs/heads/side/one"};
    static const struct {
        const char *row;
        struct git_list_query query;
        const char *names;
        size_t seen;
    } cases[] = {
        {"branch", {.names = head, .name_count = 1}, "refs/heads/side/one ", 2},
        {"tags", {.tags = true}, "refs/tags/plain refs/tags/v1.0.0 ", 2},
        {"branch and tags",
         {.names = head, .name_count = 1, .tags = true},
         "refs/heads/side/one refs/tags/plain refs/tags/v1.0.0 ",
         4},
        {"other refs", {.names = pull, .name_count = 2}, "refs/pull/1/head ", 6},
        {"everything",
         {.everything = true},
         "HEAD refs/heads/main refs/heads/side/one refs/pull/1/head refs/tags/plain "
         "refs/tags/v1.0.0 ",
         6},
    };
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_HTTP", "/git/config.git");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_refs_finish) struct git_refs refs = {0};
        CLEANUP(buf_finish) struct buf names = BUF_INIT(4096);
        struct err err;
        check_ok(cases[i].row, list(remote, &cases[i].query, 30, &refs, &err), &err);
        for (size_t j = 0; j < refs.len; j++)
            buf_addf(&names, "%s ", refs.items[j].name);
        check_text(cases[i].row, buf_text(&names), cases[i].names);
        check_int(cases[i].row, refs.seen, cases[i].seen);
    }
}

static void peels_annotated_tags(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_HTTP", "/git/config.git");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, NULL);
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    CLEANUP(mem_freep) char *head = head_of("config");
    CLEANUP(mem_freep) char *tag = lab_run(lab, "git -C repos/config.git rev-parse v1.0.0");
    struct err err;
    check_ok("list", list(remote, &everything, 30, &refs, &err), &err);
    const struct git_ref *plain = git_refs_find(&refs, "refs/tags/plain");
    const struct git_ref *annotated = git_refs_find(&refs, "refs/tags/v1.0.0");
    assert_true(plain && annotated);
    check_text("plain", git_ref_commit(plain)->hex, head);
    check_text("annotated", git_ref_commit(annotated)->hex, head);
    check_text("tag object", annotated->oid.hex, tag);
}

static void tells_empty_from_absent(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *empty = url_of("GIT_LAB_HTTP", "/git/empty.git");
    CLEANUP(mem_freep) char *absent = url_of("GIT_LAB_HTTP", "/git/absent.git");
    CLEANUP(mem_freep) char *file = str_printf("file://%s/repos/absent.git", lab_dir(lab));
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, empty, NULL);
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    struct err err;
    check_ok("empty", list(remote, &everything, 30, &refs, &err), &err);
    check_int("empty", refs.seen, 0);
    check_refused("absent", absent, NULL, ERR_NOT_FOUND, ": repository not found: ");
    check_refused("absent file", file, NULL, ERR_NOT_FOUND, ": repository not found: ");
}

static void logs_in_over_http(void **state)
{
    (void)state;
    const struct git_credentials right = {.username = "tidemark", .password = "pass:word %1"};
    const struct git_credentials wrong = {.username = "tidemark", .password = "wr0ng-Secret"};
    const struct git_credentials token = {.bearer_token = "sesame"};
    const struct git_credentials bad_token = {.bearer_token = "wr0ng-Secret"};
    CLEANUP(mem_freep) char *auth = url_of("GIT_LAB_HTTP", "/auth/config.git");
    CLEANUP(mem_freep) char *bearer = url_of("GIT_LAB_HTTP", "/token/config.git");
    CLEANUP(mem_freep)
    char *in_url = str_printf("http://tidemark:pass%%3Aword%%20%%251@%s/auth/config.git",
                              lab_value(lab, "GIT_LAB_HTTP") + strlen("http://"));
    check_lists("basic", auth, &right);
    check_lists("basic in the URL", in_url, NULL);
    check_lists("bearer", bearer, &token);
    check_refused("none", auth, NULL, ERR_UNAUTHORIZED,
                  ": authentication required: could not read Username");
    check_refused("wrong password", auth, &wrong, ERR_UNAUTHORIZED,
                  "(the server refused the credentials)");
    check_refused("wrong token", bearer, &bad_token, ERR_UNAUTHORIZED, ": authorization failed: ");
}

static void follows_redirects_but_not_with_secrets(void **state)
{
    (void)state;
    const struct git_credentials right = {.username = "tidemark", .password = "pass:word %1"};
    const struct git_credentials token = {.bearer_token = "sesame"};
    CLEANUP(mem_freep) char *old = url_of("GIT_LAB_HTTP", "/old/config.git");
    CLEANUP(mem_freep) char *away = url_of("GIT_LAB_HTTP", "/away/config.git");
    CLEANUP(mem_freep) char *peek = url_of("GIT_LAB_HTTP", "/peek/config.git");
    check_lists("no redirect", peek, &right);
    lab_do(lab, "grep -q '127.0.0.1.*Basic' seen; rm seen");
    check_lists("same server", old, &right);
    check_lists("other server, nothing to hide", away, NULL);
    check_lists("other server, which gets no login and wants none", away, &right);
    check_refused("token", away, &token, ERR_INVALID, "set the URL to that address");
    CLEANUP(mem_freep) char *hosts = lab_run(lab, "sed 's/:[0-9]* / /' seen | sort -u");
    check_text("what the other server saw", hosts, "localhost ");
}

static void verifies_tls(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *ca = lab_file(lab, "ca.crt");
    CLEANUP(mem_freep) char *cert = lab_file(lab, "client.crt");
    CLEANUP(mem_freep) char *key = lab_file(lab, "client.key");
    const struct git_credentials trusted = {.ca = ca};
    const struct git_credentials login = {
        .ca = ca, .username = "tidemark", .password = "pass:word %1"};
    const struct git_credentials client = {.ca = ca, .client_cert = cert, .client_key = key};
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_HTTPS", "/git/config.git");
    CLEANUP(mem_freep) char *auth = url_of("GIT_LAB_HTTPS", "/auth/config.git");
    CLEANUP(mem_freep) char *mutual = url_of("GIT_LAB_MTLS", "/git/config.git");
    check_lists("own authority", url, &trusted);
    check_lists("own authority and login", auth, &login);
    check_lists("client certificate", mutual, &client);
    check_refused("unknown authority", url, NULL, ERR_UNAVAILABLE,
                  "give its certificate as 'ca.crt'");
    check_refused("no client certificate", mutual, &trusted, ERR_UNAVAILABLE, "");
}

static void logs_in_over_ssh(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *identity = lab_file(lab, "identity");
    CLEANUP(mem_freep) char *locked = lab_file(lab, "identity-locked");
    CLEANUP(mem_freep) char *known_hosts = lab_file(lab, "known_hosts");
    CLEANUP(mem_freep) char *other_hosts = lab_run(lab, "sed 's/AAAAC3/AAAAC4/' known_hosts");
    CLEANUP(mem_freep)
    char *stranger = lab_run(lab, "ssh-keygen -q -t ed25519 -N '' -f stranger; cat stranger");
    CLEANUP(mem_freep) char *path = str_printf("%s/repos/config.git", lab_dir(lab));
    CLEANUP(mem_freep) char *absent_path = str_printf("%s/repos/absent.git", lab_dir(lab));
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_SSH", path);
    CLEANUP(mem_freep) char *absent = url_of("GIT_LAB_SSH", absent_path);
    CLEANUP(mem_freep) char *crlf = lab_run(lab, "sed 's/$/\\r/' identity");
    const struct git_credentials key = {.identity = identity, .known_hosts = known_hosts};
    const struct git_credentials windows = {.identity = crlf, .known_hosts = known_hosts};
    const struct git_credentials phrase = {
        .identity = locked, .passphrase = "key phrase", .known_hosts = known_hosts};
    const struct git_credentials wrong_phrase = {
        .identity = locked, .passphrase = "wr0ng-Secret", .known_hosts = known_hosts};
    const struct git_credentials no_phrase = {.identity = locked, .known_hosts = known_hosts};
    const struct git_credentials unknown_key = {.identity = stranger, .known_hosts = known_hosts};
    const struct git_credentials unknown_host = {.identity = identity, .known_hosts = other_hosts};
    check_lists("key", url, &key);
    check_lists("key with CRLF", url, &windows);
    check_lists("key with passphrase", url, &phrase);
    check_refused("wrong passphrase", url, &wrong_phrase, ERR_UNAUTHORIZED,
                  ": authentication required: ");
    check_refused("no passphrase", url, &no_phrase, ERR_UNAUTHORIZED,
                  ": authentication required: ");
    check_refused("unknown key", url, &unknown_key, ERR_UNAUTHORIZED,
                  "(the server does not accept the key)");
    check_refused("unknown host", url, &unknown_host, ERR_UNAUTHORIZED,
                  "Host key verification failed");
    check_refused("absent", absent, &key, ERR_NOT_FOUND, ": repository not found: ");
}

static void uses_the_agent_without_a_secret(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *known_hosts = lab_file(lab, "known_hosts");
    CLEANUP(mem_freep) char *path = str_printf("%s/repos/config.git", lab_dir(lab));
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_SSH", path);
    CLEANUP(mem_freep) char *socket = str_printf("%s/agent", lab_dir(lab));
    CLEANUP(mem_freep)
    char *pid = lab_run(lab,
                        "eval $(ssh-agent -a '%s') >/dev/null; ssh-add -q identity; "
                        "echo $SSH_AGENT_PID",
                        socket);
    const struct git_credentials agent = {.known_hosts = known_hosts};
    check_refused("no agent", url, &agent, ERR_UNAUTHORIZED, "");
    setenv("SSH_AUTH_SOCK", socket, 1);
    check_lists("agent", url, &agent);
    unsetenv("SSH_AUTH_SOCK");
    lab_do(lab, "kill %s", pid);
}

/* The folder's path goes through the quoting of git, ssh and a shell. */
static void takes_odd_folders_for_secrets(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *identity = lab_file(lab, "identity-locked");
    CLEANUP(mem_freep) char *known_hosts = lab_file(lab, "known_hosts");
    CLEANUP(mem_freep) char *ca = lab_file(lab, "ca.crt");
    CLEANUP(mem_freep) char *path = str_printf("%s/repos/config.git", lab_dir(lab));
    CLEANUP(mem_freep) char *ssh = url_of("GIT_LAB_SSH", path);
    CLEANUP(mem_freep) char *https = url_of("GIT_LAB_HTTPS", "/old/config.git");
    const struct git_credentials key = {
        .identity = identity, .passphrase = "key phrase", .known_hosts = known_hosts};
    const struct git_credentials login = {
        .ca = ca, .username = "tidemark", .password = "pass:word %1"};
    const struct {
        const char *url;
        const struct git_credentials *credentials;
    } cases[] = {{ssh, &key}, {https, &login}};
    CLEANUP(mem_freep) char *odd = str_printf("%s/tmp/a b;(c)&#", lab_dir(lab));
    lab_do(lab, "mkdir -p '%s'", odd);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct git_remote_options options = {
            .url = cases[i].url, .private_base = odd, .credentials = cases[i].credentials};
        CLEANUP(git_remote_freep) struct git_remote *remote = NULL;
        struct err err;
        check_ok(cases[i].url, git_remote_open(&options, &remote, &err), &err);
        struct git_oid oid = lab_ref(remote, "refs/heads/main");
        assert_false(git_oid_is_none(&oid));
        options.private_base = "/tmp/$(id)";
        struct git_remote *none = NULL;
        check_int("not quotable", git_remote_open(&options, &none, &err), -1);
        check_text("not quotable", err_class_name(err.class), "invalid");
    }
}

static void ends_at_the_deadline(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_HANGING", "/git/config.git");
    CLEANUP(git_remote_freep) struct git_remote *remote = lab_remote(lab, url, NULL);
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    CLEANUP(mem_freep)
    char *text = str_printf("unable to list remote for '%s': context deadline exceeded", url);
    struct err err;
    check_fails("hanging", list(remote, &everything, 1, &refs, &err), &err, ERR_CANCELED, text);
}

static void tells_a_closed_port(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *port = lab_run(lab, "git_lab_free_port");
    CLEANUP(mem_freep) char *url = str_printf("http://127.0.0.1:%s/x.git", port);
    CLEANUP(mem_freep) char *ssh = str_printf("ssh://127.0.0.1:%s/x.git", port);
    check_refused("http", url, NULL, ERR_UNAVAILABLE, "Couldn't connect to server");
    check_refused("ssh", ssh, NULL, ERR_UNAVAILABLE, "Connection refused");
}

static void goes_through_a_proxy(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *url = str_printf("http://config.example/git/config.git");
    CLEANUP(mem_freep) char *closed = lab_run(lab, "git_lab_free_port");
    CLEANUP(mem_freep) char *no_proxy = str_printf("http://127.0.0.1:%s", closed);
    /* The server takes an absolute URL for its own, whatever the host: it
     * answers as a proxy would. */
    const struct git_credentials proxy = {.proxy_address = lab_value(lab, "GIT_LAB_HTTP"),
                                          .proxy_username = "user",
                                          .proxy_password = "wr0ng-Secret"};
    const struct git_credentials dead = {
        .proxy_address = no_proxy, .proxy_username = "user", .proxy_password = "wr0ng-Secret"};
    check_lists("proxy", url, &proxy);
    check_refused("dead proxy", url, &dead, ERR_UNAVAILABLE, "connect");
}

static void tells_that_git_is_missing(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *url = url_of("GIT_LAB_HTTP", "/git/config.git");
    CLEANUP(mem_freep) char *path = str_dup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    check_refused("no git", url, NULL, ERR_INTERNAL, ": cannot start 'git': ");
    setenv("PATH", path, 1);
}

static void leaves_no_private_files(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *left = lab_run(lab, "ls tmp | grep tidemark || true");
    check_text("left", left, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lists_over_all_transports, make_repository),
        cmocka_unit_test(lists_what_was_asked_for),
        cmocka_unit_test(peels_annotated_tags),
        cmocka_unit_test(tells_empty_from_absent),
        cmocka_unit_test(logs_in_over_http),
        cmocka_unit_test(follows_redirects_but_not_with_secrets),
        cmocka_unit_test(verifies_tls),
        cmocka_unit_test(logs_in_over_ssh),
        cmocka_unit_test(uses_the_agent_without_a_secret),
        cmocka_unit_test(takes_odd_folders_for_secrets),
        cmocka_unit_test(ends_at_the_deadline),
        cmocka_unit_test(tells_a_closed_port),
        cmocka_unit_test(goes_through_a_proxy),
        cmocka_unit_test(tells_that_git_is_missing),
        cmocka_unit_test(leaves_no_private_files),
    };
    lab = lab_start("http https ssh hanging");
    if (!lab)
        return 77;
    int failed = test_main("git_remote", tests);
    lab_stop(lab);
    return failed;
}
