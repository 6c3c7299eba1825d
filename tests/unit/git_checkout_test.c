#include "test.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "git/checkout.h"

#define ID(digit)   digit digit digit digit digit digit digit digit digit digit
#define ID40(digit) ID(digit) ID(digit) ID(digit) ID(digit)

#define URL "https://host/a"

/* A remote in the order in which a list is sorted. */
static const struct {
    const char *name, *oid, *peeled;
} remote[] = {
    {"HEAD", ID40("1"), ""},
    {"refs/heads/feat/x", ID40("2"), ""},
    {"refs/heads/main", ID40("1"), ""},
    {"refs/heads/master", ID40("3"), ""},
    {"refs/pull/7/head", ID40("4"), ""},
    {"refs/tags/1.2.0", ID40("5"), ""},
    {"refs/tags/latest", ID40("6"), ""},
    {"refs/tags/v1.1.0", ID40("7"), ID40("8")},
    {"refs/tags/v1.10.0-rc.1", ID40("9"), ""},
    {"refs/tags/v1.2.0", ID40("a"), ID40("b")},
    {"refs/tags/v2.0.0", ID40("c"), ""},
};

static void fill(struct git_refs *refs)
{
    for (size_t i = 0; i < ARRAY_LEN(remote); i++) {
        refs->items = mem_grow(refs->items, &refs->cap, refs->len + 1, sizeof(*refs->items));
        struct git_ref *ref = &refs->items[refs->len++];
        *ref = (struct git_ref){.name = str_dup(remote[i].name)};
        git_oid_read(span_of(remote[i].oid), &ref->oid);
        git_oid_read(span_of(remote[i].peeled), &ref->peeled);
    }
    refs->seen = refs->len;
}

static void resolves_in_flux_s_order(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        struct git_checkout checkout;
        const char *ref, *oid, *commit, *revision;
        bool is_head;
    } cases[] = {
        {"default", {0}, "refs/heads/master", ID40("3"), ID40("3"), "master@sha1:" ID40("3"), true},
        {"branch",
         {.branch = "feat/x"},
         "refs/heads/feat/x",
         ID40("2"),
         ID40("2"),
         "feat/x@sha1:" ID40("2"),
         true},
        {"semver beats branch",
         {.branch = "main", .semver = "~1.1"},
         "refs/tags/v1.1.0",
         ID40("7"),
         ID40("8"),
         "v1.1.0@sha1:" ID40("8"),
         false},
        {"semver, a prerelease",
         {.semver = ">=1.0.0-0 <2"},
         "refs/tags/v1.10.0-rc.1",
         ID40("9"),
         ID40("9"),
         "v1.10.0-rc.1@sha1:" ID40("9"),
         false},
        {"tag beats semver",
         {.tag = "v1.1.0", .semver = "*"},
         "refs/tags/v1.1.0",
         ID40("7"),
         ID40("8"),
         "v1.1.0@sha1:" ID40("8"),
         false},
        {"name beats tag",
         {.name = "refs/pull/7/head", .tag = "v1.1.0"},
         "refs/pull/7/head",
         ID40("4"),
         ID40("4"),
         "7/head@sha1:" ID40("4"),
         false},
        {"name of a branch",
         {.name = "refs/heads/main"},
         "refs/heads/main",
         ID40("1"),
         ID40("1"),
         "main@sha1:" ID40("1"),
         true},
        {"name of a peeled tag",
         {.name = "refs/tags/v1.2.0^{}"},
         "refs/tags/v1.2.0",
         ID40("a"),
         ID40("b"),
         "v1.2.0@sha1:" ID40("b"),
         false},
        {"commit beats name",
         {.commit = ID40("D"), .name = "refs/heads/main"},
         NULL,
         ID40("d"),
         ID40("d"),
         "sha1:" ID40("d"),
         false},
        {"commit of a branch",
         {.commit = ID40("1"), .branch = "main"},
         "refs/heads/main",
         ID40("1"),
         ID40("1"),
         "main@sha1:" ID40("1"),
         true},
        {"older commit of a branch",
         {.commit = ID40("e"), .branch = "main"},
         "refs/heads/main",
         ID40("e"),
         ID40("e"),
         "main@sha1:" ID40("e"),
         false},
    };
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    fill(&refs);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_target_finish) struct git_target target = {0};
        struct err err;
        check_ok(cases[i].row, git_checkout_resolve(&cases[i].checkout, &refs, URL, &target, &err),
                 &err);
        CLEANUP(mem_freep) char *revision = git_revision(target.ref, &target.commit);
        check_text(cases[i].row, target.ref, cases[i].ref);
        check_text(cases[i].row, target.oid.hex, cases[i].oid);
        check_text(cases[i].row, target.commit.hex, cases[i].commit);
        check_text(cases[i].row, revision, cases[i].revision);
        check_int(cases[i].row, target.is_head, cases[i].is_head);
        struct git_want want = git_target_want(&target);
        check_text(cases[i].row, want.ref, cases[i].checkout.commit ? NULL : cases[i].ref);
    }
}

static void keeps_tags_of_one_version_together(void **state)
{
    (void)state;
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    CLEANUP(git_target_finish) struct git_target target = {0};
    const struct git_checkout checkout = {.semver = "1.2.x"};
    struct err err;
    fill(&refs);
    check_ok("ties", git_checkout_resolve(&checkout, &refs, URL, &target, &err), &err);
    check_int("ties", target.ties.len, 2);
    check_text("first", target.ties.items[0].name, "refs/tags/1.2.0");
    check_text("second", target.ties.items[1].name, "refs/tags/v1.2.0");
}

static void tells_what_it_cannot_find(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        struct git_checkout checkout;
        enum err_class class;
        const char *text;
    } cases[] = {
        {"branch",
         {.branch = "gone"},
         ERR_NOT_FOUND,
         "unable to clone '" URL "': couldn't find remote ref \"refs/heads/gone\""},
        {"tag",
         {.tag = "gone"},
         ERR_NOT_FOUND,
         "unable to clone '" URL "': couldn't find remote ref \"refs/tags/gone\""},
        {"semver", {.semver = ">9"}, ERR_NOT_FOUND, "no match found for semver: >9"},
        {"range",
         {.semver = "rubbish"},
         ERR_INVALID,
         "semver parse error: improper constraint: \"rubbish\""},
        {"name",
         {.name = "refs/heads/gone"},
         ERR_NOT_FOUND,
         "unable to resolve ref 'refs/heads/gone' to a specific commit"},
        {"name of a branch with a tag's suffix",
         {.name = "refs/heads/main^{}"},
         ERR_NOT_FOUND,
         "unable to resolve ref 'refs/heads/main^{}' to a specific commit"},
        {"slash",
         {.name = "/refs/heads/main"},
         ERR_INVALID,
         "ref /refs/heads/main is invalid; Git refs cannot begin or end with a slash '/'"},
        {"short commit",
         {.commit = "abc123"},
         ERR_INVALID,
         "unable to resolve commit object for 'abc123': not a full commit id of 40 or 64 hex "
         "digits"},
        {"bad branch", {.branch = "a b"}, ERR_INVALID, "'a b' is no valid name of a branch"},
        {"option", {.branch = "-f"}, ERR_INVALID, "'-f' is no valid name of a branch"},
        {"bad tag", {.tag = "a..b"}, ERR_INVALID, "'a..b' is no valid name of a tag"},
    };
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    fill(&refs);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(git_target_finish) struct git_target target = {0};
        struct err err;
        check_fails(cases[i].row,
                    git_checkout_resolve(&cases[i].checkout, &refs, URL, &target, &err), &err,
                    cases[i].class, cases[i].text);
    }
    const struct git_refs none = {0};
    const struct git_checkout checkout = {.branch = "main"};
    struct git_target target = {0};
    struct err err;
    check_fails(
        "empty", git_checkout_resolve(&checkout, &none, URL, &target, &err), &err, ERR_NOT_FOUND,
        "unable to clone '" URL "': the repository is empty; push a first commit to branch 'main'");
}

static void asks_only_for_what_counts(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        struct git_checkout checkout;
        const char *push_branch, *names;
        bool tags;
    } cases[] = {
        {"default", {0}, NULL, "refs/heads/master ", false},
        {"branches", {.branch = "main"}, "bot", "refs/heads/main refs/heads/bot ", false},
        {"semver", {.semver = "*", .branch = "main"}, "bot", "refs/heads/bot ", true},
        {"tag", {.tag = "v1"}, "bot", "refs/tags/v1 refs/heads/bot ", false},
        {"name", {.name = "refs/tags/v1^{}"}, "", "refs/tags/v1 ", false},
        {"commit", {.commit = ID40("1")}, "bot", "refs/heads/bot ", false},
        {"commit of a branch",
         {.commit = ID40("1"), .branch = "main"},
         "bot",
         "refs/heads/main refs/heads/bot ",
         false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        struct git_list_query query;
        git_checkout_query(&cases[i].checkout, cases[i].push_branch, &names, &query);
        for (size_t j = 0; j < query.name_count; j++)
            buf_addf(&got, "%s ", query.names[j]);
        check_text(cases[i].row, buf_text(&got), cases[i].names);
        check_int(cases[i].row, query.tags, cases[i].tags);
        check_int(cases[i].row, query.everything, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_in_flux_s_order),
        cmocka_unit_test(keeps_tags_of_one_version_together),
        cmocka_unit_test(tells_what_it_cannot_find),
        cmocka_unit_test(asks_only_for_what_counts),
    };
    return test_main("git_checkout", tests);
}
