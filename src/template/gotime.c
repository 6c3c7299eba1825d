#include "template/gotime.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "template/layout.h"

enum {
    DAYS_IN_400_YEARS = 146097,
    FRACTION_DIGITS = 9,
    SHORT_NAME_LEN = 3, /* of months and weekdays */
};

static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December",
};

static const char *const weekday_names[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};

const char *gotime_month_name(int64_t month)
{
    return month >= 1 && month <= 12 ? month_names[month - 1] : NULL;
}

const char *gotime_weekday_name(int64_t weekday)
{
    return weekday >= 0 && weekday <= 6 ? weekday_names[weekday] : NULL;
}

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int gotime_days_in(int month, int64_t year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    return a - floor_div(a, b) * b;
}

/* Days before the year, counted from the year 1. */
static int64_t days_before_year(int64_t year)
{
    int64_t whole = year - 1;
    return whole * 365 + floor_div(whole, 4) - floor_div(whole, 100) + floor_div(whole, 400);
}

/* The year that holds a day: estimated, and then put right. */
static int64_t year_of_day(int64_t day)
{
    int64_t year = floor_div(day, DAYS_IN_400_YEARS) * 400 +
                   floor_mod(day, DAYS_IN_400_YEARS) * 400 / DAYS_IN_400_YEARS + 1;
    while (days_before_year(year) > day)
        year--;
    while (days_before_year(year + 1) <= day)
        year++;
    return year;
}

struct gotime_date gotime_date_of(const struct gotime *time)
{
    int64_t sec = (int64_t)((uint64_t)time->sec + (uint64_t)time->zone.offset);
    int64_t day = floor_div(sec, GOTIME_DAY), second = floor_mod(sec, GOTIME_DAY);
    struct gotime_date date = {.year = year_of_day(day), .month = 1, .nsec = time->nsec};
    int left = (int)(day - days_before_year(date.year));
    date.year_day = left + 1;
    for (; left >= gotime_days_in(date.month, date.year); date.month++)
        left -= gotime_days_in(date.month, date.year);
    date.day = left + 1;
    date.hour = (int)(second / 3600);
    date.minute = (int)(second / 60 % 60);
    date.second = (int)(second % 60);
    date.weekday = (int)floor_mod(day + 1, 7); /* the first day was a Monday */
    return date;
}

struct gotime gotime_from_date(const struct gotime_date *date, struct gotime_zone zone)
{
    int64_t months = date->month - 1;
    int64_t year = date->year + floor_div(months, 12);
    int month = (int)floor_mod(months, 12) + 1;
    int64_t day = days_before_year(year) + date->day - 1;
    for (int before = 1; before < month; before++)
        day += gotime_days_in(before, year);
    int64_t sec = day * GOTIME_DAY + (int64_t)date->hour * 3600 + (int64_t)date->minute * 60 +
                  date->second - zone.offset;
    return (struct gotime){.sec = sec, .nsec = date->nsec, .zone = zone};
}

/* A number with zeros in front up to WIDTH digits; the sign comes first. */
static void add_padded(int64_t number, int width, struct buf *out)
{
    if (number < 0)
        buf_addc(out, '-');
    buf_addf(out, "%0*lld", width, llabs(number));
}

static void add_offset(int64_t offset, struct layout_offset how, struct buf *out)
{
    const char *colon = how.colons ? ":" : "";
    if (how.z && offset == 0) {
        buf_addc(out, 'Z');
        return;
    }
    int64_t minutes = offset / 60;
    buf_addf(out, "%c%02lld", minutes < 0 ? '-' : '+', llabs(minutes) / 60);
    if (how.minutes)
        buf_addf(out, "%s%02lld", colon, llabs(minutes) % 60);
    if (how.seconds)
        buf_addf(out, "%s%02lld", colon, llabs(offset % 60));
}

static void add_zone_name(const struct gotime_zone *zone, struct buf *out)
{
    if (!zone->fixed)
        buf_adds(out, "UTC");
    else if (zone->name.len != 0)
        buf_add_span(out, zone->name);
    else
        add_offset(zone->offset, (struct layout_offset){.minutes = true}, out);
}

/* Nines leave final zeros out, and the point if nothing is left. */
static void add_fraction(int64_t nsec, struct span piece, bool nines, struct buf *out)
{
    char digits[FRACTION_DIGITS + 1] = "";
    size_t len = piece.len - 1;
    for (int i = FRACTION_DIGITS - 1; i >= 0; i--, nsec /= 10)
        digits[i] = (char)('0' + nsec % 10);
    if (len > FRACTION_DIGITS)
        len = FRACTION_DIGITS;
    while (nines && len > 0 && digits[len - 1] == '0')
        len--;
    if (nines && len == 0)
        return;
    buf_addc(out, piece.data[0]);
    buf_add(out, digits, len);
}

/* The parts that are numbers of a date: which, and padded how. */
static const struct {
    enum layout_part part;
    size_t offset;
    int width;
    char fill;
} numbers[] = {
    {LAYOUT_MONTH, offsetof(struct gotime_date, month), 0, '0'},
    {LAYOUT_MONTH_2, offsetof(struct gotime_date, month), 2, '0'},
    {LAYOUT_DAY, offsetof(struct gotime_date, day), 0, '0'},
    {LAYOUT_DAY_2, offsetof(struct gotime_date, day), 2, '0'},
    {LAYOUT_DAY_BLANK, offsetof(struct gotime_date, day), 2, ' '},
    {LAYOUT_YEAR_DAY_3, offsetof(struct gotime_date, year_day), 3, '0'},
    {LAYOUT_YEAR_DAY_BLANK, offsetof(struct gotime_date, year_day), 3, ' '},
    {LAYOUT_HOUR, offsetof(struct gotime_date, hour), 2, '0'},
    {LAYOUT_MINUTE, offsetof(struct gotime_date, minute), 0, '0'},
    {LAYOUT_MINUTE_2, offsetof(struct gotime_date, minute), 2, '0'},
    {LAYOUT_SECOND, offsetof(struct gotime_date, second), 0, '0'},
    {LAYOUT_SECOND_2, offsetof(struct gotime_date, second), 2, '0'},
};

static void add_number(const struct gotime_date *date, enum layout_part part, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        int number;
        if (numbers[i].part != part)
            continue;
        memcpy(&number, (const char *)date + numbers[i].offset, sizeof(number));
        if (numbers[i].fill == '0')
            add_padded(number, numbers[i].width, out);
        else
            buf_addf(out, "%*d", numbers[i].width, number);
        break;
    }
}

/* The first letters of a name, or all of it. */
static void add_name(const char *name, bool is_short, struct buf *out)
{
    buf_add(out, name, is_short ? SHORT_NAME_LEN : strlen(name));
}

static void add_part(const struct gotime *time, const struct gotime_date *date,
                     const struct layout_piece *piece, struct buf *out)
{
    enum layout_part part = piece->part;
    switch (part) {
    case LAYOUT_YEAR:
        add_padded(date->year, 4, out);
        break;
    case LAYOUT_SHORT_YEAR:
        add_padded(date->year < 0 ? 0 : date->year % 100, 2, out);
        break;
    case LAYOUT_MONTH_NAME:
    case LAYOUT_SHORT_MONTH_NAME:
        add_name(gotime_month_name(date->month), part == LAYOUT_SHORT_MONTH_NAME, out);
        break;
    case LAYOUT_WEEKDAY_NAME:
    case LAYOUT_SHORT_WEEKDAY_NAME:
        add_name(gotime_weekday_name(date->weekday), part == LAYOUT_SHORT_WEEKDAY_NAME, out);
        break;
    case LAYOUT_HOUR_12:
    case LAYOUT_HOUR_12_2:
        add_padded(date->hour % 12 == 0 ? 12 : date->hour % 12, part == LAYOUT_HOUR_12 ? 0 : 2,
                   out);
        break;
    case LAYOUT_PM:
        buf_adds(out, date->hour >= 12 ? "PM" : "AM");
        break;
    case LAYOUT_PM_LOWER:
        buf_adds(out, date->hour >= 12 ? "pm" : "am");
        break;
    case LAYOUT_ZONE_NAME:
        add_zone_name(&time->zone, out);
        break;
    case LAYOUT_OFFSET:
        add_offset(time->zone.offset, piece->offset, out);
        break;
    case LAYOUT_FRACTION_0:
    case LAYOUT_FRACTION_9:
        add_fraction(time->nsec, piece->text, part == LAYOUT_FRACTION_9, out);
        break;
    default:
        add_number(date, part, out);
        break;
    }
}

void gotime_format(const struct gotime *time, struct span layout, struct buf *ret)
{
    struct gotime_date date = gotime_date_of(time);
    while (layout.len != 0 && !buf_overflowed(ret)) {
        struct layout_piece piece = layout_next(&layout);
        buf_add_span(ret, piece.before);
        add_part(time, &date, &piece, ret);
    }
}
