/*
 * Moments and dates as Go's package time has them: parsed and printed after
 * the example of "Mon Jan 2 15:04:05 MST 2006".
 *
 * There is no local zone: where Go would take it, UTC is taken, so that the
 * same template gives the same text everywhere.
 */
#ifndef TIDEMARK_TEMPLATE_GOTIME_H
#define TIDEMARK_TEMPLATE_GOTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

#define GOTIME_UNIX_EPOCH INT64_C(62135596800) /* in seconds since the year 1 */
#define GOTIME_STRING     "2006-01-02 15:04:05.999999999 -0700 MST"
#define GOTIME_RFC3339    "2006-01-02T15:04:05.999999999Z07:00"

enum {
    GOTIME_LAYOUT_MAX = 1024,  /* bytes of a layout; for the caller to check */
    GOTIME_DAY = 24 * 60 * 60, /* seconds */
    GOTIME_NS = 1000 * 1000 * 1000,
};

struct gotime_zone {
    bool fixed;       /* false: UTC */
    struct span name; /* "CET", or empty if only the offset is known */
    int64_t offset;   /* seconds east of UTC */
};

struct gotime {
    int64_t sec; /* since January 1 of the year 1, UTC */
    int64_t nsec;
    struct gotime_zone zone;
};

/* A moment as a clock on the wall in its zone shows it. */
struct gotime_date {
    int64_t year;
    int month; /* 1 … */
    int day;
    int hour;
    int minute;
    int second;
    int64_t nsec;
    int year_day;
    int weekday; /* 0: Sunday */
};

struct gotime_date gotime_date_of(const struct gotime *time);

/* The moment of a date, whose parts may be out of their ranges; year_day and
 * weekday do not count. */
struct gotime gotime_from_date(const struct gotime_date *date, struct gotime_zone zone);

const char *gotime_month_name(int64_t month);     /* NULL if there is none */
const char *gotime_weekday_name(int64_t weekday); /* likewise */
int gotime_days_in(int month, int64_t year);

/* Appends the time as LAYOUT shows it. */
void gotime_format(const struct gotime *time, struct span layout, struct buf *ret);

/* Reads TEXT after LAYOUT; the zone's name points into TEXT. Fails with class
 * invalid and Go's text. */
int gotime_parse(struct span layout, struct span text, struct gotime *ret, struct err *err);

#endif
