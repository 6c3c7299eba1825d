#include "template/parse.h"

#include "base/mem.h"
#include "template/template.h"

struct token parse_next(struct parser *parser)
{
    struct parse_tree *tree = parser->tree;
    if (tree->n_peeked > 0)
        tree->n_peeked--;
    else
        tree->tokens[0] = lexer_next(&parser->lexer);
    return tree->tokens[tree->n_peeked];
}

void parse_back(struct parser *parser)
{
    parser->tree->n_peeked++;
}

void parse_back_two(struct parser *parser, struct token token)
{
    parser->tree->tokens[1] = token;
    parser->tree->n_peeked = 2;
}

void parse_back_three(struct parser *parser, struct token token, struct token next)
{
    parser->tree->tokens[1] = next;
    parser->tree->tokens[2] = token;
    parser->tree->n_peeked = 3;
}

struct token parse_peek(struct parser *parser)
{
    struct token token = parse_next(parser);
    parse_back(parser);
    return token;
}

struct token parse_next_word(struct parser *parser)
{
    struct token token = parse_next(parser);
    while (token.kind == TOKEN_SPACE)
        token = parse_next(parser);
    return token;
}

struct token parse_peek_word(struct parser *parser)
{
    struct token token = parse_next_word(parser);
    parse_back(parser);
    return token;
}

int parse_fail(struct parser *parser, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(parser->err, ERR_INVALID, fmt, args);
    va_end(args);
    return err_wrap(parser->err, "template: %s:%u", parser->template->name,
                    parser->tree->tokens[0].line);
}

int parse_unexpected(struct parser *parser, struct token token, const char *context)
{
    CLEANUP(buf_finish) struct buf shown = BUF_INIT(ERR_TEXT_SIZE);
    uint32_t began = parser->tree->action_line;
    lexer_show(token, &shown);
    if (token.kind != TOKEN_ERROR)
        return parse_fail(parser, "unexpected %s in %s", buf_text(&shown), context);
    if (began == 0 || began == token.line)
        return parse_fail(parser, "%s", buf_text(&shown));
    bool says_action = span_ends_with(token.text, " action");
    return parse_fail(parser, "%s%s started at %s:%u", buf_text(&shown),
                      says_action ? "" : " in action", parser->template->name, began);
}

int parse_enter(struct parser *parser, const char *fault)
{
    if (parser->depth >= TEMPLATE_PARSE_DEPTH_MAX)
        return parse_fail(parser, "%s", fault);
    parser->depth++;
    return 0;
}

void parse_leave(struct parser *parser)
{
    parser->depth--;
}
