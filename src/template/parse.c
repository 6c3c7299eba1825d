#include "template/parse.h"

#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "template/funcs.h"
#include "template/template.h"

static int fail_quoting(struct parser *parser, const char *before, struct span name,
                        const char *after)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    quote_go(name, &quoted);
    return parse_fail(parser, "%s%s%s", before, buf_text(&quoted), after);
}

/* The arena is as large as it must be: what the text needs is bounded by the
 * text. */
static void *take(struct parser *parser, size_t size)
{
    return arena_alloc(&parser->template->arena, size);
}

struct node *parse_new_node(struct parser *parser, enum node_kind kind, uint32_t pos)
{
    struct node *node = take(parser, sizeof(*node));
    node->kind = kind;
    node->pos = pos;
    return node;
}

void parse_add(struct parser *parser, struct node_list *list, struct node *node)
{
    if (list->len == list->cap) {
        size_t cap = 2 * list->cap + 2;
        struct node **items = take(parser, cap * sizeof(struct node *));
        if (list->len != 0)
            memcpy(items, list->items, list->len * sizeof(struct node *));
        list->items = items;
        list->cap = cap;
    }
    list->items[list->len++] = node;
}

static void add_variable(struct parser *parser, struct span name)
{
    struct parse_tree *tree = parser->tree;
    tree->variables = mem_grow(tree->variables, &tree->cap_variables, tree->n_variables + 1,
                               sizeof(*tree->variables));
    tree->variables[tree->n_variables++] = name;
}

void parse_drop_variables(struct parser *parser, size_t keep)
{
    parser->tree->n_variables = keep;
}

static bool knows_variable(const struct parser *parser, struct span name)
{
    for (size_t i = 0; i < parser->tree->n_variables; i++) {
        if (span_equal(parser->tree->variables[i], name))
            return true;
    }
    return false;
}

/* A field or variable of one name. */
static struct node *new_name(struct parser *parser, enum node_kind kind, uint32_t pos,
                             struct span name)
{
    struct node *node = parse_new_node(parser, kind, pos);
    struct span *names = take(parser, sizeof(*names));
    names[0] = name;
    node->chain.names = names;
    node->chain.n_names = 1;
    return node;
}

int parse_string(struct parser *parser, struct token token, struct span *ret)
{
    CLEANUP(buf_finish) struct buf value = BUF_INIT(TEMPLATE_TEXT_MAX * 3);
    if (!quote_go_read(token.text, &value))
        return parse_fail(parser, "invalid syntax");
    char *copy = take(parser, value.len);
    if (value.len != 0)
        memcpy(copy, value.data, value.len);
    *ret = (struct span){copy, value.len};
    return 0;
}

static struct node *parse_literal(struct parser *parser, struct token token)
{
    struct node *node;
    struct err err;
    if (token.kind == TOKEN_STRING || token.kind == TOKEN_RAW_STRING) {
        node = parse_new_node(parser, NODE_STRING, token.pos);
        node->string.source = token.text;
        return parse_string(parser, token, &node->string.value) == 0 ? node : NULL;
    }
    node = parse_new_node(parser, NODE_NUMBER, token.pos);
    node->number.source = token.text;
    if (literal_read(token.text, &node->number.value, &err) == 0)
        return node;
    parse_fail(parser, "%s", err.text);
    return NULL;
}

static struct node *parse_function(struct parser *parser, struct token token)
{
    const struct func *func = funcs_find(token.text);
    if (!func) {
        fail_quoting(parser, "function ", token.text, " not defined");
        return NULL;
    }
    struct node *node = parse_new_node(parser, NODE_FUNCTION, token.pos);
    node->function.name = token.text;
    node->function.func = func;
    return node;
}

static struct node *parse_variable(struct parser *parser, struct token token)
{
    if (knows_variable(parser, token.text))
        return new_name(parser, NODE_VARIABLE, token.pos, token.text);
    fail_quoting(parser, "undefined variable ", token.text, "");
    return NULL;
}

static struct node *parse_parenthesized(struct parser *parser)
{
    if (parse_enter(parser, "max expression depth exceeded") != 0)
        return NULL;
    struct node *pipe = parse_pipeline(parser, "parenthesized pipeline", TOKEN_RIGHT_PAREN);
    parse_leave(parser);
    return pipe;
}

/* A term without fields. 0 with NULL in *RET: none begins here. */
static int parse_term(struct parser *parser, struct node **ret)
{
    struct token token = parse_next_word(parser);
    switch (token.kind) {
    case TOKEN_IDENTIFIER:
        *ret = parse_function(parser, token);
        break;
    case TOKEN_DOT:
        *ret = parse_new_node(parser, NODE_DOT, token.pos);
        break;
    case TOKEN_NIL:
        *ret = parse_new_node(parser, NODE_NIL, token.pos);
        break;
    case TOKEN_VARIABLE:
        *ret = parse_variable(parser, token);
        break;
    case TOKEN_FIELD:
        *ret = new_name(parser, NODE_FIELD, token.pos, span_slice(token.text, 1, token.text.len));
        break;
    case TOKEN_BOOL:
        *ret = parse_new_node(parser, NODE_BOOL, token.pos);
        (*ret)->truth = span_is(token.text, "true");
        break;
    case TOKEN_CHAR_CONSTANT:
    case TOKEN_COMPLEX:
    case TOKEN_NUMBER:
    case TOKEN_STRING:
    case TOKEN_RAW_STRING:
        *ret = parse_literal(parser, token);
        break;
    case TOKEN_LEFT_PAREN:
        *ret = parse_parenthesized(parser);
        break;
    default:
        *ret = NULL;
        parse_back(parser);
        return 0;
    }
    return *ret ? 0 : -1;
}

static int refuse_fields(struct parser *parser, const struct node *term)
{
    CLEANUP(buf_finish) struct buf source = BUF_INIT(ERR_TEXT_SIZE);
    node_print(term, &source);
    return fail_quoting(parser, "unexpected . after term ", buf_span(&source), "");
}

/* TERM with the fields that follow it: a longer field or variable, or a chain. */
static struct node *parse_fields(struct parser *parser, struct node *term)
{
    bool extends = term->kind == NODE_FIELD || term->kind == NODE_VARIABLE;
    struct node *node =
        parse_new_node(parser, extends ? term->kind : NODE_CHAIN, parse_peek(parser).pos);
    size_t cap = 4, len = 0;
    struct span *names = take(parser, cap * sizeof(*names));
    if (extends)
        names[len++] = term->chain.names[0];
    else
        node->chain.operand = term;
    while (parse_peek(parser).kind == TOKEN_FIELD) {
        struct span name = parse_next(parser).text;
        if (len == cap) {
            struct span *more = take(parser, 2 * cap * sizeof(*names));
            memcpy(more, names, len * sizeof(*names));
            names = more;
            cap *= 2;
        }
        names[len++] = span_slice(name, 1, name.len);
    }
    node->chain.names = names;
    node->chain.n_names = len;
    if (term->kind == NODE_DOT || term->kind == NODE_NIL || term->kind == NODE_BOOL ||
        term->kind == NODE_NUMBER || term->kind == NODE_STRING) {
        refuse_fields(parser, term);
        return NULL;
    }
    return node;
}

/* As parse_term(), with fields. */
static int parse_operand(struct parser *parser, struct node **ret)
{
    if (parse_term(parser, ret) != 0)
        return -1;
    if (*ret && parse_peek(parser).kind == TOKEN_FIELD)
        *ret = parse_fields(parser, *ret);
    else
        return 0;
    return *ret ? 0 : -1;
}

/* Operands with blanks between them, up to a pipe sign, which is taken, or the
 * end of the pipeline, which is not. */
static struct node *parse_command(struct parser *parser)
{
    struct node *command = parse_new_node(parser, NODE_COMMAND, parse_peek_word(parser).pos);
    for (;;) {
        struct node *operand;
        parse_peek_word(parser);
        if (parse_operand(parser, &operand) != 0)
            return NULL;
        if (operand)
            parse_add(parser, &command->list, operand);
        struct token token = parse_next(parser);
        if (token.kind == TOKEN_SPACE)
            continue;
        if (token.kind == TOKEN_RIGHT_DELIM || token.kind == TOKEN_RIGHT_PAREN) {
            parse_back(parser);
        } else if (token.kind != TOKEN_PIPE) {
            parse_unexpected(parser, token, "operand");
            return NULL;
        }
        break;
    }
    if (command->list.len != 0)
        return command;
    parse_fail(parser, "empty command");
    return NULL;
}

/* Takes "$x :=", "$x =" or the "$i," of a range off the front of a pipeline.
 * Answers 1 if another may follow, 0 when done. */
static int parse_declaration(struct parser *parser, struct node *pipe, const char *context)
{
    struct token variable = parse_peek_word(parser);
    if (variable.kind != TOKEN_VARIABLE)
        return 0;
    parse_next(parser);
    struct token adjacent = parse_peek(parser), next = parse_peek_word(parser);
    bool comma = next.kind == TOKEN_CHAR && span_is(next.text, ",");
    if (next.kind != TOKEN_ASSIGN && next.kind != TOKEN_DECLARE && !comma) {
        if (adjacent.kind == TOKEN_SPACE)
            parse_back_three(parser, variable, adjacent);
        else
            parse_back_two(parser, variable);
        return 0;
    }
    parse_next_word(parser);
    parse_add(parser, &pipe->pipe.variables,
              new_name(parser, NODE_VARIABLE, variable.pos, variable.text));
    add_variable(parser, variable.text);
    if (!comma) {
        pipe->pipe.assigns = next.kind == TOKEN_ASSIGN;
        return 0;
    }
    if (strcmp(context, "range") != 0 || pipe->pipe.variables.len >= 2)
        return parse_fail(parser, "too many declarations in %s", context);
    enum token_kind second = parse_peek_word(parser).kind;
    if (second == TOKEN_VARIABLE || second == TOKEN_RIGHT_DELIM || second == TOKEN_RIGHT_PAREN)
        return 1;
    return parse_fail(parser, "range can only initialize variables");
}

static int check_pipeline(struct parser *parser, const struct node *pipe, const char *context)
{
    const struct node_list *commands = &pipe->pipe.commands;
    if (commands->len == 0)
        return parse_fail(parser, "missing value for %s", context);
    for (size_t i = 1; i < commands->len; i++) {
        enum node_kind first = commands->items[i]->list.items[0]->kind;
        if (first == NODE_BOOL || first == NODE_DOT || first == NODE_NIL || first == NODE_NUMBER ||
            first == NODE_STRING)
            return parse_fail(parser, "non executable command in pipeline stage %zu", i + 1);
    }
    return 0;
}

static bool starts_operand(enum token_kind kind)
{
    return (kind >= TOKEN_BOOL && kind <= TOKEN_DOT) || kind == TOKEN_NIL ||
           kind == TOKEN_LEFT_PAREN;
}

struct node *parse_pipeline(struct parser *parser, const char *context, enum token_kind end)
{
    struct node *pipe = parse_new_node(parser, NODE_PIPE, parse_peek_word(parser).pos);
    int more;
    do
        more = parse_declaration(parser, pipe, context);
    while (more > 0);
    if (more < 0)
        return NULL;
    for (;;) {
        struct token token = parse_next_word(parser);
        if (token.kind == end)
            return check_pipeline(parser, pipe, context) == 0 ? pipe : NULL;
        if (!starts_operand(token.kind)) {
            parse_unexpected(parser, token, context);
            return NULL;
        }
        parse_back(parser);
        struct node *command = parse_command(parser);
        if (!command)
            return NULL;
        parse_add(parser, &pipe->pipe.commands, command);
    }
}

struct parse_tree *parse_begin_tree(struct parser *parser, struct parse_tree *tree)
{
    struct parse_tree *outer = parser->tree;
    *tree = (struct parse_tree){0};
    parser->tree = tree;
    add_variable(parser, SPAN_LITERAL("$"));
    return outer;
}

void parse_end_tree(struct parser *parser, struct parse_tree *outer)
{
    free(parser->tree->variables);
    parser->tree = outer;
}

int parse_define(struct parser *parser, struct span name, struct node *list)
{
    struct template *template = parser->template;
    for (size_t i = 0; i < template->n_definitions; i++) {
        struct definition *known = &template->definitions[i];
        if (!span_equal(known->name, name))
            continue;
        if (node_is_empty(known->list))
            known->list = list;
        else if (!node_is_empty(list))
            return fail_quoting(parser, "template: multiple definition of template ", name, "");
        return 0;
    }
    template->definitions = mem_grow(template->definitions, &template->cap_definitions,
                                     template->n_definitions + 1, sizeof(struct definition));
    template->definitions[template->n_definitions++] = (struct definition){name, list};
    return 0;
}
