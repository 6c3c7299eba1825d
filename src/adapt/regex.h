/*
 * Regular expressions with the syntax and the meaning of Go's package regexp
 * (over RE2): leftmost-first, unanchored, in time linear in the text.
 *
 * Patterns are Go's as of version 1.26: `(?<name>…)`, names that repeat, and
 * loose names of Unicode classes included. They differ in four points:
 *
 * - `\p{Old_Italic}` and other scripts with an underscore work, which Go's own
 *   loose matching breaks;
 * - in brackets `\pC` and `\P{LC}` leave out code points that are not
 *   assigned, and `\p{Cn}` and `\P{Assigned}` are refused;
 * - the depth is that of nested groups, of which 1000 are allowed; in Go
 *   other operators count as well;
 * - what is too large (see below) is less than in Go.
 *
 * Patterns must be UTF-8. In a text that is not, a bad byte matches nothing.
 *
 * A compiled regex does not change and may be used by several threads.
 */
#ifndef TIDEMARK_ADAPT_REGEX_H
#define TIDEMARK_ADAPT_REGEX_H

#include <stdbool.h>
#include <stddef.h>

#include "adapt/regex_group.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    REGEX_PATTERN_MAX = 16 * 1024, /* bytes of a pattern */
    REGEX_DEPTH_MAX = 1000,        /* nested groups */
    /* Characters, classes and operators, each as often as `{n,m}` repeats it.
     * Compiling and each byte that is matched cost at most in proportion. */
    REGEX_SIZE_MAX = 10000,
    /* Bytes of the compiled program, and of the automata that matching builds. */
    REGEX_MEMORY_MAX = 16 * 1024 * 1024,
};

struct regex;

/*
 * Compiles PATTERN. Fails with class invalid and Go's text: `error parsing
 * regexp: missing closing ): `(``; what exceeds a limit above is `expression
 * too large`, or `expression nests too deeply`.
 */
int regex_new(struct span pattern, struct regex **ret, struct err *err);
void regex_free(struct regex *regex);
MEM_DEFINE_FREEP(struct regex, regex_free)

/* The number of groups, without group 0. */
size_t regex_group_count(const struct regex *regex);
/* The name of a group, NULL if it has none. Several may have the same. */
const char *regex_group_name(const struct regex *regex, size_t group);

/* Instructions of the compiled program. Compiling took time in proportion, and
 * a search takes at most that much for each byte that it reads. */
size_t regex_size(const struct regex *regex);

/*
 * Looks for the first match in TEXT from the offset FROM on; `^`, `\b` and the
 * like see what stands before. Fills the groups 0 to COUNT - 1; fewer are
 * faster, and with COUNT 0 nothing is filled.
 */
bool regex_find(const struct regex *regex, struct span text, size_t from, struct regex_group *ret,
                size_t count);

/* Whether there is a match anywhere in TEXT. */
static inline bool regex_matches(const struct regex *regex, struct span text)
{
    return regex_find(regex, text, 0, NULL, 0);
}

/* The bytes of a group; empty if it took no part. */
struct span regex_group_span(struct span text, struct regex_group group);

/*
 * All matches that do not overlap, from left to right, as FindAll, ReplaceAll
 * and Split see them: an empty match right behind another match is none.
 *
 *     struct regex_walk walk = regex_walk_begin(regex, text);
 *     while (regex_walk_next(&walk, groups, ARRAY_LEN(groups)))
 */
struct regex_walk {
    const struct regex *regex;
    struct span text;
    size_t at;
    ptrdiff_t last_end;
};

struct regex_walk regex_walk_begin(const struct regex *regex, struct span text);

/* COUNT is at least 1. */
bool regex_walk_next(struct regex_walk *walk, struct regex_group *ret, size_t count);

/*
 * A text in which `$1`, `$name` and `${name}` stand for groups, as for Go's
 * Regexp.Expand: an unbraced name is as long as it can be, `$$` is a dollar
 * sign, and so is a `$` without a name. A name of digits without leading zero
 * is a number. Of groups with the same name the first one that took part
 * counts; a group that took none or does not exist is empty.
 */
struct regex_template;

/* Reads TEXT for matches of REGEX. Both must outlive the template. */
struct regex_template *regex_template_new(const struct regex *regex, struct span text);
void regex_template_free(struct regex_template *template);
MEM_DEFINE_FREEP(struct regex_template, regex_template_free)

/* How many groups, from 0 on, regex_find() must fill for it; at least 1. */
size_t regex_template_groups(const struct regex_template *template);

/* Appends the template with the groups of a match in TEXT put in. */
void regex_template_expand(const struct regex_template *template, struct span text,
                           const struct regex_group *groups, struct buf *ret);

/* Appends a pattern that matches exactly TEXT. */
void regex_quote(struct span text, struct buf *ret);

#endif
