/* Sprig's functions on integers and floats. */
#include <math.h>

#include "base/mem.h"
#include "template/convert.h"
#include "template/funcs.h"
#include "template/literal.h"

static int64_t integer_arg(const struct call *call, size_t i)
{
    return convert_integer(call->args[i]);
}

static int give_integer(struct call *call, int64_t integer)
{
    return call_give(call, value_int64(integer));
}

static int give_wrapped(struct call *call, uint64_t bits)
{
    return give_integer(call, (int64_t)bits);
}

static int atoi_(struct call *call)
{
    int64_t integer;
    literal_read_integer(call->args[0].text, 10, &integer);
    return call_give(call, value_int(integer));
}

static int int_(struct call *call)
{
    return call_give(call, value_int(integer_arg(call, 0)));
}

static int int64_(struct call *call)
{
    return give_integer(call, integer_arg(call, 0));
}

static int float64_(struct call *call)
{
    return call_give(call, value_float(convert_float(call->args[0])));
}

static int to_decimal(struct call *call)
{
    struct span text;
    int64_t integer;
    if (convert_text(call, call->args[0], &text) != 0)
        return -1;
    bool good = literal_read_integer(text, 8, &integer) == LITERAL_OK;
    return give_integer(call, good ? integer : 0);
}

static int add(struct call *call)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < call->n_args; i++)
        sum += (uint64_t)integer_arg(call, i);
    return give_wrapped(call, sum);
}

static int add1(struct call *call)
{
    return give_wrapped(call, (uint64_t)integer_arg(call, 0) + 1);
}

static int sub(struct call *call)
{
    return give_wrapped(call, (uint64_t)integer_arg(call, 0) - (uint64_t)integer_arg(call, 1));
}

static int mul(struct call *call)
{
    uint64_t product = 1;
    for (size_t i = 0; i < call->n_args; i++)
        product *= (uint64_t)integer_arg(call, i);
    return give_wrapped(call, product);
}

/* Quotient and remainder; Go's -2^63 / -1 wraps around. */
static int divide(struct call *call, int64_t *ret_quotient, int64_t *ret_rest)
{
    int64_t a = integer_arg(call, 0), b = integer_arg(call, 1);
    if (b == 0)
        return call_fail(call, "runtime error: integer divide by zero");
    bool wraps = a == INT64_MIN && b == -1;
    *ret_quotient = wraps ? a : a / b;
    *ret_rest = wraps ? 0 : a % b;
    return 0;
}

static int div_(struct call *call)
{
    int64_t quotient, rest;
    return divide(call, &quotient, &rest) != 0 ? -1 : give_integer(call, quotient);
}

static int mod(struct call *call)
{
    int64_t quotient, rest;
    return divide(call, &quotient, &rest) != 0 ? -1 : give_integer(call, rest);
}

static int max(struct call *call)
{
    int64_t most = integer_arg(call, 0);
    for (size_t i = 1; i < call->n_args; i++)
        most = integer_arg(call, i) > most ? integer_arg(call, i) : most;
    return give_integer(call, most);
}

static int min(struct call *call)
{
    int64_t least = integer_arg(call, 0);
    for (size_t i = 1; i < call->n_args; i++)
        least = integer_arg(call, i) < least ? integer_arg(call, i) : least;
    return give_integer(call, least);
}

/* As Go's math.Max, and with SIGN -1 its math.Min: infinity in that direction
 * comes first, then NaN; +0 is above -0. */
static double extreme(double a, double b, double sign)
{
    if (isinf(a) && a * sign > 0)
        return a;
    if (isinf(b) && b * sign > 0)
        return b;
    if (isnan(a) || isnan(b))
        return (double)NAN;
    if (a == 0 && b == 0)
        return (signbit(a) != 0) == (sign > 0) ? b : a;
    return a * sign > b * sign ? a : b;
}

static int extreme_of(struct call *call, double sign)
{
    double so_far = convert_float(call->args[0]);
    for (size_t i = 1; i < call->n_args; i++)
        so_far = extreme(so_far, convert_float(call->args[i]), sign);
    return call_give(call, value_float(so_far));
}

static int maxf(struct call *call)
{
    return extreme_of(call, 1);
}

static int minf(struct call *call)
{
    return extreme_of(call, -1);
}

static int ceil_(struct call *call)
{
    return call_give(call, value_float(ceil(convert_float(call->args[0]))));
}

static int floor_(struct call *call)
{
    return call_give(call, value_float(floor(convert_float(call->args[0]))));
}

/* Ten to a whole power by repeated squaring of mantissa and exponent, as Go's
 * math.Pow does it: pow() would round the large ones otherwise. */
static double power_of_ten(int64_t places)
{
    enum {
        EXPONENT_MAX = 1 << 12,
    };
    int exponent = 0, square_exponent;
    double mantissa = 1, square = frexp(10, &square_exponent);
    if (places > EXPONENT_MAX || places < -EXPONENT_MAX)
        return places > 0 ? (double)INFINITY : 0;
    for (uint64_t left = (uint64_t)(places < 0 ? -places : places); left != 0; left >>= 1) {
        if (left & 1) {
            mantissa *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if (square < 0.5) {
            square += square;
            square_exponent--;
        }
    }
    return places < 0 ? ldexp(1 / mantissa, -exponent) : ldexp(mantissa, exponent);
}

static int round_(struct call *call)
{
    double real = convert_float(call->args[0]), whole;
    double on = call->n_args > 2 ? call->args[2].real : 0.5;
    double power = power_of_ten(call->args[1].integer), scaled = power * real;
    double fraction = modf(scaled, &whole);
    if (isinf(scaled))
        fraction = (double)NAN; /* and not 0, in Go */
    return call_give(call, value_float((fraction >= on ? ceil(scaled) : floor(scaled)) / power));
}

/* From START up or down to but without STOP, as a []int. */
static int count_steps(struct call *call, int64_t start, int64_t stop, int64_t step,
                       struct value *ret)
{
    uint64_t distance =
        stop < start ? (uint64_t)start - (uint64_t)stop : (uint64_t)stop - (uint64_t)start;
    uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    bool leads_there = step != 0 && (stop < start) == (step < 0);
    uint64_t count = leads_there && distance != 0 ? (distance - 1) / stride + 1 : 0;
    if (budget_check_list(count, call->err) != 0 ||
        value_new_list(call->budget, &type_ints, count, ret, call->err) != 0)
        return -1;
    for (uint64_t i = 0; i < count; i++)
        ret->list->items[i] = value_int((int64_t)((uint64_t)start + i * (uint64_t)step));
    return 0;
}

static int until(struct call *call)
{
    int64_t stop = call->args[0].integer;
    return count_steps(call, 0, stop, stop < 0 ? -1 : 1, call->ret);
}

static int until_step(struct call *call)
{
    return count_steps(call, call->args[0].integer, call->args[1].integer, call->args[2].integer,
                       call->ret);
}

/* The numbers that seq(1) would print, with blanks between. */
static int seq(struct call *call)
{
    int64_t numbers[3];
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    struct value list;
    if (call->n_args == 0 || call->n_args > 3)
        return call_give(call, value_texts(""));
    for (size_t i = 0; i < call->n_args; i++)
        numbers[i] = call->args[i].integer;
    int64_t start = call->n_args == 1 ? 1 : numbers[0], end = numbers[call->n_args - 1];
    int64_t direction = end < start ? -1 : 1;
    int64_t step = call->n_args == 3 ? numbers[1] : direction;
    int64_t stop = (int64_t)((uint64_t)end + (uint64_t)direction);
    if (count_steps(call, start, stop, step, &list) != 0)
        return -1;
    for (size_t i = 0; i < value_len(list); i++)
        buf_addf(&out, "%s%lld", i > 0 ? " " : "", (long long)list.list->items[i].integer);
    return call_give_buf(call, &out);
}

const struct func funcs_math[] = {
    {"add", "x*", add},
    {"add1", "x", add1},
    {"atoi", "s", atoi_},
    {"biggest", "xx*", max},
    {"ceil", "x", ceil_},
    {"div", "xx", div_},
    {"float64", "x", float64_},
    {"floor", "x", floor_},
    {"int", "x", int_},
    {"int64", "x", int64_},
    {"max", "xx*", max},
    {"maxf", "xx*", maxf},
    {"min", "xx*", min},
    {"minf", "xx*", minf},
    {"mod", "xx", mod},
    {"mul", "xx*", mul},
    {"round", "xif*", round_},
    {"seq", "i*", seq},
    {"sub", "xx", sub},
    {"toDecimal", "x", to_decimal},
    {"until", "i", until},
    {"untilStep", "iii", until_step},
    {0},
};
