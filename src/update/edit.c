#include "update/edit.h"

#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "update/marker.h"
#include "update/object.h"
#include "update/place.h"
#include "update/rewrite.h"
#include "yaml/yaml_plain.h"

/* A field and what becomes of it. */
struct planned {
    size_t field; /* index of its node */
    char *value;
    struct rewrite rewrite;
};

static void planned_finish(struct planned *item)
{
    free(item->value);
    buf_finish(&item->rewrite.text);
}

struct plan {
    struct editor *editor;
    const struct yaml_tree *tree;
    size_t offset; /* of the stretch in the file */
    bool by_line;
    struct place_finder places;
    struct object_finder objects;
    struct planned *items; /* in the order of the text */
    size_t len;
    size_t cap;
    size_t next_field; /* the fields before it had their marker */
};

static void plan_finish(struct plan *plan)
{
    place_finder_finish(&plan->places);
    object_finder_finish(&plan->objects);
    for (size_t i = 0; i < plan->len; i++)
        planned_finish(&plan->items[i]);
    free(plan->items);
}

static bool ends_line(struct span text, size_t at)
{
    return text.data[at] == '\n' ||
           (text.data[at] == '\r' && (at + 1 == text.len || text.data[at + 1] != '\n'));
}

size_t edit_line_at(struct editor *editor, size_t offset)
{
    for (; editor->line_offset < offset; editor->line_offset++)
        editor->lines_before += ends_line(editor->file, editor->line_offset);
    for (; editor->line_offset > offset; editor->line_offset--)
        editor->lines_before -= ends_line(editor->file, editor->line_offset - 1);
    return editor->lines_before + 1;
}

static void __attribute__((format(printf, 3, 0)))
add_notice(struct update_result *result, size_t line, const char *fmt, va_list args)
{
    result->notices = mem_grow(result->notices, &result->notice_cap, result->notice_count + 1,
                               sizeof(*result->notices));
    result->notices[result->notice_count++] = (struct update_notice){line, str_vprintf(fmt, args)};
}

void edit_notice(struct editor *editor, size_t line, const char *fmt, ...)
{
    va_list args;
    if (editor->result->notice_count >= UPDATE_NOTICES_MAX) {
        editor->result->notices_left_out++;
        return;
    }
    va_start(args, fmt);
    add_notice(editor->result, line, fmt, args);
    va_end(args);
}

void edit_last_notice(struct editor *editor, size_t line, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add_notice(editor->result, line, fmt, args);
    va_end(args);
}

/* The policy of MARKER, or NULL. */
static const struct update_policy *find_policy(const struct editor *editor,
                                               const struct marker *marker)
{
    for (size_t i = 0; i < editor->policy_count; i++) {
        const struct update_policy *policy = &editor->policies[i];
        if (str_equal(policy->namespace, marker->namespace) &&
            str_equal(policy->name, marker->policy))
            return policy;
    }
    return NULL;
}

static int make_value(const struct update_policy *policy, enum marker_part part, char **ret,
                      struct err *err)
{
    CLEANUP(buf_finish) struct buf value = BUF_INIT(UPDATE_VALUE_MAX);
    bool needs_name = part == MARKER_IMAGE || part == MARKER_NAME;
    bool needs_tag = part == MARKER_IMAGE || part == MARKER_TAG;
    bool has_digest = !str_empty(policy->digest);
    if ((needs_name && str_empty(policy->image)) || (needs_tag && str_empty(policy->tag)))
        return err_set(err, ERR_INVALID, "policy '%s/%s' has no %s", policy->namespace,
                       policy->name, str_empty(policy->image) ? "image" : "tag");
    if (needs_name)
        buf_adds(&value, policy->image);
    if (part == MARKER_IMAGE)
        buf_addc(&value, ':');
    if (needs_tag)
        buf_adds(&value, policy->tag);
    if (part == MARKER_IMAGE && has_digest)
        buf_addc(&value, '@');
    if (part == MARKER_DIGEST || (part == MARKER_IMAGE && has_digest))
        buf_adds(&value, policy->digest);
    if (buf_overflowed(&value) || !yaml_plain_printable(buf_span(&value)))
        return err_set(err, ERR_INVALID,
                       "value of policy '%s/%s' is longer than %d bytes or not printable",
                       policy->namespace, policy->name, UPDATE_VALUE_MAX);
    *ret = buf_take(&value);
    return 0;
}

/* Why a field that stands on a line of a template is better left alone. */
static const char *doubt(const struct yaml_tree *tree, const struct yaml_node *node)
{
    struct span value = span_slice(tree->text, node->content, node->end);
    const char *risky = node->style == YAMLSCAN_PLAIN ? "{}[],|>\"'" : "{}";
    if (node->style == YAMLSCAN_LITERAL || node->style == YAMLSCAN_FOLDED)
        return "its value stands on other lines";
    if (yaml_tree_in_flow(tree, node))
        return "it is not one key or item with one value";
    for (const char *c = risky; *c; c++) {
        if (span_find_byte(value, *c) >= 0)
            return "its value may be a template's or part of a larger one";
    }
    return span_find(value, SPAN_LITERAL("<%")) >= 0 ? "its value may be a template's" : NULL;
}

static void add_change(struct plan *plan, const struct planned *item, const struct marker *marker,
                       const struct update_policy *policy)
{
    struct update_result *result = plan->editor->result;
    const struct yaml_node *node = &plan->tree->nodes[item->field];
    result->changes = mem_grow(result->changes, &result->change_cap, result->change_count + 1,
                               sizeof(*result->changes));
    struct update_change *change = &result->changes[result->change_count++];
    *change = (struct update_change){
        .old_value = span_dup(node->value),
        .new_value = str_dup(item->value),
        .setter = str_dup(marker->setter),
        .policy = (size_t)(policy - plan->editor->policies),
        .line = edit_line_at(plan->editor, plan->offset + node->content),
    };
    if (plan->by_line)
        object_unknown(&change->object);
    else
        object_identify(&plan->objects, item->field, &change->object);
}

/* Plans to write POLICY's value to the field at INDEX. */
static int plan_field(struct plan *plan, size_t index, const struct marker *marker,
                      const struct update_policy *policy, struct err *err)
{
    const struct yaml_node *node = &plan->tree->nodes[index];
    size_t line = edit_line_at(plan->editor, plan->offset + node->content);
    if (marker->part == MARKER_DIGEST && str_empty(policy->digest)) {
        edit_notice(plan->editor, line, "policy '%s/%s' has no digest; the field is left alone",
                    policy->namespace, policy->name);
        return 0;
    }
    CLEANUP(planned_finish) struct planned item = {.field = index, .rewrite = REWRITE_INIT};
    if (make_value(policy, marker->part, &item.value, err) != 0)
        return -1;
    if (span_is(node->value, item.value))
        return 0;
    const char *why = rewrite_scalar(plan->tree, node, span_of(item.value), &item.rewrite);
    if (why) {
        edit_notice(plan->editor, line, "field of marker '%s' is left alone: %s", marker->setter,
                    why);
        return 0;
    }
    add_change(plan, &item, marker, policy);
    plan->items = mem_grow(plan->items, &plan->cap, plan->len + 1, sizeof(*plan->items));
    plan->items[plan->len++] = item;
    item = (struct planned){0};
    return 0;
}

/* Does what the marker in the comment at PLACE says. */
static int take_marker(struct plan *plan, const struct place *place, struct err *err)
{
    CLEANUP(marker_finish) struct marker marker = MARKER_INIT;
    struct editor *editor = plan->editor;
    size_t line = edit_line_at(editor, plan->offset + place->from);
    const char *why;
    if (!marker_parse(span_slice(plan->tree->text, place->from, place->to), &marker, &why)) {
        edit_notice(editor, line, "marker is not read: %s", why);
        return 0;
    }
    const struct update_policy *policy = find_policy(editor, &marker);
    if (!policy) {
        edit_notice(editor, line, "there is no policy for marker '%s'", marker.setter);
        return 0;
    }
    why = place->why;
    if (why && plan->by_line)
        why = "in a document that is not valid YAML it must stand behind a value on one line";
    if (place->kind == PLACE_FIELD && place->field < plan->next_field)
        why = "its field has another marker";
    if (why) {
        edit_notice(editor, line, "marker '%s' is not at a field: %s", marker.setter, why);
        return 0;
    }
    plan->next_field = place->field + 1;
    why = plan->by_line ? doubt(plan->tree, &plan->tree->nodes[place->field]) : NULL;
    if (why) {
        edit_notice(editor, line, "field of marker '%s' is left alone: %s", marker.setter, why);
        return 0;
    }
    return plan_field(plan, place->field, &marker, policy, err);
}

/* Goes through the markers of the stretch. */
static int make_plan(struct plan *plan, struct err *err)
{
    struct span text = plan->tree->text;
    size_t from = 0;
    for (ptrdiff_t at; (at = marker_find(text, from)) >= 0;) {
        struct place place = place_find(&plan->places, (size_t)at);
        if (place.kind == PLACE_TEXT) {
            from = (size_t)at + 1;
            continue;
        }
        from = place.to;
        if (plan->editor->markers++ >= UPDATE_MARKERS_MAX)
            return 0;
        if (take_marker(plan, &place, err) != 0)
            return -1;
    }
    return 0;
}

static void apply_plan(const struct plan *plan, struct buf *ret)
{
    size_t at = 0;
    for (size_t i = 0; i < plan->len; i++) {
        const struct rewrite *rewrite = &plan->items[i].rewrite;
        buf_add_span(ret, span_slice(plan->tree->text, at, rewrite->from));
        buf_add_span(ret, buf_span(&rewrite->text));
        at = rewrite->to;
    }
    buf_add_span(ret, span_slice(plan->tree->text, at, plan->tree->text.len));
}

/* Whether the node reads as before, or, if it is ITEM's, as was planned. */
static bool reads_back(const struct yaml_node *old, const struct yaml_node *new,
                       const struct planned *item)
{
    if (new->kind != old->kind || new->role != old->role || new->document != old->document ||
        new->parent != old->parent || new->after != old->after ||
        !span_equal(new->anchor, old->anchor) || !span_equal(new->tag, old->tag))
        return false;
    if (item)
        return span_is(new->value, item->value) && rewrite_is_text(new, new->value, old->value);
    return span_equal(new->value, old->value) && new->style == old->style;
}

/* Reads the edited TEXT again: it must differ from the tree in the planned
 * fields alone. */
static int verify(const struct plan *plan, struct span text, struct err *err)
{
    CLEANUP(yaml_tree_finish) struct yaml_tree again = YAML_TREE_INIT;
    const struct yaml_tree *tree = plan->tree;
    const struct planned *item = plan->items, *end = plan->items + plan->len;
    size_t at = 0;
    struct err why = {.text = "its structure is another"};
    if (yaml_tree_parse(text, &again, &why) == 0 && again.len == tree->len) {
        for (; at < tree->len; at++) {
            bool is_planned = item < end && item->field == at;
            if (!reads_back(&tree->nodes[at], &again.nodes[at], is_planned ? item : NULL))
                break;
            item += is_planned;
        }
        if (at == tree->len)
            return 0;
    }
    size_t line = edit_line_at(plan->editor, plan->offset + tree->nodes[at].start);
    return err_set(err, ERR_INTERNAL, "%s:%zu: the edited file does not read back as it should: %s",
                   plan->editor->path, line, why.text);
}

int edit_tree(struct editor *editor, const struct yaml_tree *tree, size_t offset, bool by_line,
              struct err *err)
{
    CLEANUP(plan_finish)
    struct plan plan = {.editor = editor, .tree = tree, .offset = offset, .by_line = by_line};
    place_finder_init(&plan.places, tree);
    object_finder_init(&plan.objects, tree);
    if (make_plan(&plan, err) != 0)
        return -1;
    if (plan.len == 0)
        return 0;
    struct update_result *result = editor->result;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(result->content.max);
    apply_plan(&plan, &text);
    if (verify(&plan, buf_span(&text), err) != 0)
        return -1;
    result->changed = true;
    buf_add_span(&result->content, span_slice(editor->file, editor->copied, offset));
    buf_add_span(&result->content, buf_span(&text));
    editor->copied = offset + tree->text.len;
    return 0;
}
