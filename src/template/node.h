/*
 * A parsed template: definitions, each a tree of nodes.
 *
 * Nodes live in the template's arena, point into its copy of the text, and
 * never change after parsing. A node's position is a byte of that text; errors
 * show the position and the node, printed in a normal form.
 */
#ifndef TIDEMARK_TEMPLATE_NODE_H
#define TIDEMARK_TEMPLATE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "template/func.h"
#include "template/literal.h"

enum node_kind {
    NODE_LIST, /* what stands between the actions of a control structure */
    NODE_TEXT,
    NODE_ACTION,
    NODE_IF,
    NODE_WITH,
    NODE_RANGE,
    NODE_TEMPLATE,
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_END, /* these two end a list and are in no tree */
    NODE_ELSE,
    NODE_PIPE,
    NODE_COMMAND,
    NODE_DOT, /* from here on: what a command is made of, besides NODE_PIPE */
    NODE_NIL,
    NODE_BOOL,
    NODE_NUMBER,
    NODE_STRING,
    NODE_FUNCTION,
    NODE_FIELD,    /* .A.B */
    NODE_VARIABLE, /* $x.A.B */
    NODE_CHAIN,    /* (…).A.B, or a function's */
};

struct node;

struct node_list {
    struct node **items;
    size_t len;
    size_t cap;
};

struct node {
    enum node_kind kind;
    uint32_t pos;
    union {
        struct node_list list; /* NODE_LIST, and the words of NODE_COMMAND */
        struct span text;      /* NODE_TEXT */
        struct {
            struct node *pipe;      /* NODE_ACTION has no more than this */
            struct node *list;      /* NODE_IF, NODE_WITH, NODE_RANGE */
            struct node *else_list; /* or NULL */
        } control;
        struct {
            struct span name;
            struct node *pipe;       /* or NULL */
            const struct node *list; /* what the definition of that name holds, or NULL */
            struct node *next;       /* of all such nodes */
        } call;                      /* NODE_TEMPLATE */
        struct {
            struct node_list variables; /* that it declares or sets */
            bool assigns;               /* = and not := */
            struct node_list commands;
        } pipe;
        struct {
            struct node *operand;     /* NODE_CHAIN only */
            const struct span *names; /* of a variable the first is its own, with $ */
            size_t n_names;
        } chain; /* NODE_FIELD, NODE_VARIABLE, NODE_CHAIN */
        struct {
            struct span name;
            const struct func *func;
        } function;
        bool truth; /* NODE_BOOL */
        struct {
            struct span source;
            struct literal_number value;
        } number;
        struct {
            struct span source; /* with its quotes */
            struct span value;
        } string;
    };
};

struct definition {
    struct span name;
    struct node *list;
};

struct template
{
    char *name;
    struct span text; /* owned */
    struct arena arena;
    struct definition *definitions;
    size_t n_definitions;
    size_t cap_definitions;
    struct node *calls; /* every NODE_TEMPLATE */
};

/* The definition of NAME, or NULL. */
const struct definition *template_definition(const struct template *template, struct span name);

/* Does it hold nothing but blanks? */
bool node_is_empty(const struct node *node);

/* Appends the source of NODE in its normal form, as errors show it. */
void node_print(const struct node *node, struct buf *ret);

#endif
