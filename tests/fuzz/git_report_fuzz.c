/* What the report says of a ref stands in its text, and the lines behind the
 * first one of that ref do not change it. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/mem.h"
#include "git/report.h"

static void check_found(struct span text, const struct git_report *report)
{
    bool pushed = report->result == GIT_PUSH_DONE || report->result == GIT_PUSH_SAME;
    FUZZ_ASSERT(span_find(text, SPAN_LITERAL(":refs/heads/main")) >= 0);
    FUZZ_ASSERT(!pushed || report->reason.len == 0);
    FUZZ_ASSERT(report->reason.len == 0 ||
                (report->reason.data >= text.data &&
                 report->reason.data + report->reason.len <= text.data + text.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    CLEANUP(buf_finish) struct buf longer = BUF_INIT(size + 100);
    struct git_report report, again;
    bool found = git_report_find(text, "refs/heads/main", &report);
    if (found)
        check_found(text, &report);
    buf_add_span(&longer, text);
    buf_adds(&longer, "\n=\tx:refs/heads/main\t[up to date]\n");
    FUZZ_ASSERT(git_report_find(buf_span(&longer), "refs/heads/main", &again));
    FUZZ_ASSERT(again.result == (found ? report.result : GIT_PUSH_SAME));
    FUZZ_ASSERT(!found || span_equal(again.reason, report.reason));
    return 0;
}
