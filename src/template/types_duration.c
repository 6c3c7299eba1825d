/* The named integers of package time: Duration, Month, Weekday. */

#include "base/duration.h"
#include "base/mem.h"
#include "template/func.h"
#include "template/gotime.h"
#include "template/types.h"

static void add_duration(const struct value *value, struct buf *out)
{
    char text[DURATION_TEXT_SIZE];
    buf_adds(out, duration_format(value->integer, text));
}

static void add_month(const struct value *value, struct buf *out)
{
    const char *name = gotime_month_name(value->integer);
    if (name)
        buf_adds(out, name);
    else
        buf_addf(out, "%%!Month(%lld)", (long long)value->integer);
}

static void add_weekday(const struct value *value, struct buf *out)
{
    const char *name = gotime_weekday_name(value->integer);
    if (name)
        buf_adds(out, name);
    else
        buf_addf(out, "%%!Weekday(%lld)", (long long)value->integer);
}

static int string_(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    call->args[0].type->string(&call->args[0], &text);
    return call_give_buf(call, &text);
}

static int64_t receiver(const struct call *call)
{
    return call->args[0].integer;
}

static int give_duration(struct call *call, int64_t ns)
{
    return call_give(call, (struct value){.type = &type_duration, .integer = ns});
}

/* In units of UNIT nanoseconds: whole ones and the rest apart, as in Go. */
static int give_units(struct call *call, int64_t unit)
{
    int64_t ns = receiver(call);
    return call_give(call, value_float((double)(ns / unit) + (double)(ns % unit) / (double)unit));
}

static int hours(struct call *call)
{
    return give_units(call, INT64_C(3600) * GOTIME_NS);
}

static int minutes(struct call *call)
{
    return give_units(call, INT64_C(60) * GOTIME_NS);
}

static int seconds(struct call *call)
{
    return give_units(call, GOTIME_NS);
}

static int milliseconds(struct call *call)
{
    return call_give(call, value_int64(receiver(call) / (1000 * 1000)));
}

static int microseconds(struct call *call)
{
    return call_give(call, value_int64(receiver(call) / 1000));
}

static int nanoseconds(struct call *call)
{
    return call_give(call, value_int64(receiver(call)));
}

static int abs_(struct call *call)
{
    int64_t ns = receiver(call);
    return give_duration(call, ns == INT64_MIN ? INT64_MAX : ns < 0 ? -ns : ns);
}

static int truncate_(struct call *call)
{
    int64_t ns = receiver(call), unit = call->args[1].integer;
    return give_duration(call, unit > 0 ? ns - ns % unit : ns);
}

/* Halves go away from zero; what would overflow becomes the extreme. */
static int round_(struct call *call)
{
    int64_t ns = receiver(call), unit = call->args[1].integer;
    if (unit <= 0)
        return give_duration(call, ns);
    __int128 rest = ns % unit, rounded = (__int128)ns - rest;
    if (2 * (rest < 0 ? -rest : rest) >= unit)
        rounded += ns < 0 ? -(__int128)unit : (__int128)unit;
    if (rounded > INT64_MAX)
        rounded = INT64_MAX;
    if (rounded < INT64_MIN)
        rounded = INT64_MIN;
    return give_duration(call, (int64_t)rounded);
}

static const struct func duration_methods[] = {
    {"Abs", "", abs_},
    {"Hours", "", hours},
    {"Microseconds", "", microseconds},
    {"Milliseconds", "", milliseconds},
    {"Minutes", "", minutes},
    {"Nanoseconds", "", nanoseconds},
    {"Round", "D", round_},
    {"Seconds", "", seconds},
    {"String", "", string_},
    {"Truncate", "D", truncate_},
    {0},
};

static const struct func string_methods[] = {{"String", "", string_}, {0}};

const struct value_type type_duration = {
    .name = "time.Duration",
    .kind = VALUE_INT64,
    .methods = duration_methods,
    .string = add_duration,
};
const struct value_type type_month = {
    .name = "time.Month", .kind = VALUE_INT, .methods = string_methods, .string = add_month};
const struct value_type type_weekday = {
    .name = "time.Weekday", .kind = VALUE_INT, .methods = string_methods, .string = add_weekday};
