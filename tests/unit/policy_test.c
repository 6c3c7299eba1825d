/* What the case file tests/cases/policy/pick.txt cannot say; it is run by
 * tests/compare/compare_policy.c. */
#include "test.h"

#include "base/buf.h"
#include "policy/policy.h"

static struct policy *compile(struct policy_spec spec)
{
    struct policy *policy = NULL;
    struct err err;
    check_ok("policy", policy_new(&spec, &policy, &err), &err);
    return policy;
}

static void each_tag_gets_a_verdict(void **state)
{
    (void)state;
    const struct policy_spec semver = {.kind = POLICY_SEMVER, .range = SPAN_LITERAL("^1.0.0")};
    const struct policy_spec rc = {.kind = POLICY_SEMVER, .range = SPAN_LITERAL("^1.0.0-0")};
    const struct policy_spec filtered = {.kind = POLICY_NUMERICAL,
                                         .pattern = SPAN_LITERAL("^b-(.*)$"),
                                         .extract = SPAN_LITERAL("$1")};
    const struct policy_spec bytes = {.kind = POLICY_ALPHABETICAL};
    const struct {
        const struct policy_spec *spec;
        const char *tag;
        enum policy_verdict want;
    } rows[] = {
        {&semver, "1.2.3", POLICY_CANDIDATE},         {&semver, "1.2", POLICY_NO_VERSION},
        {&semver, "latest.is.it", POLICY_NO_VERSION}, {&semver, "2.0.0", POLICY_OUTSIDE},
        {&semver, "1.3.0-rc.1", POLICY_PRERELEASE},   {&rc, "1.3.0-rc.1", POLICY_CANDIDATE},
        {&rc, "2.3.0-rc.1", POLICY_OUTSIDE},          {&filtered, "b-7", POLICY_CANDIDATE},
        {&filtered, "c-7", POLICY_UNMATCHED},         {&filtered, "b-x", POLICY_NO_NUMBER},
        {&bytes, "anything", POLICY_CANDIDATE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(policy_freep) struct policy *policy = compile(*rows[i].spec);
        CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
        enum policy_verdict got = policy_run_offer(run, span_of(rows[i].tag));
        check_int(rows[i].tag, got, rows[i].want);
        check_int(rows[i].tag, policy_run_count(run, rows[i].want), 1);
        check_int(rows[i].tag, policy_run_considered(run), 1);
    }
}

static void counts_add_up(void **state)
{
    (void)state;
    static const char *const tags[] = {"x", "2.0.0", "1.2.0", "1.1.0-rc.1", "1.1.0", "1.1"};
    CLEANUP(policy_freep)
    struct policy *policy = compile((struct policy_spec){
        .kind = POLICY_SEMVER, .range = SPAN_LITERAL("1.x"), .pattern = SPAN_LITERAL("\\d")});
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    for (size_t i = 0; i < ARRAY_LEN(tags); i++)
        policy_run_offer(run, span_of(tags[i]));
    check_int("considered", policy_run_considered(run), 6);
    check_int("candidates", policy_run_count(run, POLICY_CANDIDATE), 2);
    check_int("unmatched", policy_run_count(run, POLICY_UNMATCHED), 1);
    check_int("no version", policy_run_count(run, POLICY_NO_VERSION), 1);
    check_int("prerelease", policy_run_count(run, POLICY_PRERELEASE), 1);
    check_int("outside", policy_run_count(run, POLICY_OUTSIDE), 1);
    struct span tag;
    struct err err;
    check_ok("answer", policy_run_answer(run, &tag, &err), &err);
    check_span("answer", tag, SPAN_LITERAL("1.2.0"));
}

/* The caller may reuse what it passed, for the spec and for each tag. */
static void nothing_is_borrowed(void **state)
{
    (void)state;
    char pattern[] = "^v(.*)$", extract[] = "$1.0.0", range[] = ">1.0.0-a <9.0.0-b", tag[16];
    CLEANUP(policy_freep)
    struct policy *policy = compile((struct policy_spec){.kind = POLICY_SEMVER,
                                                         .range = span_of(range),
                                                         .pattern = span_of(pattern),
                                                         .extract = span_of(extract)});
    memset(pattern, '!', sizeof(pattern));
    memset(extract, '!', sizeof(extract));
    memset(range, '!', sizeof(range));
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    for (int i = 9; i >= 1; i--) {
        snprintf(tag, sizeof(tag), "v%d", i);
        policy_run_offer(run, span_of(tag));
    }
    struct span latest;
    struct err err;
    check_ok("answer", policy_run_answer(run, &latest, &err), &err);
    check_span("answer", latest, SPAN_LITERAL("v8"));
}

static void refusals_have_classes(void **state)
{
    (void)state;
    const struct {
        struct policy_spec spec;
        const char *want;
    } rows[] = {
        {{.kind = POLICY_NONE}, "invalid policy: given ImagePolicyChoice object is invalid"},
        {{.kind = POLICY_SEMVER}, "invalid policy: improper constraint: \"\""},
        {{.kind = POLICY_NUMERICAL, .pattern = SPAN_LITERAL("[a-"), .extract = SPAN_LITERAL("$1")},
         "failed to filter tags: invalid regular expression pattern '[a-': error parsing regexp: "
         "missing closing ]: `[a-`"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct policy *policy = NULL;
        struct err err;
        check_fails(rows[i].want, policy_new(&rows[i].spec, &policy, &err), &err, ERR_INVALID,
                    rows[i].want);
        check_int(rows[i].want, policy_new(&rows[i].spec, &policy, NULL), -1);
        assert_null(policy);
    }
}

static void no_answer_is_not_found(void **state)
{
    (void)state;
    const struct policy_spec range = {.kind = POLICY_SEMVER, .range = SPAN_LITERAL(">2")};
    const struct policy_spec number = {.kind = POLICY_NUMERICAL, .pattern = SPAN_LITERAL("^[^z]")};
    const struct {
        const struct policy_spec *spec;
        const char *tag; /* or NULL */
        const char *want;
    } rows[] = {
        {&range, NULL, "version list argument cannot be empty"},
        {&range, "1.0.0", "unable to determine latest version from provided list"},
        {&number, "z", "version list argument cannot be empty"},
        {&number, "a", "failed to parse invalid numeric value 'a'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(policy_freep) struct policy *policy = compile(*rows[i].spec);
        CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
        if (rows[i].tag)
            policy_run_offer(run, span_of(rows[i].tag));
        struct span tag = {0};
        struct err err;
        check_fails(rows[i].want, policy_run_answer(run, &tag, &err), &err, ERR_NOT_FOUND,
                    rows[i].want);
        assert_null(tag.data);
    }
}

static void fill(struct buf *text, size_t len)
{
    buf_clear(text);
    while (text->len < len)
        buf_addc(text, '7');
}

static void texts_have_limits(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10 * POLICY_TEXT_MAX);
    struct policy_spec spec = {.kind = POLICY_ALPHABETICAL};
    {
        CLEANUP(policy_freep) struct policy *policy = compile(spec);
        CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
        fill(&text, POLICY_TEXT_MAX);
        check_int("tag", policy_run_offer(run, buf_span(&text)), POLICY_CANDIDATE);
        fill(&text, POLICY_TEXT_MAX + 1);
        check_int("long tag", policy_run_offer(run, buf_span(&text)), POLICY_TOO_LONG);
        struct span tag;
        struct err err;
        check_ok("answer", policy_run_answer(run, &tag, &err), &err);
        check_int("answer", tag.len, POLICY_TEXT_MAX);
    }
    spec.extract = SPAN_LITERAL("$0$0");
    spec.pattern = SPAN_LITERAL("^.*$");
    {
        CLEANUP(policy_freep) struct policy *policy = compile(spec);
        CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
        fill(&text, POLICY_TEXT_MAX / 2);
        check_int("value", policy_run_offer(run, buf_span(&text)), POLICY_CANDIDATE);
        fill(&text, POLICY_TEXT_MAX / 2 + 1);
        check_int("long value", policy_run_offer(run, buf_span(&text)), POLICY_TOO_LONG);
    }
    fill(&text, POLICY_TEXT_MAX);
    spec.extract = buf_span(&text);
    policy_free(compile(spec));
    fill(&text, POLICY_TEXT_MAX + 1);
    spec.extract = buf_span(&text);
    struct policy *none = NULL;
    struct err err;
    check_fails("long extract", policy_new(&spec, &none, &err), &err, ERR_INVALID,
                "failed to filter tags: extract is longer than 4096 bytes");
}

/* Only tags that are too long: nothing is left, as if a filter had dropped them. */
static void long_tags_leave_an_empty_list(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10 * POLICY_TEXT_MAX);
    CLEANUP(policy_freep)
    struct policy *policy = compile((struct policy_spec){.kind = POLICY_NUMERICAL});
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    fill(&text, POLICY_TEXT_MAX + 1);
    policy_run_offer(run, buf_span(&text));
    struct span tag;
    struct err err;
    check_fails("long", policy_run_answer(run, &tag, &err), &err, ERR_NOT_FOUND,
                "version list argument cannot be empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_tag_gets_a_verdict),       cmocka_unit_test(counts_add_up),
        cmocka_unit_test(nothing_is_borrowed),           cmocka_unit_test(refusals_have_classes),
        cmocka_unit_test(no_answer_is_not_found),        cmocka_unit_test(texts_have_limits),
        cmocka_unit_test(long_tags_leave_an_empty_list),
    };
    return test_main("policy", tests);
}
