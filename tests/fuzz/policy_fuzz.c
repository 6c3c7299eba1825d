/*
 * Lines: kind and range, pattern, template, and tags. The tag that is chosen
 * is one of those that were offered and got the verdict that it could be; the
 * tags with another verdict do not matter; and by itself it is chosen again.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "policy/policy.h"

enum {
    INPUT_MAX = 2000,
    TAGS_MAX = 200,
};

static struct policy_spec read_spec(struct span *rest)
{
    struct policy_spec spec = {.kind = POLICY_SEMVER};
    span_next(rest, '\n', &spec.range);
    span_next(rest, '\n', &spec.pattern);
    span_next(rest, '\n', &spec.extract);
    char kind = spec.range.len != 0 ? spec.range.data[0] : ' ';
    spec.range = span_slice(spec.range, 1, spec.range.len);
    if (kind == 'a' || kind == 'A')
        spec.kind = POLICY_ALPHABETICAL;
    else if (kind == 'n' || kind == 'N')
        spec.kind = POLICY_NUMERICAL;
    spec.order = kind == 'A' || kind == 'N' ? POLICY_DESCENDING : POLICY_ASCENDING;
    return spec;
}

/* Offers those of TAGS that are WANTED; the answer, or an empty span with NULL. */
static struct span pick(const struct policy *policy, const struct span *tags, const bool *wanted,
                        size_t count, bool *ret_candidates)
{
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    struct span answer;
    size_t offered = 0, candidates = 0;
    for (size_t i = 0; i < count; i++) {
        if (!wanted[i])
            continue;
        ret_candidates[i] = policy_run_offer(run, tags[i]) == POLICY_CANDIDATE;
        candidates += ret_candidates[i];
        offered++;
    }
    FUZZ_ASSERT(policy_run_considered(run) == offered);
    FUZZ_ASSERT(policy_run_count(run, POLICY_CANDIDATE) == candidates);
    if (policy_run_answer(run, &answer, NULL) != 0) {
        FUZZ_ASSERT(candidates == 0 || policy_run_count(run, POLICY_NO_NUMBER) != 0);
        return (struct span){0};
    }
    size_t at = 0;
    while (at < count && !(wanted[at] && ret_candidates[at] && span_equal(tags[at], answer)))
        at++;
    FUZZ_ASSERT(at < count);
    return tags[at];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, tags[TAGS_MAX];
    bool all[TAGS_MAX], candidates[TAGS_MAX] = {false}, ignored[TAGS_MAX];
    size_t count = 0;
    if (size > INPUT_MAX)
        return 0;
    struct policy_spec spec = read_spec(&rest);
    CLEANUP(policy_freep) struct policy *policy = NULL;
    if (policy_new(&spec, &policy, NULL) != 0)
        return 0;
    while (count < TAGS_MAX && span_next(&rest, '\n', &tags[count]))
        all[count++] = true;
    struct span chosen = pick(policy, tags, all, count, candidates);
    if (!chosen.data)
        return 0;
    FUZZ_ASSERT(span_equal(pick(policy, tags, candidates, count, ignored), chosen));
    FUZZ_ASSERT(span_equal(pick(policy, &chosen, all, 1, ignored), chosen));
    return 0;
}
