#include "test.h"

#include "base/mem.h"
#include "base/url.h"

static void reads_and_writes(void **state)
{
    (void)state;
    /* text, scheme, user, host, hostname, path, query, fragment, printed */
    static const char *const rows[][9] = {
        {"http://u:p%20x@h.io:80/a%20b?q=1#f%41", "http", "u:p%20x", "h.io:80", "h.io", "/a b",
         "q=1", "fA", "http://u:p%20x@h.io:80/a%20b?q=1#fA"},
        {"HTTPS://[fe80::1%25en0]:1", "https", "", "[fe80::1%en0]:1", "fe80::1%en0", "", "", "",
         "https://[fe80::1%25en0]:1"},
        {"//h/p", "", "", "h", "h", "/p", "", "", "//h/p"},
        {"./a:b", "", "", "", "", "./a:b", "", "", "./a:b"},
        {"?x", "", "", "", "", "", "x", "", "?x"},
        {"http://\xc3\xa9.io", "http", "", "\xc3\xa9.io", "\xc3\xa9.io", "", "", "",
         "http://%C3%A9.io"},
        {"ssh://git@h:1:2/x", "ssh", "git", "h:1:2", "h:1", "/x", "", "", "ssh://git@h:1:2/x"},
        {"mailto:a@b?c", "mailto", "", "", "", "", "c", "", "mailto:a@b?c"},
        {"*", "", "", "", "", "*", "", "", "*"},
        {"http://h/?", "http", "", "h", "h", "/", "", "", "http://h/?"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(url_finish) struct url url;
        CLEANUP(buf_finish) struct buf user = BUF_INIT(1000);
        CLEANUP(buf_finish) struct buf printed = BUF_INIT(1000);
        struct err err;
        url_init(&url);
        check_ok(rows[i][0], url_parse(span_of(rows[i][0]), &url, &err), &err);
        check_text(rows[i][0], buf_text(&url.scheme), rows[i][1]);
        url_print_user(&url, &user);
        check_text(rows[i][0], buf_text(&user), rows[i][2]);
        check_text(rows[i][0], buf_text(&url.host), rows[i][3]);
        check_span(rows[i][0], url_hostname(&url), span_of(rows[i][4]));
        check_text(rows[i][0], buf_text(&url.path), rows[i][5]);
        check_text(rows[i][0], buf_text(&url.query), rows[i][6]);
        check_text(rows[i][0], buf_text(&url.fragment), rows[i][7]);
        url_print(&url, &printed);
        check_text(rows[i][0], buf_text(&printed), rows[i][8]);
    }
}

static void failures_have_gos_words(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"http://[::", "parse \"http://[::\": missing ']' in host"},
        {"://x", "parse \"://x\": missing protocol scheme"},
        {"1a:x", "parse \"1a:x\": first path segment in URL cannot contain colon"},
        {"http://a b/", "parse \"http://a b/\": invalid character \" \" in host name"},
        {"http://a/%zz", "parse \"http://a/%zz\": invalid URL escape \"%zz\""},
        {"http://a/%2", "parse \"http://a/%2\": invalid URL escape \"%2\""},
        {"http://%41/", "parse \"http://%41/\": invalid URL escape \"%41\""},
        {"http://h:8x/", "parse \"http://h:8x/\": invalid port \":8x\" after host"},
        {"http://h:1:2/", "parse \"http://h:1:2/\": invalid port \":1:2\" after host"},
        {"http://u[@h/", "parse \"http://u[@h/\": net/url: invalid userinfo"},
        {"http://a[b", "parse \"http://a[b\": invalid IP-literal"},
        {"http://[1.2.3.4]", "parse \"http://[1.2.3.4]\": invalid IP-literal"},
        {"http://[::1]x]", "parse \"http://[::1]x]\": invalid host: ParseAddr(\"::1]x\"): "
                           "unexpected character, want colon (at \"]x\")"},
        {"http://h/\x7f#x", "parse \"http://h/\\x7f\": net/url: invalid control character in URL"},
        {"http://h/#%", "parse \"http://h/#%\": invalid URL escape \"%\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(url_finish) struct url url;
        struct err err;
        url_init(&url);
        check_fails(rows[i][0], url_parse(span_of(rows[i][0]), &url, &err), &err, ERR_INVALID,
                    rows[i][1]);
    }
}

static void length_has_a_limit(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(URL_TEXT_MAX + 1);
    CLEANUP(url_finish) struct url url;
    struct err err;
    url_init(&url);
    for (size_t i = 0; i < URL_TEXT_MAX; i++)
        buf_addc(&text, '/');
    check_ok("at the limit", url_parse(buf_span(&text), &url, &err), &err);
    buf_addc(&text, '/');
    check_fails("beyond", url_parse(buf_span(&text), &url, &err), &err, ERR_INVALID,
                "URL is longer than 65536 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(failures_have_gos_words),
        cmocka_unit_test(length_has_a_limit),
    };
    return test_main("url", tests);
}
