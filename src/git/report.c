#include "git/report.h"

#include <string.h>

#include "base/mem.h"

static bool holds_any(struct span text, const char *const *needles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (span_find(text, span_of(needles[i])) >= 0)
            return true;
    }
    return false;
}

/* Whether "!" means "the ref is not where you think": git itself found out
 * before it sent anything, or the server, when another push came in between. */
static bool is_moved(struct span summary, struct span reason)
{
    static const char *const local[] = {
        "stale info",  "fetch first",    "non-fast-forward",
        "needs force", "already exists", "remote ref updated since checkout",
    };
    /* receive-pack's words, and those of the forges' replacements of it. */
    static const char *const remote[] = {
        "failed to update ref",
        "failed to lock",
        "cannot lock ref",
        "incorrect old value provided",
        "reference already exists",
        "reference update failed",
        "fetch first",
    };
    if (span_starts_with(summary, "[rejected]"))
        return holds_any(reason, local, ARRAY_LEN(local));
    return holds_any(reason, remote, ARRAY_LEN(remote));
}

/* The text in the parentheses at the end, which itself may hold some. */
static struct span reason_of(struct span summary)
{
    ptrdiff_t open = span_find(summary, SPAN_LITERAL(" ("));
    if (open < 0 || !span_ends_with(summary, ")"))
        return summary;
    return span_slice(summary, (size_t)open + 2, summary.len - 1);
}

static enum git_push_result result_of(char flag, struct span summary, struct span reason)
{
    if (flag == '=')
        return GIT_PUSH_SAME;
    if (flag != '!')
        return GIT_PUSH_DONE; /* ' ' forward, '+' rewritten, '*' new */
    if (span_starts_with(summary, "[remote failure]"))
        return GIT_PUSH_UNKNOWN;
    return is_moved(summary, reason) ? GIT_PUSH_CONFLICT : GIT_PUSH_REFUSED;
}

bool git_report_find(struct span text, const char *ref, struct git_report *ret)
{
    for (struct span line; span_next(&text, '\n', &line);) {
        struct span flag, names, summary = line;
        if (!span_next(&summary, '\t', &flag) || flag.len != 1 ||
            !span_next(&summary, '\t', &names))
            continue;
        ptrdiff_t colon = span_find_byte(names, ':');
        if (colon < 0 || !span_is(span_slice(names, (size_t)colon + 1, names.len), ref))
            continue;
        struct span reason = flag.data[0] == '!' ? reason_of(summary) : SPAN_LITERAL("");
        *ret = (struct git_report){result_of(flag.data[0], summary, reason), reason};
        return true;
    }
    return false;
}
