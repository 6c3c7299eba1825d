/*
 * An edit changes marked scalars alone: with their old bytes put back, the file
 * is the old one. It parses if and only if it did before, and a second edit
 * finds nothing to do.
 */
#include "fuzz.h"

#include <string.h>

#include "update/update.h"
#include "yaml/yaml_tree.h"

static const struct update_policy policies[] = {
    {"a", "b", "reg.example/x", "1.10", NULL},
    {"a", "d", "r/y", "v2", "sha256:00"},
    {"a", "q", "i", "a: 'b\" \\#", NULL},
};

/* For valid YAML: the nodes whose values differ are as many as the changes, and
 * their bytes are all that differs. */
static void check_nodes(struct span before, struct span after, size_t changes)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree old = YAML_TREE_INIT;
    CLEANUP(yaml_tree_finish) struct yaml_tree new = YAML_TREE_INIT;
    bool was_valid = yaml_tree_parse(before, &old, NULL) == 0;
    FUZZ_ASSERT(was_valid == (yaml_tree_parse(after, &new, NULL) == 0));
    if (!was_valid)
        return;
    CLEANUP(buf_finish) struct buf back = BUF_INIT(before.len + after.len);
    size_t at = 0;
    FUZZ_ASSERT(old.len == new.len);
    for (size_t i = 0; i < old.len; i++) {
        if (span_equal(old.nodes[i].value, new.nodes[i].value))
            continue;
        buf_add_span(&back, span_slice(after, at, new.nodes[i].start));
        buf_add_span(&back, span_slice(before, old.nodes[i].start, old.nodes[i].end));
        at = new.nodes[i].end;
        changes--;
    }
    buf_add_span(&back, span_slice(after, at, after.len));
    FUZZ_ASSERT(changes == 0);
    FUZZ_ASSERT(span_equal(buf_span(&back), before));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span file = {(const char *)data, size};
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    CLEANUP(update_result_finish) struct update_result again = UPDATE_RESULT_INIT;
    struct err err;
    FUZZ_ASSERT(update_file(file, "f", policies, ARRAY_LEN(policies), &result, &err) == 0);
    FUZZ_ASSERT(result.changed == (result.change_count != 0));
    FUZZ_ASSERT(update_may_have_marker(file) || (!result.changed && result.notice_count == 0));
    if (!result.changed)
        return 0;
    struct span edited = buf_span(&result.content);
    check_nodes(file, edited, result.change_count);
    FUZZ_ASSERT(update_file(edited, "f", policies, ARRAY_LEN(policies), &again, &err) == 0);
    FUZZ_ASSERT(!again.changed);
    return 0;
}
