/* What registries and their users write: image names, links, challenges. */
#include "test.h"

#include "base/mem.h"
#include "registry/challenge.h"
#include "registry/image_name.h"
#include "registry/link_header.h"

static void reads_image_names(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"alpine", "index.docker.io/library/alpine"},
        {"docker.io/library/alpine", "index.docker.io/library/alpine"},
        {"ghcr.io/acme/api", "ghcr.io/acme/api"},
        {"localhost:5000/a/b", "localhost:5000/a/b"},
        {"localhost/app", "index.docker.io/localhost/app"},
        {"registry-1.docker.io/library/alpine", "registry-1.docker.io/library/alpine"},
        {"[::1]:5000/ab", "[::1]:5000/ab"},
        {"ghcr.io/a//b/", "ghcr.io/a//b/"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(image_name_finish) struct image_name name = IMAGE_NAME_INIT;
        struct err err;
        check_ok(rows[i][0], image_name_parse(rows[i][0], &name, &err), &err);
        CLEANUP(mem_freep) char *canonical = image_name_canonical(&name);
        check_text(rows[i][0], canonical, rows[i][1]);
    }
}

#define HEX    "0123456789abcdef"
#define DIGEST HEX HEX HEX HEX

static void refuses_what_is_no_image_name(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"https://ghcr.io/a/b",
         "image 'https://ghcr.io/a/b' should not include URL scheme; remove 'https://'"},
        {"ftp://x", "image 'ftp://x' should not include URL scheme; remove 'ftp://'"},
        {"ghcr.io/a/b:1.2", "image 'ghcr.io/a/b:1.2' should not include a tag; remove ':1.2'"},
        {"localhost:5000/ab:1",
         "image 'localhost:5000/ab:1' should not include a tag; remove ':1'"},
        {"docker.io/ab:1", "image 'docker.io/ab:1' should not include a tag; remove ':1'"},
        {"nginx:1:2", "could not parse reference: nginx:1:2"},
        {"nginx:", "could not parse reference: nginx:"},
        {"ghcr.io/a/b@sha256:" DIGEST,
         "image 'ghcr.io/a/b@sha256:" DIGEST "' should not include a tag; remove ':" DIGEST "'"},
        {"ghcr.io/a/b:1@sha256:" DIGEST,
         "image 'ghcr.io/a/b:1@sha256:" DIGEST "' should not include a tag; remove ':1@sha256'"},
        {"", "could not parse reference: "},
        {"Ghcr.io/A", "could not parse reference: Ghcr.io/A"},
        {"a b", "could not parse reference: a b"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct image_name name = IMAGE_NAME_INIT;
        struct err err;
        check_fails(rows[i][0], image_name_parse(rows[i][0], &name, &err), &err, ERR_INVALID,
                    rows[i][1]);
    }
}

static void finds_the_next_link(void **state)
{
    (void)state;
    static const struct {
        const char *header, *want; /* NULL: none */
    } rows[] = {
        {"</v2/a/tags/list?n=1&last=b>; rel=\"next\"", "/v2/a/tags/list?n=1&last=b"},
        {"</x>;rel=next", "/x"},
        {"</x>", "/x"},
        {"  < /x >  ; REL=\"NEXT\"", "/x"},
        {"</a>; rel=\"prev\", </b>; title=\"x, y\"; rel=\"last next\"", "/b"},
        {"</a>; rel=prev", NULL},
        {"</a>; rel=\"nextish\"", NULL},
        {"</a>; rel=\"prev\"; rel=\"next\"", NULL},
        {"</a>; title=\"a\\\", <\"; rel=\"first\", </c>; rel=\"next\"", "/c"},
        {"<https://h/x,y;z>; rel=next", "https://h/x,y;z"},
        {"</a>; rel=\"next", "/a"},
        {"<>", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct span reference = {0};
        struct err err;
        int answer = link_header_next(span_of(rows[i].header), &reference, &err);
        check_ok(rows[i].header, answer, &err);
        check_int(rows[i].header, answer, rows[i].want != NULL);
        if (rows[i].want)
            check_span(rows[i].header, reference, span_of(rows[i].want));
    }
    static const char *const bad[][2] = {
        {"", "failed to parse link header: missing '<'"},
        {"foo", "failed to parse link header: missing '<'"},
        {"</x", "failed to parse link header: missing '>'"},
        {"</x>; rel=prev, y", "failed to parse link header: missing '<'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct span reference;
        struct err err;
        check_fails(bad[i][0], link_header_next(span_of(bad[i][0]), &reference, &err), &err,
                    ERR_INVALID, bad[i][1]);
    }
}

static void reads_challenges(void **state)
{
    (void)state;
    /* Each challenge as its scheme's number and its parameters. */
    static const char *const rows[][2] = {
        {"Basic realm=\"Registry\"", "1map[realm:Registry]"},
        {"Bearer "
         "realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/"
         "b:pull\"",
         "2map[realm:https://auth.example/token scope:repository:a/b:pull "
         "service:registry.example]"},
        {"bearer REALM=x , Service = \"a, b\"", "2map[realm:x service:a, b]"},
        {"BASIC realm=\"a \\\"b\\\" \\\\\"", "1map[realm:a \"b\" \\]"},
        {"Negotiate, Basic realm=x", "3map[]1map[realm:x]"},
        {"Negotiate YII=, Bearer realm=x,service=y, Basic realm=z",
         "3map[]2map[realm:x service:y]1map[realm:z]"},
        {"Basic", "1map[]"},
        {"Bearer realm=a, realm=b", "2map[realm:a]"},
        {"Bearer realm=\"unclosed", "2map[]"},
        {"Bearer realm=a service=b", "2map[realm:a service:b]"},
        {"Bearer realm=a, @, Basic", "2map[realm:a]"},
        {", ,Basic realm=x,,", "1map[realm:x]"},
        {"", ""},
        {"=", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(challenge_finish) struct challenge challenge = CHALLENGE_INIT;
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        struct span rest = span_of(rows[i][0]);
        while (challenge_next(&rest, &challenge)) {
            buf_addf(&got, "%d", (int)challenge.scheme);
            challenge_print(&challenge, &got);
        }
        check_text(rows[i][0], buf_text(&got), rows[i][1]);
    }
}

static void bounds_parameters(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf header = BUF_INIT(10000);
    buf_adds(&header, "Bearer a=1");
    for (int i = 0; i < CHALLENGE_PARAMS_MAX; i++)
        buf_addf(&header, ",p%d=x", i);
    CLEANUP(challenge_finish) struct challenge challenge = CHALLENGE_INIT;
    struct span rest = buf_span(&header);
    assert_true(challenge_next(&rest, &challenge));
    check_int("kept", challenge.params.len, CHALLENGE_PARAMS_MAX);
    check_int("all read", rest.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_image_names),   cmocka_unit_test(refuses_what_is_no_image_name),
        cmocka_unit_test(finds_the_next_link), cmocka_unit_test(reads_challenges),
        cmocka_unit_test(bounds_parameters),
    };
    return test_main("registry_parse", tests);
}
