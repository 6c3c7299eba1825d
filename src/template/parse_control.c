#include "template/parse.h"

#include <string.h>

#define DEPTH_FAULT "actions nest too deeply"

/* Nodes up to an end or else, which goes to *RET_END. */
static struct node *parse_list(struct parser *parser, struct node **ret_end);

static int expect(struct parser *parser, enum token_kind kind, const char *context)
{
    struct token token = parse_next_word(parser);
    return token.kind == kind ? 0 : parse_unexpected(parser, token, context);
}

static struct node *parse_leap(struct parser *parser, struct token token, enum node_kind kind,
                               const char *name)
{
    if (expect(parser, TOKEN_RIGHT_DELIM, name) != 0)
        return NULL;
    if (parser->tree->range_depth == 0) {
        parse_fail(parser, "%s outside {{range}}", name);
        return NULL;
    }
    return parse_new_node(parser, kind, token.pos);
}

static struct node *parse_end(struct parser *parser, struct token token)
{
    if (expect(parser, TOKEN_RIGHT_DELIM, "end") != 0)
        return NULL;
    return parse_new_node(parser, NODE_END, token.pos);
}

/* In "else if" and "else with" the second word stays to be read. */
static struct node *parse_else(struct parser *parser, struct token token)
{
    enum token_kind next = parse_peek_word(parser).kind;
    if (next != TOKEN_IF && next != TOKEN_WITH && expect(parser, TOKEN_RIGHT_DELIM, "else") != 0)
        return NULL;
    return parse_new_node(parser, NODE_ELSE, token.pos);
}

/* The name of a template, of which TOKEN is the literal. */
static int parse_template_name(struct parser *parser, struct token token, const char *context,
                               struct span *ret)
{
    if (token.kind != TOKEN_STRING && token.kind != TOKEN_RAW_STRING)
        return parse_unexpected(parser, token, context);
    return parse_string(parser, token, ret);
}

static struct node *new_call(struct parser *parser, struct token token)
{
    struct node *node = parse_new_node(parser, NODE_TEMPLATE, token.pos);
    node->call.next = parser->template->calls;
    parser->template->calls = node;
    return node;
}

static struct node *parse_call(struct parser *parser)
{
    struct token token = parse_next_word(parser);
    struct node *node = new_call(parser, token);
    if (parse_template_name(parser, token, "template clause", &node->call.name) != 0)
        return NULL;
    if (parse_next_word(parser).kind == TOKEN_RIGHT_DELIM)
        return node;
    parse_back(parser);
    node->call.pipe = parse_pipeline(parser, "template clause", TOKEN_RIGHT_DELIM);
    return node->call.pipe ? node : NULL;
}

/* A list that only an end may end. OUTER is the tree to blame a fault on. */
static struct node *parse_definition_list(struct parser *parser, struct parse_tree *blamed,
                                          const char *context)
{
    struct node *end;
    struct node *list = parse_list(parser, &end);
    if (!list || end->kind == NODE_END)
        return list;
    struct parse_tree *tree = parser->tree;
    parser->tree = blamed;
    parse_fail(parser, "unexpected {{else}} in %s", context);
    parser->tree = tree;
    return NULL;
}

static struct node *parse_block(struct parser *parser)
{
    static const char context[] = "block clause";
    struct token token = parse_next_word(parser);
    struct node *node = new_call(parser, token);
    if (parse_template_name(parser, token, context, &node->call.name) != 0)
        return NULL;
    node->call.pipe = parse_pipeline(parser, context, TOKEN_RIGHT_DELIM);
    if (!node->call.pipe)
        return NULL;
    struct parse_tree tree, *outer = parse_begin_tree(parser, &tree);
    struct node *list = parse_definition_list(parser, outer, context);
    bool good = list && parse_define(parser, node->call.name, list) == 0;
    parse_end_tree(parser, outer);
    return good ? node : NULL;
}

static struct node *parse_control(struct parser *parser, struct token token, enum node_kind kind,
                                  const char *context);

/* What follows an else, up to the end that belongs to the whole. */
static struct node *parse_else_list(struct parser *parser, enum node_kind kind, const char *context)
{
    struct token next = parse_peek(parser);
    bool chains = (kind == NODE_IF && next.kind == TOKEN_IF) ||
                  (kind == NODE_WITH && next.kind == TOKEN_WITH);
    struct node *list, *end;
    if (!chains) {
        list = parse_list(parser, &end);
        if (!list || end->kind == NODE_END)
            return list;
        parse_fail(parser, "expected end; found {{else}}");
        return NULL;
    }
    parse_next(parser);
    list = parse_new_node(parser, NODE_LIST, next.pos);
    struct node *inner = parse_control(parser, next, kind, context);
    if (!inner)
        return NULL;
    parse_add(parser, &list->list, inner);
    return list;
}

static struct node *parse_body(struct parser *parser, struct node *node, const char *context)
{
    struct node *end;
    node->control.pipe = parse_pipeline(parser, context, TOKEN_RIGHT_DELIM);
    if (!node->control.pipe)
        return NULL;
    parser->tree->range_depth += node->kind == NODE_RANGE;
    node->control.list = parse_list(parser, &end);
    parser->tree->range_depth -= node->kind == NODE_RANGE;
    if (!node->control.list)
        return NULL;
    if (end->kind == NODE_ELSE) {
        node->control.else_list = parse_else_list(parser, node->kind, context);
        if (!node->control.else_list)
            return NULL;
    }
    return node;
}

/* An if, with or range. Its variables end with it. */
static struct node *parse_control(struct parser *parser, struct token token, enum node_kind kind,
                                  const char *context)
{
    if (parse_enter(parser, DEPTH_FAULT) != 0)
        return NULL;
    size_t variables = parser->tree->n_variables;
    struct node *node = parse_body(parser, parse_new_node(parser, kind, token.pos), context);
    parse_drop_variables(parser, variables);
    parse_leave(parser);
    return node;
}

static struct node *parse_plain_action(struct parser *parser)
{
    struct node *node = parse_new_node(parser, NODE_ACTION, parse_peek(parser).pos);
    node->control.pipe = parse_pipeline(parser, "command", TOKEN_RIGHT_DELIM);
    return node->control.pipe ? node : NULL;
}

static struct node *parse_action(struct parser *parser)
{
    struct token token = parse_next_word(parser);
    switch (token.kind) {
    case TOKEN_BLOCK:
        if (parse_enter(parser, DEPTH_FAULT) != 0)
            return NULL;
        struct node *block = parse_block(parser);
        parse_leave(parser);
        return block;
    case TOKEN_BREAK:
        return parse_leap(parser, token, NODE_BREAK, "{{break}}");
    case TOKEN_CONTINUE:
        return parse_leap(parser, token, NODE_CONTINUE, "{{continue}}");
    case TOKEN_ELSE:
        return parse_else(parser, token);
    case TOKEN_END:
        return parse_end(parser, token);
    case TOKEN_IF:
        return parse_control(parser, token, NODE_IF, "if");
    case TOKEN_RANGE:
        return parse_control(parser, token, NODE_RANGE, "range");
    case TOKEN_TEMPLATE:
        return parse_call(parser);
    case TOKEN_WITH:
        return parse_control(parser, token, NODE_WITH, "with");
    default:
        parse_back(parser);
        return parse_plain_action(parser);
    }
}

static struct node *parse_text_or_action(struct parser *parser)
{
    struct token token = parse_next_word(parser);
    struct node *node;
    switch (token.kind) {
    case TOKEN_TEXT:
        node = parse_new_node(parser, NODE_TEXT, token.pos);
        node->text = token.text;
        return node;
    case TOKEN_LEFT_DELIM:
        parser->tree->action_line = token.line;
        node = parse_action(parser);
        parser->tree->action_line = 0;
        return node;
    default:
        parse_unexpected(parser, token, "input");
        return NULL;
    }
}

static struct node *parse_list(struct parser *parser, struct node **ret_end)
{
    struct node *list = parse_new_node(parser, NODE_LIST, parse_peek_word(parser).pos);
    while (parse_peek_word(parser).kind != TOKEN_EOF) {
        struct node *node = parse_text_or_action(parser);
        if (!node)
            return NULL;
        if (node->kind == NODE_END || node->kind == NODE_ELSE) {
            *ret_end = node;
            return list;
        }
        parse_add(parser, &list->list, node);
    }
    parse_fail(parser, "unexpected EOF");
    return NULL;
}

/* From behind the word define. */
static int parse_definition(struct parser *parser)
{
    static const char context[] = "define clause";
    struct span name;
    struct parse_tree tree, *outer = parse_begin_tree(parser, &tree);
    struct node *list = NULL;
    if (parse_template_name(parser, parse_next_word(parser), context, &name) == 0 &&
        expect(parser, TOKEN_RIGHT_DELIM, context) == 0)
        list = parse_definition_list(parser, parser->tree, context);
    int answer = list ? parse_define(parser, name, list) : -1;
    parse_end_tree(parser, outer);
    return answer;
}

/* The top level, where definitions may stand. */
static struct node *parse_main(struct parser *parser)
{
    struct node *list = parse_new_node(parser, NODE_LIST, parse_peek(parser).pos);
    while (parse_peek(parser).kind != TOKEN_EOF) {
        if (parse_peek(parser).kind == TOKEN_LEFT_DELIM) {
            struct token delim = parse_next(parser);
            if (parse_next_word(parser).kind == TOKEN_DEFINE) {
                if (parse_definition(parser) != 0)
                    return NULL;
                continue;
            }
            parse_back_two(parser, delim);
        }
        struct node *node = parse_text_or_action(parser);
        if (!node)
            return NULL;
        if (node->kind == NODE_END || node->kind == NODE_ELSE) {
            parse_fail(parser, "unexpected %s", node->kind == NODE_END ? "{{end}}" : "{{else}}");
            return NULL;
        }
        parse_add(parser, &list->list, node);
    }
    return list;
}

/* A call may stand before the definition that it means. */
static void bind_calls(struct template *template)
{
    for (struct node *call = template->calls; call; call = call->call.next) {
        const struct definition *definition = template_definition(template, call->call.name);
        call->call.list = definition ? definition->list : NULL;
    }
}

int parse_template(struct parser *parser, struct span name)
{
    struct parse_tree tree, *outer = parse_begin_tree(parser, &tree);
    struct node *list = parse_main(parser);
    int answer = list ? parse_define(parser, name, list) : -1;
    parse_end_tree(parser, outer);
    if (answer == 0)
        bind_calls(parser->template);
    return answer;
}
