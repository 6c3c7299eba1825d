#include "test.h"

#include "base/mem.h"
#include "git/access.h"
#include "git/auth.h"
#include "git/url.h"

static void reads_urls(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown, *remote, *username, *password;
        enum git_scheme scheme;
    } cases[] = {
        {"https://example.com/a/b", "https://example.com/a/b", "https://example.com/a/b", NULL,
         NULL, GIT_SCHEME_HTTPS},
        {"HTTP://example.com:8080/a.git", "http://example.com:8080/a.git",
         "http://example.com:8080/a.git", NULL, NULL, GIT_SCHEME_HTTP},
        {"https://user:p%40ss%3A@example.com/a", "https://example.com/a", "https://example.com/a",
         "user", "p@ss:", GIT_SCHEME_HTTPS},
        {"https://token@[::1]:8443/a", "https://[::1]:8443/a", "https://[::1]:8443/a", "token", "",
         GIT_SCHEME_HTTPS},
        {"https://a@b:c@example.com/x", "https://example.com/x", "https://example.com/x", "a@b",
         "c", GIT_SCHEME_HTTPS},
        {"ssh://git@example.com/a/b", "ssh://git@example.com/a/b", "ssh://git@example.com/a/b",
         NULL, NULL, GIT_SCHEME_SSH},
        {"ssh://example.com:22/a", "ssh://example.com:22/a", "ssh://git@example.com:22/a", NULL,
         NULL, GIT_SCHEME_SSH},
        {"ssh://me:secret@example.com/~x/a", "ssh://me@example.com/~x/a",
         "ssh://me@example.com/~x/a", NULL, NULL, GIT_SCHEME_SSH},
        {"file:///srv/a%20b.git", "file:///srv/a%20b.git", "file:///srv/a%20b.git", NULL, NULL,
         GIT_SCHEME_FILE},
        {"file://localhost/srv/a", "file:///srv/a", "file:///srv/a", NULL, NULL, GIT_SCHEME_FILE},
        {"/srv/a b.git", "/srv/a b.git", "/srv/a b.git", NULL, NULL, GIT_SCHEME_FILE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_url_finish) struct git_url url = {0};
        struct err err;
        check_ok(cases[i].text, git_url_parse(cases[i].text, true, &url, &err), &err);
        check_int(cases[i].text, url.scheme, cases[i].scheme);
        check_text(cases[i].text, url.text, cases[i].shown);
        check_text(cases[i].text, url.remote, cases[i].remote);
        check_text(cases[i].text, url.username, cases[i].username);
        check_text(cases[i].text, url.password, cases[i].password);
    }
}

static void knows_the_ssh_server(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        int64_t port;
    } cases[] = {
        {"ssh://git@example.com/a", "example.com", 22},
        {"ssh://example.com:2222/a", "example.com", 2222},
        {"ssh://git@[2001:db8::1]:65535/a", "2001:db8::1", 65535},
        {"https://example.com:8443/a", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_url_finish) struct git_url url = {0};
        struct err err;
        check_ok(cases[i].text, git_url_parse(cases[i].text, true, &url, &err), &err);
        check_text(cases[i].text, url.host, cases[i].host);
        check_int(cases[i].text, url.port, cases[i].port);
    }
}

static void refuses_other_urls(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"git@github.com:a/b", "parse \"git@github.com:a/b\": first path segment in URL cannot "
                               "contain colon; write ssh://user@host/path"},
        {"ftp://example.com/a", "git URL scheme 'ftp' not supported, can be: ssh, http and https"},
        {"ext::sh -c id", "parse \"ext::sh -c id\": first path segment in URL cannot contain "
                          "colon; write ssh://user@host/path"},
        {"ext://sh", "git URL scheme 'ext' not supported, can be: ssh, http and https"},
        {"file:///srv/a",
         "local repository 'file:///srv/a' is not allowed here; use ssh, http or https"},
        {"/srv/a", "local repository '/srv/a' is not allowed here; use ssh, http or https"},
        {"srv/a", "'srv/a' is no URL; it can be: ssh, http and https"},
        {"", "'' is no URL; it can be: ssh, http and https"},
        {"--upload-pack=id", "'--upload-pack=id' is no URL; it can be: ssh, http and https"},
        {"https:///a", "malformed host or port in the https URL"},
        {"https://-x/a", "malformed host or port in the https URL"},
        {"ssh://-oProxyCommand=id/a", "malformed host or port in the ssh URL"},
        {"ssh://git@-oProxyCommand=id/a", "malformed host or port in the ssh URL"},
        {"ssh://-x@host/a", "malformed user in the URL"},
        {"ssh://host", "URL 'ssh://host' has no path"},
        {"https://host:0/a", "malformed host or port in the https URL"},
        {"https://host:65536/a", "malformed host or port in the https URL"},
        {"https://host:x/a", "malformed host or port in the https URL"},
        {"https://s3cret%zz@host/a", "malformed user info in the URL of 'https://host'"},
        {"https://s3cret%0a@host/a", "malformed user info in the URL of 'https://host'"},
        {"https://host/a b", "URL holds a blank, control or reserved character, query or fragment"},
        {"https://host/a\nb",
         "URL holds a blank, control or reserved character, query or fragment"},
        {"https://host/a?b", "URL holds a blank, control or reserved character, query or fragment"},
        {"https://host/a\"b",
         "URL holds a blank, control or reserved character, query or fragment"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct git_url url = {0};
        struct err err;
        check_fails(cases[i].text, git_url_parse(cases[i].text, false, &url, &err), &err,
                    ERR_INVALID, cases[i].error);
        assert_null(url.text);
    }
    char longest[GIT_URL_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "https://h/", 10);
    longest[GIT_URL_MAX] = '\0';
    CLEANUP(git_url_finish) struct git_url url = {0};
    struct err err;
    check_ok("at the limit", git_url_parse(longest, false, &url, &err), &err);
    longest[GIT_URL_MAX] = 'x';
    longest[GIT_URL_MAX + 1] = '\0';
    struct git_url none = {0};
    check_fails("past the limit", git_url_parse(longest, false, &none, &err), &err, ERR_INVALID,
                "URL is longer than 4096 bytes");
}

static void checks_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *row, *url;
        struct git_credentials credentials;
        const char *error; /* or NULL */
    } cases[] = {
        {"none", "https://h/a", {0}, NULL},
        {"basic", "https://h/a", {.username = "u", .password = "p"}, NULL},
        {"user alone", "https://h/a", {.username = "u"}, NULL},
        {"password alone",
         "https://h/a",
         {.password = "p"},
         "invalid 'https' auth option: 'password' requires 'username' to be set"},
        {"password alone, user in the URL", "http://u@h/a", {.password = "p"}, NULL},
        {"bearer beats basic", "http://h/a", {.password = "p", .bearer_token = "t"}, NULL},
        {"bearer and URL",
         "http://u:p@h/a",
         {.bearer_token = "t"},
         "basic auth and bearer token cannot be set at the same time"},
        {"newline",
         "http://h/a",
         {.bearer_token = "t\n"},
         "'bearerToken' holds a control character, perhaps a final newline"},
        {"key without certificate",
         "http://h/a",
         {.client_key = "k"},
         "invalid 'http' auth option: 'tls.crt' and 'tls.key' require each other"},
        {"ssh, no secret", "ssh://h/a", {0}, NULL},
        {"ssh, empty secret",
         "ssh://h/a",
         {.from_secret = true},
         "invalid 'ssh' auth option: 'identity' is required"},
        {"ssh, no hosts",
         "ssh://h/a",
         {.from_secret = true, .identity = "k"},
         "invalid 'ssh' auth option: 'known_hosts' is required"},
        {"algorithms", "ssh://h/a", {.kex_algorithms = "curve25519-sha256@libssh.org,a"}, NULL},
        {"bad algorithms",
         "ssh://h/a",
         {.host_key_algorithms = "a\nProxyCommand id"},
         "malformed list of host key algorithms"},
        {"proxy", "https://h/a", {.proxy_address = "socks5://p:1"}, NULL},
        {"proxy scheme",
         "https://h/a",
         {.proxy_address = "ftp://p"},
         "the scheme of the proxy address must be http, https or socks5"},
        {"proxy with user",
         "https://h/a",
         {.proxy_address = "http://u:s3cret@p"},
         "the proxy address holds user info; use the keys 'username' and 'password'"},
        {"proxy for ssh",
         "ssh://h/a",
         {.proxy_address = "http://p"},
         "a proxy works for http and https URLs, not for ssh URLs"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_url_finish) struct git_url url = {0};
        struct err err;
        check_ok(cases[i].row, git_url_parse(cases[i].url, false, &url, &err), &err);
        int answer = git_auth_check(&url, &cases[i].credentials, &err);
        if (cases[i].error)
            check_fails(cases[i].row, answer, &err, ERR_INVALID, cases[i].error);
        else
            check_ok(cases[i].row, answer, &err);
    }
}

static void puts_logins_together(void **state)
{
    (void)state;
    static const struct {
        const char *row, *url;
        struct git_credentials credentials;
        struct git_login want;
    } cases[] = {
        {"none", "https://h/a", {0}, {0}},
        {"secret", "https://x:y@h/a", {.username = "u", .password = "p"}, {"u", "p", NULL}},
        {"URL", "https://x:y@h/a", {.username = ""}, {"x", "y", NULL}},
        {"mixed", "https://x@h/a", {.password = "p"}, {"x", "p", NULL}},
        {"user alone", "https://x@h/a", {0}, {"x", "", NULL}},
        {"bearer", "https://h/a", {.username = "u", .bearer_token = "t"}, {NULL, NULL, "t"}},
        {"ssh", "ssh://x@h/a", {.username = "u", .password = "p"}, {0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_url_finish) struct git_url url = {0};
        struct err err;
        check_ok(cases[i].row, git_url_parse(cases[i].url, false, &url, &err), &err);
        struct git_login got = git_auth_login(&url, &cases[i].credentials);
        check_text(cases[i].row, got.username, cases[i].want.username);
        check_text(cases[i].row, got.password, cases[i].want.password);
        check_text(cases[i].row, got.bearer_token, cases[i].want.bearer_token);
    }
}

static void scrubs_texts(void **state)
{
    (void)state;
    static const struct {
        const char *url, *text, *want;
    } cases[] = {
        {"https://u:s3cret@h/a", "fatal: s3cret is wrong, s3cre", "fatal: *** is wrong, s3cre"},
        {"https://u:s3cret@h/a", "at 'https://u:other@h/a' or http://x@y/z",
         "at 'https://h/a' or http://y/z"},
        {"https://u:s3cret@h/a", "mail a@b/c, https://h/a@b", "mail a@b/c, https://h/a@b"},
        {"ssh://me@h/a", "at ssh://me@h/a", "at ssh://me@h/a"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        static const struct git_credentials none = {0};
        CLEANUP(git_url_finish) struct git_url url = {0};
        CLEANUP(git_access_finish) struct git_access access = {0};
        CLEANUP(buf_finish) struct buf got = BUF_INIT(4096);
        struct err err;
        check_ok(cases[i].url, git_url_parse(cases[i].url, false, &url, &err), &err);
        check_ok(cases[i].url, git_access_init(&access, &url, &none, "/tmp", &err), &err);
        git_access_scrub(&access, cases[i].text, &got);
        check_text(cases[i].text, buf_text(&got), cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_urls),           cmocka_unit_test(knows_the_ssh_server),
        cmocka_unit_test(refuses_other_urls),   cmocka_unit_test(checks_credentials),
        cmocka_unit_test(puts_logins_together), cmocka_unit_test(scrubs_texts),
    };
    return test_main("git_auth", tests);
}
