/* Docker's credential configuration: Secrets, the user's home, helpers. */
#include "test.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "registry/docker_config.h"
#include "registry/docker_home.h"

#define JSON_TYPE "kubernetes.io/dockerconfigjson"
#define CFG_TYPE  "kubernetes.io/dockercfg"

static int add(struct docker_config *config, const char *type, const char *key, const char *text,
               const char *name, struct err *err)
{
    CLEANUP(strmap_finish) struct strmap data = STRMAP_INIT;
    strmap_set(&data, key, text);
    return docker_config_add_secret(config, type, &data, name, err);
}

/* Whether a key matches; then RET is filled. */
static bool finds(struct docker_config *config, const char *registry, const char *repository,
                  struct credential *ret)
{
    CLEANUP(mem_freep) char *why = NULL;
    return docker_config_find(config, registry, repository, NULL, ret, &why, NULL) == 1;
}

static void normalizes_and_matches_keys(void **state)
{
    (void)state;
    static const struct {
        const char *key, *registry, *repository;
        bool want;
    } rows[] = {
        {"ghcr.io", "ghcr.io", "acme/app", true},
        {"https://ghcr.io", "ghcr.io", "acme/app", true},
        {"http://ghcr.io/", "ghcr.io", "acme/app", true},
        {"HTTPS://ghcr.io/v2/", "ghcr.io", "acme/app", true},
        {"https://index.docker.io/v1/", "index.docker.io", "library/alpine", true},
        {"https://index.docker.io/v1", "index.docker.io", "library/alpine", true},
        {"docker.io", "index.docker.io", "library/alpine", true},
        {"registry-1.docker.io", "index.docker.io", "a/b", true},
        {"docker.io/acme", "index.docker.io", "acme/b", true},
        {"docker.io/acme", "index.docker.io", "other/b", false},
        {"ghcr.io/acme", "ghcr.io", "acme/app", true},
        {"ghcr.io/acme", "ghcr.io", "acme2/app", true}, /* as in Kubernetes */
        {"ghcr.io/acme/", "ghcr.io", "acme2/app", false},
        {"ghcr.io/acme/app", "ghcr.io", "acme", false},
        {"ghcr.io/v2/acme", "ghcr.io", "acme/app", true},
        {"ghcr.io/v2x/acme", "ghcr.io", "acme/app", false},
        {"*.example.com", "a.example.com", "x", true},
        {"*.example.com", "a.b.example.com", "x", false},
        {"*.example.com", "example.com", "x", false},
        {"reg?.example.com", "reg1.example.com", "x", true},
        {"reg[0-9].example.com", "regx.example.com", "x", false},
        {"localhost:5000", "localhost:5000", "x", true},
        {"localhost:5000", "localhost:5001", "x", false},
        {"localhost", "localhost:5000", "x", false},
        {"example.com:443", "example.com", "x", false},
        {"*", "ghcr.io", "x", false},
        {"ghcr.io", "ghcr.io.evil.com", "x", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
        CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
        CLEANUP(mem_freep)
        char *text = str_printf("{\"%s\":{\"username\":\"u\",\"password\":\"p\"}}", rows[i].key);
        struct err err;
        check_ok(rows[i].key, add(&config, CFG_TYPE, ".dockercfg", text, "ns/s", &err), &err);
        bool got = finds(&config, rows[i].registry, rows[i].repository, &found);
        CLEANUP(mem_freep)
        char *row = str_printf("%s on %s/%s", rows[i].key, rows[i].registry, rows[i].repository);
        check_int(row, got, rows[i].want);
        if (got) {
            CLEANUP(mem_freep) char *source = str_printf("key '%s' of secret 'ns/s'", rows[i].key);
            check_text(row, found.source, source);
        }
    }
}

static void reads_entries(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *username, *password, *identity, *registry;
    } rows[] = {
        {"{\"username\":\"u\",\"password\":\"p\"}", "u", "p", NULL, NULL},
        {"{\"auth\":\"dTpwOng=\"}", "u", "p:x", NULL, NULL},
        {"{\"auth\":\"dTpwOng\"}", "u", "p:x", NULL, NULL},
        {"{\"username\":\"other\",\"password\":\"other\",\"auth\":\"dTpw\"}", "u", "p", NULL, NULL},
        {"{\"auth\":\"\",\"username\":\"u\"}", "u", NULL, NULL, NULL},
        {"{\"identitytoken\":\"i\",\"registrytoken\":\"r\"}", NULL, NULL, "i", "r"},
        {"{\"username\":7}", NULL, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
        CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
        CLEANUP(mem_freep) char *text = str_printf("{\"auths\":{\"h.io\":%s}}", rows[i].entry);
        struct err err;
        check_ok(text, add(&config, JSON_TYPE, ".dockerconfigjson", text, "n/s", &err), &err);
        assert_true(finds(&config, "h.io", "x", &found));
        check_text(text, found.username, rows[i].username);
        check_text(text, found.password, rows[i].password);
        check_text(text, found.identity_token, rows[i].identity);
        check_text(text, found.registry_token, rows[i].registry);
    }
}

static void refuses_broken_secrets(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"auths\":{\"h.io\":{\"auth\":\"dXA=\"}}}",
         "key 'h.io' of secret 'n/s': \"auth\" is not base64 of 'user:password'"},
        {"{\"auths\":{\"h.io\":{\"auth\":\"%%%\"}}}",
         "key 'h.io' of secret 'n/s': \"auth\" is not base64 of 'user:password'"},
        {"{\"auths\":{\"h.io\":\"x\"}}", "key 'h.io' of secret 'n/s': not an object"},
        {"[]", "secret 'n/s': not a JSON object"},
        {"{",
         "secret 'n/s': invalid JSON: line 1, column 1: string or '}' expected near end of file"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
        struct err err;
        check_fails(rows[i][0],
                    add(&config, JSON_TYPE, ".dockerconfigjson", rows[i][0], "n/s", &err), &err,
                    ERR_INVALID, rows[i][1]);
    }
}

static void tries_keys_in_order(void **state)
{
    (void)state;
    CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
    struct err err;
    check_ok("first",
             add(&config, JSON_TYPE, ".dockerconfigjson",
                 "{\"auths\":{\"h.io\":{\"username\":\"host\"},\"h.io/a\":{\"username\":\"a\"},"
                 "\"h.io/a/b\":{\"username\":\"ab\"},\"*.io\":{\"username\":\"star\"},"
                 "\"docker.io\":{\"username\":\"alias\"}}}",
                 "n/1", &err),
             &err);
    check_ok("second",
             add(&config, CFG_TYPE, ".dockercfg",
                 "{\"h.io/a\":{\"username\":\"late\"},\"https://index.docker.io/v1/"
                 "\":{\"username\":\"hub\"}}",
                 "n/2", &err),
             &err);
    static const char *const rows[][3] = {
        {"h.io", "a/b/c", "ab"},
        {"h.io", "a/c", "a"},
        {"h.io", "z", "host"},
        {"x.io", "z", "star"},
        {"index.docker.io", "library/x", "hub"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
        assert_true(finds(&config, rows[i][0], rows[i][1], &found));
        check_text(rows[i][1], found.username, rows[i][2]);
    }
}

static void says_why_nothing_matched(void **state)
{
    (void)state;
    static const struct {
        const char *type, *key, *text, *want;
    } rows[] = {
        {JSON_TYPE, ".dockerconfigjson", "{\"auths\":{\"quay.io\":{},\"a.io\":{}}}",
         "no key of secret 'apps/regcred' matches ghcr.io/acme/app (there are 'quay.io', 'a.io')"},
        {JSON_TYPE, ".dockerconfigjson", "{}",
         "no key of secret 'apps/regcred' matches ghcr.io/acme/app"},
        {JSON_TYPE, "other", "{}", "secret 'apps/regcred' has no key '.dockerconfigjson'"},
        {"Opaque", ".dockerconfigjson", "{\"auths\":{\"ghcr.io\":{}}}",
         "secret 'apps/regcred' is not used: its type is 'Opaque', not "
         "'kubernetes.io/dockerconfigjson'"},
        {CFG_TYPE, ".dockercfg", "{\"a@b\":{}}",
         "no key of secret 'apps/regcred' matches ghcr.io/acme/app; key 'a@b' of secret "
         "'apps/regcred' is no registry"},
        {CFG_TYPE, ".dockercfg",
         "{\"1.io\":{},\"2.io\":{},\"3.io\":{},\"4.io\":{},\"5.io\":{},\"6.io\":{},\"7.io\":{}}",
         "no key of secret 'apps/regcred' matches ghcr.io/acme/app (there are '7.io', '6.io', "
         "'5.io', '4.io', '3.io' and 2 more)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
        CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
        CLEANUP(mem_freep) char *why = NULL;
        struct err err;
        check_ok(rows[i].want,
                 add(&config, rows[i].type, rows[i].key, rows[i].text, "apps/regcred", &err), &err);
        check_int(rows[i].want,
                  docker_config_find(&config, "ghcr.io", "acme/app", NULL, &found, &why, &err), 0);
        check_text(rows[i].want, why, rows[i].want);
    }
    CLEANUP(docker_config_finish) struct docker_config none = DOCKER_CONFIG_INIT;
    CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
    CLEANUP(mem_freep) char *why = NULL;
    check_int("none", docker_config_find(&none, "ghcr.io", "acme/app", NULL, &found, &why, NULL),
              0);
    check_text("none", why, "no secret is named");
}

static void holds_its_limits(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        CLEANUP(docker_config_finish) struct docker_config config = DOCKER_CONFIG_INIT;
        CLEANUP(buf_finish) struct buf text = BUF_INIT(DOCKER_CONFIG_SIZE_MAX);
        struct err err;
        for (int i = 0; i < DOCKER_CONFIG_KEYS_MAX + over; i++)
            buf_addf(&text, "%c\"h%d.io\":{}", i == 0 ? '{' : ',', i);
        buf_addc(&text, '}');
        int answer = add(&config, CFG_TYPE, ".dockercfg", buf_text(&text), "n/s", &err);
        if (over)
            check_fails("keys", answer, &err, ERR_INVALID, "more than 1024 registries");
        else
            check_ok("keys", answer, &err);
        CLEANUP(mem_freep) char *large = mem_alloc(DOCKER_CONFIG_SIZE_MAX + 2);
        memset(large, ' ', DOCKER_CONFIG_SIZE_MAX + 2);
        memcpy(large, "{}", 2);
        large[DOCKER_CONFIG_SIZE_MAX + over] = '\0';
        CLEANUP(docker_config_finish) struct docker_config other = DOCKER_CONFIG_INIT;
        answer = add(&other, CFG_TYPE, ".dockercfg", large, "n/s", &err);
        if (over)
            check_fails("size", answer, &err, ERR_INVALID,
                        "secret 'n/s' is larger than 1048576 bytes");
        else
            check_ok("size", answer, &err);
    }
}

/* A home with a config file and helper programs, at the front of PATH. */
struct home {
    char *dir, *file, *old_path;
};

static void write_file(const char *path, const char *text, mode_t mode)
{
    struct err err;
    check_ok(path, file_write_atomic(path, span_of(text), mode, &err), &err);
}

static void home_start(struct home *home, const char *config)
{
    struct err err;
    check_ok("home", file_make_temp_dir("/tmp/tidemark-home-", &home->dir, &err), &err);
    home->file = str_printf("%s/config.json", home->dir);
    home->old_path = str_dup(getenv("PATH"));
    write_file(home->file, config, 0600);
    CLEANUP(mem_freep) char *helper = str_printf("%s/docker-credential-test", home->dir);
    write_file(helper,
               "#!/bin/sh\n"
               "[ $# = 1 ] && [ \"$1\" = get ] && [ -z \"$SECRET_OF_TIDEMARK\" ] || exit 2\n"
               "read -r server\n"
               "case $server in\n"
               "https://index.docker.io/v1/ | helped.io)\n"
               "    printf '{\"ServerURL\":\"%s\",\"Username\":\"hu\",\"Secret\":\"hp-%s\"}' "
               "\"$server\" \"$server\" ;;\n"
               "token.io) echo '{\"Username\":\"<token>\",\"Secret\":\"idt\"}' ;;\n"
               "odd.io) echo '{}' ;;\n"
               "bad.io) echo 'the keychain is locked'; exit 1 ;;\n"
               "*) echo 'credentials not found in native keychain'; exit 1 ;;\n"
               "esac\n",
               0700);
    CLEANUP(mem_freep) char *path = str_printf("%s:%s", home->dir, home->old_path);
    setenv("PATH", path, 1);
    setenv("SECRET_OF_TIDEMARK", "x", 1);
}

static void home_stop(struct home *home)
{
    setenv("PATH", home->old_path, 1);
    file_remove_tree(home->dir, NULL);
    free(home->dir);
    free(home->file);
    free(home->old_path);
}

static void asks_helpers(void **state)
{
    (void)state;
    struct home home;
    home_start(
        &home,
        "{\"credsStore\":\"test\",\"credHelpers\":{\"none.io\":\"\",\"x.io\":\"missing\","
        "\"y.io\":\"../evil\"},\"auths\":{\"plain.io\":{\"auth\":\"dTpw\"},\"helped.io\":{}}}");
    static const struct {
        const char *registry;
        int answer;
        const char *username, *password, *identity, *source; /* or the error */
    } rows[] = {
        {"index.docker.io", 1, "hu", "hp-https://index.docker.io/v1/", NULL,
         "'docker-credential-test'"},
        {"helped.io", 1, "hu", "hp-helped.io", NULL, "'docker-credential-test'"},
        {"token.io", 1, NULL, NULL, "idt", "'docker-credential-test'"},
        {"plain.io", 1, "u", "p", NULL, NULL},
        {"other.io", 0, NULL, NULL, NULL, NULL},
        {"none.io", 0, NULL, NULL, NULL, NULL},
        {"odd.io", -1, NULL, NULL, NULL,
         "credential helper 'docker-credential-test' gave no valid answer"},
        {"bad.io", -1, NULL, NULL, NULL,
         "credential helper 'docker-credential-test' failed: the keychain is locked"},
        {"y.io", -1, NULL, NULL, NULL, "credential helper '../evil': not a program's name"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
        CLEANUP(mem_freep) char *why = NULL;
        struct err err;
        int answer = docker_home_find(home.file, rows[i].registry, "a/b", NULL, &found, &why, &err);
        if (answer < 0) {
            check_text(rows[i].registry, err.text, rows[i].source);
        } else {
            check_text(rows[i].registry, found.username, rows[i].username);
            check_text(rows[i].registry, found.password, rows[i].password);
            check_text(rows[i].registry, found.identity_token, rows[i].identity);
        }
        check_int(rows[i].registry, answer, rows[i].answer);
        if (answer == 1 && rows[i].source)
            check_text(rows[i].registry, found.source, rows[i].source);
    }
    CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
    CLEANUP(mem_freep) char *why = NULL;
    struct err err;
    check_int("missing", docker_home_find(home.file, "x.io", "a", NULL, &found, &why, &err), -1);
    check_text("missing", err_class_name(err.class), "not-found");
    assert_non_null(strstr(err.text, "docker-credential-missing"));
    home_stop(&home);
}

/* The user name that the user's own file holds for h.io, or why there is none. */
static char *user_at_home(void)
{
    CLEANUP(credential_finish) struct credential found = CREDENTIAL_INIT;
    char *why = NULL;
    struct err err;
    if (docker_home_find(NULL, "h.io", "x", NULL, &found, &why, &err) != 1)
        return why;
    return str_dup(found.username);
}

static void finds_the_file(void **state)
{
    (void)state;
    struct home home;
    home_start(&home, "{\"auths\":{\"h.io\":{\"auth\":\"dTpw\"}}}");
    unsetenv("REGISTRY_AUTH_FILE");
    unsetenv("XDG_RUNTIME_DIR");
    setenv("DOCKER_CONFIG", home.dir, 1);
    CLEANUP(mem_freep) char *docker = user_at_home();
    check_text("DOCKER_CONFIG", docker, "u");
    setenv("DOCKER_CONFIG", "/nonexistent", 1);
    CLEANUP(mem_freep) char *none = user_at_home();
    check_text("none", none, "there is no ~/.docker/config.json; log in with 'docker login'");
    setenv("REGISTRY_AUTH_FILE", home.file, 1);
    CLEANUP(mem_freep) char *podman = user_at_home();
    check_text("REGISTRY_AUTH_FILE", podman, "u");
    unsetenv("DOCKER_CONFIG");
    unsetenv("REGISTRY_AUTH_FILE");
    home_stop(&home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normalizes_and_matches_keys),
        cmocka_unit_test(reads_entries),
        cmocka_unit_test(refuses_broken_secrets),
        cmocka_unit_test(tries_keys_in_order),
        cmocka_unit_test(says_why_nothing_matched),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(asks_helpers),
        cmocka_unit_test(finds_the_file),
    };
    return test_main("credential", tests);
}
