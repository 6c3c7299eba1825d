/*
 * Lines of versions: what reads prints as a text that reads as an equal
 * version, and the order of any three is consistent.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/semver.h"

enum {
    VERSIONS_MAX = 8,
    PRINTED_MAX = 1024,
};

static void check_printing(const struct semver *version)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(PRINTED_MAX);
    struct semver again;
    semver_print(version, &text);
    if (text.len > SEMVER_TEXT_MAX)
        return; /* the missing numbers made it too long */
    FUZZ_ASSERT(semver_parse(buf_span(&text), &again, NULL) == 0);
    FUZZ_ASSERT(semver_compare(version, &again) == 0);
    FUZZ_ASSERT(span_equal(version->prerelease, again.prerelease));
    FUZZ_ASSERT(span_equal(version->metadata, again.metadata));
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void check_order(const struct semver *a, const struct semver *b, const struct semver *c)
{
    FUZZ_ASSERT(semver_compare(a, a) == 0);
    FUZZ_ASSERT(sign(semver_compare(a, b)) == -sign(semver_compare(b, a)));
    if (semver_compare(a, b) <= 0 && semver_compare(b, c) <= 0)
        FUZZ_ASSERT(semver_compare(a, c) <= 0);
    if (semver_compare(a, b) == 0)
        FUZZ_ASSERT(sign(semver_compare(a, c)) == sign(semver_compare(b, c)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct semver versions[VERSIONS_MAX];
    size_t count = 0;
    struct span rest = {(const char *)data, size}, line;
    while (count < VERSIONS_MAX && span_next(&rest, '\n', &line)) {
        if (semver_parse(line, &versions[count], NULL) == 0)
            check_printing(&versions[count++]);
    }
    for (size_t i = 0; i < count * count * count; i++)
        check_order(&versions[i % count], &versions[i / count % count],
                    &versions[i / count / count]);
    return 0;
}
