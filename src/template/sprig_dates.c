/* Sprig's functions on dates and durations. */
#include <stdio.h>

#include "base/duration.h"
#include "base/mem.h"
#include "template/funcs.h"
#include "template/literal.h"
#include "template/types_time.h"

/* What cannot be read is the year 1, or, with MUST, an error. */
static int parse(struct call *call, bool must)
{
    struct gotime time = {0};
    struct span layout = call->args[0].text;
    if (layout.len > GOTIME_LAYOUT_MAX)
        return call_fail(call, "layout is longer than %d bytes", GOTIME_LAYOUT_MAX);
    if (call_take(call, LAYOUT_STEPS_A_BYTE * layout.len) != 0)
        return -1;
    if (gotime_parse(call->args[0].text, call->args[1].text, &time, call->err) != 0 && must)
        return -1;
    return types_new_time(call->budget, &time, call->ret, call->err);
}

static int to_date(struct call *call)
{
    return parse(call, false);
}

static int must_to_date(struct call *call)
{
    return parse(call, true);
}

static int must_date_modify(struct call *call)
{
    int64_t ns;
    if (duration_parse(call->args[0].text, &ns, call->err) != 0)
        return -1;
    struct gotime later = types_time_after(types_time(call->args[1]), ns);
    return types_new_time(call->budget, &later, call->ret, call->err);
}

static int unix_epoch(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(32);
    struct gotime time = types_time(call->args[0]);
    buf_addf(&text, "%lld", (long long)(time.sec - GOTIME_UNIX_EPOCH));
    return call_give_buf(call, &text);
}

/* Seconds, as a text or an int64; anything else counts as none. */
static int duration(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(DURATION_TEXT_SIZE);
    char formatted[DURATION_TEXT_SIZE];
    int64_t seconds = 0;
    if (value_is(call->args[0], &type_string))
        literal_read_integer(call->args[0].text, 10, &seconds);
    else if (value_is(call->args[0], &type_int64))
        seconds = call->args[0].integer;
    int64_t ns = (int64_t)((uint64_t)seconds * (uint64_t)GOTIME_NS);
    buf_adds(&text, duration_format(ns, formatted));
    return call_give_buf(call, &text);
}

/* In the largest unit that is exceeded. */
static int duration_round(struct call *call)
{
    static const struct {
        const char *unit;
        uint64_t seconds;
    } units[] = {
        {"y", UINT64_C(365) * GOTIME_DAY},
        {"mo", UINT64_C(30) * GOTIME_DAY},
        {"d", GOTIME_DAY},
        {"h", 3600},
        {"m", 60},
        {"s", 1},
    };
    CLEANUP(buf_finish) struct buf text = BUF_INIT(DURATION_TEXT_SIZE);
    int64_t ns = 0;
    if (value_is(call->args[0], &type_time))
        return call_fail(call, "the time since then is not allowed in a commit message, which must "
                               "be repeatable");
    if (value_is(call->args[0], &type_string) && duration_parse(call->args[0].text, &ns, NULL) != 0)
        ns = 0;
    if (value_is(call->args[0], &type_int64))
        ns = call->args[0].integer;
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    for (size_t i = 0; i < ARRAY_LEN(units) && text.len == 0; i++) {
        uint64_t unit = units[i].seconds * GOTIME_NS;
        if (magnitude > unit)
            buf_addf(&text, "%llu%s", (unsigned long long)(magnitude / unit), units[i].unit);
    }
    if (text.len == 0)
        buf_adds(&text, "0s");
    return call_give_buf(call, &text);
}

const struct func funcs_dates[] = {
    {"duration", "x", duration},
    {"durationRound", "x", duration_round},
    {"mustDateModify", "st", must_date_modify},
    {"mustToDate", "ss", must_to_date},
    {"must_date_modify", "st", must_date_modify},
    {"toDate", "ss", to_date},
    {"unixEpoch", "t", unix_epoch},
    {0},
};
