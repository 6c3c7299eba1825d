#include "update/place.h"

#include <string.h>

#include "base/mem.h"

/* Orders keys by mapping, text and place, so that equal ones meet. */
static int compare_keys(const void *a, const void *b, void *arg)
{
    const struct yaml_node *nodes = arg;
    uint32_t first, second;
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    if (nodes[first].parent != nodes[second].parent)
        return nodes[first].parent < nodes[second].parent ? -1 : 1;
    int order = span_compare(nodes[first].value, nodes[second].value);
    return order != 0 ? order : (first > second) - (first < second);
}

void place_finder_init(struct place_finder *finder, const struct yaml_tree *tree)
{
    const struct yaml_node *nodes = tree->nodes;
    CLEANUP(mem_freep) uint32_t *keys = mem_calloc(tree->len, sizeof(*keys));
    size_t count = 0;
    for (uint32_t i = 0; i < tree->len; i++) {
        if (nodes[i].role == YAML_NODE_KEY && nodes[i].kind == YAML_NODE_SCALAR)
            keys[count++] = i;
    }
    qsort_r(keys, count, sizeof(*keys), compare_keys, tree->nodes);
    *finder = (struct place_finder){tree, mem_calloc(tree->len, sizeof(bool))};
    for (size_t i = 1; i < count; i++) {
        const struct yaml_node *before = &nodes[keys[i - 1]], *key = &nodes[keys[i]];
        if (before->parent == key->parent && span_equal(before->value, key->value))
            finder->shadowed[key->after] = true;
    }
}

void place_finder_finish(struct place_finder *finder)
{
    free(finder->shadowed);
    finder->shadowed = NULL;
}

/* The length of the break that ends at AT, CR LF being one, or 0. */
static size_t break_before(struct span text, size_t at)
{
    if (at >= 2 && text.data[at - 2] == '\r' && text.data[at - 1] == '\n')
        return 2;
    for (size_t len = 1; len <= 3 && len <= at; len++) {
        if (yaml_tree_break_at(text, at - len) == len)
            return len;
    }
    return 0;
}

static size_t line_start(struct span text, size_t at, size_t from)
{
    while (at > from && break_before(text, at) == 0)
        at--;
    return at;
}

static size_t line_end(struct span text, size_t at)
{
    while (at < text.len && yaml_tree_break_at(text, at) == 0)
        at++;
    return at;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static size_t skip_blanks(struct span text, size_t at)
{
    while (at < text.len && is_blank(text.data[at]))
        at++;
    return at;
}

static size_t skip_blanks_back(struct span text, size_t at)
{
    while (at > 0 && is_blank(text.data[at - 1]))
        at--;
    return at;
}

static bool is_leaf(const struct yaml_node *node)
{
    return node->kind == YAML_NODE_SCALAR || node->kind == YAML_NODE_ALIAS;
}

static bool is_block(const struct yaml_node *node)
{
    return node->style == YAMLSCAN_LITERAL || node->style == YAMLSCAN_FOLDED;
}

/* The last node that begins at OFFSET or before it; NULL if none does. */
static const struct yaml_node *node_before(const struct yaml_tree *tree, size_t offset)
{
    size_t low = 0, high = tree->len;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (tree->nodes[mid].start <= offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low != 0 ? &tree->nodes[low - 1] : NULL;
}

/* What surrounds a comment. */
struct around {
    const struct yaml_tree *tree;
    const struct yaml_node *before; /* the last node that begins before it, or NULL */
    bool inside;                    /* in BEFORE: among its properties, or in a block's header */
    size_t gap;                     /* where the last text that is no comment may end */
    size_t from, to;                /* the comment */
};

/* Finds the comment that OFFSET stands in; false if it stands in none. */
static bool find_comment(struct around *around, size_t offset)
{
    struct span text = around->tree->text;
    const struct yaml_node *node = around->before;
    if (node && is_leaf(node) && offset < node->end) {
        bool in_header = is_block(node) && offset < line_end(text, node->content);
        if (offset >= node->content && !in_header)
            return false;
        around->inside = true;
        around->gap = in_header ? node->content : node->start;
    } else if (node) {
        around->gap = is_leaf(node) ? node->end : node->start;
    }
    size_t from = line_start(text, offset, around->gap);
    const char *hash = memchr(text.data + from, '#', offset - from);
    if (!hash)
        return false;
    around->from = (size_t)(hash - text.data);
    around->to = line_end(text, offset);
    return true;
}

/* Whether a comment stands behind the scalar on its line. */
static bool has_line_comment(const struct yaml_tree *tree, const struct yaml_node *node)
{
    struct span text = tree->text;
    if (is_block(node)) {
        size_t end = line_end(text, node->content);
        return memchr(text.data + node->content, '#', end - node->content) != NULL;
    }
    size_t at = skip_blanks(text, node->end);
    if (yaml_tree_in_flow(tree, node) && at < text.len && text.data[at] == ',')
        at = skip_blanks(text, at + 1);
    return at < text.len && text.data[at] == '#';
}

static struct place nowhere(const char *why)
{
    return (struct place){.kind = PLACE_NOWHERE, .why = why};
}

/* NODE, if it is a field that can be written. */
static struct place field(const struct place_finder *finder, const struct yaml_node *node)
{
    const struct yaml_node *nodes = finder->tree->nodes;
    if (node->kind == YAML_NODE_ALIAS)
        return nowhere("it stands at an alias; mark the anchor's value");
    if (node->kind != YAML_NODE_SCALAR || node->content == node->end)
        return nowhere("there is no value at it");
    if (node->role == YAML_NODE_ROOT)
        return nowhere("it stands at a value without a key");
    size_t index = yaml_tree_index(finder->tree, node);
    for (size_t at = index; at != YAML_NODE_NONE; at = nodes[at].parent) {
        if (nodes[at].role == YAML_NODE_KEY)
            return nowhere("it stands at a key, not at a value");
        if (finder->shadowed[at])
            return nowhere("an earlier key of the same name counts");
    }
    return (struct place){.kind = PLACE_FIELD, .field = index};
}

/* Whether no other comment line stands right above this one. */
static bool is_one_line(const struct around *around)
{
    struct span text = around->tree->text;
    size_t start = line_start(text, around->from, 0);
    size_t above_end = start - break_before(text, start);
    size_t first = skip_blanks(text, line_start(text, above_end, 0));
    return first < around->gap || first >= above_end || text.data[first] != '#';
}

/* What stands between a comment and the field below it. */
struct below {
    size_t dashes;
    size_t breaks;
    bool other; /* more than white space and dashes */
};

static struct below look_below(struct span text, size_t from, size_t to)
{
    struct below below = {0};
    for (size_t at = from; at < to; at++) {
        size_t len = yaml_tree_break_at(text, at);
        if (len != 0) {
            bool is_first_half = text.data[at] == '\r' && at + 1 < to && text.data[at + 1] == '\n';
            below.breaks += below.dashes == 0 && !is_first_half;
            at += len - 1;
        } else if (text.data[at] == '-') {
            below.dashes++;
        } else if (!is_blank(text.data[at])) {
            below.other = true;
        }
    }
    return below;
}

/* The place of a comment above a field. OWN_LINE: nothing stands before it. */
static struct place place_above(const struct place_finder *finder, const struct around *around,
                                bool own_line)
{
    const struct yaml_tree *tree = finder->tree;
    size_t next = around->before ? yaml_tree_index(tree, around->before) + 1 : 0;
    while (next < tree->len && !is_leaf(&tree->nodes[next]))
        next++;
    if (next == tree->len)
        return nowhere("there is no value at it");
    const struct yaml_node *node = &tree->nodes[next];
    if (node->role == YAML_NODE_KEY)
        return nowhere("it stands above a key; put it behind the value");
    struct below below = look_below(tree->text, around->to, node->start);
    bool is_first_item = node->role == YAML_NODE_ITEM && node->parent + 1 == next;
    size_t dashes_max = own_line && node->role == YAML_NODE_ITEM ? 1 : 0;
    if (below.other || below.dashes > dashes_max)
        return nowhere("there is no value at it");
    if (below.dashes != 0 && below.breaks > 1 && !is_first_item)
        return nowhere("a blank line parts it from the item below");
    if (own_line && !is_one_line(around))
        return nowhere("it is part of a comment of several lines");
    if (has_line_comment(tree, node))
        return nowhere("the comment behind the value counts instead");
    return field(finder, node);
}

/* The place of a comment behind something on its line, which ends at END. */
static struct place place_behind(const struct place_finder *finder, const struct around *around,
                                 size_t end)
{
    struct span text = finder->tree->text;
    const struct yaml_node *node = around->before;
    char last = text.data[end - 1];
    if (node && is_leaf(node) && last == ',' && yaml_tree_in_flow(finder->tree, node) &&
        node->end == skip_blanks_back(text, end - 1))
        return field(finder, node);
    if (node && is_leaf(node) && node->end == end)
        return field(finder, node);
    if (last == '-')
        return place_above(finder, around, false);
    if (last == ':')
        return nowhere("it stands behind a key; put it behind the value");
    if (strchr("[]{}", last))
        return nowhere("it stands at a list or a mapping, not at a value");
    return nowhere("there is no value at it");
}

static struct place place_comment(const struct place_finder *finder, const struct around *around)
{
    struct span text = finder->tree->text;
    if (around->inside && is_block(around->before) && around->from >= around->before->content)
        return field(finder, around->before);
    if (around->inside)
        return has_line_comment(finder->tree, around->before)
                   ? nowhere("the comment behind the value counts instead")
                   : field(finder, around->before);
    size_t end = skip_blanks_back(text, around->from);
    if (end == 0 || break_before(text, end) != 0 ||
        (end == 3 && span_starts_with(text, "\xef\xbb\xbf")))
        return place_above(finder, around, true);
    return place_behind(finder, around, end);
}

struct place place_find(const struct place_finder *finder, size_t offset)
{
    struct around around = {.tree = finder->tree, .before = node_before(finder->tree, offset)};
    if (!find_comment(&around, offset))
        return (struct place){.kind = PLACE_TEXT};
    struct place place = place_comment(finder, &around);
    place.from = around.from;
    place.to = around.to;
    return place;
}
