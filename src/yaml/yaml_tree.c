#include "yaml/yaml_tree.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"

void yaml_tree_finish(struct yaml_tree *tree)
{
    free(tree->nodes);
    strlist_finish(&tree->texts);
    *tree = (struct yaml_tree)YAML_TREE_INIT;
}

size_t yaml_tree_break_at(struct span text, size_t at)
{
    const unsigned char *byte = (const unsigned char *)text.data + at;
    size_t left = text.len - at;
    if (left >= 1 && (byte[0] == '\n' || byte[0] == '\r'))
        return 1;
    if (left >= 2 && byte[0] == 0xc2 && byte[1] == 0x85)
        return 2;
    return left >= 3 && byte[0] == 0xe2 && byte[1] == 0x80 && (byte[2] | 1) == 0xa9 ? 3 : 0;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* To libyaml an anchor ends where its letters do: in `&a:b`, `:b` is the value. */
static size_t skip_anchor(struct span text, size_t at, size_t end)
{
    for (at++; at < end; at++) {
        unsigned char byte = (unsigned char)text.data[at];
        if (!isalnum(byte) && byte != '_' && byte != '-')
            break;
    }
    return at;
}

static size_t skip_tag(struct span text, size_t at, size_t end)
{
    while (at < end && !is_blank(text.data[at]) && yaml_tree_break_at(text, at) == 0)
        at++;
    return at;
}

static size_t skip_line(struct span text, size_t at, size_t end)
{
    while (at < end && yaml_tree_break_at(text, at) == 0)
        at++;
    return at;
}

/* Skips a line break and a byte-order mark behind it, which libyaml allows. */
static size_t skip_break(struct span text, size_t at)
{
    at += yaml_tree_break_at(text, at);
    return span_starts_with(span_slice(text, at, text.len), "\xef\xbb\xbf") ? at + 3 : at;
}

/* Where a node's own text begins: behind its anchor and tag, in either order,
 * and what may stand between them and it. */
static size_t skip_properties(struct span text, size_t at, size_t end)
{
    while (at < end) {
        char byte = text.data[at];
        if (byte == '&')
            at = skip_anchor(text, at, end);
        else if (byte == '!')
            at = skip_tag(text, at, end);
        else if (byte == '#')
            at = skip_line(text, at, end);
        else if (is_blank(byte))
            at++;
        else if (yaml_tree_break_at(text, at) != 0)
            at = skip_break(text, at);
        else
            break;
    }
    return at;
}

/* VALUE for keeping: as a part of the text where it stands there as it is,
 * right at the node's content or behind its quote, else as a copy. */
static struct span keep(struct yaml_tree *tree, struct span value, size_t content, size_t end)
{
    for (size_t from = content; from <= content + 1; from++) {
        struct span same = span_slice(tree->text, from, from + value.len);
        if (from + value.len <= end && span_equal(same, value))
            return same;
    }
    strlist_add_span(&tree->texts, value);
    return (struct span){tree->texts.items[tree->texts.len - 1], value.len};
}

/* The place in the tree of what comes next. */
struct spot {
    uint32_t parent;
    uint32_t document;
    bool wants_value; /* a key of PARENT came last */
};

static enum yaml_node_role take_role(const struct yaml_tree *tree, struct spot *spot)
{
    if (spot->parent == YAML_NODE_NONE)
        return YAML_NODE_ROOT;
    if (tree->nodes[spot->parent].kind == YAML_NODE_SEQUENCE)
        return YAML_NODE_ITEM;
    spot->wants_value = !spot->wants_value;
    return spot->wants_value ? YAML_NODE_KEY : YAML_NODE_VALUE;
}

static enum yaml_node_kind kind_of(enum yamlscan_kind kind)
{
    switch (kind) {
    case YAMLSCAN_ALIAS:
        return YAML_NODE_ALIAS;
    case YAMLSCAN_SEQUENCE_START:
        return YAML_NODE_SEQUENCE;
    case YAMLSCAN_MAPPING_START:
        return YAML_NODE_MAPPING;
    default:
        return YAML_NODE_SCALAR;
    }
}

static void add_node(struct yaml_tree *tree, const struct yamlscan_event *event, struct spot *spot)
{
    bool has_properties = event->anchor.len != 0 || event->tag.len != 0;
    size_t content =
        has_properties ? skip_properties(tree->text, event->start, event->end) : event->start;
    struct yaml_node node = {
        .kind = kind_of(event->kind),
        .role = take_role(tree, spot),
        .style = event->style,
        .document = spot->document,
        .parent = spot->parent,
        .after = (uint32_t)tree->len + 1,
        .line = (uint32_t)event->line,
        .start = (uint32_t)event->start,
        .content = (uint32_t)content,
        .end = (uint32_t)event->end,
        .anchor = keep(tree, event->anchor, event->start, event->end),
        .tag = keep(tree, event->tag, event->start, event->end),
        .value = keep(tree, event->value, content, event->end),
    };
    tree->nodes = mem_grow(tree->nodes, &tree->cap, tree->len + 1, sizeof(*tree->nodes));
    tree->nodes[tree->len++] = node;
}

static void close_collection(struct yaml_tree *tree, const struct yamlscan_event *event,
                             struct spot *spot)
{
    struct yaml_node *node = &tree->nodes[spot->parent];
    node->after = (uint32_t)tree->len;
    node->end = (uint32_t)event->end;
    spot->parent = node->parent;
    /* In a mapping, what closes was its key or its value. */
    spot->wants_value = node->role == YAML_NODE_KEY;
}

static void take_event(struct yaml_tree *tree, const struct yamlscan_event *event,
                       struct spot *spot)
{
    switch (event->kind) {
    case YAMLSCAN_SCALAR:
    case YAMLSCAN_ALIAS:
        add_node(tree, event, spot);
        break;
    case YAMLSCAN_SEQUENCE_START:
    case YAMLSCAN_MAPPING_START:
        add_node(tree, event, spot);
        spot->parent = (uint32_t)tree->len - 1;
        spot->wants_value = false;
        break;
    case YAMLSCAN_SEQUENCE_END:
    case YAMLSCAN_MAPPING_END:
        close_collection(tree, event, spot);
        break;
    case YAMLSCAN_DOCUMENT_END:
        spot->document++;
        break;
    case YAMLSCAN_DOCUMENT_START:
        break;
    }
}

int yaml_tree_parse(struct span text, struct yaml_tree *ret, struct err *err)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
    CLEANUP(yamlscan_freep) struct yamlscan *scan = yamlscan_new(text);
    struct spot spot = {.parent = YAML_NODE_NONE};
    struct yamlscan_event event;
    tree.text = text;
    int found;
    while ((found = yamlscan_next(scan, &event, err)) == 1)
        take_event(&tree, &event, &spot);
    if (found == 0) {
        *ret = tree;
        tree = (struct yaml_tree)YAML_TREE_INIT;
    }
    return found;
}

bool yaml_tree_in_flow(const struct yaml_tree *tree, const struct yaml_node *node)
{
    return node->parent != YAML_NODE_NONE && tree->nodes[node->parent].style == YAMLSCAN_FLOW;
}

const struct yaml_node *yaml_tree_member(const struct yaml_tree *tree, size_t mapping,
                                         const char *key)
{
    if (tree->nodes[mapping].kind != YAML_NODE_MAPPING)
        return NULL;
    size_t value;
    for (size_t at = mapping + 1; at < tree->nodes[mapping].after; at = tree->nodes[value].after) {
        value = tree->nodes[at].after;
        if (tree->nodes[at].kind == YAML_NODE_SCALAR && span_is(tree->nodes[at].value, key))
            return &tree->nodes[value];
    }
    return NULL;
}

size_t yaml_tree_index(const struct yaml_tree *tree, const struct yaml_node *node)
{
    return (size_t)(node - tree->nodes);
}
