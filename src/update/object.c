#include "update/object.h"

#include "base/str.h"
#include "yaml/yaml_plain.h"

void object_finish(struct update_object *object)
{
    free(object->api_version);
    free(object->kind);
    free(object->name);
    free(object->namespace);
    *object = (struct update_object){0};
}

/* The text of the member KEY, empty if it has none. */
static struct span member_text(const struct yaml_tree *tree, size_t mapping, const char *key)
{
    const struct yaml_node *node = yaml_tree_member(tree, mapping, key);
    bool is_null =
        node && node->style == YAMLSCAN_PLAIN && yaml_plain_kind(node->value) == YAML_PLAIN_NULL;
    return node && node->kind == YAML_NODE_SCALAR && !is_null ? node->value : (struct span){0};
}

/* The items of a List; YAML_NODE_NONE if the document is none. */
static size_t list_in(const struct yaml_tree *tree, size_t root)
{
    struct span kind = member_text(tree, root, "kind");
    const struct yaml_node *items = yaml_tree_member(tree, root, "items");
    bool is_list = items && (span_is(kind, "List") || span_is(kind, "ResourceList"));
    return is_list ? yaml_tree_index(tree, items) : YAML_NODE_NONE;
}

static void describe(const struct yaml_tree *tree, size_t mapping, struct update_object *ret)
{
    const struct yaml_node *metadata = yaml_tree_member(tree, mapping, "metadata");
    struct span name = {0}, namespace = {0};
    if (metadata) {
        name = member_text(tree, yaml_tree_index(tree, metadata), "name");
        namespace = member_text(tree, yaml_tree_index(tree, metadata), "namespace");
    }
    object_finish(ret);
    *ret = (struct update_object){
        .api_version = span_dup(member_text(tree, mapping, "apiVersion")),
        .kind = span_dup(member_text(tree, mapping, "kind")),
        .name = span_dup(name),
        .namespace = span_dup(namespace),
    };
}

void object_finder_init(struct object_finder *finder, const struct yaml_tree *tree)
{
    *finder = (struct object_finder){
        .tree = tree,
        .root = YAML_NODE_NONE,
        .list = YAML_NODE_NONE,
        .mapping = YAML_NODE_NONE,
    };
}

void object_finder_finish(struct object_finder *finder)
{
    object_finish(&finder->object);
}

void object_identify(struct object_finder *finder, size_t index, struct update_object *ret)
{
    const struct yaml_tree *tree = finder->tree;
    size_t mapping = index, item = YAML_NODE_NONE;
    for (; tree->nodes[mapping].parent != YAML_NODE_NONE; mapping = tree->nodes[mapping].parent) {
        if (tree->nodes[mapping].role == YAML_NODE_ITEM)
            item = mapping; /* the outermost item in the end */
    }
    if (finder->root != mapping) {
        finder->root = mapping;
        finder->list = list_in(tree, mapping);
    }
    if (item != YAML_NODE_NONE && tree->nodes[item].parent == finder->list)
        mapping = item;
    if (finder->mapping != mapping) {
        finder->mapping = mapping;
        describe(tree, mapping, &finder->object);
    }
    *ret = (struct update_object){
        .api_version = str_dup(finder->object.api_version),
        .kind = str_dup(finder->object.kind),
        .name = str_dup(finder->object.name),
        .namespace = str_dup(finder->object.namespace),
    };
}

void object_unknown(struct update_object *ret)
{
    *ret = (struct update_object){str_dup(""), str_dup(""), str_dup(""), str_dup("")};
}
