/*
 * What resolving costs, as a ratio to `sort` on the same lines.
 *
 * For each kind of policy: TAGS tags in stored order, given to one run; and
 * LC_ALL=C sort, which is the fastest there is, on a file of the same tags in
 * random order. CPU time, the least of ROUNDS. Exits with 1 if a target is missed.
 */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strlist.h"
#include "policy/policy.h"
#include "row.h"

enum {
    TAGS = 100000,
    ROUNDS = 7,
    FILE_BYTES_MAX = 64 * 1024 * 1024,
};

#define RATIO_MAX 1.0

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static unsigned roll(uint64_t *state, unsigned sides)
{
    return (unsigned)(next_random(state) % sides);
}

static void add_version(struct strlist *tags, uint64_t *state)
{
    const char *v = roll(state, 2) ? "v" : "";
    unsigned major = roll(state, 30), minor = roll(state, 100), patch = roll(state, 400);
    if (roll(state, 4) == 0)
        strlist_addf(tags, "%s%u.%u.%u-rc.%u", v, major, minor, patch, roll(state, 20));
    else
        strlist_addf(tags, "%s%u.%u.%u", v, major, minor, patch);
}

static void add_build(struct strlist *tags, uint64_t *state)
{
    strlist_addf(tags, "%s-%u-%07x", roll(state, 3) ? "main" : "feature", roll(state, 10000000),
                 roll(state, 1 << 28));
}

static void add_date(struct strlist *tags, uint64_t *state)
{
    strlist_addf(tags, "RELEASE.20%02u-%02u-%02uT%02u-%02u-%02uZ", roll(state, 30),
                 1 + roll(state, 12), 1 + roll(state, 28), roll(state, 24), roll(state, 60),
                 roll(state, 60));
}

static double cpu_ms(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static double measure_sort(const char *path)
{
    double best = 1e9;
    char *argv[] = {str_dup("sort"), str_dup("-o"), str_dup("/dev/null"), str_dup(path), NULL};
    char *env[] = {str_dup("LC_ALL=C"), NULL};
    for (int i = 0; i < ROUNDS; i++) {
        pid_t pid;
        double before = cpu_ms(RUSAGE_CHILDREN);
        int errnum = posix_spawnp(&pid, "sort", NULL, NULL, argv, env);
        if (errnum != 0) {
            fprintf(stderr, "sort: %s\n", strerror(errnum));
            exit(1);
        }
        waitpid(pid, NULL, 0);
        double taken = cpu_ms(RUSAGE_CHILDREN) - before;
        best = taken < best ? taken : best;
    }
    for (size_t i = 0; argv[i]; i++)
        free(argv[i]);
    free(env[0]);
    return best;
}

static double measure_policy(const struct policy_spec *spec, const struct strlist *tags)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        CLEANUP(policy_freep) struct policy *policy = NULL;
        struct err err;
        struct span latest;
        double before = cpu_ms(RUSAGE_SELF);
        if (policy_new(spec, &policy, &err) != 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
        for (size_t k = tags->len; k > 0; k--)
            policy_run_offer(run, span_of(tags->items[k - 1]));
        if (policy_run_answer(run, &latest, &err) != 0) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        double taken = cpu_ms(RUSAGE_SELF) - before;
        best = taken < best ? taken : best;
    }
    return best;
}

static void write_lines(const char *path, const struct strlist *tags)
{
    CLEANUP(buf_finish) struct buf lines = BUF_INIT(FILE_BYTES_MAX);
    struct err err;
    for (size_t i = 0; i < tags->len; i++)
        buf_addf(&lines, "%s\n", tags->items[i]);
    if (file_write_atomic(path, buf_span(&lines), 0600, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

int main(void)
{
    const struct {
        const char *name;
        void (*add)(struct strlist *tags, uint64_t *state);
        struct policy_spec spec;
    } rows[] = {
        {"semver range",
         add_version,
         {.kind = POLICY_SEMVER, .range = SPAN_LITERAL(">=1.0.0 <25")}},
        {"filter and numerical order",
         add_build,
         {.kind = POLICY_NUMERICAL,
          .pattern = SPAN_LITERAL("^main-(?P<n>\\d+)-[0-9a-f]+$"),
          .extract = SPAN_LITERAL("$n")}},
        {"alphabetical order", add_date, {.kind = POLICY_ALPHABETICAL}},
        {"filter and semver range",
         add_version,
         {.kind = POLICY_SEMVER,
          .range = SPAN_LITERAL("*"),
          .pattern = SPAN_LITERAL("^v(\\d+\\.\\d+\\.\\d+)$"),
          .extract = SPAN_LITERAL("$1")}},
    };
    CLEANUP(mem_freep) char *folder = NULL;
    struct err err;
    if (file_make_temp_dir("/tmp/policy-bench-", &folder, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    CLEANUP(mem_freep) char *path = str_printf("%s/tags", folder);
    CLEANUP(mem_freep) char *title = str_printf("policy over %d tags", TAGS);
    bool missed = false;
    bench_heading(title, "sort");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(strlist_finish) struct strlist tags = STRLIST_INIT;
        uint64_t state = i;
        for (size_t k = 0; k < TAGS; k++)
            rows[i].add(&tags, &state);
        write_lines(path, &tags);
        double sort = measure_sort(path);
        strlist_sort(&tags, false);
        double policy = measure_policy(&rows[i].spec, &tags);
        missed |= bench_ratio(rows[i].name, policy, sort, RATIO_MAX);
    }
    file_remove_tree(folder, &err);
    return missed;
}
