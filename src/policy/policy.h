/*
 * Image policies: which of a repository's tags is the latest.
 *
 * A policy is compiled once from its spec, which finds all that is wrong with
 * it; then each run takes the tags one at a time and remembers only the best
 * so far, so that memory does not depend on their number:
 *
 *     CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
 *     while (next_tag(&tag))
 *         policy_run_offer(run, tag);
 *     if (policy_run_answer(run, &latest, err) != 0)
 *         return -1;
 *
 * Tags must come in the order in which they are stored, descending by bytes.
 * What then decides between tags that the policy holds for equal is defined:
 *
 * - semver: the first of the equal versions, so "v1.0.0" before "1.0.0";
 * - numerical: the last of the equal numbers, so "1.0" before "1";
 * - of several tags from which the filter extracts one and the same value, the
 *   last, which is the least by bytes.
 *
 * A policy does not change and may be used by several runs in several threads;
 * a run belongs to one thread. A tag costs time in proportion to its length
 * and, with a filter, to the size of the pattern (REGEX_SIZE_MAX); whoever
 * offers many looks at the deadline in between.
 */
#ifndef TIDEMARK_POLICY_POLICY_H
#define TIDEMARK_POLICY_POLICY_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    POLICY_TEXT_MAX = 4096, /* bytes of a tag, of an extract template, of a value */
};

enum policy_kind {
    POLICY_NONE, /* no member of the union is set: refused */
    POLICY_SEMVER,
    POLICY_ALPHABETICAL, /* by bytes */
    POLICY_NUMERICAL,    /* as float64 */
};

enum policy_order {
    POLICY_ASCENDING, /* the greatest is the latest */
    POLICY_DESCENDING,
};

/* `spec.policy` and `spec.filterTags` of an ImagePolicy. */
struct policy_spec {
    enum policy_kind kind;
    struct span range;       /* of semver */
    enum policy_order order; /* of the other two */
    struct span pattern;     /* empty: every tag */
    struct span extract;     /* template of the value; empty: the tag itself */
};

struct policy;

/*
 * Compiles SPEC, which need not outlive the call. Fails with class invalid and
 * Flux's text, ready to be shown: `invalid policy: …`, or `failed to filter
 * tags: invalid regular expression pattern '…': error parsing regexp: …`.
 */
int policy_new(const struct policy_spec *spec, struct policy **ret, struct err *err);
void policy_free(struct policy *policy);
MEM_DEFINE_FREEP(struct policy, policy_free)

/* What a policy makes of a tag. */
enum policy_verdict {
    POLICY_CANDIDATE,  /* it could be chosen */
    POLICY_UNMATCHED,  /* the filter's pattern does not match */
    POLICY_TOO_LONG,   /* the tag or its value exceeds POLICY_TEXT_MAX */
    POLICY_NO_VERSION, /* the value is no version of three numbers */
    POLICY_PRERELEASE, /* the range holds no prereleases */
    POLICY_OUTSIDE,    /* the version is not in the range */
    POLICY_NO_NUMBER,  /* the value is no number, which fails the whole run */
    POLICY_VERDICTS,   /* how many there are */
};

struct policy_run;

/* POLICY must outlive the run. */
struct policy_run *policy_run_new(const struct policy *policy);
void policy_run_free(struct policy_run *run);
MEM_DEFINE_FREEP(struct policy_run, policy_run_free)

enum policy_verdict policy_run_offer(struct policy_run *run, struct span tag);

/*
 * The latest of the tags so far, as it was offered, in memory of the run and
 * valid until the next offer. Fails with class not-found and Flux's text if
 * these tags give no answer, while others may: `version list argument cannot
 * be empty` if none was left to choose from, `unable to determine latest
 * version from provided list`, `failed to parse invalid numeric value '…'`,
 * which goes on to name a few more such values if there are.
 */
int policy_run_answer(const struct policy_run *run, struct span *ret_tag, struct err *err);

/* How many tags were offered, and how many of them got VERDICT. */
size_t policy_run_considered(const struct policy_run *run);
size_t policy_run_count(const struct policy_run *run, enum policy_verdict verdict);

#endif
