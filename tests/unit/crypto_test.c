#include "test.h"

#include "adapt/crypto.h"
#include "pem.h"

static void digests_match_their_standards(void **state)
{
    (void)state;
    char hex[CRYPTO_HEX_SIZE];
    check_text("sha1", crypto_hash_hex(CRYPTO_SHA1, SPAN_LITERAL("abc"), hex),
               "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_text("sha256", crypto_hash_hex(CRYPTO_SHA256, SPAN_LITERAL(""), hex),
               "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CLEANUP(crypto_stream_freep) struct crypto_stream *stream = crypto_stream_new(CRYPTO_SHA256);
    crypto_stream_add(stream, SPAN_LITERAL("latest\n"));
    crypto_stream_add(stream, SPAN_LITERAL("1.0.0\n"));
    check_text("stream", crypto_stream_hex(stream, hex),
               "72e44850be43d56b4a1b9896c283fbdb07e1c05d13534a93d5fd52de0de8d548");
}

static void base64_goes_both_ways(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"user:p\xff", "dXNlcjpw/w=="},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(100);
        CLEANUP(buf_finish) struct buf back = BUF_INIT(100);
        crypto_base64_encode(span_of(rows[i][0]), &text);
        check_text(rows[i][0], buf_text(&text), rows[i][1]);
        assert_true(crypto_base64_decode(buf_span(&text), &back));
        check_text(rows[i][1], buf_text(&back), rows[i][0]);
    }
}

static void base64_takes_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"Zm8", "fo"},  {"Zm\r\n9v\n", "foo"}, {"Zg=", NULL},    {"Z", NULL},    {"Zm9v=", NULL},
        {"Z g=", NULL}, {"=Zg=", NULL},        {"Zg==Zg", NULL}, {"Zm9-", NULL}, {" Zm9v", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf back = BUF_INIT(100);
        bool valid = crypto_base64_decode(span_of(rows[i].text), &back);
        check_int(rows[i].text, valid, rows[i].want != NULL);
        if (valid)
            check_text(rows[i].text, buf_text(&back), rows[i].want);
    }
}

static void counts_certificates(void **state)
{
    (void)state;
    static const struct {
        const char *name, *pem;
        size_t want;
    } rows[] = {
        {"none", "", 0},
        {"junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0},
        {"one", PEM_CERT_A, 1},
        {"behind a key", PEM_KEY_A PEM_CERT_A "text\n" PEM_CERT_B, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].name, crypto_count_certificates(span_of(rows[i].pem)), rows[i].want);
}

static void checks_key_pairs(void **state)
{
    (void)state;
    static const struct {
        const char *cert, *key, *want; /* NULL: a pair */
    } rows[] = {
        {PEM_CERT_A, PEM_KEY_A, NULL},
        {PEM_CERT_A PEM_CERT_B, PEM_KEY_A, NULL},
        {PEM_CERT_B, PEM_KEY_A, "tls: private key does not match public key"},
        {PEM_KEY_A, PEM_KEY_A, "tls: failed to parse certificate"},
        {PEM_CERT_A, PEM_KEY_LOCKED, "tls: failed to parse private key"},
        {"", PEM_KEY_A, "tls: failed to find any PEM data in certificate input"},
        {PEM_CERT_A, "key", "tls: failed to find any PEM data in key input"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        int answer = crypto_check_key_pair(span_of(rows[i].cert), span_of(rows[i].key), &err);
        if (rows[i].want)
            check_fails(rows[i].want, answer, &err, ERR_INVALID, rows[i].want);
        else
            check_ok("pair", answer, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_match_their_standards),
        cmocka_unit_test(base64_goes_both_ways),
        cmocka_unit_test(base64_takes_what_people_write),
        cmocka_unit_test(counts_certificates),
        cmocka_unit_test(checks_key_pairs),
    };
    return test_main("crypto", tests);
}
