#include "test.h"

#include "base/mem.h"
#include "git/report.h"

static void reads_reports(void **state)
{
    (void)state;
    static const char text[] =
        "To http://host/a.git\n"
        " \tx:refs/heads/forward\t1..2\n"
        "+\tx:refs/heads/forced\t1...2 (forced update)\n"
        "*\tx:refs/heads/new\t[new branch]\n"
        "=\tx:refs/heads/same\t[up to date]\n"
        "!\tx:refs/heads/stale\t[rejected] (stale info)\n"
        "!\tx:refs/heads/behind\t[rejected] (non-fast-forward)\n"
        "!\tx:refs/heads/hook\t[remote rejected] (pre-receive hook declined)\n"
        "!\tx:refs/heads/deny\t[remote rejected] (non-fast-forward)\n"
        "!\tx:refs/heads/lost\t[remote rejected] (cannot lock ref 'refs/heads/lost': is at 1 but "
        "expected 2)\n"
        "!\tx:refs/heads/silent\t[remote failure] (remote failed to report status)\n"
        "!\tx:refs/heads/bare\t[rejected]\n"
        "Done\n";
    static const struct {
        const char *ref;
        enum git_push_result want;
        const char *reason;
    } cases[] = {
        {"refs/heads/forward", GIT_PUSH_DONE, ""},
        {"refs/heads/forced", GIT_PUSH_DONE, ""},
        {"refs/heads/new", GIT_PUSH_DONE, ""},
        {"refs/heads/same", GIT_PUSH_SAME, ""},
        {"refs/heads/stale", GIT_PUSH_CONFLICT, "stale info"},
        {"refs/heads/behind", GIT_PUSH_CONFLICT, "non-fast-forward"},
        {"refs/heads/hook", GIT_PUSH_REFUSED, "pre-receive hook declined"},
        {"refs/heads/deny", GIT_PUSH_REFUSED, "non-fast-forward"},
        {"refs/heads/lost", GIT_PUSH_CONFLICT,
         "cannot lock ref 'refs/heads/lost': is at 1 but expected 2"},
        {"refs/heads/silent", GIT_PUSH_UNKNOWN, "remote failed to report status"},
        {"refs/heads/bare", GIT_PUSH_REFUSED, "[rejected]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct git_report report = {0};
        check_int(cases[i].ref, git_report_find(span_of(text), cases[i].ref, &report), 1);
        check_int(cases[i].ref, report.result, cases[i].want);
        check_span(cases[i].ref, report.reason, span_of(cases[i].reason));
    }
    struct git_report report;
    check_int("part of a name", git_report_find(span_of(text), "refs/heads/for", &report), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_reports),
    };
    return test_main("git_report", tests);
}
