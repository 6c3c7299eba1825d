/*
 * Names of refs: which ones are valid, and how a refspec maps them.
 *
 * The rules are those of git-check-ref-format(1). A name that passes holds no
 * blank, no control or glob character and does not begin with a dash, so it
 * can stand in an argument of git wherever a ref is expected.
 */
#ifndef TIDEMARK_GIT_NAME_H
#define TIDEMARK_GIT_NAME_H

#include <stdbool.h>

#include "base/err.h"

enum {
    GIT_NAME_MAX = 1024, /* bytes of a ref's full name, and of each side of a refspec */
};

#define GIT_HEADS "refs/heads/"
#define GIT_TAGS  "refs/tags/"

/* A full name such as "refs/heads/main". */
bool git_name_is_ref(const char *name);

/* What may follow "refs/heads/": also not "HEAD" and without a leading dash. */
bool git_name_is_branch(const char *name);

/* What may follow "refs/tags/", without a leading dash. */
bool git_name_is_tag(const char *name);

/* "main" for "refs/heads/main", "420/head" for "refs/pull/420/head": the short
 * form that Flux's revisions use. Points into REF. */
const char *git_name_short(const char *ref);

/* The refspec of a push: "[+]source:target", one '*' allowed on both sides. */
struct git_refspec {
    bool force;
    char *source;
    char *target;
};

/*
 * Class invalid, with the words of Flux's Git library where it has some:
 * "malformed refspec, separators are wrong". An empty source (which would
 * delete the target) is refused.
 */
int git_refspec_parse(const char *text, struct git_refspec *ret, struct err *err);
void git_refspec_finish(struct git_refspec *refspec);

/* The target that the local ref REF maps to, owned, or NULL if the source does
 * not match it. */
char *git_refspec_map(const struct git_refspec *refspec, const char *ref);

#endif
