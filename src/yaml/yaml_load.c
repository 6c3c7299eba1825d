#include "yaml/yaml_load.h"

#include <string.h>

#include "base/mem.h"
#include "yaml/yaml_plain.h"
#include "yaml/yaml_print.h"
#include "yaml/yaml_tree.h"

#define TAG_PREFIX "tag:yaml.org,2002:"

enum {
    VALUE_COST = 32, /* of any value, beside its text */
};

struct loader {
    struct yaml_tree tree;
    uint32_t *targets; /* of an alias: the index of the node that it stands for */
    size_t cost;
};

static void loader_finish(struct loader *loader)
{
    yaml_tree_finish(&loader->tree);
    free(loader->targets);
}

void yaml_load_finish(struct yaml_docs *docs)
{
    for (size_t i = 0; i < docs->len; i++)
        json_free(docs->items[i].value);
    free(docs->items);
    *docs = (struct yaml_docs)YAML_DOCS_INIT;
}

/*
 * Finds what each alias stands for: the last node before it, in its document,
 * with that anchor. An alias in its own anchor's node is the only way to a
 * value that contains itself, since targets come before their aliases.
 */
static int resolve_aliases(struct loader *loader, struct err *err)
{
    CLEANUP(json_freep) struct json *anchors = json_new_object();
    const struct yaml_node *nodes = loader->tree.nodes;
    loader->targets = mem_calloc(loader->tree.len, sizeof(*loader->targets));
    for (size_t i = 0; i < loader->tree.len; i++) {
        if (i != 0 && nodes[i].document != nodes[i - 1].document) {
            json_free(anchors);
            anchors = json_new_object();
        }
        if (nodes[i].anchor.len != 0) {
            CLEANUP(mem_freep) char *name = span_dup(nodes[i].anchor);
            json_put_int(anchors, name, (int64_t)i);
        }
        if (nodes[i].kind != YAML_NODE_ALIAS)
            continue;
        CLEANUP(mem_freep) char *name = span_dup(nodes[i].value);
        int64_t target;
        if (!json_int(json_member(anchors, name), &target))
            return err_set(err, ERR_INVALID,
                           "line %u: unknown anchor referenced (a text that begins with '*' needs "
                           "quotes)",
                           nodes[i].line);
        if (i < nodes[target].after)
            return err_set(err, ERR_INVALID, "line %u: anchor '%s' value contains itself",
                           nodes[i].line, name);
        loader->targets[i] = (uint32_t)target;
    }
    return 0;
}

static bool is_tag(const struct yaml_node *node, const char *name)
{
    struct span tag = node->tag;
    return span_starts_with(tag, TAG_PREFIX) &&
           span_is(span_slice(tag, strlen(TAG_PREFIX), tag.len), name);
}

/* Reads a scalar whose tag, NAME, says what it has to be. */
static int load_tagged(const struct yaml_node *node, const char *name, struct json **ret,
                       struct err *err)
{
    CLEANUP(json_freep) struct json *value = NULL;
    if (yaml_plain_value(node->value, &value, err) != 0)
        return err_wrap(err, "line %u", node->line);
    enum json_kind kind = json_kind(value);
    bool fits = (strcmp(name, "int") == 0 && kind == JSON_KIND_INT) ||
                (strcmp(name, "float") == 0 && (kind == JSON_KIND_INT || kind == JSON_KIND_REAL)) ||
                (strcmp(name, "bool") == 0 && kind == JSON_KIND_BOOL) ||
                (strcmp(name, "null") == 0 && kind == JSON_KIND_NULL);
    if (!fits)
        return err_set(err, ERR_INVALID, "line %u: cannot decode the value as a !!%s", node->line,
                       name);
    *ret = MEM_STEAL(value);
    return 0;
}

static int load_scalar(struct loader *loader, const struct yaml_node *node, struct json **ret,
                       struct err *err)
{
    static const char *const typed[] = {"int", "float", "bool", "null"};
    loader->cost += node->value.len;
    for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
        if (is_tag(node, typed[i]))
            return load_tagged(node, typed[i], ret, err);
    }
    if (is_tag(node, "binary"))
        return err_set(err, ERR_INVALID, "line %u: !!binary has no JSON form", node->line);
    if (span_find_byte(node->value, '\0') >= 0)
        return err_set(err, ERR_INVALID, "line %u: text with a NUL character", node->line);
    if (node->tag.len == 0 && node->style == YAMLSCAN_PLAIN) {
        if (yaml_plain_value(node->value, ret, err) != 0)
            return err_wrap(err, "line %u", node->line);
        return 0;
    }
    *ret = json_new_span(node->value);
    return 0;
}

static int load_value(struct loader *loader, size_t index, size_t depth, struct json **ret,
                      struct err *err);

static int load_sequence(struct loader *loader, size_t index, size_t depth, struct json **ret,
                         struct err *err)
{
    CLEANUP(json_freep) struct json *array = json_new_array();
    const struct yaml_node *nodes = loader->tree.nodes;
    for (size_t i = index + 1; i < nodes[index].after; i = nodes[i].after) {
        struct json *item;
        if (load_value(loader, i, depth + 1, &item, err) != 0)
            return -1;
        json_push_take(array, item);
    }
    *ret = MEM_STEAL(array);
    return 0;
}

/* The text of the key at INDEX, owned. */
static int load_key(struct loader *loader, size_t index, char **ret, struct err *err)
{
    const struct yaml_node *node = &loader->tree.nodes[index];
    uint32_t line = node->line;
    if (node->kind == YAML_NODE_ALIAS)
        node = &loader->tree.nodes[loader->targets[index]];
    CLEANUP(json_freep) struct json *key = NULL;
    if (node->kind == YAML_NODE_SCALAR && load_scalar(loader, node, &key, err) != 0)
        return -1;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(YAML_LOAD_SIZE_MAX);
    double number;
    if (json_kind(key) == JSON_KIND_NULL)
        return err_set(err, ERR_INVALID, "line %u: a key must be a text, a number or a bool", line);
    if (json_kind(key) == JSON_KIND_STRING)
        buf_add_span(&text, json_span(key));
    else if (json_kind(key) == JSON_KIND_REAL && json_number(key, &number))
        yaml_print_real(number, &text);
    else
        json_print(key, JSON_STYLE_COMPACT, &text);
    *ret = buf_take(&text);
    return 0;
}

static bool is_merge_key(const struct yaml_node *node)
{
    return node->kind == YAML_NODE_SCALAR && node->style == YAMLSCAN_PLAIN &&
           span_is(node->value, "<<") && (node->tag.len == 0 || is_tag(node, "merge"));
}

/* The keys that stand in the mapping itself. */
static int load_own_members(struct loader *loader, size_t index, size_t depth, struct json *object,
                            struct err *err)
{
    const struct yaml_node *nodes = loader->tree.nodes;
    size_t value_index;
    for (size_t i = index + 1; i < nodes[index].after; i = nodes[value_index].after) {
        value_index = nodes[i].after;
        if (is_merge_key(&nodes[i]))
            continue;
        CLEANUP(mem_freep) char *key = NULL;
        struct json *value;
        if (load_key(loader, i, &key, err) != 0)
            return -1;
        if (json_member(object, key))
            return err_set(err, ERR_INVALID, "line %u: key \"%s\" already set in map",
                           nodes[i].line, key);
        if (load_value(loader, value_index, depth + 1, &value, err) != 0)
            return -1;
        json_put_take(object, key, value);
    }
    return 0;
}

static int merge_from(struct loader *loader, size_t index, size_t depth, struct json *object,
                      struct err *err)
{
    CLEANUP(json_freep) struct json *from = NULL;
    if (load_value(loader, index, depth + 1, &from, err) != 0)
        return -1;
    if (json_kind(from) != JSON_KIND_OBJECT)
        return err_set(err, ERR_INVALID,
                       "line %u: map merge requires map or sequence of maps as the value",
                       loader->tree.nodes[index].line);
    json_foreach_member (key, value, from) {
        if (!json_member(object, key))
            json_put_take(object, key, json_clone(value));
    }
    return 0;
}

/* What `<<` brings in; the mapping's own keys win, then the earlier source. */
static int load_merged_members(struct loader *loader, size_t index, size_t depth,
                               struct json *object, struct err *err)
{
    const struct yaml_node *nodes = loader->tree.nodes;
    size_t value;
    for (size_t i = index + 1; i < nodes[index].after; i = nodes[value].after) {
        value = nodes[i].after;
        if (!is_merge_key(&nodes[i]))
            continue;
        bool many = nodes[value].kind == YAML_NODE_SEQUENCE;
        size_t source = many ? value + 1 : value;
        for (; source < nodes[value].after; source = nodes[source].after) {
            if (merge_from(loader, source, depth, object, err) != 0)
                return -1;
        }
    }
    return 0;
}

static int load_mapping(struct loader *loader, size_t index, size_t depth, struct json **ret,
                        struct err *err)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    if (load_own_members(loader, index, depth, object, err) != 0 ||
        load_merged_members(loader, index, depth, object, err) != 0)
        return -1;
    *ret = MEM_STEAL(object);
    return 0;
}

/* DEPTH is that of the collections around the value, where aliases lead too. */
static int load_value(struct loader *loader, size_t index, size_t depth, struct json **ret,
                      struct err *err)
{
    const struct yaml_node *node = &loader->tree.nodes[index];
    loader->cost += VALUE_COST;
    if (loader->cost > YAML_LOAD_COST_MAX)
        return err_set(err, ERR_INVALID, "line %u: document contains excessive aliasing",
                       node->line);
    bool is_collection = node->kind == YAML_NODE_SEQUENCE || node->kind == YAML_NODE_MAPPING;
    if (is_collection && depth >= YAML_LOAD_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "line %u: nests deeper than %d levels", node->line,
                       YAML_LOAD_DEPTH_MAX);
    switch (node->kind) {
    case YAML_NODE_ALIAS:
        return load_value(loader, loader->targets[index], depth, ret, err);
    case YAML_NODE_SEQUENCE:
        return load_sequence(loader, index, depth, ret, err);
    case YAML_NODE_MAPPING:
        return load_mapping(loader, index, depth, ret, err);
    case YAML_NODE_SCALAR:
    default:
        return load_scalar(loader, node, ret, err);
    }
}

static int load_documents(struct loader *loader, struct yaml_docs *ret, struct err *err)
{
    if (resolve_aliases(loader, err) != 0)
        return -1;
    for (size_t i = 0; i < loader->tree.len; i = loader->tree.nodes[i].after) {
        struct json *value;
        if (load_value(loader, i, 0, &value, err) != 0)
            return -1;
        if (json_kind(value) == JSON_KIND_NULL) {
            json_free(value);
            continue;
        }
        ret->items = mem_grow(ret->items, &ret->cap, ret->len + 1, sizeof(*ret->items));
        ret->items[ret->len++] = (struct yaml_doc){value, loader->tree.nodes[i].line};
    }
    return 0;
}

/* JSON that is not YAML to libyaml: surrogate pairs, keys of over 1024 bytes. */
static int load_json(struct span text, struct yaml_docs *ret)
{
    struct span trimmed = span_trim(text);
    if (text.len > YAML_LOAD_SIZE_MAX ||
        (!span_starts_with(trimmed, "{") && !span_starts_with(trimmed, "[")))
        return -1;
    struct json *value;
    if (json_parse(text, &value, NULL) != 0)
        return -1;
    ret->items = mem_grow(ret->items, &ret->cap, 1, sizeof(*ret->items));
    ret->items[ret->len++] = (struct yaml_doc){value, 1};
    return 0;
}

int yaml_load(struct span text, struct yaml_docs *ret, struct err *err)
{
    CLEANUP(loader_finish) struct loader loader = {.tree = YAML_TREE_INIT};
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    struct err why;
    if (yaml_tree_parse(text, &loader.tree, &why) != 0) {
        if (load_json(text, &docs) != 0)
            return err_set(err, why.class, "%s", why.text);
    } else if (load_documents(&loader, &docs, err) != 0) {
        return -1;
    }
    *ret = docs;
    docs = (struct yaml_docs)YAML_DOCS_INIT;
    return 0;
}
