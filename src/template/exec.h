/*
 * The executor: walks a definition's tree, evaluates its pipelines, and writes
 * the output. exec.c has the actions, exec_eval.c the pipelines, exec_call.c
 * the arguments of functions and methods.
 *
 * Every function answers 0, or -1 after a fault, with the error filled and
 * its place in front of it. The place is the node that was entered last; that
 * is a rule that users see, so each function says with exec_at() what it
 * enters, exactly as Go does.
 */
#ifndef TIDEMARK_TEMPLATE_EXEC_H
#define TIDEMARK_TEMPLATE_EXEC_H

#include "template/node.h"

struct exec_variable {
    struct span name;
    struct value value;
};

struct exec {
    const struct template *template;
    struct span definition; /* the name of the one that runs */
    const struct node *at;
    struct exec_variable *variables; /* the innermost last */
    size_t n_variables;
    size_t cap_variables;
    size_t first_variable; /* of those that the definition sees; its $ */
    size_t depth;
    struct budget *budget;
    struct buf *out;
    struct err *err;
};

static inline void exec_at(struct exec *exec, const struct node *node)
{
    exec->at = node;
}

/* Fills the error, with its place. Returns -1. */
int exec_fail(struct exec *exec, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same with the source of NODE behind the text, and then AFTER. */
int exec_fail_node(struct exec *exec, const char *before, const struct node *node,
                   const char *after);
/* Puts the place in front of an error that a function of another module left. */
int exec_fail_here(struct exec *exec);

/* One step, and one level deeper; to be left again. */
int exec_enter(struct exec *exec);
void exec_leave(struct exec *exec);

void exec_push(struct exec *exec, struct span name, struct value value);
/* Gets and sets the innermost variable of that name. */
int exec_get(struct exec *exec, struct span name, struct value *ret);
int exec_set(struct exec *exec, struct span name, struct value value);

/* Runs the definition NAME, which is LIST, with DOT. */
int exec_run(struct exec *exec, struct span name, const struct node *list, struct value dot);

/* The value of a pipeline; its variables get it too. */
int exec_pipeline(struct exec *exec, struct value dot, const struct node *pipe, struct value *ret);

/* The value of a field, variable or chain; its last name may be a method that
 * takes the arguments ARGS[1…] of N_ARGS and then FINAL. FINAL is NULL if
 * nothing was piped in. */
int exec_field(struct exec *exec, struct value dot, const struct node *node,
               const struct node_list *args, const struct value *final, struct value *ret);
int exec_variable(struct exec *exec, struct value dot, const struct node *node,
                  const struct node_list *args, const struct value *final, struct value *ret);
int exec_chain(struct exec *exec, struct value dot, const struct node *node,
               const struct node_list *args, const struct value *final, struct value *ret);

/* What an int, float, … literal is where any type will do. */
int exec_literal(struct exec *exec, const struct node *node, struct value *ret);

/* An argument node where the static type is unknown: the operand of a chain. */
int exec_operand(struct exec *exec, struct value dot, const struct node *node, struct value *ret);

/* Calls FUNC; NODE is what an error of the function points at. RECEIVER is
 * NULL for a function. */
struct exec_target {
    const struct func *func;
    struct span name;
    const struct node *node;
    const struct value *receiver;
};
int exec_call(struct exec *exec, struct value dot, const struct exec_target *target,
              const struct node_list *args, const struct value *final, struct value *ret);

/* A function's name as a command or argument. */
int exec_function(struct exec *exec, struct value dot, const struct node *node,
                  const struct node *command, const struct node_list *args,
                  const struct value *final, struct value *ret);

#endif
