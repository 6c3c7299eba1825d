/*
 * The template's text as tokens, one at a time.
 *
 * Outside of actions everything up to `{{` is one token of text, already
 * trimmed as the markers `{{- ` and ` -}}` ask; comments vanish. Inside, blanks
 * are tokens too, since `a.b` and `a .b` differ. A fault is a last token of
 * kind TOKEN_ERROR whose text says what is wrong.
 *
 * Positions are bytes from the start of the template, lines count from 1.
 */
#ifndef TIDEMARK_TEMPLATE_LEXER_H
#define TIDEMARK_TEMPLATE_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum token_kind {
    TOKEN_ERROR,
    TOKEN_EOF,
    TOKEN_TEXT,
    TOKEN_LEFT_DELIM,
    TOKEN_RIGHT_DELIM,
    TOKEN_SPACE,
    TOKEN_ASSIGN,  /* = */
    TOKEN_DECLARE, /* := */
    TOKEN_PIPE,
    TOKEN_LEFT_PAREN,
    TOKEN_RIGHT_PAREN,
    TOKEN_CHAR, /* any other printable ASCII */
    TOKEN_BOOL,
    TOKEN_CHAR_CONSTANT,
    TOKEN_COMPLEX,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_RAW_STRING,
    TOKEN_FIELD,    /* .Name */
    TOKEN_VARIABLE, /* $ or $name */
    TOKEN_IDENTIFIER,
    TOKEN_DOT, /* the keywords begin here */
    TOKEN_BLOCK,
    TOKEN_BREAK,
    TOKEN_CONTINUE,
    TOKEN_DEFINE,
    TOKEN_ELSE,
    TOKEN_END,
    TOKEN_IF,
    TOKEN_NIL,
    TOKEN_RANGE,
    TOKEN_TEMPLATE,
    TOKEN_WITH,
};

struct token {
    enum token_kind kind;
    uint32_t pos;
    uint32_t line;
    struct span text; /* in the template; of an error, in the lexer */
};

struct lexer {
    struct span input;
    size_t pos;        /* what comes next */
    size_t start;      /* where the token began */
    size_t line_start; /* up to where lines were counted */
    uint32_t line;     /* at line_start */
    bool in_action;
    size_t paren_depth;
    struct buf error;
};

void lexer_init(struct lexer *lexer, struct span input);
void lexer_finish(struct lexer *lexer);

/* The next token; after the end, or a fault, that one for ever. */
struct token lexer_next(struct lexer *lexer);

/* Appends a token as errors show it: `"word"`, `<if>`, `EOF`. */
void lexer_show(struct token token, struct buf *ret);

#endif
