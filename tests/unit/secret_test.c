#include "test.h"

#include "base/mem.h"
#include "pem.h"
#include "registry/secret.h"

#define KEYS_MAX 4

struct row {
    const char *name;
    const char *pairs[2 * KEYS_MAX]; /* key, value, … */
    const char *want;                /* the error, or what was read */
};

static void fill(struct strmap *data, const struct row *row)
{
    for (size_t i = 0; i < 2 * KEYS_MAX && row->pairs[i]; i += 2)
        strmap_set(data, row->pairs[i], row->pairs[i + 1]);
}

static void reads_tls_secrets(void **state)
{
    (void)state;
    /* What is read: which of ca, cert and key. */
    static const struct row rows[] = {
        {"ca", {"ca.crt", PEM_CERT_A}, "ca"},
        {"pair", {"tls.crt", PEM_CERT_A, "tls.key", PEM_KEY_A}, "cert key"},
        {"all",
         {"tls.crt", PEM_CERT_A, "tls.key", PEM_KEY_A, "ca.crt", PEM_CERT_A PEM_CERT_B},
         "ca cert key"},
        {"old",
         {"certFile", PEM_CERT_A, "keyFile", PEM_KEY_A, "caFile", PEM_CERT_B},
         "ca cert key"},
        {"mixed", {"tls.crt", PEM_CERT_A, "keyFile", PEM_KEY_A}, "cert key"},
        {"both", {"ca.crt", PEM_CERT_A, "caFile", "junk"}, "ca"},
        {"empty modern", {"ca.crt", "", "caFile", PEM_CERT_A}, "ca"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
        CLEANUP(secret_tls_finish) struct secret_tls tls = SECRET_TLS_INIT;
        CLEANUP(buf_finish) struct buf got = BUF_INIT(100);
        struct err err;
        fill(&data, &rows[i]);
        check_ok(rows[i].name, secret_read_tls(&data, "n/s", &tls, &err), &err);
        buf_addf(&got, "%s%s%s", tls.ca ? "ca " : "", tls.cert ? "cert " : "",
                 tls.key ? "key " : "");
        check_span(rows[i].name, span_trim(buf_span(&got)), span_of(rows[i].want));
    }
}

static void refuses_tls_secrets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"none",
         {"x", "y"},
         "secret 'n/s' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'"},
        {"no key",
         {"tls.crt", PEM_CERT_A},
         "secret 'n/s' contains 'tls.crt' but missing 'tls.key'"},
        {"no cert",
         {"tls.key", PEM_KEY_A, "ca.crt", PEM_CERT_A},
         "secret 'n/s' contains 'tls.key' but missing 'tls.crt'"},
        {"ca", {"ca.crt", "junk"}, "failed to parse CA certificate"},
        {"ca is a key", {"ca.crt", PEM_KEY_A}, "failed to parse CA certificate"},
        {"mismatch",
         {"tls.crt", PEM_CERT_B, "tls.key", PEM_KEY_A},
         "failed to parse TLS certificate and key: tls: private key does not match public key"},
        {"junk cert",
         {"tls.crt", "x", "tls.key", PEM_KEY_A},
         "failed to parse TLS certificate and key: tls: failed to find any PEM data in certificate "
         "input"},
        {"junk key",
         {"tls.crt", PEM_CERT_A, "tls.key", "x"},
         "failed to parse TLS certificate and key: tls: failed to find any PEM data in key input"},
        {"locked key",
         {"tls.crt", PEM_CERT_A, "tls.key", PEM_KEY_LOCKED},
         "failed to parse TLS certificate and key: tls: failed to parse private key"},
        {"swapped",
         {"tls.crt", PEM_KEY_A, "tls.key", PEM_CERT_A},
         "failed to parse TLS certificate and key: tls: failed to parse certificate"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
        struct secret_tls tls = SECRET_TLS_INIT;
        struct err err;
        fill(&data, &rows[i]);
        check_fails(rows[i].name, secret_read_tls(&data, "n/s", &tls, &err), &err, ERR_INVALID,
                    rows[i].want);
    }
}

static void reads_proxy_secrets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"bare", {"address", "http://proxy:3128"}, "http://proxy:3128||"},
        {"user",
         {"address", "https://proxy", "username", "u", "password", "p"},
         "https://proxy|u|p"},
        {"no password",
         {"address", "socks5://proxy:1080", "username", "u"},
         "socks5://proxy:1080|u|"},
        {"password alone", {"address", "http://proxy", "password", "p"}, "http://proxy||"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
        CLEANUP(secret_proxy_finish) struct secret_proxy proxy = SECRET_PROXY_INIT;
        CLEANUP(buf_finish) struct buf got = BUF_INIT(100);
        struct err err;
        fill(&data, &rows[i]);
        check_ok(rows[i].name, secret_read_proxy(&data, "n/s", &proxy, &err), &err);
        buf_addf(&got, "%s|%s|%s", proxy.url, proxy.username ? proxy.username : "",
                 proxy.password ? proxy.password : "");
        check_text(rows[i].name, buf_text(&got), rows[i].want);
    }
}

static void refuses_proxy_secrets(void **state)
{
    (void)state;
    char longest[SECRET_PROXY_URL_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, "http://", 7);
    longest[SECRET_PROXY_URL_MAX + 1] = '\0';
    const struct row rows[] = {
        {"none", {"x", "y"}, "secret 'n/s': key 'address' not found"},
        {"empty", {"address", ""}, "secret 'n/s': proxy address is empty"},
        {"long",
         {"address", longest},
         "secret 'n/s': proxy URL exceeds maximum length of 2048 characters"},
        {"scheme",
         {"address", "ftp://p"},
         "secret 'n/s': proxy URL must use one of the supported schemes (http, https, socks5), got "
         "'ftp'"},
        {"no scheme",
         {"address", "proxy:3128"},
         "secret 'n/s': proxy URL must use one of the supported schemes (http, https, socks5), got "
         "''"},
        {"no host", {"address", "http://"}, "secret 'n/s': proxy URL has no host"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
        struct secret_proxy proxy = SECRET_PROXY_INIT;
        struct err err;
        fill(&data, &rows[i]);
        check_fails(rows[i].name, secret_read_proxy(&data, "n/s", &proxy, &err), &err, ERR_INVALID,
                    rows[i].want);
    }
    longest[SECRET_PROXY_URL_MAX] = '\0';
    CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
    CLEANUP(secret_proxy_finish) struct secret_proxy proxy = SECRET_PROXY_INIT;
    struct err err;
    strmap_set(&data, "address", longest);
    check_ok("longest", secret_read_proxy(&data, "n/s", &proxy, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tls_secrets),
        cmocka_unit_test(refuses_tls_secrets),
        cmocka_unit_test(reads_proxy_secrets),
        cmocka_unit_test(refuses_proxy_secrets),
    };
    return test_main("secret", tests);
}
