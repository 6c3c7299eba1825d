/*
 * What yaml_load() accepts, yaml_print_document() writes so that it reads back the same;
 * what it reads as anything but text, yaml_plain_kind() knows as that; and the
 * nodes of a tree lie in the order of the text, within their parents, each where
 * its text is.
 */
#include "fuzz.h"

#include <string.h>

#include "yaml/yaml_load.h"
#include "yaml/yaml_plain.h"
#include "yaml/yaml_print.h"
#include "yaml/yaml_tree.h"

static void check_plain(struct span text)
{
    CLEANUP(json_freep) struct json *value = NULL;
    enum yaml_plain_kind kind = yaml_plain_kind(text);
    if (yaml_plain_value(text, &value, NULL) != 0)
        FUZZ_ASSERT(kind == YAML_PLAIN_NUMBER);
    else if (json_kind(value) != JSON_KIND_STRING)
        FUZZ_ASSERT(kind != YAML_PLAIN_STRING && kind != YAML_PLAIN_DATE);
}

/* What a scalar's content begins with tells its style. */
static void check_content(struct span text, const struct yaml_node *node)
{
    static const char *const first[] = {
        [YAMLSCAN_SINGLE_QUOTED] = "'",
        [YAMLSCAN_DOUBLE_QUOTED] = "\"",
        [YAMLSCAN_LITERAL] = "|",
        [YAMLSCAN_FOLDED] = ">",
    };
    if (node->style == YAMLSCAN_PLAIN) {
        FUZZ_ASSERT((node->content == node->end) == (node->value.len == 0));
        FUZZ_ASSERT(node->value.len == 0 || text.data[node->content] == node->value.data[0]);
        check_plain(node->value);
    } else {
        FUZZ_ASSERT(text.data[node->content] == *first[node->style]);
    }
}

static void check_tree(struct span text)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
    if (yaml_tree_parse(text, &tree, NULL) != 0)
        return;
    for (size_t i = 0; i < tree.len; i++) {
        const struct yaml_node *node = &tree.nodes[i];
        FUZZ_ASSERT(node->start <= node->content && node->content <= text.len);
        FUZZ_ASSERT(i == 0 || tree.nodes[i - 1].start <= node->start);
        FUZZ_ASSERT(i < node->after && node->after <= tree.len);
        FUZZ_ASSERT((node->role == YAML_NODE_ROOT) == (node->parent == YAML_NODE_NONE));
        if (node->parent != YAML_NODE_NONE)
            FUZZ_ASSERT(node->parent < i && node->after <= tree.nodes[node->parent].after);
        if (node->kind == YAML_NODE_SCALAR || node->kind == YAML_NODE_ALIAS) {
            FUZZ_ASSERT(node->content <= node->end && node->end <= text.len);
            FUZZ_ASSERT(i + 1 == tree.len || node->end <= tree.nodes[i + 1].start);
        }
        if (node->kind == YAML_NODE_SCALAR)
            check_content(text, node);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    check_tree(text);
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    CLEANUP(yaml_load_finish) struct yaml_docs again = YAML_DOCS_INIT;
    if (yaml_load(text, &docs, NULL) != 0)
        return 0;
    CLEANUP(buf_finish) struct buf printed = BUF_INIT(YAML_LOAD_SIZE_MAX);
    for (size_t i = 0; i < docs.len; i++)
        yaml_print_document(docs.items[i].value, &printed);
    if (buf_overflowed(&printed))
        return 0;
    FUZZ_ASSERT(yaml_load(buf_span(&printed), &again, NULL) == 0);
    FUZZ_ASSERT(again.len == docs.len);
    for (size_t i = 0; i < docs.len; i++)
        FUZZ_ASSERT(json_same(docs.items[i].value, again.items[i].value));
    return 0;
}
