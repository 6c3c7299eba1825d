/*
 * The nodes of a YAML text, with the bytes that each stands for.
 *
 * All documents lie in one array in the order of the text: a collection comes
 * before what is in it, a key right before its value. `after` jumps over a
 * subtree, `parent` leads back:
 *
 *     for (size_t i = root + 1; i < tree.nodes[root].after; i = tree.nodes[i].after)
 *         … the children of root …
 *
 * Nothing is resolved: an alias is a node of its own, duplicate keys and merge
 * keys are there as they are written. Limits are those of yamlscan.h.
 */
#ifndef TIDEMARK_YAML_YAML_TREE_H
#define TIDEMARK_YAML_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/yamlscan.h"
#include "base/err.h"
#include "base/span.h"
#include "base/strlist.h"

enum yaml_node_kind {
    YAML_NODE_SCALAR,
    YAML_NODE_ALIAS,
    YAML_NODE_SEQUENCE,
    YAML_NODE_MAPPING,
};

enum yaml_node_role {
    YAML_NODE_ROOT,
    YAML_NODE_ITEM, /* of a sequence */
    YAML_NODE_KEY,  /* of a mapping */
    YAML_NODE_VALUE,
};

#define YAML_NODE_NONE UINT32_MAX

struct yaml_node {
    enum yaml_node_kind kind;
    enum yaml_node_role role;
    enum yamlscan_style style;
    uint32_t document; /* from 0 */
    uint32_t parent;   /* index, or YAML_NODE_NONE */
    uint32_t after;    /* index of the first node that is not in this one */
    uint32_t line;     /* of start, from 1 */
    /* Bytes of the text: [start, end) is the whole node; an anchor and a tag
     * stand in [start, content). See yamlscan.h for what belongs to a node. */
    uint32_t start, content, end;
    struct span anchor, tag; /* empty if there is none */
    struct span value;       /* a scalar's decoded text, an alias's name */
};

struct yaml_tree {
    struct span text;
    struct yaml_node *nodes;
    size_t len;
    size_t cap;
    struct strlist texts; /* values that are not bytes of the text as they stand */
};

#define YAML_TREE_INIT                                                                             \
    {                                                                                              \
        .texts = STRLIST_INIT                                                                      \
    }

/* Reads TEXT, which must outlive the tree, into the empty tree RET. Class
 * invalid, with the line, if it is not valid YAML or goes over a limit. */
int yaml_tree_parse(struct span text, struct yaml_tree *ret, struct err *err);
void yaml_tree_finish(struct yaml_tree *tree);

/* Whether the node is written in a flow collection, that is inside [] or {}. */
bool yaml_tree_in_flow(const struct yaml_tree *tree, const struct yaml_node *node);

/* The value of the first key KEY of the mapping at index MAPPING; NULL if
 * there is none, or if that node is no mapping. */
const struct yaml_node *yaml_tree_member(const struct yaml_tree *tree, size_t mapping,
                                         const char *key);

/* The length of the line break (as YAML 1.1 and libyaml have them) at AT, or 0.
 * CR LF counts as two breaks. */
size_t yaml_tree_break_at(struct span text, size_t at);

/* The index of NODE. */
size_t yaml_tree_index(const struct yaml_tree *tree, const struct yaml_node *node);

#endif
