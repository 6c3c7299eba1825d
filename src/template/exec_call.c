#include <string.h>

#include "base/mem.h"
#include "template/exec.h"
#include "template/types.h"

enum {
    FEW_ARGS = 6, /* that a call takes without memory from the budget */
};

/* A parameter's type; the two that take anything have none. */
static const struct value_type *param_type(char letter)
{
    switch (letter) {
    case 's':
        return &type_string;
    case 'i':
        return &type_int;
    case 'l':
        return &type_int64;
    case 'f':
        return &type_float64;
    case 'b':
        return &type_bool;
    case 'd':
        return &type_dict;
    case 'L':
        return &type_list;
    default:
        return types_param(letter);
    }
}

static const char *param_name(char letter)
{
    if (letter == 'x')
        return type_any.name;
    return letter == 'v' ? "reflect.Value" : param_type(letter)->name;
}

static bool takes_nil(char letter)
{
    if (letter == 'x' || letter == 'v')
        return true;
    enum value_kind kind = param_type(letter)->kind;
    return kind == VALUE_MAP || kind == VALUE_SLICE || kind == VALUE_POINTER;
}

static struct value nil_of(char letter)
{
    if (letter == 'v')
        return value_none();
    return letter == 'x' ? value_nil() : (struct value){.type = param_type(letter)};
}

/* VALUE as an argument for a parameter. */
static int check_value(struct exec *exec, char letter, struct value value, struct value *ret)
{
    *ret = value;
    if (letter == 'v')
        return 0;
    if (!value.type) {
        if (!takes_nil(letter))
            return exec_fail(exec, "invalid value; expected %s", param_name(letter));
        *ret = nil_of(letter);
        return 0;
    }
    if (letter == 'x')
        return 0;
    const struct value_type *want = param_type(letter);
    ret->boxed = false;
    if (value.type == want)
        return 0;
    if (value.type->kind == VALUE_POINTER && value.type->elem == want && value.pointed_to) {
        *ret = *value.pointed_to;
        return 0;
    }
    return exec_fail(exec, "wrong type for value; expected %s; got %s", want->name,
                     value.type->name);
}

/* A literal has to fit the parameter. */
static int take_literal(struct exec *exec, char letter, const struct node *node, struct value *ret)
{
    if (letter == 'x' || letter == 'v')
        return exec_literal(exec, node, ret);
    const struct value_type *want = param_type(letter);
    const char *expected = NULL;
    CLEANUP(buf_finish) struct buf around = BUF_INIT(128);
    *ret = (struct value){.type = want};
    switch (want->kind) {
    case VALUE_BOOL:
        expected = node->kind == NODE_BOOL ? NULL : "bool";
        ret->truth = !expected && node->truth;
        break;
    case VALUE_STRING:
        expected = node->kind == NODE_STRING ? NULL : "string";
        if (!expected)
            ret->text = node->string.value;
        break;
    case VALUE_INT:
    case VALUE_INT64:
        expected = node->kind == NODE_NUMBER && node->number.value.is_integer ? NULL : "integer";
        if (!expected)
            ret->integer = node->number.value.integer;
        break;
    case VALUE_UINT64:
        expected =
            node->kind == NODE_NUMBER && node->number.value.is_natural ? NULL : "unsigned integer";
        if (!expected)
            ret->natural = node->number.value.natural;
        break;
    case VALUE_FLOAT64:
        expected = node->kind == NODE_NUMBER && node->number.value.is_float ? NULL : "float";
        if (!expected)
            ret->real = node->number.value.real;
        break;
    default:
        buf_addf(&around, " for arg of type %s", want->name);
        return exec_fail_node(exec, "can't handle ", node, buf_text(&around));
    }
    if (!expected)
        return 0;
    buf_addf(&around, "expected %s; found ", expected);
    return exec_fail_node(exec, buf_text(&around), node, "");
}

/* The value of an argument node that is no literal and not nil. */
static int take_operand(struct exec *exec, struct value dot, const struct node *node,
                        struct value *ret)
{
    switch (node->kind) {
    case NODE_DOT:
        *ret = dot;
        return 0;
    case NODE_FIELD:
        return exec_field(exec, dot, node, NULL, NULL, ret);
    case NODE_VARIABLE:
        return exec_variable(exec, dot, node, NULL, NULL, ret);
    case NODE_CHAIN:
        return exec_chain(exec, dot, node, NULL, NULL, ret);
    case NODE_FUNCTION:
        return exec_function(exec, dot, node, node, NULL, NULL, ret);
    default:
        return exec_pipeline(exec, dot, node, ret);
    }
}

int exec_operand(struct exec *exec, struct value dot, const struct node *node, struct value *ret)
{
    exec_at(exec, node);
    return take_operand(exec, dot, node, ret);
}

static int take_arg(struct exec *exec, struct value dot, char letter, const struct node *node,
                    struct value *ret)
{
    exec_at(exec, node);
    if (node->kind == NODE_BOOL || node->kind == NODE_NUMBER || node->kind == NODE_STRING)
        return take_literal(exec, letter, node, ret);
    if (node->kind == NODE_NIL) {
        *ret = nil_of(letter);
        if (takes_nil(letter))
            return 0;
        return exec_fail(exec, "cannot assign nil to %s", param_name(letter));
    }
    struct value value;
    if (take_operand(exec, dot, node, &value) != 0)
        return -1;
    return check_value(exec, letter, value, ret);
}

/* What a function's parameter letters say. */
struct params {
    const char *letters;
    size_t fixed;
    bool variadic;
};

static struct params params_of(const struct func *func)
{
    size_t len = strlen(func->params);
    bool variadic = len != 0 && func->params[len - 1] == '*';
    return (struct params){func->params, variadic ? len - 2 : len, variadic};
}

static char letter_at(const struct params *params, size_t i)
{
    return params->letters[i < params->fixed ? i : params->variadic ? params->fixed : 0];
}

static int check_count(struct exec *exec, struct span name, const struct params *params,
                       size_t count, const struct value *final)
{
    size_t all = count + (final != NULL);
    int len = (int)name.len;
    if (params->variadic && all < params->fixed)
        return exec_fail(exec, "wrong number of args for %.*s: want at least %zu got %zu", len,
                         name.data, params->fixed, count);
    if (!params->variadic && all != params->fixed)
        return exec_fail(exec, "wrong number of args for %.*s: want %zu got %zu", len, name.data,
                         params->fixed, all);
    return 0;
}

/* and, or: the arguments after the one that decides are not evaluated. */
static int call_short_circuit(struct exec *exec, struct value dot, bool until,
                              const struct node_list *args, const struct value *final,
                              struct value *ret)
{
    *ret = value_none();
    for (size_t i = 1; args && i < args->len; i++) {
        if (take_arg(exec, dot, 'v', args->items[i], ret) != 0)
            return -1;
        if (value_is_true(*ret) == until)
            return 0;
    }
    if (final)
        *ret = *final;
    return 0;
}

/* Templates see no functions as values, so there is nothing to call. */
static int refuse_call(struct exec *exec, const struct exec_target *target,
                       const struct node_list *args, struct value callee)
{
    const char *type = callee.type ? callee.type->name : "";
    exec_at(exec, target->node);
    if (!callee.type || value_kind(callee) == VALUE_INTERFACE)
        return exec_fail(exec, "error calling call: call of nil");
    CLEANUP(buf_finish) struct buf after = BUF_INIT(ERR_TEXT_SIZE);
    buf_addf(&after, " of type %s", type);
    if (args && args->len > 1)
        return exec_fail_node(exec, "error calling call: non-function ", args->items[1],
                              buf_text(&after));
    if (value_kind(callee) == VALUE_STRING)
        return exec_fail(exec, "error calling call: non-function %.*s of type %s",
                         (int)callee.text.len, callee.text.data, type);
    return exec_fail(exec, "error calling call: non-function <%s Value> of type %s", type, type);
}

/* The receiver, the arguments and what was piped in, as FUNC declares them. */
static int take_args(struct exec *exec, struct value dot, const struct exec_target *target,
                     const struct params *params, const struct node_list *args,
                     const struct value *final, struct value *values)
{
    size_t given = args && args->len > 1 ? args->len - 1 : 0;
    if (target->receiver)
        *values++ = *target->receiver;
    for (size_t i = 0; i < given; i++) {
        if (take_arg(exec, dot, letter_at(params, i), args->items[i + 1], &values[i]) != 0)
            return -1;
    }
    if (!final)
        return 0;
    return check_value(exec, letter_at(params, given), *final, &values[given]);
}

/* A step, and more for long texts that go in and out. Functions on lists and
 * dicts take steps for what they walk over themselves. */
static int take_steps(struct exec *exec, const struct value *values, size_t count)
{
    size_t bytes = BUDGET_BYTES_A_STEP;
    for (size_t i = 0; i < count; i++)
        bytes += value_kind(values[i]) == VALUE_STRING ? values[i].text.len : 0;
    return budget_take_bytes(exec->budget, bytes, exec->err);
}

int exec_call(struct exec *exec, struct value dot, const struct exec_target *target,
              const struct node_list *args, const struct value *final, struct value *ret)
{
    const struct func *func = target->func;
    struct params params = params_of(func);
    size_t given = args && args->len > 1 ? args->len - 1 : 0;
    if (check_count(exec, target->name, &params, given, final) != 0)
        return -1;
    bool is_call = !func->run && span_is(target->name, "call");
    if (!func->run && !is_call)
        return call_short_circuit(exec, dot, span_is(target->name, "or"), args, final, ret);
    size_t count = (target->receiver != NULL) + given + (final != NULL);
    struct value few[FEW_ARGS], *values = few;
    if (count > FEW_ARGS) {
        values = budget_calloc(exec->budget, count, sizeof(*values), exec->err);
        if (!values)
            return exec_fail_here(exec);
    }
    if (take_args(exec, dot, target, &params, args, final, values) != 0)
        return -1;
    if (is_call)
        return refuse_call(exec, target, args, values[0]);
    struct call call = {exec->budget, values, count, ret, exec->err};
    *ret = value_none();
    if (take_steps(exec, values, count) == 0 && func->run(&call) == 0 &&
        take_steps(exec, ret, 1) == 0)
        return 0;
    exec_at(exec, target->node);
    err_wrap(exec->err, "error calling %.*s", (int)target->name.len, target->name.data);
    return exec_fail_here(exec);
}

int exec_function(struct exec *exec, struct value dot, const struct node *node,
                  const struct node *command, const struct node_list *args,
                  const struct value *final, struct value *ret)
{
    struct exec_target target = {node->function.func, node->function.name, command, NULL};
    exec_at(exec, node);
    return exec_call(exec, dot, &target, args, final, ret);
}
