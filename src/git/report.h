/*
 * The report of `git push --porcelain`: one line a ref. Internal to this
 * folder; see push.h.
 *
 *     <flag> TAB <from>:<to> TAB <summary> [SP "(" <reason> ")"]
 */
#ifndef TIDEMARK_GIT_REPORT_H
#define TIDEMARK_GIT_REPORT_H

#include <stdbool.h>

#include "base/span.h"
#include "git/push.h"

struct git_report {
    enum git_push_result result;
    struct span reason; /* in git's or the server's words; empty if pushed */
};

/* Finds the line of REF. False if there is none. Spans point into TEXT. */
bool git_report_find(struct span text, const char *ref, struct git_report *ret);

#endif
