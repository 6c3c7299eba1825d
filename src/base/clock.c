#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

static int64_t system_wall_ns(void *arg)
{
    (void)arg;
    return read_ns(CLOCK_REALTIME);
}

static int64_t system_monotonic_ns(void *arg)
{
    (void)arg;
    return read_ns(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock system_clock = {system_wall_ns, system_monotonic_ns, NULL};
    return &system_clock;
}

/* Seconds and nanoseconds, the latter never negative. */
static time_t split_ns(int64_t wall_ns, int64_t *ret_fraction)
{
    int64_t seconds = wall_ns / CLOCK_NS_PER_S, fraction = wall_ns % CLOCK_NS_PER_S;
    if (fraction < 0) {
        fraction += CLOCK_NS_PER_S;
        seconds--;
    }
    *ret_fraction = fraction;
    return (time_t)seconds;
}

static size_t format_seconds(const struct tm *tm, char *text, size_t size)
{
    return strftime(text, size, "%Y-%m-%dT%H:%M:%S", tm);
}

const char *clock_format_utc(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE])
{
    int64_t fraction;
    time_t seconds = split_ns(wall_ns, &fraction);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = format_seconds(&tm, text, CLOCK_TEXT_SIZE - 1);
    memcpy(text + len, "Z", 2);
    return text;
}

const char *clock_format_nano(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE])
{
    int64_t fraction;
    time_t seconds = split_ns(wall_ns, &fraction);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = format_seconds(&tm, text, CLOCK_TEXT_SIZE - 16);
    if (fraction != 0) {
        len += (size_t)snprintf(text + len, 16, ".%09" PRId64, fraction);
        while (text[len - 1] == '0')
            len--;
    }
    memcpy(text + len, "Z", 2);
    return text;
}

const char *clock_format_local(int64_t wall_ns, char text[static CLOCK_TEXT_SIZE])
{
    int64_t fraction;
    time_t seconds = split_ns(wall_ns, &fraction);
    struct tm tm;
    localtime_r(&seconds, &tm);
    if (tm.tm_gmtoff == 0)
        return clock_format_utc(wall_ns, text);
    size_t len = format_seconds(&tm, text, CLOCK_TEXT_SIZE - 8);
    int minutes = (int)(tm.tm_gmtoff / 60) % (24 * 60);
    char sign = minutes < 0 ? '-' : '+';
    unsigned ahead = (unsigned)(minutes < 0 ? -minutes : minutes);
    snprintf(text + len, 8, "%c%02u:%02u", sign, ahead / 60 % 24, ahead % 60);
    return text;
}

/* Takes COUNT digits off the front of *REST. */
static bool take_digits(struct span *rest, size_t count, int *ret)
{
    uint64_t value;
    if (rest->len < count || !span_to_u64(span_slice(*rest, 0, count), &value))
        return false;
    *rest = span_slice(*rest, count, rest->len);
    *ret = (int)value;
    return true;
}

static bool take_byte(struct span *rest, const char *any_of)
{
    if (rest->len == 0 || rest->data[0] == '\0' || !strchr(any_of, rest->data[0]))
        return false;
    *rest = span_slice(*rest, 1, rest->len);
    return true;
}

static int64_t take_fraction(struct span *rest)
{
    int64_t fraction = 0, unit = CLOCK_NS_PER_S / 10;
    int digit;
    while (take_digits(rest, 1, &digit)) {
        fraction += digit * unit;
        unit /= 10;
    }
    return fraction;
}

static bool take_offset(struct span *rest, int64_t *ret_seconds)
{
    *ret_seconds = 0;
    if (take_byte(rest, "Zz"))
        return true;
    int sign = rest->len != 0 && rest->data[0] == '-' ? -1 : 1;
    int hours, minutes;
    if (!take_byte(rest, "+-") || !take_digits(rest, 2, &hours) || !take_byte(rest, ":") ||
        !take_digits(rest, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool clock_parse(struct span text, int64_t *ret_wall_ns)
{
    struct tm tm = {0};
    int year, month;
    if (!take_digits(&text, 4, &year) || !take_byte(&text, "-") || !take_digits(&text, 2, &month) ||
        !take_byte(&text, "-") || !take_digits(&text, 2, &tm.tm_mday) || !take_byte(&text, "Tt ") ||
        !take_digits(&text, 2, &tm.tm_hour) || !take_byte(&text, ":") ||
        !take_digits(&text, 2, &tm.tm_min) || !take_byte(&text, ":") ||
        !take_digits(&text, 2, &tm.tm_sec))
        return false;
    int64_t fraction = 0, offset;
    if (take_byte(&text, "."))
        fraction = take_fraction(&text);
    if (!take_offset(&text, &offset) || text.len != 0)
        return false;
    /* Outside these years nanoseconds since 1970 leave 64 bits. */
    if (year < 1700 || year > 2200 || month < 1 || month > 12 || tm.tm_mday < 1 ||
        tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
        return false;
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    *ret_wall_ns = ((int64_t)timegm(&tm) - offset) * CLOCK_NS_PER_S + fraction;
    return true;
}
