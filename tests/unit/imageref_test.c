#include "test.h"

#include "base/buf.h"
#include "base/imageref.h"
#include "base/mem.h"

#define HEX64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIGEST "sha256:" HEX64

typedef int (*parser)(const char *text, struct imageref *ret, struct err *err);

static void reads_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *text, *registry, *repository, *identifier, *name;
    } rows[] = {
        {"nginx", "index.docker.io", "library/nginx", "latest",
         "index.docker.io/library/nginx:latest"},
        {"docker.io/nginx", "index.docker.io", "library/nginx", "latest",
         "index.docker.io/library/nginx:latest"},
        {"docker.io/library/nginx", "index.docker.io", "library/nginx", "latest",
         "index.docker.io/library/nginx:latest"},
        {"index.docker.io/nginx", "index.docker.io", "library/nginx", "latest",
         "index.docker.io/library/nginx:latest"},
        {"nginx:1.25", "index.docker.io", "library/nginx", "1.25",
         "index.docker.io/library/nginx:1.25"},
        {"sid/nginx", "index.docker.io", "sid/nginx", "latest", "index.docker.io/sid/nginx:latest"},
        {"localhost/app", "index.docker.io", "localhost/app", "latest",
         "index.docker.io/localhost/app:latest"},
        {"registry/ab", "index.docker.io", "registry/ab", "latest",
         "index.docker.io/registry/ab:latest"},
        {"localhost:5000/a/b:1", "localhost:5000", "a/b", "1", "localhost:5000/a/b:1"},
        {"registry:5000/ab", "registry:5000", "ab", "latest", "registry:5000/ab:latest"},
        {"ghcr.io/a/b:1.2@" DIGEST, "ghcr.io", "a/b", DIGEST, "ghcr.io/a/b@" DIGEST},
        {"nginx@" DIGEST, "index.docker.io", "library/nginx", DIGEST,
         "index.docker.io/library/nginx@" DIGEST},
        {"[::1]:5000/ab", "[::1]:5000", "ab", "latest", "[::1]:5000/ab:latest"},
        {"my_host.com/ab", "my_host.com", "ab", "latest", "my_host.com/ab:latest"},
        {"host.com:99999/ab", "host.com:99999", "ab", "latest", "host.com:99999/ab:latest"},
        {"DOCKER.IO/ab", "DOCKER.IO", "ab", "latest", "DOCKER.IO/ab:latest"},
        {"ghcr.io", "index.docker.io", "library/ghcr.io", "latest",
         "index.docker.io/library/ghcr.io:latest"},
        {"https://ghcr.io/a/b", "https:", "/ghcr.io/a/b", "latest", "https://ghcr.io/a/b:latest"},
        {"a//b", "index.docker.io", "a//b", "latest", "index.docker.io/a//b:latest"},
        {"h.io/../b", "h.io", "../b", "latest", "h.io/../b:latest"},
        {"\xc3\xa9.com/ab", "\xc3\xa9.com", "ab", "latest", "\xc3\xa9.com/ab:latest"},
        {"a.b:1:2/cc", "a.b:1:2", "cc", "latest", "a.b:1:2/cc:latest"},
        {"a:/ab", "a:", "ab", "latest", "a:/ab:latest"},
        {"h.io/ab:T.a_g-1", "h.io", "ab", "T.a_g-1", "h.io/ab:T.a_g-1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
        struct err err;
        check_ok(rows[i].text, imageref_parse(rows[i].text, &ref, &err), &err);
        CLEANUP(mem_freep) char *name = imageref_name(&ref);
        check_text(rows[i].text, ref.registry, rows[i].registry);
        check_text(rows[i].text, ref.repository, rows[i].repository);
        check_text(rows[i].text, imageref_identifier(&ref), rows[i].identifier);
        check_text(rows[i].text, name, rows[i].name);
    }
}

static void repositories_have_no_identifier(void **state)
{
    (void)state;
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    struct err err;
    check_ok("parse", imageref_parse_repository("ghcr.io/acme/api", &ref, &err), &err);
    CLEANUP(mem_freep) char *name = imageref_name(&ref);
    check_text("name", name, "ghcr.io/acme/api");
    check_text("identifier", imageref_identifier(&ref), NULL);
}

#define REPO_CHARS                                                                                 \
    "repository can only contain the characters `abcdefghijklmnopqrstuvwxyz0123456789_-./`: "
#define TAG_CHARS                                                                                  \
    "tag can only contain the characters "                                                         \
    "`abcdefghijklmnopqrstuvwxyz0123456789_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ`: "
#define AUTHORITIES "registries must be valid RFC 3986 URI authorities: "
#define SEPARATOR                                                                                  \
    "a digest must contain exactly one '@' separator (e.g. registry/repository@digest) saw: "

static void failures_have_the_known_words(void **state)
{
    (void)state;
    static const struct {
        parser parse;
        const char *text, *error;
    } rows[] = {
        {imageref_parse, "", "could not parse reference: "},
        {imageref_parse, "a", "could not parse reference: a"},
        {imageref_parse, "a@b@c", "could not parse reference: a@b@c"},
        {imageref_parse, "nginx:", "could not parse reference: nginx:"},
        {imageref_parse_repository, "", "a repository name must be specified"},
        {imageref_parse_repository, "a",
         "repository must be between 2 and 255 characters in length: a"},
        {imageref_parse_repository, "ghcr.io/",
         "repository must be between 2 and 255 characters in length: "},
        {imageref_parse_repository, "ghcr.io/a/b:1.2", REPO_CHARS "a/b:1.2"},
        {imageref_parse_repository, "Nginx", REPO_CHARS "Nginx"},
        {imageref_parse_repository, "ho st.com/ab", AUTHORITIES "ho st.com"},
        {imageref_parse_repository, "host.com:abc/ab", AUTHORITIES "host.com:abc"},
        {imageref_parse_repository, "user@host.com/ab", AUTHORITIES "user@host.com"},
        {imageref_parse_repository, "a%41.com/ab", AUTHORITIES "a%41.com"},
        {imageref_parse_repository, "[::1/ab", AUTHORITIES "[::1"},
        {imageref_parse_repository, "[zz]:1/ab", AUTHORITIES "[zz]:1"},
        {imageref_parse_repository, "[1.2.3.4]/ab", AUTHORITIES "[1.2.3.4]"},
        {imageref_parse_repository, "[::1]x/ab", AUTHORITIES "[::1]x"},
        {imageref_parse_repository, "a[b]:1/ab", AUTHORITIES "a[b]:1"},
        {imageref_parse_repository, "a.com:1x/ab", AUTHORITIES "a.com:1x"},
        {imageref_parse_tag, "nginx:", "nginx: must specify a tag name after the colon"},
        {imageref_parse_tag, "nginx:a+b", TAG_CHARS "a+b"},
        {imageref_parse_tag, "a:b:c", REPO_CHARS "a:b"},
        {imageref_parse_tag, "a:" HEX64 HEX64 "x",
         "tag must be between 1 and 128 characters in length: " HEX64 HEX64 "x"},
        {imageref_parse_digest, "nginx", SEPARATOR "nginx"},
        {imageref_parse_digest, "a@b@c", SEPARATOR "a@b@c"},
        {imageref_parse_digest, "ab@md5:abc", "unsupported digest algorithm: md5:abc"},
        {imageref_parse_digest, "ab@sha256:abc", "invalid checksum digest length"},
        {imageref_parse_digest, "ab@sha256:A" HEX64, "invalid checksum digest length"},
        {imageref_parse_digest,
         "ab@sha256:g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         "invalid checksum digest format"},
        {imageref_parse_digest, "ab:t!@" DIGEST, REPO_CHARS "ab:t!"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct imageref ref = IMAGEREF_INIT;
        struct err err;
        check_fails(rows[i].text, rows[i].parse(rows[i].text, &ref, &err), &err, ERR_INVALID,
                    rows[i].error);
        assert_null(ref.repository);
    }
}

/* A repository of LEN characters on a named registry, and what it leads to. */
static int parse_repository_of(size_t len, struct err *err)
{
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * IMAGEREF_TEXT_MAX);
    buf_adds(&text, "h.io/");
    for (size_t i = 0; i < len; i++)
        buf_addc(&text, 'a');
    return imageref_parse_repository(buf_text(&text), &ref, err);
}

static void lengths_have_limits(void **state)
{
    (void)state;
    struct err err;
    check_ok("255", parse_repository_of(IMAGEREF_REPOSITORY_MAX, &err), &err);
    check_int("256", parse_repository_of(IMAGEREF_REPOSITORY_MAX + 1, &err), -1);
    check_int("largest text", parse_repository_of(IMAGEREF_TEXT_MAX - 5, &err), -1);
    assert_non_null(strstr(err.text, "between 2 and 255"));
    check_int("too large", parse_repository_of(IMAGEREF_TEXT_MAX - 4, &err), -1);
    check_text("too large", err.text, "image reference is longer than 4096 bytes");
}

static void tells_local_registries(void **state)
{
    (void)state;
    static const struct {
        const char *registry;
        bool local;
    } rows[] = {
        {"localhost:5000", true},      {"registry.localhost", true}, {"registry.localhost:1", true},
        {"x.localhost:123456", false}, {"x.localhost:", false},      {"x.localhostz", false},
        {"10.1.2.3:80", true},         {"010.1.2.3:80", false},      {"10.1.2:80", false},
        {"172.16.0.1", true},          {"172.31.255.255", true},     {"172.32.0.1", false},
        {"192.168.1.1", true},         {"192.169.1.1", false},       {"127.0.0.1:5000", true},
        {"[::1]:5000", true},          {"ghcr.io", false},           {"registry:5000", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].registry, imageref_registry_is_local(rows[i].registry), rows[i].local);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_form),
        cmocka_unit_test(repositories_have_no_identifier),
        cmocka_unit_test(failures_have_the_known_words),
        cmocka_unit_test(lengths_have_limits),
        cmocka_unit_test(tells_local_registries),
    };
    return test_main("imageref", tests);
}
