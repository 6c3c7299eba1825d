/* Sprig's arithmetic on floats, which is exact on their decimals. */
#include <math.h>

#include "template/convert.h"
#include "template/decimal.h"
#include "template/funcs.h"

enum {
    OPERATION_STEPS = 20,
    DIGITS_A_STEP = 4,
};

typedef void (*operation)(struct decimal *number, double real);

static int take_float(struct call *call, struct value value, double *ret)
{
    *ret = convert_float(value);
    if (isnan(*ret))
        return call_fail(call, "Cannot create a Decimal from NaN");
    if (isinf(*ret))
        return call_fail(call, "Cannot create a Decimal from %sInf", *ret > 0 ? "+" : "-");
    return 0;
}

/* FIRST, and then OPERATE with each of the values in turn. */
static int fold(struct call *call, struct value first, const struct value *values, size_t count,
                operation operate)
{
    struct decimal number;
    double real;
    if (take_float(call, first, &real) != 0)
        return -1;
    decimal_set(&number, real);
    for (size_t i = 0; i < count; i++) {
        if (take_float(call, values[i], &real) != 0)
            return -1;
        if (operate == decimal_divide && real == 0)
            return call_fail(call, "decimal division by 0");
        operate(&number, real);
        if (call_take(call, OPERATION_STEPS + number.len / DIGITS_A_STEP) != 0)
            return -1;
        if (number.overflowed)
            return call_fail(call, "number has more than %d digits", DECIMAL_DIGITS_MAX);
    }
    return call_give(call, value_float(decimal_to_float(&number)));
}

static int addf(struct call *call)
{
    return fold(call, value_float(0), call->args, call->n_args, decimal_add);
}

static int add1f(struct call *call)
{
    struct value one = value_int(1);
    return fold(call, call->args[0], &one, 1, decimal_add);
}

static int subf(struct call *call)
{
    return fold(call, call->args[0], call->args + 1, call->n_args - 1, decimal_subtract);
}

static int mulf(struct call *call)
{
    return fold(call, call->args[0], call->args + 1, call->n_args - 1, decimal_multiply);
}

static int divf(struct call *call)
{
    return fold(call, call->args[0], call->args + 1, call->n_args - 1, decimal_divide);
}

const struct func funcs_decimal[] = {
    {"add1f", "x", add1f}, {"addf", "x*", addf},  {"divf", "xx*", divf},
    {"mulf", "xx*", mulf}, {"subf", "xx*", subf}, {0},
};
