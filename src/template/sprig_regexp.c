/* Sprig's functions on regular expressions. */
#include <string.h>

#include "adapt/regex.h"
#include "base/mem.h"
#include "base/quote.h"
#include "template/funcs.h"

enum {
    PATTERN_MAX = 4 * 1024,    /* bytes of a pattern in a template */
    COMPILE_STEPS = 100,       /* for any pattern */
    STEPS_AN_INSTRUCTION = 12, /* for compiling */
    GROUPS_MAX = 64,           /* that a replacement can name */
};

/* A pattern that exceeds a limit takes too long to be tried again: it is an
 * error even where a bad pattern is none. */
static bool exceeds_limit(const struct err *err)
{
    return strstr(err->text, "expression too large") || strstr(err->text, "nests too deeply");
}

/* "regexp: Compile(`…`): …", as the forms without must have it. */
static int wrap(struct call *call, struct span pattern)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    if (quote_go_fits_raw(pattern))
        buf_addf(&quoted, "`%.*s`", (int)pattern.len, pattern.data);
    else
        quote_go(pattern, &quoted);
    return err_wrap(call->err, "regexp: Compile(%s)", buf_text(&quoted));
}

/* 0, 1 for a bad pattern with the error filled, -1 when a limit is exceeded. */
static int compile(struct call *call, struct regex **ret)
{
    struct span pattern = call->args[0].text;
    if (pattern.len > PATTERN_MAX)
        return call_fail(call, "regular expression is longer than %d bytes", PATTERN_MAX);
    if (regex_new(pattern, ret, call->err) != 0)
        return exceeds_limit(call->err) ? -1 : 1;
    return budget_take(call->budget, COMPILE_STEPS + regex_size(*ret) * STEPS_AN_INSTRUCTION,
                       call->err);
}

static int compile_or_fail(struct call *call, bool must, struct regex **ret)
{
    int answer = compile(call, ret);
    if (answer > 0 && !must)
        return wrap(call, call->args[0].text);
    return answer != 0 ? -1 : 0;
}

/* Before a search of so many bytes. */
static int take_search_steps(struct call *call, const struct regex *regex, size_t bytes)
{
    return budget_take(call->budget, 1 + (bytes + 1) * regex_size(regex) / BUDGET_BYTES_A_STEP,
                       call->err);
}

static int match(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    int answer = compile(call, &regex);
    if (answer > 0 && !must)
        return call_give_bool(call, false);
    if (answer != 0 || take_search_steps(call, regex, call->args[1].text.len) != 0)
        return -1;
    return call_give_bool(call, regex_matches(regex, call->args[1].text));
}

static int find(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group group;
    struct span text = call->args[1].text;
    if (compile_or_fail(call, must, &regex) != 0 || take_search_steps(call, regex, text.len) != 0)
        return -1;
    bool found = regex_find(regex, text, 0, &group, 1);
    return call_give_text(call, found ? regex_group_span(text, group) : (struct span){0});
}

/* A walk over matches that takes steps. Answers 1 with a match, 0 at the end. */
static int next_match(struct call *call, struct regex_walk *walk, struct regex_group *ret,
                      size_t count)
{
    size_t left = walk->at < walk->text.len ? walk->text.len - walk->at : 0;
    if (take_search_steps(call, walk->regex, left) != 0)
        return -1;
    return regex_walk_next(walk, ret, count);
}

static int push_text(struct call *call, struct span text)
{
    return value_append(call->budget, *call->ret, value_text(text), call->ret, call->err);
}

/* At most LIMIT matches; a negative one is none. */
static int find_all(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group group;
    struct span text = call->args[1].text;
    int64_t limit = call->args[2].integer;
    int answer = 0;
    if (compile_or_fail(call, must, &regex) != 0)
        return -1;
    *call->ret = (struct value){.type = &type_strings};
    struct regex_walk walk = regex_walk_begin(regex, text);
    for (int64_t found = 0; limit < 0 || found < limit; found++) {
        answer = next_match(call, &walk, &group, 1);
        if (answer == 1 && push_text(call, regex_group_span(text, group)) != 0)
            answer = -1;
        if (answer != 1)
            break;
    }
    return answer < 0 ? -1 : 0;
}

/* What stands between matches; a LIMIT above zero is the most parts. */
static int split(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct regex_group group;
    struct span text = call->args[1].text;
    int64_t limit = call->args[2].integer;
    size_t begin = 0, end = 0;
    int answer = 0;
    if (compile_or_fail(call, must, &regex) != 0)
        return -1;
    *call->ret = (struct value){.type = &type_strings};
    if (limit == 0)
        return 0;
    if (value_new_list(call->budget, &type_strings, 0, call->ret, call->err) != 0)
        return -1;
    if (call->args[0].text.len > 0 && text.len == 0)
        return push_text(call, text);
    struct regex_walk walk = regex_walk_begin(regex, text);
    while (limit < 0 || (int64_t)value_len(*call->ret) < limit - 1) {
        answer = next_match(call, &walk, &group, 1);
        if (answer != 1)
            break;
        end = (size_t)group.begin;
        if (group.end != 0 && push_text(call, span_slice(text, begin, end)) != 0)
            return -1;
        begin = (size_t)group.end;
    }
    if (answer < 0)
        return -1;
    return end != text.len ? push_text(call, span_slice(text, begin, text.len)) : 0;
}

/* TEMPLATE is NULL if the replacement is taken as it is. */
static int replace_matches(struct call *call, const struct regex *regex,
                           const struct regex_template *template)
{
    struct regex_group groups[GROUPS_MAX];
    struct span text = call->args[1].text;
    size_t at = 0, wanted = template ? regex_template_groups(template) : 1;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    int answer;
    if (wanted > GROUPS_MAX)
        return call_fail(call, "replacement names a group beyond %d", GROUPS_MAX - 1);
    struct regex_walk walk = regex_walk_begin(regex, text);
    while ((answer = next_match(call, &walk, groups, wanted)) == 1 && !buf_overflowed(&out)) {
        buf_add_span(&out, span_slice(text, at, (size_t)groups[0].begin));
        if (template)
            regex_template_expand(template, text, groups, &out);
        else
            buf_add_span(&out, call->args[2].text);
        at = (size_t)groups[0].end;
    }
    if (answer < 0)
        return -1;
    buf_add_span(&out, span_slice(text, at, text.len));
    return call_give_buf(call, &out);
}

static int replace_all(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(regex_template_freep) struct regex_template *template = NULL;
    if (compile_or_fail(call, must, &regex) != 0)
        return -1;
    template = regex_template_new(regex, call->args[2].text);
    return replace_matches(call, regex, template);
}

static int replace_all_literal(struct call *call, bool must)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    if (compile_or_fail(call, must, &regex) != 0)
        return -1;
    return replace_matches(call, regex, NULL);
}

#define BOTH_FORMS(function)                                                                       \
    static int plain_regex_##function(struct call *call)                                           \
    {                                                                                              \
        return function(call, false);                                                              \
    }                                                                                              \
    static int must_regex_##function(struct call *call)                                            \
    {                                                                                              \
        return function(call, true);                                                               \
    }

BOTH_FORMS(match)
BOTH_FORMS(find)
BOTH_FORMS(find_all)
BOTH_FORMS(split)
BOTH_FORMS(replace_all)
BOTH_FORMS(replace_all_literal)

static int regex_quote_meta(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    regex_quote(call->args[0].text, &out);
    return call_give_buf(call, &out);
}

const struct func funcs_regexp[] = {
    {"mustRegexFind", "ss", must_regex_find},
    {"mustRegexFindAll", "ssi", must_regex_find_all},
    {"mustRegexMatch", "ss", must_regex_match},
    {"mustRegexReplaceAll", "sss", must_regex_replace_all},
    {"mustRegexReplaceAllLiteral", "sss", must_regex_replace_all_literal},
    {"mustRegexSplit", "ssi", must_regex_split},
    {"regexFind", "ss", plain_regex_find},
    {"regexFindAll", "ssi", plain_regex_find_all},
    {"regexMatch", "ss", plain_regex_match},
    {"regexQuoteMeta", "s", regex_quote_meta},
    {"regexReplaceAll", "sss", plain_regex_replace_all},
    {"regexReplaceAllLiteral", "sss", plain_regex_replace_all_literal},
    {"regexSplit", "ssi", plain_regex_split},
    {0},
};
