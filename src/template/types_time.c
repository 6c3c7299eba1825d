#include "template/types_time.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/quote.h"

/* The fields are Go's, with loc nil for UTC; a location has its offset in a
 * slot that is no field. */
enum {
    TIME_WALL, /* nanoseconds */
    TIME_EXT,  /* seconds since the year 1 */
    TIME_LOC,
    TIME_SLOTS,
};

enum {
    LOCATION_NAME,
    LOCATION_OFFSET,
    LOCATION_SLOTS,
};

typedef __int128 wide_ns; /* nanoseconds since the year 1 */

int types_new_time(struct budget *budget, const struct gotime *time, struct value *ret,
                   struct err *err)
{
    struct value *fields = budget_calloc(budget, TIME_SLOTS, sizeof(*fields), err);
    if (!fields)
        return -1;
    fields[TIME_WALL] = (struct value){.type = &type_uint64, .natural = (uint64_t)time->nsec};
    fields[TIME_EXT] = value_int64(time->sec);
    fields[TIME_LOC] = (struct value){.type = &type_location_pointer};
    *ret = (struct value){.type = &type_time, .fields = fields};
    if (!time->zone.fixed)
        return 0;
    struct value *location = budget_calloc(budget, LOCATION_SLOTS + 1, sizeof(*location), err);
    struct span name;
    if (!location || budget_text(budget, time->zone.name, &name, err) != 0)
        return -1;
    location[LOCATION_NAME] = value_text(name);
    location[LOCATION_OFFSET] = value_int(time->zone.offset);
    location[LOCATION_SLOTS] = (struct value){.type = &type_location, .fields = location};
    fields[TIME_LOC].pointed_to = &location[LOCATION_SLOTS];
    return 0;
}

static struct gotime_zone zone_of(const struct value *location)
{
    if (!location)
        return (struct gotime_zone){0};
    return (struct gotime_zone){true, location->fields[LOCATION_NAME].text,
                                location->fields[LOCATION_OFFSET].integer};
}

struct gotime types_time(struct value value)
{
    return (struct gotime){.sec = value.fields[TIME_EXT].integer,
                           .nsec = (int64_t)value.fields[TIME_WALL].natural,
                           .zone = zone_of(value.fields[TIME_LOC].pointed_to)};
}

static wide_ns total_ns(const struct gotime *time)
{
    return (wide_ns)time->sec * GOTIME_NS + time->nsec;
}

static struct gotime with_total(struct gotime time, wide_ns total)
{
    int64_t nsec = (int64_t)(total % GOTIME_NS);
    nsec += nsec < 0 ? GOTIME_NS : 0;
    time.nsec = nsec;
    time.sec = (int64_t)((total - nsec) / GOTIME_NS);
    return time;
}

struct gotime types_time_after(struct gotime time, int64_t duration_ns)
{
    return with_total(time, total_ns(&time) + duration_ns);
}

static struct gotime receiver(const struct call *call)
{
    return types_time(call->args[0]);
}

static struct gotime_date date_of(const struct call *call)
{
    struct gotime time = receiver(call);
    return gotime_date_of(&time);
}

static int give_time(struct call *call, const struct gotime *time)
{
    return types_new_time(call->budget, time, call->ret, call->err);
}

static int give_int(struct call *call, int64_t integer)
{
    return call_give(call, value_int(integer));
}

static int give_typed(struct call *call, const struct value_type *type, int64_t integer)
{
    return call_give(call, (struct value){.type = type, .integer = integer});
}

static int time_year(struct call *call)
{
    return give_int(call, date_of(call).year);
}

static int time_month(struct call *call)
{
    return give_typed(call, &type_month, date_of(call).month);
}

static int time_day(struct call *call)
{
    return give_int(call, date_of(call).day);
}

static int time_hour(struct call *call)
{
    return give_int(call, date_of(call).hour);
}

static int time_minute(struct call *call)
{
    return give_int(call, date_of(call).minute);
}

static int time_second(struct call *call)
{
    return give_int(call, date_of(call).second);
}

static int time_nanosecond(struct call *call)
{
    return give_int(call, date_of(call).nsec);
}

static int time_year_day(struct call *call)
{
    return give_int(call, date_of(call).year_day);
}

static int time_weekday(struct call *call)
{
    return give_typed(call, &type_weekday, date_of(call).weekday);
}

/* Since 1970, in units of so many nanoseconds; wraps around as in Go. */
static int give_since_epoch(struct call *call, int64_t unit_ns)
{
    struct gotime time = receiver(call);
    wide_ns total = total_ns(&time) - (wide_ns)GOTIME_UNIX_EPOCH * GOTIME_NS;
    wide_ns units = total / unit_ns - (total % unit_ns < 0);
    return call_give(call, value_int64((int64_t)(uint64_t)units));
}

static int time_unix(struct call *call)
{
    return give_since_epoch(call, GOTIME_NS);
}

static int time_unix_milli(struct call *call)
{
    return give_since_epoch(call, 1000 * 1000);
}

static int time_unix_micro(struct call *call)
{
    return give_since_epoch(call, 1000);
}

static int time_unix_nano(struct call *call)
{
    return give_since_epoch(call, 1);
}

static int format_as(struct call *call, struct span layout)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    struct gotime time = receiver(call);
    if (layout.len > GOTIME_LAYOUT_MAX)
        return call_fail(call, "layout is longer than %d bytes", GOTIME_LAYOUT_MAX);
    if (call_take(call, LAYOUT_STEPS_A_BYTE * layout.len) != 0)
        return -1;
    gotime_format(&time, layout, &text);
    return call_give_buf(call, &text);
}

static int time_format(struct call *call)
{
    return format_as(call, call->args[1].text);
}

static int time_string(struct call *call)
{
    return format_as(call, SPAN_LITERAL(GOTIME_STRING));
}

static void add_time(const struct value *value, struct buf *out)
{
    struct gotime time = types_time(*value);
    gotime_format(&time, SPAN_LITERAL(GOTIME_STRING), out);
}

static void add_json(const struct value *value, struct buf *out)
{
    struct gotime time = types_time(*value);
    gotime_format(&time, SPAN_LITERAL(GOTIME_RFC3339), out);
}

static void add_go_string(const struct value *value, struct buf *out)
{
    struct gotime time = types_time(*value);
    struct gotime_date date = gotime_date_of(&time);
    buf_addf(out, "time.Date(%lld, time.%s, %d, %d, %d, %d, %lld, ", (long long)date.year,
             gotime_month_name(date.month), date.day, date.hour, date.minute, date.second,
             (long long)date.nsec);
    if (time.zone.fixed) {
        buf_adds(out, "time.Location(");
        quote_go_time(time.zone.name, out);
        buf_adds(out, "))");
    } else {
        buf_adds(out, "time.UTC)");
    }
}

static int time_go_string(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    add_go_string(&call->args[0], &text);
    return call_give_buf(call, &text);
}

/* The order of the receiver and the argument. */
static int compare_times(const struct call *call)
{
    struct gotime a = receiver(call), b = types_time(call->args[1]);
    wide_ns left = total_ns(&a), right = total_ns(&b);
    return (left > right) - (left < right);
}

static int time_after(struct call *call)
{
    return call_give_bool(call, compare_times(call) > 0);
}

static int time_before(struct call *call)
{
    return call_give_bool(call, compare_times(call) < 0);
}

static int time_compare(struct call *call)
{
    return give_int(call, compare_times(call));
}

static int time_equal(struct call *call)
{
    return call_give_bool(call, compare_times(call) == 0);
}

static int time_add(struct call *call)
{
    struct gotime later = types_time_after(receiver(call), call->args[1].integer);
    return give_time(call, &later);
}

static int time_add_date(struct call *call)
{
    struct gotime time = receiver(call);
    struct gotime_date date = gotime_date_of(&time);
    const int64_t most = INT32_MAX / 4;
    for (size_t i = 1; i <= 3; i++) {
        if (call->args[i].integer > most || call->args[i].integer < -most)
            return call_fail(call, "date is out of range");
    }
    date.year += call->args[1].integer;
    date.month += (int)call->args[2].integer;
    date.day += (int)call->args[3].integer;
    time = gotime_from_date(&date, time.zone);
    return give_time(call, &time);
}

static int time_sub(struct call *call)
{
    struct gotime a = receiver(call), b = types_time(call->args[1]);
    wide_ns difference = total_ns(&a) - total_ns(&b);
    int64_t clamped = difference > INT64_MAX   ? INT64_MAX
                      : difference < INT64_MIN ? INT64_MIN
                                               : (int64_t)difference;
    return give_typed(call, &type_duration, clamped);
}

/* Down to a multiple of the duration since the year 1, or to the nearest. */
static int give_rounded(struct call *call, bool nearest)
{
    struct gotime time = receiver(call);
    wide_ns total = total_ns(&time), unit = call->args[1].integer;
    if (unit > 0) {
        wide_ns rest = total % unit;
        rest += rest < 0 ? unit : 0;
        total -= rest;
        total += nearest && 2 * rest >= unit ? unit : 0;
        time = with_total(time, total);
    }
    return give_time(call, &time);
}

static int time_truncate(struct call *call)
{
    return give_rounded(call, false);
}

static int time_round(struct call *call)
{
    return give_rounded(call, true);
}

static int time_utc(struct call *call)
{
    struct gotime time = receiver(call);
    time.zone = (struct gotime_zone){0};
    return give_time(call, &time);
}

static int time_in(struct call *call)
{
    struct gotime time = receiver(call);
    time.zone = zone_of(call->args[1].pointed_to);
    return give_time(call, &time);
}

static const struct value utc_fields[] = {
    {.type = &type_string, .text = {"UTC", 3}},
    {.type = &type_int},
};
static const struct value utc = {.type = &type_location, .fields = utc_fields};

static int time_location(struct call *call)
{
    struct value location = call->args[0].fields[TIME_LOC];
    if (!location.pointed_to)
        location.pointed_to = &utc;
    return call_give(call, location);
}

static int time_is_zero(struct call *call)
{
    struct gotime time = receiver(call);
    return call_give_bool(call, time.sec == 0 && time.nsec == 0);
}

static int time_is_dst(struct call *call)
{
    return call_give_bool(call, false); /* fixed zones have no summer */
}

static const struct func time_methods[] = {
    {"Add", "D", time_add},
    {"AddDate", "iii", time_add_date},
    {"After", "t", time_after},
    {"Before", "t", time_before},
    {"Compare", "t", time_compare},
    {"Day", "", time_day},
    {"Equal", "t", time_equal},
    {"Format", "s", time_format},
    {"GoString", "", time_go_string},
    {"Hour", "", time_hour},
    {"In", "Z", time_in},
    {"IsDST", "", time_is_dst},
    {"IsZero", "", time_is_zero},
    {"Local", "", time_utc},
    {"Location", "", time_location},
    {"Minute", "", time_minute},
    {"Month", "", time_month},
    {"Nanosecond", "", time_nanosecond},
    {"Round", "D", time_round},
    {"Second", "", time_second},
    {"String", "", time_string},
    {"Sub", "t", time_sub},
    {"Truncate", "D", time_truncate},
    {"UTC", "", time_utc},
    {"Unix", "", time_unix},
    {"UnixMicro", "", time_unix_micro},
    {"UnixMilli", "", time_unix_milli},
    {"UnixNano", "", time_unix_nano},
    {"Weekday", "", time_weekday},
    {"Year", "", time_year},
    {"YearDay", "", time_year_day},
    {0},
};

static void add_location(const struct value *value, struct buf *out)
{
    buf_add_span(out, value->fields[LOCATION_NAME].text);
}

static int location_string(struct call *call)
{
    return call_give(call, call->args[0].fields[LOCATION_NAME]);
}

static const struct func location_methods[] = {{"String", "", location_string}, {0}};

static const struct value_field location_fields[] = {{.name = "name", .type = &type_string}};

const struct value_type type_location = {
    .name = "time.Location",
    .kind = VALUE_STRUCT,
    .fields = location_fields,
    .n_fields = ARRAY_LEN(location_fields),
    .pointer_methods = location_methods,
    .string = add_location,
};
const struct value_type type_location_pointer = {
    .name = "*time.Location", .kind = VALUE_POINTER, .elem = &type_location};

static const struct value_field time_fields[] = {
    {.name = "wall", .type = &type_uint64},
    {.name = "ext", .type = &type_int64},
    {.name = "loc", .type = &type_location_pointer},
};
const struct value_type type_time = {
    .name = "time.Time",
    .kind = VALUE_STRUCT,
    .fields = time_fields,
    .n_fields = ARRAY_LEN(time_fields),
    .methods = time_methods,
    .string = add_time,
    .go_string = add_go_string,
    .json = add_json,
};
