#include "policy/policy.h"

#include <math.h>

#include "adapt/regex.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/semver.h"
#include "base/semver_range.h"

enum {
    VERSION_DOTS = 2,   /* a tag is a version only with so many, wherever they stand */
    BAD_SHOWN = 4,      /* values that are no numbers and stand in the message */
    BAD_SHOWN_MAX = 80, /* bytes of each but the first */
};

struct policy {
    enum policy_kind kind;
    enum policy_order order;
    struct semver_range range;
    struct regex *pattern;          /* NULL: no filter */
    struct regex_template *extract; /* NULL: the value is the tag */
    char *extract_text;             /* what it points into */
};

/* The best tag so far. */
struct best {
    bool found;
    struct buf tag;
    struct buf value;
    struct semver version; /* of the value, which it points into */
    double number;
};

struct policy_run {
    const struct policy *policy;
    size_t counts[POLICY_VERDICTS];
    struct best best;
    struct buf value;           /* of the tag that is looked at */
    struct regex_group *groups; /* as many as the template needs */
    size_t group_count;
    struct buf bad; /* the message about values that are no numbers */
};

static int compile_choice(const struct policy_spec *spec, struct policy *policy, struct err *err)
{
    static const char about[] = "invalid policy";
    switch (spec->kind) {
    case POLICY_SEMVER:
        if (semver_range_parse(spec->range, &policy->range, err) != 0)
            return err_wrap(err, "%s", about);
        return 0;
    case POLICY_ALPHABETICAL:
    case POLICY_NUMERICAL:
        return 0;
    case POLICY_NONE:
    default:
        return err_set(err, ERR_INVALID, "%s: given ImagePolicyChoice object is invalid", about);
    }
}

static int compile_filter(const struct policy_spec *spec, struct policy *policy, struct err *err)
{
    static const char about[] = "failed to filter tags";
    if (spec->pattern.len == 0 && spec->extract.len == 0)
        return 0;
    if (regex_new(spec->pattern, &policy->pattern, err) != 0)
        return err_wrap(err, "%s: invalid regular expression pattern '%.*s'", about,
                        (int)spec->pattern.len, spec->pattern.data);
    if (spec->extract.len > POLICY_TEXT_MAX)
        return err_set(err, ERR_INVALID, "%s: extract is longer than %d bytes", about,
                       POLICY_TEXT_MAX);
    if (spec->extract.len != 0) {
        policy->extract_text = span_dup(spec->extract);
        policy->extract = regex_template_new(
            policy->pattern, (struct span){policy->extract_text, spec->extract.len});
    }
    return 0;
}

int policy_new(const struct policy_spec *spec, struct policy **ret, struct err *err)
{
    CLEANUP(policy_freep) struct policy *policy = mem_zalloc(sizeof(*policy));
    policy->kind = spec->kind;
    policy->order = spec->order;
    if (compile_choice(spec, policy, err) != 0 || compile_filter(spec, policy, err) != 0)
        return -1;
    *ret = MEM_STEAL(policy);
    return 0;
}

void policy_free(struct policy *policy)
{
    if (!policy)
        return;
    semver_range_finish(&policy->range);
    regex_template_free(policy->extract);
    regex_free(policy->pattern);
    free(policy->extract_text);
    free(policy);
}

struct policy_run *policy_run_new(const struct policy *policy)
{
    struct policy_run *run = mem_zalloc(sizeof(*run));
    run->policy = policy;
    buf_init(&run->best.tag, POLICY_TEXT_MAX);
    buf_init(&run->best.value, POLICY_TEXT_MAX);
    buf_init(&run->value, POLICY_TEXT_MAX);
    buf_init(&run->bad, ERR_TEXT_SIZE);
    if (policy->extract) {
        run->group_count = regex_template_groups(policy->extract);
        run->groups = mem_calloc(run->group_count, sizeof(*run->groups));
    }
    return run;
}

void policy_run_free(struct policy_run *run)
{
    if (!run)
        return;
    buf_finish(&run->best.tag);
    buf_finish(&run->best.value);
    buf_finish(&run->value);
    buf_finish(&run->bad);
    free(run->groups);
    free(run);
}

static void set_text(struct buf *buf, struct span text)
{
    buf_clear(buf);
    buf_add_span(buf, text);
}

static void keep(struct best *best, struct span tag, struct span value)
{
    best->found = true;
    set_text(&best->tag, tag);
    set_text(&best->value, value);
}

/* The value is that of the best tag so far: of those the last tag counts. */
static bool is_same(const struct best *best, struct span value)
{
    return best->found && span_equal(buf_span(&best->value), value);
}

static bool can_be_version(struct span value)
{
    size_t dots = 0;
    for (size_t i = 0; i < value.len && dots < VERSION_DOTS; i++)
        dots += value.data[i] == '.';
    return dots == VERSION_DOTS;
}

static enum policy_verdict offer_version(struct policy_run *run, struct span tag, struct span value)
{
    const struct semver_range *range = &run->policy->range;
    struct best *best = &run->best;
    struct semver version;
    if (!can_be_version(value) || semver_parse(value, &version, NULL) != 0)
        return POLICY_NO_VERSION;
    if (!semver_range_contains(range, &version))
        return version.prerelease.len != 0 && !semver_range_admits_prereleases(range)
                   ? POLICY_PRERELEASE
                   : POLICY_OUTSIDE;
    if (!best->found || semver_compare(&version, &best->version) > 0) {
        keep(best, tag, value);
        /* Once more, and as well as before, so that it points into the copy. */
        semver_parse(buf_span(&best->value), &best->version, NULL);
    } else if (is_same(best, value)) {
        set_text(&best->tag, tag);
    }
    return POLICY_CANDIDATE;
}

static enum policy_verdict offer_text(struct policy_run *run, struct span tag, struct span value)
{
    struct best *best = &run->best;
    int order = best->found ? span_compare(value, buf_span(&best->value)) : 0;
    if (run->policy->order == POLICY_DESCENDING)
        order = -order;
    if (!best->found || order >= 0)
        keep(best, tag, value);
    return POLICY_CANDIDATE;
}

/* What is not a number (NaN) is below all that are, in either order. */
static bool is_below(double a, double b, enum policy_order order)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && !isnan(b);
    return order == POLICY_DESCENDING ? a > b : a < b;
}

static void note_bad(struct policy_run *run, struct span value)
{
    size_t before = run->counts[POLICY_NO_NUMBER];
    if (before == 0)
        buf_addf(&run->bad, "failed to parse invalid numeric value '%.*s'", (int)value.len,
                 value.data);
    else if (before < BAD_SHOWN)
        buf_addf(&run->bad, "%s '%.*s'", before == 1 ? "; also" : ",",
                 (int)(value.len < BAD_SHOWN_MAX ? value.len : BAD_SHOWN_MAX), value.data);
}

static enum policy_verdict offer_number(struct policy_run *run, struct span tag, struct span value)
{
    struct best *best = &run->best;
    double number;
    if (number_parse_float(value, &number, NULL) != 0) {
        note_bad(run, value);
        return POLICY_NO_NUMBER;
    }
    if (!best->found || !is_below(number, best->number, run->policy->order)) {
        keep(best, tag, value);
        best->number = number;
    }
    return POLICY_CANDIDATE;
}

/* The value that the filter makes of TAG, valid until the next one. */
static enum policy_verdict filter(struct policy_run *run, struct span tag, struct span *ret_value)
{
    const struct policy *policy = run->policy;
    *ret_value = tag;
    if (tag.len > POLICY_TEXT_MAX)
        return POLICY_TOO_LONG;
    if (!policy->pattern)
        return POLICY_CANDIDATE;
    if (!regex_find(policy->pattern, tag, 0, run->groups, run->group_count))
        return POLICY_UNMATCHED;
    if (!policy->extract)
        return POLICY_CANDIDATE;
    buf_clear(&run->value);
    regex_template_expand(policy->extract, tag, run->groups, &run->value);
    *ret_value = buf_span(&run->value);
    return buf_overflowed(&run->value) ? POLICY_TOO_LONG : POLICY_CANDIDATE;
}

static enum policy_verdict judge(struct policy_run *run, struct span tag)
{
    struct span value;
    enum policy_verdict verdict = filter(run, tag, &value);
    if (verdict != POLICY_CANDIDATE)
        return verdict;
    switch (run->policy->kind) {
    case POLICY_SEMVER:
        return offer_version(run, tag, value);
    case POLICY_ALPHABETICAL:
        return offer_text(run, tag, value);
    case POLICY_NUMERICAL:
    case POLICY_NONE:
    default:
        return offer_number(run, tag, value);
    }
}

enum policy_verdict policy_run_offer(struct policy_run *run, struct span tag)
{
    enum policy_verdict verdict = judge(run, tag);
    run->counts[verdict]++;
    return verdict;
}

static int refuse_bad(const struct policy_run *run, struct err *err)
{
    size_t bad = run->counts[POLICY_NO_NUMBER];
    if (bad > BAD_SHOWN)
        return err_set(err, ERR_NOT_FOUND, "%s and %zu more", buf_text(&run->bad), bad - BAD_SHOWN);
    return err_set(err, ERR_NOT_FOUND, "%s", buf_text(&run->bad));
}

int policy_run_answer(const struct policy_run *run, struct span *ret_tag, struct err *err)
{
    size_t dropped = run->counts[POLICY_UNMATCHED] + run->counts[POLICY_TOO_LONG];
    if (run->counts[POLICY_NO_NUMBER] != 0)
        return refuse_bad(run, err);
    if (policy_run_considered(run) == dropped)
        return err_set(err, ERR_NOT_FOUND, "version list argument cannot be empty");
    if (!run->best.found)
        return err_set(err, ERR_NOT_FOUND, "unable to determine latest version from provided list");
    *ret_tag = buf_span(&run->best.tag);
    return 0;
}

size_t policy_run_considered(const struct policy_run *run)
{
    size_t sum = 0;
    for (size_t i = 0; i < POLICY_VERDICTS; i++)
        sum += run->counts[i];
    return sum;
}

size_t policy_run_count(const struct policy_run *run, enum policy_verdict verdict)
{
    return run->counts[verdict];
}
