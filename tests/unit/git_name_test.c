#include "test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/proc.h"
#include "base/str.h"
#include "git/name.h"
#include "git/oid.h"

static bool git_takes(const char *name)
{
    const char *const argv[] = {"git", "check-ref-format", name, NULL};
    static const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", NULL};
    const struct proc_command command = {.argv = argv, .env = env};
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    struct err err;
    check_ok(name, proc_run(&command, &result, &err), &err);
    return result.status == 0;
}

static void agrees_with_git(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "main", "a/b",    "a//b",     "/a",      "a/",     ".a",   "a/.b", "a.",
        "a..b", "a.lock", "a.lock/b", "a.lockb", "@",      "a@{b", "a@",   "@{",
        "a b",  "a\tb",   "a~b",      "a^b",     "a:b",    "a?b",  "a*b",  "a[b",
        "a]b",  "a\\b",   "a\177b",   "a\nb",    "-a",     "a/-b", "HEAD", "\303\274",
        "\377", "a{b}",   "a.b.c",    "...",     "a/..",   "a'b",  "a\"b", "a$b",
        "a;b",  "a%b",    "#1",       "a..lock", "x.LOCK", "",
    };
    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        CLEANUP(mem_freep) char *name = str_printf("refs/heads/%s", tails[i]);
        check_int(name, git_name_is_ref(name), git_takes(name));
    }
}

/* Random names over the bytes that matter. */
static void agrees_with_git_on_random_names(void **state)
{
    (void)state;
    static const char bytes[] = "ab/.@{}~^:?*[\\ -lockL";
    unsigned seed = 7;
    for (int i = 0; i < 400; i++) {
        char tail[9] = "";
        size_t len = (size_t)rand_r(&seed) % (sizeof(tail) - 1);
        for (size_t j = 0; j < len; j++)
            tail[j] = bytes[(size_t)rand_r(&seed) % (sizeof(bytes) - 1)];
        CLEANUP(mem_freep) char *name = str_printf("refs/%s", tail);
        check_int(name, git_name_is_ref(name), git_takes(name));
    }
}

static void names_are_no_options(void **state)
{
    (void)state;
    check_int("plain", git_name_is_branch("main"), 1);
    check_int("dash", git_name_is_branch("-f"), 0);
    check_int("dash inside", git_name_is_branch("a/-f"), 1);
    check_int("HEAD", git_name_is_branch("HEAD"), 0);
    check_int("HEAD is a tag", git_name_is_tag("HEAD"), 1);
    check_int("dash", git_name_is_tag("--all"), 0);
    check_int("empty", git_name_is_branch(""), 0);
    check_int("not below refs/", git_name_is_ref("heads/main"), 0);
    check_int("option", git_name_is_ref("--refs/heads/main"), 0);
    char longest[GIT_NAME_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, GIT_HEADS, strlen(GIT_HEADS));
    longest[GIT_NAME_MAX] = '\0';
    check_int("at the limit", git_name_is_ref(longest), 1);
    check_int("at the limit", git_name_is_branch(longest + strlen(GIT_HEADS)), 1);
    longest[GIT_NAME_MAX] = 'x';
    longest[GIT_NAME_MAX + 1] = '\0';
    check_int("past the limit", git_name_is_ref(longest), 0);
    check_int("past the limit", git_name_is_branch(longest + strlen(GIT_HEADS)), 0);
}

static void shortens_as_flux(void **state)
{
    (void)state;
    check_text("branch", git_name_short("refs/heads/feat/x"), "feat/x");
    check_text("pull request", git_name_short("refs/pull/420/head"), "420/head");
    check_text("other", git_name_short("refs/stash"), "refs/stash");
    check_text("HEAD", git_name_short("HEAD"), "HEAD");
}

static void reads_refspecs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *error; /* or NULL */
        const char *ref;   /* what is mapped … */
        const char *want;  /* … and to what; NULL: no match */
        bool force;
    } cases[] = {
        {"refs/heads/main:refs/heads/x", NULL, "refs/heads/main", "refs/heads/x", false},
        {"+refs/heads/main:refs/for/main%topic=t", NULL, "refs/heads/main", "refs/for/main%topic=t",
         true},
        {"refs/heads/main:refs/heads/x", NULL, "refs/heads/other", NULL, false},
        {"refs/heads/main:refs/heads/x", NULL, "refs/heads/main2", NULL, false},
        {"HEAD:refs/heads/x", NULL, "HEAD", "refs/heads/x", false},
        {"refs/heads/*:refs/heads/copy/*", NULL, "refs/heads/a/b", "refs/heads/copy/a/b", false},
        {"refs/heads/a*z:refs/x/*y", NULL, "refs/heads/abcz", "refs/x/bcy", false},
        {"refs/heads/a*z:refs/x/*y", NULL, "refs/heads/az", NULL, false},
        {"refs/heads/*:refs/x/*", NULL, "refs/tags/a", NULL, false},
        {"main", "malformed refspec, separators are wrong", NULL, NULL, false},
        {"", "malformed refspec, separators are wrong", NULL, NULL, false},
        {"a:b:c", "malformed refspec, separators are wrong", NULL, NULL, false},
        {":refs/heads/x", "refspec ':refs/heads/x' has no source; it would delete the target", NULL,
         NULL, false},
        {"refs/heads/*:refs/heads/x",
         "malformed refspec, mismatched number of wildcards in 'refs/heads/*:refs/heads/x'", NULL,
         NULL, false},
        {"refs/heads/*/*:refs/x/*/*",
         "refspec 'refs/heads/*/*:refs/x/*/*' does not name full refs; write refs/heads/<branch>",
         NULL, NULL, false},
        {"main:refs/heads/x",
         "refspec 'main:refs/heads/x' does not name full refs; write refs/heads/<branch>", NULL,
         NULL, false},
        {"refs/heads/main:--force",
         "refspec 'refs/heads/main:--force' does not name full refs; write refs/heads/<branch>",
         NULL, NULL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_refspec_finish) struct git_refspec refspec = {0};
        struct err err;
        int answer = git_refspec_parse(cases[i].text, &refspec, &err);
        if (cases[i].error) {
            check_fails(cases[i].text, answer, &err, ERR_INVALID, cases[i].error);
            continue;
        }
        check_ok(cases[i].text, answer, &err);
        check_int(cases[i].text, refspec.force, cases[i].force);
        CLEANUP(mem_freep) char *got = git_refspec_map(&refspec, cases[i].ref);
        check_text(cases[i].text, got, cases[i].want);
    }
}

static void reads_object_ids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        const char *hex;
    } cases[] = {
        {"0123456789abcdef0123456789abcdef01234567", true,
         "0123456789abcdef0123456789abcdef01234567"},
        {"0123456789ABCDEF0123456789abcdef01234567", true,
         "0123456789abcdef0123456789abcdef01234567"},
        {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true,
         "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"0000000000000000000000000000000000000000", true, ""},
        {"0123456789abcdef0123456789abcdef0123456", false, ""},
        {"0123456789abcdef0123456789abcdef012345678", false, ""},
        {"g123456789abcdef0123456789abcdef01234567", false, ""},
        {"", false, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct git_oid oid = GIT_OID_NONE;
        check_int(cases[i].text, git_oid_read(span_of(cases[i].text), &oid), cases[i].good);
        check_text(cases[i].text, oid.hex, cases[i].hex);
    }
    /* From git itself: printf 'one\n' | git hash-object --stdin */
    struct git_oid sha1 = git_oid_of_blob(GIT_FORMAT_SHA1, SPAN_LITERAL("one\n"));
    struct git_oid sha256 = git_oid_of_blob(GIT_FORMAT_SHA256, SPAN_LITERAL(""));
    check_text("sha1", sha1.hex, "5626abf0f72e58d7a153368ba57db4c673c0e171");
    check_text("sha256", sha256.hex,
               "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_git),      cmocka_unit_test(agrees_with_git_on_random_names),
        cmocka_unit_test(names_are_no_options), cmocka_unit_test(shortens_as_flux),
        cmocka_unit_test(reads_refspecs),       cmocka_unit_test(reads_object_ids),
    };
    return test_main("git_name", tests);
}
