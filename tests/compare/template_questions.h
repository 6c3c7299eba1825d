/*
 * Random templates: the arguments of questions for template.render and
 * template.message. Most are well-formed, and most of those run; some have a
 * fault put in, so that errors and their places are compared as well.
 */
#ifndef TIDEMARK_TESTS_TEMPLATE_QUESTIONS_H
#define TIDEMARK_TESTS_TEMPLATE_QUESTIONS_H

#include "adapt/json.h"
#include "compare/dice.h"

/* Actions of all kinds, nested, over template.render's default data. */
struct json *template_roll_language(struct dice *dice);

/* One call of Sprig or a built-in, often of calls. */
struct json *template_roll_call(struct dice *dice);

/* One call of printf. */
struct json *template_roll_printf(struct dice *dice);

/* Actions over the default commit, for template.message. */
struct json *template_roll_message(struct dice *dice);

/* Any of these, with bytes or words changed. */
struct json *template_roll_spoiled(struct dice *dice);

#endif
