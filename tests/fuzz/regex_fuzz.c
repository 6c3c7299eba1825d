/*
 * Lines: a pattern, a template, and a text. Matches lie in the text and do not
 * overlap, a refusal says why, and a quoted text matches itself.
 */
#include "fuzz.h"

#include <string.h>

#include "adapt/regex.h"

enum {
    GROUPS_MAX = 20,
    EXPANDED_MAX = 64 * 1024,
    INPUT_MAX = 2000, /* compiling takes time in proportion, and so does each byte of text */
};

static void check_groups(struct span text, const struct regex_group groups[static GROUPS_MAX])
{
    for (size_t i = 0; i < GROUPS_MAX; i++) {
        if (groups[i].begin < 0 && groups[i].end < 0 && i != 0)
            continue;
        FUZZ_ASSERT(groups[i].begin >= 0 && groups[i].begin <= groups[i].end);
        FUZZ_ASSERT((size_t)groups[i].end <= text.len);
    }
}

static void check_walk(const struct regex *regex, struct span text)
{
    struct regex_group groups[GROUPS_MAX];
    struct regex_walk walk = regex_walk_begin(regex, text);
    ptrdiff_t last_end = 0;
    size_t count = 0;
    while (regex_walk_next(&walk, groups, GROUPS_MAX)) {
        check_groups(text, groups);
        FUZZ_ASSERT(groups[0].begin >= last_end);
        FUZZ_ASSERT(count == 0 || groups[0].end > last_end);
        last_end = groups[0].end;
        count++;
    }
    FUZZ_ASSERT(count <= text.len + 1);
    FUZZ_ASSERT((count != 0) == regex_matches(regex, text));
}

static void check_template(const struct regex *regex, struct span template_text, struct span text)
{
    struct regex_group groups[GROUPS_MAX];
    CLEANUP(regex_template_freep)
    struct regex_template *template = regex_template_new(regex, template_text);
    size_t needed = regex_template_groups(template);
    FUZZ_ASSERT(needed >= 1 && needed <= regex_group_count(regex) + 1);
    if (needed > GROUPS_MAX || !regex_find(regex, text, 0, groups, needed))
        return;
    CLEANUP(buf_finish) struct buf expanded = BUF_INIT(EXPANDED_MAX);
    regex_template_expand(template, text, groups, &expanded);
    if (span_find_byte(template_text, '$') < 0)
        FUZZ_ASSERT(span_equal(buf_span(&expanded), template_text));
}

static void check_quoting(struct span text)
{
    CLEANUP(regex_freep) struct regex *regex = NULL;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(2 * INPUT_MAX);
    struct regex_group whole;
    regex_quote(text, &quoted);
    if (regex_new(buf_span(&quoted), &regex, NULL) != 0)
        return; /* no UTF-8 */
    FUZZ_ASSERT(regex_find(regex, text, 0, &whole, 1));
    FUZZ_ASSERT(whole.begin == 0 && (size_t)whole.end == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = {(const char *)data, size}, pattern = {0}, template = {0};
    if (size > INPUT_MAX)
        return 0;
    span_next(&rest, '\n', &pattern);
    span_next(&rest, '\n', &template);
    check_quoting(rest);
    CLEANUP(regex_freep) struct regex *regex = NULL;
    struct err err;
    if (regex_new(pattern, &regex, &err) != 0) {
        FUZZ_ASSERT(strncmp(err.text, "error parsing regexp: ", 22) == 0);
        FUZZ_ASSERT(strncmp(err.text + 22, "regexp/syntax", 13) != 0);
        return 0;
    }
    check_walk(regex, rest);
    check_template(regex, template, rest);
    return 0;
}
