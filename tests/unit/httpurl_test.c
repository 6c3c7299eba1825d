#include "test.h"

#include "base/httpurl.h"
#include "base/mem.h"

static char *printed(const struct httpurl *url, void (*print)(const struct httpurl *, struct buf *))
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    print(url, &text);
    return buf_take(&text);
}

static void reads_and_prints(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want, *host;
        unsigned port;
    } rows[] = {
        {"https://ghcr.io/v2/", "https://ghcr.io/v2/", "ghcr.io", 443},
        {"HTTP://Example.COM", "http://example.com", "example.com", 80},
        {"http://my_host:5000?a=b", "http://my_host:5000?a=b", "my_host", 5000},
        {"https://[::1]:5000/x#y", "https://[::1]:5000/x", "[::1]", 5000},
        {"https://host:/x", "https://host/x", "host", 443},
        {"https://h/a b?c d\xc3\xa9", "https://h/a%20b?c%20d%C3%A9", "h", 443},
        {"https://h/a/../b/./c", "https://h/a/../b/./c", "h", 443},
        {"https://h/?", "https://h/?", "h", 443},
        {"https://h:65535/", "https://h:65535/", "h", 65535},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
        struct err err;
        check_ok(rows[i].text, httpurl_parse(rows[i].text, &url, &err), &err);
        CLEANUP(mem_freep) char *got = printed(&url, httpurl_print);
        check_text(rows[i].text, got, rows[i].want);
        check_text(rows[i].text, url.host, rows[i].host);
        check_int(rows[i].text, httpurl_port(&url), rows[i].port);
    }
}

static void refuses_what_could_be_misread(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"", "unsupported protocol scheme \"\""},
        {"ghcr.io/v2/", "unsupported protocol scheme \"\""},
        {"ftp://h/", "unsupported protocol scheme \"ftp\""},
        {"file:///etc/passwd", "unsupported protocol scheme \"file\""},
        {"https:/h/", "no Host in request URL"},
        {"https:///x", "invalid host in the URL"},
        {"https://user:secret@h/", "a URL with a user name or password is not accepted"},
        {"https://h%2f/", "invalid host in the URL"},
        {"https://h h/", "invalid host in the URL"},
        {"https://[::1/", "invalid host in the URL"},
        {"https://[::1%25eth0]/", "invalid host in the URL"},
        {"https://[::g]/", "invalid host in the URL"},
        {"https://x[::1]/", "invalid host in the URL"},
        {"https://h:0/", "invalid port in the URL"},
        {"https://h:65536/", "invalid port in the URL"},
        {"https://h:8a/", "invalid port in the URL"},
        {"https://h/\n", "invalid control character in URL"},
        {"https://h\\@evil/", "invalid control character in URL"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct httpurl url = HTTPURL_INIT;
        struct err err;
        check_fails(rows[i].text, httpurl_parse(rows[i].text, &url, &err), &err, ERR_INVALID,
                    rows[i].want);
    }
}

static void resolves_as_rfc_3986(void **state)
{
    (void)state;
    static const struct {
        const char *reference, *want;
    } rows[] = {
        {"", "https://h:5000/v2/a/list?n=1"},
        {"?n=2", "https://h:5000/v2/a/list?n=2"},
        {"#x", "https://h:5000/v2/a/list?n=1"},
        {"/v2/b", "https://h:5000/v2/b"},
        {"next?last=x", "https://h:5000/v2/a/next?last=x"},
        {"../x", "https://h:5000/v2/x"},
        {"../../../../x", "https://h:5000/x"},
        {"..", "https://h:5000/v2/"},
        {"./", "https://h:5000/v2/a/"},
        {".", "https://h:5000/v2/a/"},
        {"/a/./b/../c/.", "https://h:5000/a/c/"},
        {"//other/x", "https://other/x"},
        {"http://other:1/x", "http://other:1/x"},
    };
    CLEANUP(httpurl_finish) struct httpurl base = HTTPURL_INIT;
    struct err err;
    check_ok("base", httpurl_parse("https://h:5000/v2/a/list?n=1", &base, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
        check_ok(rows[i].reference, httpurl_resolve(&base, rows[i].reference, &url, &err), &err);
        CLEANUP(mem_freep) char *got = printed(&url, httpurl_print);
        check_text(rows[i].reference, got, rows[i].want);
    }
    struct httpurl none = HTTPURL_INIT;
    check_fails("mailto", httpurl_resolve(&base, "mailto:x", &none, &err), &err, ERR_INVALID,
                "unsupported protocol scheme \"mailto\"");
}

static void hides_secret_parameters(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"https://h/t?scope=a%3Ab&service=s&n=1&last=v1",
         "https://h/t?scope=a%3Ab&service=s&n=1&last=v1"},
        {"https://h/t?sig=abc&n=1&X-Amz-Signature=def",
         "https://h/t?sig=REDACTED&n=1&X-Amz-Signature=REDACTED"},
        {"https://h/t?abcdef", "https://h/t?REDACTED"},
        {"https://h/t", "https://h/t"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
        struct err err;
        check_ok(rows[i][0], httpurl_parse(rows[i][0], &url, &err), &err);
        CLEANUP(mem_freep) char *got = printed(&url, httpurl_print_public);
        check_text(rows[i][0], got, rows[i][1]);
    }
}

static void knows_internal_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool want;
    } rows[] = {
        {"127.0.0.1", true},
        {"127.1", true},
        {"0x7f000001", true},
        {"2130706433", true},
        {"017700000001", true},
        {"10.255.0.1", true},
        {"172.16.0.1", true},
        {"172.31.255.255", true},
        {"172.32.0.1", false},
        {"172.15.255.255", false},
        {"192.168.1.1", true},
        {"192.169.0.1", false},
        {"169.254.169.254", true},
        {"169.255.0.1", false},
        {"0.0.0.0", true},
        {"8.8.8.8", false},
        {"11.0.0.1", false},
        {"127.0.0.1.", true},
        {"[::1]", true},
        {"[::]", true},
        {"[fe80::1]", true},
        {"[fec0::1]", false},
        {"[fd00:ec2::254]", true},
        {"[fc00::1]", true},
        {"[2001:db8::1]", false},
        {"[::ffff:10.0.0.1]", true},
        {"[::ffff:8.8.8.8]", false},
        {"[64:ff9b::a00:1]", true},
        {"[64:ff9b::808:808]", false},
        {"localhost", false},
        {"10.example.com", false},
        {"example.com", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].host, httpurl_host_is_internal(rows[i].host), rows[i].want);
    assert_true(httpurl_host_is_localhost("localhost"));
    assert_true(httpurl_host_is_localhost("a.localhost."));
    assert_false(httpurl_host_is_localhost("notlocalhost"));
}

static void compares_origins(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool host, origin;
    } rows[] = {
        {"https://h/a", "https://H:443/b", true, true},
        {"http://h:443/", "https://h/", true, false},
        {"http://h/", "https://h/", false, false},
        {"https://h/", "https://h.x/", false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(httpurl_finish) struct httpurl a = HTTPURL_INIT;
        CLEANUP(httpurl_finish) struct httpurl b = HTTPURL_INIT;
        struct err err;
        check_ok(rows[i].a, httpurl_parse(rows[i].a, &a, &err), &err);
        check_ok(rows[i].b, httpurl_parse(rows[i].b, &b, &err), &err);
        check_int(rows[i].a, httpurl_same_host(&a, &b), rows[i].host);
        check_int(rows[i].a, httpurl_same_origin(&a, &b), rows[i].origin);
    }
}

static void escapes_query_values(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(100);
    httpurl_print_escaped("repository:a/b_c-d.~:pull x&y=\xc3\xa9", &text);
    check_text("escaped", buf_text(&text), "repository%3Aa%2Fb_c-d.~%3Apull+x%26y%3D%C3%A9");
}

static void holds_its_limits(void **state)
{
    (void)state;
    char text[HTTPURL_TEXT_MAX + 2];
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://h/", 10);
    text[HTTPURL_TEXT_MAX + 1] = '\0';
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    struct err err;
    check_fails("over", httpurl_parse(text, &url, &err), &err, ERR_INVALID,
                "URL is longer than 8192 bytes");
    text[HTTPURL_TEXT_MAX] = '\0';
    check_ok("at", httpurl_parse(text, &url, &err), &err);
    char host[8 + HTTPURL_HOST_MAX + 2];
    memset(host, 'h', sizeof(host));
    memcpy(host, "https://", 8);
    host[8 + HTTPURL_HOST_MAX + 1] = '\0';
    struct httpurl other = HTTPURL_INIT;
    check_fails("host over", httpurl_parse(host, &other, &err), &err, ERR_INVALID,
                "invalid host in the URL");
    host[8 + HTTPURL_HOST_MAX] = '\0';
    check_ok("host at", httpurl_parse(host, &other, &err), &err);
    httpurl_finish(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_prints),         cmocka_unit_test(refuses_what_could_be_misread),
        cmocka_unit_test(resolves_as_rfc_3986),     cmocka_unit_test(hides_secret_parameters),
        cmocka_unit_test(knows_internal_addresses), cmocka_unit_test(compares_origins),
        cmocka_unit_test(escapes_query_values),     cmocka_unit_test(holds_its_limits),
    };
    return test_main("httpurl", tests);
}
