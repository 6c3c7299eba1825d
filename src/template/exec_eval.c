#include "template/exec.h"

#include <string.h>

#include "template/value.h"

static bool has_args(const struct node_list *args, const struct value *final)
{
    return (args && args->len > 1) || final;
}

/* Arguments after something that takes none. */
static int refuse_args(struct exec *exec, const struct node_list *args, const struct value *final)
{
    if (!has_args(args, final))
        return 0;
    return exec_fail_node(exec, "can't give argument to non-function ", args->items[0], "");
}

int exec_literal(struct exec *exec, const struct node *node, struct value *ret)
{
    exec_at(exec, node);
    if (node->kind == NODE_BOOL) {
        *ret = value_bool(node->truth);
        return 0;
    }
    if (node->kind == NODE_STRING) {
        *ret = value_text(node->string.value);
        return 0;
    }
    const struct literal_number *number = &node->number.value;
    const char *source = node->number.source.data;
    size_t len = node->number.source.len;
    bool hex = len > 2 && source[0] == '0' && (source[1] | 0x20) == 'x' &&
               !memchr(source, 'p', len) && !memchr(source, 'P', len);
    bool looks_real =
        !hex && source[0] != '\'' &&
        (memchr(source, '.', len) || memchr(source, 'e', len) || memchr(source, 'E', len) ||
         memchr(source, 'p', len) || memchr(source, 'P', len));
    if (number->is_complex)
        *ret = (struct value){.type = &type_complex128, .complex = number->complex};
    else if (number->is_float && looks_real)
        *ret = value_float(number->real);
    else if (number->is_integer)
        *ret = value_int(number->integer);
    else
        return exec_fail(exec, "%.*s overflows int", (int)len, source);
    return 0;
}

/* A pointer or an interface becomes what it holds; false if it holds nothing. */
static bool follow(struct value *value)
{
    value->boxed = false;
    if (value_kind(*value) == VALUE_INTERFACE)
        return false;
    if (value_kind(*value) != VALUE_POINTER)
        return true;
    if (!value->pointed_to)
        return false;
    *value = *value->pointed_to;
    return true;
}

static const struct func *find_in(const struct func *methods, struct span name)
{
    for (; methods && methods->name; methods++) {
        if (span_is(name, methods->name))
            return methods;
    }
    return NULL;
}

/* A pointer has the methods of what it points to, and its own. */
static const struct func *find_method(struct value receiver, struct span name)
{
    const struct value_type *type = receiver.type;
    if (type->kind != VALUE_POINTER)
        return find_in(type->methods, name);
    const struct func *found = find_in(type->elem->methods, name);
    return found ? found : find_in(type->elem->pointer_methods, name);
}

static int take_field(struct exec *exec, struct value receiver, struct span name,
                      const struct node_list *args, const struct value *final,
                      const char *type_name, struct value *ret)
{
    int len = (int)name.len;
    if (value_kind(receiver) == VALUE_STRUCT && value_find_field(receiver, name, ret)) {
        if (name.data[0] < 'A' || name.data[0] > 'Z')
            return exec_fail(exec, "%.*s is an unexported field of struct type %s", len, name.data,
                             type_name);
        if (has_args(args, final))
            return exec_fail(exec, "%.*s has arguments but cannot be invoked as function", len,
                             name.data);
        return 0;
    }
    if (value_kind(receiver) == VALUE_MAP && receiver.type->key->kind == VALUE_STRING) {
        if (has_args(args, final))
            return exec_fail(exec, "%.*s is not a method but has arguments", len, name.data);
        const struct value *item = value_find_text(receiver, name);
        *ret = item ? value_in(receiver.type, *item) : value_none();
        return 0;
    }
    return exec_fail(exec, "can't evaluate field %.*s in type %s", len, name.data, type_name);
}

/* RECEIVER.NAME */
static int eval_name(struct exec *exec, struct value dot, struct span name, const struct node *node,
                     const struct node_list *args, const struct value *final, struct value receiver,
                     struct value *ret)
{
    if (!receiver.type) {
        *ret = value_none();
        return 0;
    }
    const char *type_name = value_static_name(receiver);
    struct value inner = receiver;
    if (!follow(&inner))
        return exec_fail(exec, "nil pointer evaluating %s.%.*s", type_name, (int)name.len,
                         name.data);
    receiver.boxed = false;
    const struct func *method = find_method(receiver, name);
    if (method) {
        struct exec_target target = {method, name, node, &inner};
        return exec_call(exec, dot, &target, args, final, ret);
    }
    return take_field(exec, inner, name, args, final, type_name, ret);
}

/* The names after RECEIVER; the arguments are for the last one. */
static int eval_names(struct exec *exec, struct value dot, const struct node *node, size_t from,
                      const struct node_list *args, const struct value *final,
                      struct value receiver, struct value *ret)
{
    size_t last = node->chain.n_names - 1;
    for (size_t i = from; i < last; i++) {
        if (eval_name(exec, dot, node->chain.names[i], node, NULL, NULL, receiver, &receiver) != 0)
            return -1;
    }
    return eval_name(exec, dot, node->chain.names[last], node, args, final, receiver, ret);
}

int exec_field(struct exec *exec, struct value dot, const struct node *node,
               const struct node_list *args, const struct value *final, struct value *ret)
{
    exec_at(exec, node);
    return eval_names(exec, dot, node, 0, args, final, dot, ret);
}

int exec_variable(struct exec *exec, struct value dot, const struct node *node,
                  const struct node_list *args, const struct value *final, struct value *ret)
{
    struct span name = node->chain.names[0];
    exec_at(exec, node);
    if (exec_get(exec, name, ret) != 0)
        return -1;
    if (node->chain.n_names == 1)
        return refuse_args(exec, args, final);
    return eval_names(exec, dot, node, 1, args, final, *ret, ret);
}

int exec_chain(struct exec *exec, struct value dot, const struct node *node,
               const struct node_list *args, const struct value *final, struct value *ret)
{
    struct value receiver;
    exec_at(exec, node);
    if (exec_operand(exec, dot, node->chain.operand, &receiver) != 0)
        return -1;
    return eval_names(exec, dot, node, 0, args, final, receiver, ret);
}

static int eval_command(struct exec *exec, struct value dot, const struct node *command,
                        const struct value *final, struct value *ret)
{
    const struct node_list *args = &command->list;
    const struct node *first = args->items[0];
    switch (first->kind) {
    case NODE_FIELD:
        return exec_field(exec, dot, first, args, final, ret);
    case NODE_VARIABLE:
        return exec_variable(exec, dot, first, args, final, ret);
    case NODE_CHAIN:
        return exec_chain(exec, dot, first, args, final, ret);
    case NODE_FUNCTION:
        return exec_function(exec, dot, first, command, args, final, ret);
    case NODE_PIPE:
        if (refuse_args(exec, args, final) != 0)
            return -1;
        return exec_pipeline(exec, dot, first, ret);
    default:
        break;
    }
    exec_at(exec, first);
    if (refuse_args(exec, args, final) != 0)
        return -1;
    if (first->kind == NODE_NIL)
        return exec_fail(exec, "nil is not a command");
    if (first->kind != NODE_DOT)
        return exec_literal(exec, first, ret);
    *ret = dot;
    return 0;
}

/* What an interface holds; of nil that is no value at all. */
static struct value out_of_box(struct value value)
{
    return value.boxed && value_kind(value) == VALUE_INTERFACE ? value_none()
                                                               : value_unboxed(value);
}

static int eval_commands(struct exec *exec, struct value dot, const struct node *pipe,
                         struct value *ret)
{
    const struct node_list *commands = &pipe->pipe.commands;
    struct value value = value_none();
    for (size_t i = 0; i < commands->len; i++) {
        struct value piped = value;
        if (eval_command(exec, dot, commands->items[i], i > 0 ? &piped : NULL, &value) != 0)
            return -1;
        value = out_of_box(value);
    }
    *ret = value;
    return 0;
}

int exec_pipeline(struct exec *exec, struct value dot, const struct node *pipe, struct value *ret)
{
    exec_at(exec, pipe);
    if (exec_enter(exec) != 0 || eval_commands(exec, dot, pipe, ret) != 0)
        return -1;
    exec_leave(exec);
    for (size_t i = 0; i < pipe->pipe.variables.len; i++) {
        struct span name = pipe->pipe.variables.items[i]->chain.names[0];
        if (!pipe->pipe.assigns)
            exec_push(exec, name, *ret);
        else if (exec_set(exec, name, *ret) != 0)
            return -1;
    }
    return 0;
}
