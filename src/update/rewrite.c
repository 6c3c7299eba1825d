#include "update/rewrite.h"

#include <string.h>

#include "yaml/yaml_plain.h"

#define TAG_PREFIX "tag:yaml.org,2002:"

static bool is_tagged_text(const struct yaml_node *node)
{
    return node->tag.len != 0 &&
           (!span_starts_with(node->tag, TAG_PREFIX) || span_is(node->tag, TAG_PREFIX "str"));
}

bool rewrite_is_text(const struct yaml_node *node, struct span value, struct span old)
{
    if (is_tagged_text(node))
        return true;
    if (node->tag.len != 0)
        return false;
    if (node->style != YAMLSCAN_PLAIN)
        return true;
    enum yaml_plain_kind kind = yaml_plain_kind(value);
    /* Whoever reads this field copes with plain dates. */
    return kind == YAML_PLAIN_STRING ||
           (kind == YAML_PLAIN_DATE && yaml_plain_kind(old) == YAML_PLAIN_DATE);
}

static bool can_stay_plain(const struct yaml_tree *tree, const struct yaml_node *node,
                           struct span value)
{
    bool in_flow = yaml_tree_in_flow(tree, node);
    /* YAML 1.1 has no colon in a plain scalar here. One that holds a colon
     * already shows that its readers go by 1.2. */
    if (in_flow && span_find_byte(value, ':') >= 0 && span_find_byte(node->value, ':') < 0)
        return false;
    return yaml_plain_fits(value, in_flow) && rewrite_is_text(node, value, node->value);
}

static void add_escaped(struct span value, const char *set, char escape, struct buf *ret)
{
    for (size_t i = 0; i < value.len; i++) {
        if (strchr(set, value.data[i]))
            buf_addc(ret, escape ? escape : value.data[i]);
        buf_addc(ret, value.data[i]);
    }
}

static void add_double_quoted(struct span value, struct buf *ret)
{
    buf_addc(ret, '"');
    add_escaped(value, "\"\\", '\\', ret);
    buf_addc(ret, '"');
}

static void add_single_quoted(struct span value, struct buf *ret)
{
    buf_addc(ret, '\'');
    add_escaped(value, "'", '\'', ret);
    buf_addc(ret, '\'');
}

/* The header of a block, up to its line break, with the mark that strips the
 * last newline. What the header says and holds otherwise stays. */
static void add_header(struct span header, struct buf *ret)
{
    size_t end = 1;
    bool strips = false;
    buf_addc(ret, header.data[0]);
    for (; end < header.len && strchr("+-0123456789", header.data[end]); end++) {
        strips |= header.data[end] == '-';
        if (header.data[end] != '+')
            buf_addc(ret, header.data[end]);
    }
    if (!strips)
        buf_addc(ret, '-');
    buf_add_span(ret, span_slice(header, end, header.len));
}

/* The blanks in front of the first text of a block: those of the first line
 * that is not blank. Breaks are those of YAML. Returns false if all is blank. */
static bool first_blanks(struct span text, size_t at, size_t end, size_t *ret)
{
    size_t blanks = 0;
    while (at < end) {
        size_t len = yaml_tree_break_at(text, at);
        if (len == 0 && text.data[at] != ' ') {
            *ret = blanks;
            return true;
        }
        blanks = len != 0 ? 0 : blanks + 1;
        at += len != 0 ? len : 1;
    }
    return false;
}

/* Where the content of a block ends that is indented by INDENT: behind its last
 * line that holds more than indent, before that line's break. */
static size_t content_end(struct span text, size_t body, size_t end, size_t indent)
{
    size_t last = body, start = body;
    for (size_t at = body; at <= end; at++) {
        size_t len = at < end ? yaml_tree_break_at(text, at) : 1;
        if (len == 0)
            continue;
        if (at > start + indent)
            last = at;
        at += len - 1;
        start = at + 1;
    }
    return last;
}

static const char *rewrite_block(const struct yaml_tree *tree, const struct yaml_node *node,
                                 struct span value, struct rewrite *ret)
{
    struct span text = tree->text;
    size_t header_end = node->content, body, raw, decoded;
    if (span_starts_with(value, " "))
        return "a block would take the value's blanks for indent";
    while (header_end < node->end && yaml_tree_break_at(text, header_end) == 0)
        header_end++;
    body = header_end;
    if (body < node->end)
        body += yaml_tree_break_at(text, body);
    if (span_starts_with(span_slice(text, header_end, node->end), "\r\n"))
        body++;
    if (!first_blanks(text, body, node->end, &raw) ||
        !first_blanks(node->value, 0, node->value.len, &decoded) || decoded > raw)
        return "the block is empty";
    size_t indent = raw - decoded;
    ret->from = node->content;
    ret->to = content_end(text, body, node->end, indent);
    add_header(span_slice(text, node->content, header_end), &ret->text);
    buf_add_span(&ret->text, span_slice(text, header_end, body));
    for (size_t i = 0; i < indent; i++)
        buf_addc(&ret->text, ' ');
    buf_add_span(&ret->text, value);
    return NULL;
}

/* In `&a:b` the value is `:b`; another one would become part of the anchor. */
static bool touches_anchor(const struct yaml_tree *tree, const struct yaml_node *node)
{
    return node->content > node->start && node->anchor.len != 0 &&
           !strchr(" \t\r\n", tree->text.data[node->content - 1]);
}

const char *rewrite_scalar(const struct yaml_tree *tree, const struct yaml_node *node,
                           struct span value, struct rewrite *ret)
{
    if (node->tag.len != 0 && !is_tagged_text(node))
        return "its tag says that it is no text";
    if (touches_anchor(tree, node))
        return "no blank parts it from its anchor";
    ret->from = node->content;
    ret->to = node->end;
    switch (node->style) {
    case YAMLSCAN_SINGLE_QUOTED:
        add_single_quoted(value, &ret->text);
        break;
    case YAMLSCAN_DOUBLE_QUOTED:
        add_double_quoted(value, &ret->text);
        break;
    case YAMLSCAN_LITERAL:
    case YAMLSCAN_FOLDED:
        return rewrite_block(tree, node, value, ret);
    default:
        if (can_stay_plain(tree, node, value))
            buf_add_span(&ret->text, value);
        else
            add_double_quoted(value, &ret->text);
        break;
    }
    return NULL;
}
