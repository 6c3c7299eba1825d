/*
 * Random calls of functions, by themselves and in each other.
 */
#ifndef TIDEMARK_TESTS_TEMPLATE_CALLS_H
#define TIDEMARK_TESTS_TEMPLATE_CALLS_H

#include "base/buf.h"
#include "compare/dice.h"

/* A function and its arguments, which nest up to DEPTH calls. */
void template_roll_function(struct dice *dice, size_t depth, struct buf *out);

/* An operand of a kind of template_words.h, perhaps a call in parentheses. */
void template_roll_expression(struct dice *dice, char kind, size_t depth, struct buf *out);

/* Whole actions: a call; a time parsed, printed and asked; a printf. */
void template_roll_call_action(struct dice *dice, struct buf *out);
void template_roll_moment_actions(struct dice *dice, struct buf *out);
void template_roll_printf_action(struct dice *dice, struct buf *out);

#endif
