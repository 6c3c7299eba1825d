/*
 * A range and, in further lines, versions: the range holds what one of its
 * groups holds, and the spelling of a version does not count.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "base/semver_range.h"

static bool holds(struct span text, const struct semver *version, bool *ret_valid)
{
    struct semver_range range;
    *ret_valid = semver_range_parse(text, &range, NULL) == 0;
    if (!*ret_valid)
        return false;
    bool inside = semver_range_contains(&range, version);
    FUZZ_ASSERT(!inside || version->prerelease.len == 0 || semver_range_admits_prereleases(&range));
    semver_range_finish(&range);
    return inside;
}

/* In "1||2 - 3" the library takes "1||2" for the lower end. */
static bool may_have_hyphen(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] == '-' && strchr(" \t\n\f\r", text.data[i + 1]))
            return true;
    }
    return false;
}

static void check_groups(struct span text, const struct semver *version)
{
    bool valid, any = false, whole = holds(text, version, &valid);
    if (!valid || may_have_hyphen(text))
        return;
    for (ptrdiff_t bars; text.len != 0; text = span_slice(text, (size_t)bars + 2, text.len)) {
        bars = span_find(text, SPAN_LITERAL("||"));
        struct span group = span_slice(text, 0, bars < 0 ? text.len : (size_t)bars);
        any = holds(group, version, &valid) || any;
        FUZZ_ASSERT(valid);
        if (bars < 0)
            break;
    }
    FUZZ_ASSERT(any == whole);
}

static void check_spelling(struct span text, const struct semver *version)
{
    CLEANUP(buf_finish) struct buf printed = BUF_INIT(2 * SEMVER_TEXT_MAX);
    struct semver again;
    bool valid;
    struct semver plain = *version;
    plain.metadata = (struct span){0};
    semver_print(&plain, &printed);
    if (semver_parse(buf_span(&printed), &again, NULL) == 0)
        FUZZ_ASSERT(holds(text, version, &valid) == holds(text, &again, &valid));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, text, line;
    struct semver version;
    bool valid;
    if (!span_next(&rest, '\n', &text))
        return 0;
    if (semver_parse(SPAN_LITERAL("1.2.3"), &version, NULL) != 0)
        abort();
    holds(text, &version, &valid);
    while (valid && span_next(&rest, '\n', &line)) {
        if (semver_parse(line, &version, NULL) != 0)
            continue;
        check_groups(text, &version);
        check_spelling(text, &version);
    }
    return 0;
}
