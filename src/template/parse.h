/*
 * The parser: tokens to trees, by recursive descent. parse_token.c has the
 * tokens, parse.c the expressions, parse_control.c the actions.
 *
 * A function that makes a node answers NULL after a fault, with the error
 * filled. Errors name the line of the token that was read last, as in Go.
 */
#ifndef TIDEMARK_TEMPLATE_PARSE_H
#define TIDEMARK_TEMPLATE_PARSE_H

#include "base/err.h"
#include "template/lexer.h"
#include "template/node.h"

enum {
    PARSE_LOOKAHEAD = 3, /* "$x foo": the blank and the word decide what $x is */
};

/* What belongs to one definition while it is parsed. */
struct parse_tree {
    struct token tokens[PARSE_LOOKAHEAD]; /* the newest first */
    size_t n_peeked;                      /* of them to be read again */
    uint32_t action_line;                 /* where the current action began, or 0 */
    struct span *variables;               /* that can be used here */
    size_t n_variables;
    size_t cap_variables;
    size_t range_depth;
};

struct parser {
    struct lexer lexer;
    struct template *template;
    struct parse_tree *tree;
    size_t depth; /* of actions and parentheses */
    struct err *err;
};

/* Tokens. */
struct token parse_next(struct parser *parser);
struct token parse_peek(struct parser *parser);
struct token parse_next_word(struct parser *parser); /* skips a blank */
struct token parse_peek_word(struct parser *parser);
void parse_back(struct parser *parser);
/* TOKEN, or TOKEN and after it NEXT, come before the one read last. */
void parse_back_two(struct parser *parser, struct token token);
void parse_back_three(struct parser *parser, struct token token, struct token next);

/* Fill the error; the answers are -1 and NULL for the caller to return. */
int parse_fail(struct parser *parser, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int parse_unexpected(struct parser *parser, struct token token, const char *context);

int parse_enter(struct parser *parser, const char *fault);
void parse_leave(struct parser *parser);

struct node *parse_new_node(struct parser *parser, enum node_kind kind, uint32_t pos);
void parse_add(struct parser *parser, struct node_list *list, struct node *node);
void parse_drop_variables(struct parser *parser, size_t keep);

/* A pipeline up to the token END; CONTEXT stands in errors. */
struct node *parse_pipeline(struct parser *parser, const char *context, enum token_kind end);

/* What a literal in quotes stands for, in the arena. */
int parse_string(struct parser *parser, struct token token, struct span *ret);

/* Begins a definition with its own variables and look-ahead; returns the tree
 * to go back to. */
struct parse_tree *parse_begin_tree(struct parser *parser, struct parse_tree *tree);
void parse_end_tree(struct parser *parser, struct parse_tree *outer);
int parse_define(struct parser *parser, struct span name, struct node *list);

/* All of the text, as the definition NAME and those inside of it. */
int parse_template(struct parser *parser, struct span name);

#endif
