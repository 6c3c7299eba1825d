#include "base/duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/quote.h"

struct unit {
    const char *name;
    uint64_t ns;
};

static const struct unit units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* U+00B5, micro sign */
    {"\xce\xbcs", 1000}, /* U+03BC, Greek letter mu */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60) * 1000000000},
    {"h", UINT64_C(3600) * 1000000000},
};

static const struct unit *unit_of(struct span name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (span_is(name, units[i].name))
            return &units[i];
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Go keeps fractions as exact as 63 bits and a double allow. */
static bool scale(uint64_t whole, uint64_t fraction, double fraction_scale, uint64_t unit_ns,
                  uint64_t *ret)
{
    const uint64_t top = UINT64_C(1) << 63;
    if (whole > top / unit_ns)
        return false;
    *ret = whole * unit_ns;
    if (fraction > 0)
        *ret += (uint64_t)((double)fraction * ((double)unit_ns / fraction_scale));
    return *ret <= top;
}

/* "<WHAT> <quoted text>", Go's way of quoting included. */
static int refuse(const char *what, struct span name, const char *between, struct span text,
                  struct err *err)
{
    if (!err)
        return -1;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    if (name.len != 0)
        quote_go_time(name, &quoted);
    buf_adds(&quoted, between);
    quote_go_time(text, &quoted);
    return err_set(err, ERR_INVALID, "time: %s %s", what, buf_text(&quoted));
}

static int invalid(struct span text, struct err *err)
{
    return refuse("invalid duration", (struct span){0}, "", text, err);
}

struct term {
    uint64_t whole;
    uint64_t fraction;
    double fraction_scale;
};

/* Takes "12" or "1.5" off the front of *REST; false if there is no digit. */
static bool take_number(struct span *rest, struct term *ret)
{
    size_t at = 0;
    bool digits = false, lost = false;
    *ret = (struct term){.fraction_scale = 1};
    for (; at < rest->len && is_digit(rest->data[at]); at++, digits = true) {
        if (__builtin_mul_overflow(ret->whole, 10U, &ret->whole) ||
            __builtin_add_overflow(ret->whole, (unsigned)(rest->data[at] - '0'), &ret->whole))
            return false;
    }
    if (at < rest->len && rest->data[at] == '.') {
        for (at++; at < rest->len && is_digit(rest->data[at]); at++, digits = true) {
            /* Digits that no longer fit cannot change the result. */
            lost = lost || ret->fraction > ((UINT64_C(1) << 63) - 10) / 10;
            if (lost)
                continue;
            ret->fraction = ret->fraction * 10 + (unsigned)(rest->data[at] - '0');
            ret->fraction_scale *= 10;
        }
    }
    *rest = span_slice(*rest, at, rest->len);
    return digits;
}

static struct span take_unit(struct span *rest)
{
    size_t at = 0;
    while (at < rest->len && rest->data[at] != '.' && !is_digit(rest->data[at]))
        at++;
    struct span name = span_slice(*rest, 0, at);
    *rest = span_slice(*rest, at, rest->len);
    return name;
}

int duration_parse(struct span text, int64_t *ret_ns, struct err *err)
{
    struct span rest = text;
    bool negative = rest.len != 0 && rest.data[0] == '-';
    if (rest.len != 0 && (rest.data[0] == '-' || rest.data[0] == '+'))
        rest = span_slice(rest, 1, rest.len);
    if (span_is(rest, "0")) {
        *ret_ns = 0;
        return 0;
    }
    if (rest.len == 0)
        return invalid(text, err);
    uint64_t total = 0;
    while (rest.len != 0) {
        struct term term;
        uint64_t part;
        if (!take_number(&rest, &term))
            return invalid(text, err);
        struct span name = take_unit(&rest);
        if (name.len == 0)
            return refuse("missing unit in duration", name, "", text, err);
        const struct unit *unit = unit_of(name);
        if (!unit)
            return refuse("unknown unit", name, " in duration ", text, err);
        if (!scale(term.whole, term.fraction, term.fraction_scale, unit->ns, &part) ||
            __builtin_add_overflow(total, part, &total) || total > UINT64_C(1) << 63)
            return invalid(text, err);
    }
    if (!negative && total > INT64_MAX)
        return invalid(text, err);
    *ret_ns = (int64_t)(negative ? 0 - total : total);
    return 0;
}

/* VALUE / UNIT with its fraction, without final zeros. */
static int print_fraction(char *text, size_t size, uint64_t value, uint64_t unit,
                          const char *suffix)
{
    int len = snprintf(text, size, "%" PRIu64, value / unit);
    uint64_t fraction = value % unit;
    if (fraction != 0) {
        text[len++] = '.';
        for (uint64_t place = unit / 10; fraction != 0; place /= 10) {
            text[len++] = (char)('0' + fraction / place);
            fraction %= place;
        }
    }
    return len + snprintf(text + len, size - (size_t)len, "%s", suffix);
}

const char *duration_format(int64_t ns, char text[static DURATION_TEXT_SIZE])
{
    uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    size_t at = 0;
    if (ns < 0)
        text[at++] = '-';
    size_t room = DURATION_TEXT_SIZE - at;
    if (left == 0) {
        memcpy(text, "0s", 3);
    } else if (left < 1000) {
        print_fraction(text + at, room, left, 1, "ns");
    } else if (left < 1000000) {
        print_fraction(text + at, room, left, 1000, "\xc2\xb5s");
    } else if (left < (uint64_t)CLOCK_NS_PER_S) {
        print_fraction(text + at, room, left, 1000000, "ms");
    } else {
        uint64_t seconds = left / (uint64_t)CLOCK_NS_PER_S, hours = seconds / 3600;
        if (hours > 0)
            at += (size_t)snprintf(text + at, DURATION_TEXT_SIZE - at, "%" PRIu64 "h", hours);
        if (seconds >= 60)
            at += (size_t)snprintf(text + at, DURATION_TEXT_SIZE - at, "%" PRIu64 "m",
                                   seconds / 60 % 60);
        print_fraction(text + at, DURATION_TEXT_SIZE - at, left % (60 * (uint64_t)CLOCK_NS_PER_S),
                       (uint64_t)CLOCK_NS_PER_S, "s");
    }
    return text;
}

/* One row a form: up to which age it is used, and its units. */
struct age_form {
    int64_t below_s;
    int64_t unit_s;
    char unit;
    int64_t rest_s; /* the smaller unit; 0: none is shown */
    char rest;
};

const char *duration_format_age(int64_t ns, char text[static DURATION_TEXT_SIZE])
{
    enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR, YEAR = 365 * DAY };
    static const struct age_form forms[] = {
        {2 * MINUTE, 1, 's', 0, 0},    {10 * MINUTE, MINUTE, 'm', 1, 's'},
        {3 * HOUR, MINUTE, 'm', 0, 0}, {8 * HOUR, HOUR, 'h', MINUTE, 'm'},
        {2 * DAY, HOUR, 'h', 0, 0},    {8 * DAY, DAY, 'd', HOUR, 'h'},
        {2 * YEAR, DAY, 'd', 0, 0},    {8 * YEAR, YEAR, 'y', DAY, 'd'},
        {INT64_MAX, YEAR, 'y', 0, 0},
    };
    int64_t age_s = ns > 0 ? ns / CLOCK_NS_PER_S : 0;
    const struct age_form *form = forms;
    while (age_s >= form->below_s)
        form++;
    int64_t rest = form->rest_s != 0 ? age_s % form->unit_s / form->rest_s : 0;
    int len = snprintf(text, DURATION_TEXT_SIZE, "%" PRId64 "%c", age_s / form->unit_s, form->unit);
    if (rest != 0)
        snprintf(text + len, DURATION_TEXT_SIZE - (size_t)len, "%" PRId64 "%c", rest, form->rest);
    return text;
}
