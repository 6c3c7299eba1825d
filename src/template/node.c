#include "template/node.h"

#include "base/quote.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "template/template.h"

const struct definition *template_definition(const struct template *template, struct span name)
{
    for (size_t i = 0; i < template->n_definitions; i++) {
        if (span_equal(template->definitions[i].name, name))
            return &template->definitions[i];
    }
    return NULL;
}

static bool is_white(struct span text)
{
    while (text.len != 0) {
        uint32_t rune;
        size_t len = utf8_decode(text, &rune);
        if (!unicode_is_space(rune))
            return false;
        text = span_slice(text, len, text.len);
    }
    return true;
}

bool node_is_empty(const struct node *node)
{
    if (node->kind == NODE_TEXT)
        return is_white(node->text);
    if (node->kind != NODE_LIST)
        return false;
    for (size_t i = 0; i < node->list.len; i++) {
        if (!node_is_empty(node->list.items[i]))
            return false;
    }
    return true;
}

static void print_items(const struct node_list *list, const char *separator, struct buf *ret)
{
    for (size_t i = 0; i < list->len; i++) {
        if (i > 0)
            buf_adds(ret, separator);
        bool nested = list->items[i]->kind == NODE_PIPE;
        if (nested)
            buf_addc(ret, '(');
        node_print(list->items[i], ret);
        if (nested)
            buf_addc(ret, ')');
    }
}

static void print_pipe(const struct node *node, struct buf *ret)
{
    print_items(&node->pipe.variables, ", ", ret);
    if (node->pipe.variables.len != 0)
        buf_adds(ret, node->pipe.assigns ? " = " : " := ");
    print_items(&node->pipe.commands, " | ", ret);
}

static void print_chain(const struct node *node, struct buf *ret)
{
    if (node->kind == NODE_CHAIN)
        print_items(&(struct node_list){.items = (struct node *[]){node->chain.operand}, .len = 1},
                    "", ret);
    for (size_t i = 0; i < node->chain.n_names; i++) {
        if (i > 0 || node->kind != NODE_VARIABLE)
            buf_addc(ret, '.');
        buf_add_span(ret, node->chain.names[i]);
    }
}

static void print_control(const struct node *node, const char *word, struct buf *ret)
{
    buf_addf(ret, "{{%s ", word);
    node_print(node->control.pipe, ret);
    buf_adds(ret, "}}");
    node_print(node->control.list, ret);
    if (node->control.else_list) {
        buf_adds(ret, "{{else}}");
        node_print(node->control.else_list, ret);
    }
    buf_adds(ret, "{{end}}");
}

static void print_call(const struct node *node, struct buf *ret)
{
    buf_adds(ret, "{{template ");
    quote_go(node->call.name, ret);
    if (node->call.pipe) {
        buf_addc(ret, ' ');
        node_print(node->call.pipe, ret);
    }
    buf_adds(ret, "}}");
}

static void print_text(const struct node *node, struct buf *ret)
{
    buf_add_span(ret, node->text);
    /* A brace at the end must not become part of what follows. */
    if (span_ends_with(node->text, "{"))
        buf_adds(ret, " {{- /**/}}");
}

/* What stands inside of actions. */
static void print_operand(const struct node *node, struct buf *ret)
{
    switch (node->kind) {
    case NODE_PIPE:
        print_pipe(node, ret);
        break;
    case NODE_COMMAND:
        print_items(&node->list, " ", ret);
        break;
    case NODE_DOT:
        buf_addc(ret, '.');
        break;
    case NODE_NIL:
        buf_adds(ret, "nil");
        break;
    case NODE_BOOL:
        buf_adds(ret, node->truth ? "true" : "false");
        break;
    case NODE_NUMBER:
        buf_add_span(ret, node->number.source);
        break;
    case NODE_STRING:
        buf_add_span(ret, node->string.source);
        break;
    case NODE_FUNCTION:
        buf_add_span(ret, node->function.name);
        break;
    default:
        print_chain(node, ret);
        break;
    }
}

void node_print(const struct node *node, struct buf *ret)
{
    switch (node->kind) {
    case NODE_LIST:
        print_items(&node->list, "", ret);
        break;
    case NODE_TEXT:
        print_text(node, ret);
        break;
    case NODE_ACTION:
        buf_adds(ret, "{{");
        node_print(node->control.pipe, ret);
        buf_adds(ret, "}}");
        break;
    case NODE_IF:
        print_control(node, "if", ret);
        break;
    case NODE_WITH:
        print_control(node, "with", ret);
        break;
    case NODE_RANGE:
        print_control(node, "range", ret);
        break;
    case NODE_TEMPLATE:
        print_call(node, ret);
        break;
    case NODE_BREAK:
        buf_adds(ret, "{{break}}");
        break;
    case NODE_CONTINUE:
        buf_adds(ret, "{{continue}}");
        break;
    default:
        print_operand(node, ret);
        break;
    }
}
