/* Policies, against what Flux does with the Go libraries. */
#include <string.h>

#include "base/str.h"
#include "base/strlist.h"
#include "compare/compare.h"
#include "policy/policy.h"

enum {
    TEXT_MAX = 64 * 1024,
};

static struct span arg(const struct json *args, const char *name)
{
    return json_span(json_member(args, name));
}

/* "semver ^1.2", "numerical desc", "alphabetical asc". */
static struct policy_spec read_spec(const struct json *args)
{
    struct span detail = arg(args, "rule"), kind = {0};
    span_next(&detail, ' ', &kind);
    return (struct policy_spec){
        .kind = span_is(kind, "semver")         ? POLICY_SEMVER
                : span_is(kind, "numerical")    ? POLICY_NUMERICAL
                : span_is(kind, "alphabetical") ? POLICY_ALPHABETICAL
                                                : POLICY_NONE,
        .range = detail,
        .order = span_is(detail, "desc") ? POLICY_DESCENDING : POLICY_ASCENDING,
        .pattern = arg(args, "pattern"),
        .extract = arg(args, "extract"),
    };
}

static int answer_pick(const struct json *args, struct json **ret, struct err *err)
{
    struct policy_spec spec = read_spec(args);
    CLEANUP(policy_freep) struct policy *policy = NULL;
    if (policy_new(&spec, &policy, err) != 0)
        return -1;
    CLEANUP(strlist_finish) struct strlist tags = STRLIST_INIT;
    for (struct span rest = arg(args, "tags"), tag; span_next(&rest, ' ', &tag);)
        strlist_add_span(&tags, tag);
    strlist_sort(&tags, true);
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    for (size_t i = tags.len; i > 0; i--)
        policy_run_offer(run, span_of(tags.items[i - 1]));
    struct span tag;
    if (policy_run_answer(run, &tag, err) != 0)
        return -1;
    *ret = json_new_span(tag);
    return 0;
}

/* Ours is one of Flux's; our error says more where Flux names one bad value. */
static bool picks_agree(const struct json *ours, const struct json *theirs)
{
    const char *our_error = json_member_text(ours, "error");
    const char *their_error = json_member_text(theirs, "error");
    const struct json *choices = json_member(theirs, "ok"), *ours_ok = json_member(ours, "ok");
    if (our_error || their_error)
        return our_error && their_error && str_starts_with(our_error, their_error);
    for (size_t i = 0; i < json_count(choices); i++) {
        if (json_same(json_at(choices, i), ours_ok))
            return true;
    }
    return false;
}

static void roll_version_tag(struct dice *dice, struct buf *ret)
{
    static const char *const tails[] = {"-rc.1", "-rc.2", "-alpine", "-slim", "+b",    "-alpha",
                                        "-0",    ".1",    "-main",   "-01",   "-rc.10"};
    buf_adds(ret, dice_chance(dice, 20) ? "v" : "");
    for (size_t i = 0; i < 3 - (size_t)dice_chance(dice, 5); i++) {
        buf_adds(ret, i != 0 ? "." : "");
        buf_adds(ret, dice_chance(dice, 5) ? "0" : "");
        dice_word(dice, "0123", 1, ret);
    }
    buf_adds(ret, dice_chance(dice, 40) ? DICE_PICK(dice, tails) : "");
}

static void roll_number_tag(struct dice *dice, struct buf *ret)
{
    static const char *const heads[] = {"", "", "main-", "build-", "dev-", "main-0"};
    static const char *const tails[] = {"", "", "", ".0", "-abc", ".5", "e1", "-def"};
    buf_adds(ret, DICE_PICK(dice, heads));
    dice_word(dice, "0123456789", 1 + dice_roll(dice, 2), ret);
    buf_adds(ret, DICE_PICK(dice, tails));
}

static void roll_tags(struct dice *dice, struct buf *ret)
{
    static const char *const others[] = {"latest", "main", "1e1", "0x1p4",
                                         "inf",    "rc1",  "rc2", "10"};
    bool versions = dice_chance(dice, 50);
    for (size_t count = dice_roll(dice, 12); count > 0; count--) {
        if (dice_chance(dice, 5))
            buf_adds(ret, DICE_PICK(dice, others));
        else if (versions)
            roll_version_tag(dice, ret);
        else
            roll_number_tag(dice, ret);
        buf_adds(ret, count > 1 ? " " : "");
    }
}

static struct json *roll_pick(struct dice *dice)
{
    static const char *const rules[] = {
        "semver *",          "semver *-0",        "semver >=1.0.0",  "semver ^1.x-0",
        "semver ~1.2",       "semver 1 - 2",      "semver <2 || 3",  "semver !=1.2.x",
        "semver >=1.0.0-rc", "numerical asc",     "numerical desc",  "numerical asc",
        "alphabetical asc",  "alphabetical desc", "semver >1.0 < 3", "semver"};
    static const char *const filters[][2] = {
        {"", ""},
        {"", ""},
        {"", "$0x"},
        {"^(?P<v>v?\\d+\\.\\d+\\.\\d+)", "$v"},
        {"^v?(\\d+)\\.(\\d+)", "${1}.$2.0"},
        {"^v?(\\d)\\.(\\d)\\.(\\d)$", "$3.$2.$1"},
        {"^(?:main|dev)-(?P<n>\\d+)", "$n"},
        {"\\d+$", "$0"},
        {"(\\d)(\\d)?", "$2"},
        {"^(?P<t>\\d)|(?P<t>[a-z])", "$t"},
        {"-rc", ""},
        {"^\\d", ""},
        {"^rc(\\d)$", "$1a"},
        {"[a-", ""},
    };
    struct json *args = json_new_object();
    CLEANUP(buf_finish) struct buf tags = BUF_INIT(TEXT_MAX);
    size_t which = dice_roll(dice, ARRAY_LEN(filters));
    roll_tags(dice, &tags);
    json_put_text(args, "rule", DICE_PICK(dice, rules));
    json_put_text(args, "pattern", filters[which][0]);
    json_put_text(args, "extract", filters[which][1]);
    json_put_text(args, "tags", buf_text(&tags));
    return args;
}

int main(int argc, char **argv)
{
    static const struct compare_op ops[] = {{"policy.pick", answer_pick, picks_agree, NULL}};
    static const char *const files[] = {"policy/pick.txt"};
    static const struct compare_questions questions[] = {
        {"policy.pick", 4000, roll_pick, "golden/policy.txt"}};
    static const struct compare compare = COMPARE(ops, files, questions);
    return compare_main(argc, argv, &compare);
}
