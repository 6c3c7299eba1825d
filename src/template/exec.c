#include "template/exec.h"

#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "template/fmt.h"
#include "template/template.h"

enum {
    SHOWN_NODE_MAX = 1024, /* bytes of a node in an error, so that the error fits too */
};

/* How a list came to its end. */
enum outcome {
    OUTCOME_FAILED = -1,
    OUTCOME_DONE,
    OUTCOME_BREAK,
    OUTCOME_CONTINUE,
};

static enum outcome walk(struct exec *exec, struct value dot, const struct node *node);

/* Line, and column from 0, of the current node. */
static void add_place(const struct exec *exec, struct buf *out)
{
    size_t pos = exec->at->pos, line = 1, line_start = 0;
    for (size_t i = 0; i < pos; i++) {
        if (exec->template->text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    buf_addf(out, "template: %s:%zu:%zu: executing ", exec->template->name, line, pos - line_start);
}

int exec_fail_here(struct exec *exec)
{
    CLEANUP(buf_finish) struct buf place = BUF_INIT(ERR_TEXT_SIZE);
    CLEANUP(buf_finish) struct buf source = BUF_INIT(TEMPLATE_TEXT_MAX);
    add_place(exec, &place);
    quote_go(exec->definition, &place);
    node_print(exec->at, &source);
    bool fits = source.len <= SHOWN_NODE_MAX;
    buf_truncate(&source, SHOWN_NODE_MAX);
    return err_wrap(exec->err, "%s at <%s%s>", buf_text(&place), buf_text(&source),
                    fits ? "" : "...");
}

int exec_fail(struct exec *exec, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(exec->err, ERR_INVALID, fmt, args);
    va_end(args);
    return exec_fail_here(exec);
}

int exec_fail_node(struct exec *exec, const char *before, const struct node *node,
                   const char *after)
{
    CLEANUP(buf_finish) struct buf source = BUF_INIT(TEMPLATE_TEXT_MAX);
    node_print(node, &source);
    return exec_fail(exec, "%s%s%s", before, buf_text(&source), after);
}

int exec_enter(struct exec *exec)
{
    if (exec->depth >= TEMPLATE_RUN_DEPTH_MAX)
        return exec_fail(exec, "exceeded maximum template depth (%d)", TEMPLATE_RUN_DEPTH_MAX);
    if (budget_take(exec->budget, 1, exec->err) != 0)
        return exec_fail_here(exec);
    exec->depth++;
    return 0;
}

void exec_leave(struct exec *exec)
{
    exec->depth--;
}

void exec_push(struct exec *exec, struct span name, struct value value)
{
    exec->variables = mem_grow(exec->variables, &exec->cap_variables, exec->n_variables + 1,
                               sizeof(*exec->variables));
    exec->variables[exec->n_variables++] = (struct exec_variable){name, value};
}

static struct exec_variable *find_variable(struct exec *exec, struct span name)
{
    for (size_t i = exec->n_variables; i > exec->first_variable; i--) {
        if (span_equal(exec->variables[i - 1].name, name))
            return &exec->variables[i - 1];
    }
    exec_fail(exec, "undefined variable: %.*s", (int)name.len, name.data);
    return NULL;
}

int exec_get(struct exec *exec, struct span name, struct value *ret)
{
    const struct exec_variable *variable = find_variable(exec, name);
    if (!variable)
        return -1;
    *ret = variable->value;
    return 0;
}

int exec_set(struct exec *exec, struct span name, struct value value)
{
    struct exec_variable *variable = find_variable(exec, name);
    if (!variable)
        return -1;
    variable->value = value;
    return 0;
}

static int print(struct exec *exec, const struct node *node, struct value value)
{
    exec_at(exec, node);
    if (fmt_action(exec->budget, value, exec->out, exec->err) != 0)
        return exec_fail_here(exec);
    if (buf_overflowed(exec->out))
        return exec_fail(exec, "output is longer than %d bytes", TEMPLATE_OUTPUT_MAX);
    return 0;
}

static enum outcome walk_text(struct exec *exec, const struct node *node)
{
    buf_add_span(exec->out, node->text);
    if (!buf_overflowed(exec->out))
        return OUTCOME_DONE;
    return exec_fail(exec, "output is longer than %d bytes", TEMPLATE_OUTPUT_MAX);
}

static enum outcome walk_action(struct exec *exec, struct value dot, const struct node *node)
{
    struct value value;
    if (exec_pipeline(exec, dot, node->control.pipe, &value) != 0)
        return OUTCOME_FAILED;
    if (node->control.pipe->pipe.variables.len != 0)
        return OUTCOME_DONE;
    return print(exec, node, value);
}

static enum outcome walk_list(struct exec *exec, struct value dot, const struct node *list)
{
    enum outcome outcome = OUTCOME_DONE;
    for (size_t i = 0; i < list->list.len && outcome == OUTCOME_DONE; i++)
        outcome = walk(exec, dot, list->list.items[i]);
    return outcome;
}

static enum outcome walk_if_or_with(struct exec *exec, struct value dot, const struct node *node)
{
    struct value value;
    if (exec_pipeline(exec, dot, node->control.pipe, &value) != 0)
        return OUTCOME_FAILED;
    if (value_is_true(value))
        return walk_list(exec, node->kind == NODE_WITH ? value : dot, node->control.list);
    if (node->control.else_list)
        return walk_list(exec, dot, node->control.else_list);
    return OUTCOME_DONE;
}

/* One round of a range. The variables that the pipeline declared lie on top. */
static enum outcome walk_round(struct exec *exec, const struct node *node, struct value index,
                               struct value element)
{
    const struct node_list *names = &node->control.pipe->pipe.variables;
    size_t mark = exec->n_variables;
    struct value first = names->len > 1 ? index : element;
    if (exec_enter(exec) != 0)
        return OUTCOME_FAILED;
    if (node->control.pipe->pipe.assigns) {
        if (names->len > 0 && exec_set(exec, names->items[0]->chain.names[0], first) != 0)
            return OUTCOME_FAILED;
        if (names->len > 1 && exec_set(exec, names->items[1]->chain.names[0], element) != 0)
            return OUTCOME_FAILED;
    } else {
        if (names->len > 0)
            exec->variables[mark - names->len].value = first;
        if (names->len > 1)
            exec->variables[mark - 1].value = element;
    }
    enum outcome outcome = walk_list(exec, element, node->control.list);
    exec->n_variables = mark;
    exec_leave(exec);
    return outcome == OUTCOME_CONTINUE ? OUTCOME_DONE : outcome;
}

static int refuse_range(struct exec *exec, const char *before, struct value value,
                        const char *after)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    fmt_value(exec->budget, value, &text, NULL);
    return exec_fail(exec, "%s%s%s", before, buf_text(&text), after);
}

/* How many rounds there are; -1 for a value that has none by its nature. */
static int64_t rounds_of(struct value value)
{
    switch (value_kind(value)) {
    case VALUE_INT:
    case VALUE_INT64:
        return value.integer > 0 ? value.integer : 0;
    case VALUE_UINT8:
    case VALUE_UINT64:
        return value.natural > INT64_MAX ? INT64_MAX : (int64_t)value.natural;
    case VALUE_SLICE:
    case VALUE_MAP:
        return (int64_t)value_len(value);
    case VALUE_INVALID:
    case VALUE_INTERFACE:
        return 0;
    default:
        return -1;
    }
}

/* The entries of a map as they are now: it can change while it is walked over. */
static int snapshot(struct exec *exec, struct value map, struct value_entry **ret)
{
    size_t count = value_len(map);
    *ret = budget_calloc(exec->budget, count, sizeof(**ret), exec->err);
    if (!*ret || budget_take_bytes(exec->budget, count * sizeof(**ret), exec->err) != 0)
        return exec_fail_here(exec);
    memcpy(*ret, map.map->entries, count * sizeof(**ret));
    return 0;
}

static enum outcome walk_rounds(struct exec *exec, const struct node *node, struct value value,
                                int64_t rounds)
{
    enum outcome outcome = OUTCOME_DONE;
    struct value_entry *entries = NULL;
    if (value_kind(value) == VALUE_MAP && snapshot(exec, value, &entries) != 0)
        return OUTCOME_FAILED;
    for (int64_t i = 0; i < rounds && outcome == OUTCOME_DONE; i++) {
        struct value index = value_int(i), element = index;
        if (entries) {
            index = entries[i].key;
            element = value_in(value.type, entries[i].value);
        } else if (value_kind(value) == VALUE_SLICE) {
            element = value_at(value, (size_t)i);
        } else {
            index.type = element.type = value.type;
        }
        outcome = walk_round(exec, node, index, element);
    }
    return outcome == OUTCOME_BREAK ? OUTCOME_DONE : outcome;
}

static enum outcome walk_range(struct exec *exec, struct value dot, const struct node *node)
{
    struct value value;
    if (exec_pipeline(exec, dot, node->control.pipe, &value) != 0)
        return OUTCOME_FAILED;
    if (value_kind(value) == VALUE_POINTER && value.pointed_to)
        value = *value.pointed_to;
    int64_t rounds = rounds_of(value);
    if (rounds < 0)
        return refuse_range(exec, "range can't iterate over ", value, "");
    bool counts = value_kind(value) != VALUE_SLICE && value_kind(value) != VALUE_MAP;
    if (counts && value.type && node->control.pipe->pipe.variables.len > 1)
        return refuse_range(exec, "can't use ", value, " to iterate over more than one variable");
    if (rounds > 0)
        return walk_rounds(exec, node, value, rounds);
    if (!node->control.else_list)
        return OUTCOME_DONE;
    /* As in Go, a break in the else part, which only a range around this one
     * allows, ends this one. A continue goes to the one around. */
    enum outcome outcome = walk_list(exec, dot, node->control.else_list);
    return outcome == OUTCOME_BREAK ? OUTCOME_DONE : outcome;
}

static enum outcome walk_call(struct exec *exec, struct value dot, const struct node *node)
{
    exec_at(exec, node);
    if (!node->call.list) {
        CLEANUP(buf_finish) struct buf name = BUF_INIT(ERR_TEXT_SIZE);
        quote_go(node->call.name, &name);
        return exec_fail(exec, "template %s not defined", buf_text(&name));
    }
    struct value argument = value_none();
    if (node->call.pipe && exec_pipeline(exec, dot, node->call.pipe, &argument) != 0)
        return OUTCOME_FAILED;
    return exec_run(exec, node->call.name, node->call.list, argument);
}

static enum outcome walk_node(struct exec *exec, struct value dot, const struct node *node)
{
    size_t mark = exec->n_variables;
    enum outcome outcome = OUTCOME_DONE;
    switch (node->kind) {
    case NODE_TEXT:
        return walk_text(exec, node);
    case NODE_ACTION:
        /* What it declares lives until the end of the list around it. */
        return walk_action(exec, dot, node);
    case NODE_BREAK:
        return OUTCOME_BREAK;
    case NODE_CONTINUE:
        return OUTCOME_CONTINUE;
    case NODE_IF:
    case NODE_WITH:
        outcome = walk_if_or_with(exec, dot, node);
        break;
    case NODE_RANGE:
        outcome = walk_range(exec, dot, node);
        break;
    case NODE_TEMPLATE:
        outcome = walk_call(exec, dot, node);
        break;
    default:
        break;
    }
    exec->n_variables = mark;
    return outcome;
}

static enum outcome walk(struct exec *exec, struct value dot, const struct node *node)
{
    exec_at(exec, node);
    if (exec_enter(exec) != 0)
        return OUTCOME_FAILED;
    enum outcome outcome = walk_node(exec, dot, node);
    exec_leave(exec);
    return outcome;
}

/* A definition sees no variable but its own $ and those after it. */
int exec_run(struct exec *exec, struct span name, const struct node *list, struct value dot)
{
    struct span outer = exec->definition;
    size_t first = exec->first_variable, mark = exec->n_variables;
    exec->definition = name;
    exec->first_variable = mark;
    exec_push(exec, SPAN_LITERAL("$"), dot);
    if (walk_list(exec, dot, list) == OUTCOME_FAILED)
        return -1;
    exec->n_variables = mark;
    exec->first_variable = first;
    exec->definition = outer;
    return 0;
}
