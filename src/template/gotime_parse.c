#include <string.h>

#include "base/mem.h"
#include "base/quote.h"
#include "template/gotime.h"
#include "template/layout.h"

enum {
    UNSEEN = -1,
    PIVOT_YEAR = 69,     /* two digits from here on are of the 20th century */
    FRACTION_MAX = 10,   /* the point and nine digits */
    ZONE_HOURS_MAX = 23, /* in a name like GMT+3 */
};

struct parser {
    struct span layout, text; /* all of them */
    struct span value;        /* what is left of the text */
    struct gotime_date date;
    bool pm, am;
    bool is_utc, has_offset;
    int64_t offset;
    struct span zone_name;
    const char *out_of_range; /* the part that is */
};

static int fail_with(const struct parser *p, const char *message, struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    quote_go_time(p->text, &text);
    return err_set(err, ERR_INVALID, "parsing time %s: %s", buf_text(&text), message);
}

static int fail_at(const struct parser *p, struct span piece, struct span value, struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(ERR_TEXT_SIZE);
    quote_go_time(p->text, &text);
    buf_adds(&text, " as ");
    quote_go_time(p->layout, &text);
    buf_adds(&text, ": cannot parse ");
    quote_go_time(value, &text);
    buf_adds(&text, " as ");
    quote_go_time(piece, &text);
    return err_set(err, ERR_INVALID, "parsing time %s", buf_text(&text));
}

static bool is_digit_at(struct span text, size_t at)
{
    return at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
}

static void skip(struct span *text, size_t count)
{
    *text = span_slice(*text, count, text->len);
}

/* The text between pieces; a run of blanks stands for any number of them. */
static bool skip_plain(struct parser *p, struct span plain)
{
    while (plain.len != 0) {
        if (plain.data[0] == ' ') {
            if (p->value.len != 0 && p->value.data[0] != ' ')
                return false;
            while (plain.len != 0 && plain.data[0] == ' ')
                skip(&plain, 1);
            while (p->value.len != 0 && p->value.data[0] == ' ')
                skip(&p->value, 1);
            continue;
        }
        if (p->value.len == 0 || p->value.data[0] != plain.data[0])
            return false;
        skip(&plain, 1);
        skip(&p->value, 1);
    }
    return true;
}

/* LEAST to MOST digits. */
static bool take_digits(struct span *text, size_t least, size_t most, int *ret)
{
    size_t len = 0;
    int number = 0;
    for (; len < most && is_digit_at(*text, len); len++)
        number = number * 10 + (text->data[len] - '0');
    if (len < least)
        return false;
    *ret = number;
    skip(text, len);
    return true;
}

/* All of TEXT as a number with an optional sign; nothing at all is 0. */
static bool read_signed(struct span text, int64_t *ret)
{
    bool sign = text.len != 0 && (text.data[0] == '-' || text.data[0] == '+');
    *ret = 0;
    for (size_t i = sign; i < text.len; i++) {
        if (!is_digit_at(text, i))
            return false;
        *ret = *ret * 10 + (text.data[i] - '0');
    }
    if (sign && text.data[0] == '-')
        *ret = -*ret;
    return true;
}

static bool take_in_range(struct parser *p, size_t least, int low, int high, const char *what,
                          int *ret)
{
    if (!take_digits(&p->value, least, 2, ret))
        return false;
    if (*ret < low || *ret > high)
        p->out_of_range = what;
    return true;
}

static bool take_year(struct parser *p, size_t digits)
{
    int64_t year;
    if (p->value.len < digits || (digits == 4 && !is_digit_at(p->value, 0)) ||
        !read_signed(span_slice(p->value, 0, digits), &year))
        return false;
    skip(&p->value, digits);
    p->date.year = digits == 4 ? year : year + (year >= PIVOT_YEAR ? 1900 : 2000);
    return true;
}

static bool same_letters(struct span text, const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char a = text.data[i], b = name[i];
        if (a != b && ((a | 0x20) != (b | 0x20) || (a | 0x20) < 'a' || (a | 0x20) > 'z'))
            return false;
    }
    return true;
}

/* One of COUNT names, or its first three letters; 0 if none is there. */
static int take_name(struct parser *p, const char *(*name_of)(int64_t), int first, int count,
                     bool is_short)
{
    for (int i = first; i < first + count; i++) {
        const char *name = name_of(i);
        size_t len = is_short ? 3 : strlen(name);
        if (p->value.len < len || !same_letters(p->value, name, len))
            continue;
        skip(&p->value, len);
        return i - first + 1;
    }
    return 0;
}

/* LEN bytes of point and digits. */
static bool take_fraction(struct parser *p, size_t len)
{
    struct span fraction = span_slice(p->value, 1, len > FRACTION_MAX ? FRACTION_MAX : len);
    if (p->value.len < len || (p->value.data[0] != '.' && p->value.data[0] != ',') ||
        !read_signed(fraction, &p->date.nsec))
        return false;
    if (p->date.nsec < 0)
        p->out_of_range = "fractional second";
    for (size_t i = fraction.len + 1; i < FRACTION_MAX; i++)
        p->date.nsec *= 10;
    skip(&p->value, len);
    return true;
}

/* The length of a fraction that may be missing, or 0. */
static size_t optional_fraction(struct span value)
{
    size_t len = 1;
    if (value.len < 2 || (value.data[0] != '.' && value.data[0] != ',') || !is_digit_at(value, 1))
        return 0;
    while (is_digit_at(value, len))
        len++;
    return len;
}

/* A fraction is taken even where the layout has none. */
static bool take_second(struct parser *p, size_t least, struct span layout)
{
    if (!take_in_range(p, least, 0, 59, "second", &p->date.second))
        return false;
    size_t fraction = optional_fraction(p->value);
    enum layout_part next = layout_next(&layout).part;
    if (p->out_of_range || fraction == 0 || next == LAYOUT_FRACTION_0 || next == LAYOUT_FRACTION_9)
        return true;
    return take_fraction(p, fraction);
}

static bool take_half_of_day(struct parser *p, const char *pm, const char *am)
{
    p->pm = p->pm || span_starts_with(p->value, pm);
    p->am = p->am || span_starts_with(p->value, am);
    if (!span_starts_with(p->value, pm) && !span_starts_with(p->value, am))
        return false;
    skip(&p->value, 2);
    return true;
}

static bool take_colon(struct parser *p, bool wanted)
{
    if (wanted && (p->value.len == 0 || p->value.data[0] != ':'))
        return false;
    skip(&p->value, wanted);
    return true;
}

static bool take_offset(struct parser *p, struct layout_offset how)
{
    int hours, minutes = 0, seconds = 0;
    if (how.z && span_starts_with(p->value, "Z")) {
        skip(&p->value, 1);
        p->is_utc = true;
        return true;
    }
    if (p->value.len == 0)
        return false;
    char sign = p->value.data[0];
    skip(&p->value, 1);
    if (!take_digits(&p->value, 2, 2, &hours) ||
        (how.minutes && (!take_colon(p, how.colons) || !take_digits(&p->value, 2, 2, &minutes))) ||
        (how.seconds && (!take_colon(p, how.colons) || !take_digits(&p->value, 2, 2, &seconds))))
        return false;
    /* Offsets of 24 hours or 60 minutes are written by some. */
    p->out_of_range = seconds > 60   ? "time zone offset second"
                      : minutes > 60 ? "time zone offset minute"
                      : hours > 24   ? "time zone offset hour"
                                     : NULL;
    p->has_offset = true;
    p->offset = (hours * 60 + minutes) * 60 + seconds;
    if (sign == '-')
        p->offset = -p->offset;
    return sign == '+' || sign == '-';
}

/* The length of "+3" or "-11", or 0. */
static size_t signed_hours_len(struct span text)
{
    size_t len = 1;
    int hours = 0;
    if (text.len == 0 || (text.data[0] != '+' && text.data[0] != '-'))
        return 0;
    for (; is_digit_at(text, len); len++)
        hours = hours > ZONE_HOURS_MAX ? hours : hours * 10 + (text.data[len] - '0');
    return len > 1 && hours <= ZONE_HOURS_MAX ? len : 0;
}

/* The length of what looks like the name of a zone, or 0. */
static size_t zone_name_len(struct span text)
{
    size_t capitals = 0;
    if (text.len < 3)
        return 0;
    if (span_starts_with(text, "ChST") || span_starts_with(text, "MeST"))
        return 4;
    if (span_starts_with(text, "GMT"))
        return 3 + signed_hours_len(span_slice(text, 3, text.len));
    if (text.data[0] == '+' || text.data[0] == '-')
        return signed_hours_len(text);
    while (capitals < 6 && capitals < text.len && text.data[capitals] >= 'A' &&
           text.data[capitals] <= 'Z')
        capitals++;
    switch (capitals) {
    case 3:
        return 3;
    case 4:
        return text.data[3] == 'T' || span_starts_with(text, "WITA") ? 4 : 0;
    case 5:
        return text.data[4] == 'T' ? 5 : 0;
    default:
        return 0;
    }
}

static bool take_zone_name(struct parser *p)
{
    if (span_starts_with(p->value, "UTC")) {
        p->is_utc = true;
        skip(&p->value, 3);
        return true;
    }
    size_t len = zone_name_len(p->value);
    p->zone_name = span_slice(p->value, 0, len);
    skip(&p->value, len);
    return len > 0;
}

static void skip_blanks(struct parser *p, int most)
{
    while (most-- > 0 && p->value.len != 0 && p->value.data[0] == ' ')
        skip(&p->value, 1);
}

static bool take_month_name(struct parser *p, bool is_short)
{
    p->date.month = take_name(p, gotime_month_name, 1, 12, is_short);
    return p->date.month != 0;
}

/* LAYOUT is what comes after the piece. */
static bool take_part(struct parser *p, const struct layout_piece *piece, struct span layout)
{
    switch (piece->part) {
    case LAYOUT_END:
        return true;
    case LAYOUT_YEAR:
        return take_year(p, 4);
    case LAYOUT_SHORT_YEAR:
        return take_year(p, 2);
    case LAYOUT_MONTH_NAME:
    case LAYOUT_SHORT_MONTH_NAME:
        return take_month_name(p, piece->part == LAYOUT_SHORT_MONTH_NAME);
    case LAYOUT_MONTH:
        return take_in_range(p, 1, 1, 12, "month", &p->date.month);
    case LAYOUT_MONTH_2:
        return take_in_range(p, 2, 1, 12, "month", &p->date.month);
    case LAYOUT_WEEKDAY_NAME:
    case LAYOUT_SHORT_WEEKDAY_NAME:
        return take_name(p, gotime_weekday_name, 0, 7, piece->part == LAYOUT_SHORT_WEEKDAY_NAME) !=
               0;
    case LAYOUT_DAY_BLANK:
        skip_blanks(p, 1);
        return take_digits(&p->value, 1, 2, &p->date.day);
    case LAYOUT_DAY:
        return take_digits(&p->value, 1, 2, &p->date.day);
    case LAYOUT_DAY_2:
        return take_digits(&p->value, 2, 2, &p->date.day);
    case LAYOUT_YEAR_DAY_BLANK:
        skip_blanks(p, 2);
        return take_digits(&p->value, 1, 3, &p->date.year_day);
    case LAYOUT_YEAR_DAY_3:
        return take_digits(&p->value, 3, 3, &p->date.year_day);
    case LAYOUT_HOUR:
        return take_in_range(p, 1, 0, 23, "hour", &p->date.hour);
    case LAYOUT_HOUR_12:
        return take_in_range(p, 1, 0, 12, "hour", &p->date.hour);
    case LAYOUT_HOUR_12_2:
        return take_in_range(p, 2, 0, 12, "hour", &p->date.hour);
    case LAYOUT_MINUTE:
        return take_in_range(p, 1, 0, 59, "minute", &p->date.minute);
    case LAYOUT_MINUTE_2:
        return take_in_range(p, 2, 0, 59, "minute", &p->date.minute);
    case LAYOUT_SECOND:
        return take_second(p, 1, layout);
    case LAYOUT_SECOND_2:
        return take_second(p, 2, layout);
    case LAYOUT_PM:
        return take_half_of_day(p, "PM", "AM");
    case LAYOUT_PM_LOWER:
        return take_half_of_day(p, "pm", "am");
    case LAYOUT_ZONE_NAME:
        return take_zone_name(p);
    case LAYOUT_OFFSET:
        return take_offset(p, piece->offset);
    case LAYOUT_FRACTION_0:
        return take_fraction(p, piece->text.len);
    case LAYOUT_FRACTION_9:
        return optional_fraction(p->value) == 0 || take_fraction(p, optional_fraction(p->value));
    }
    return false;
}

/* Month and day from the day of the year, with which they must agree. */
static int apply_year_day(struct parser *p, struct err *err)
{
    struct gotime_date *date = &p->date;
    int month = 1, day = date->year_day;
    while (month <= 12 && day > gotime_days_in(month, date->year))
        day -= gotime_days_in(month++, date->year);
    if (date->year_day < 1 || month > 12)
        return fail_with(p, "day-of-year out of range", err);
    if (date->month != UNSEEN && date->month != month)
        return fail_with(p, "day-of-year does not match month", err);
    if (date->day != UNSEEN && date->day != day)
        return fail_with(p, "day-of-year does not match day", err);
    date->month = month;
    date->day = day;
    return 0;
}

static int check_date(struct parser *p, struct err *err)
{
    struct gotime_date *date = &p->date;
    if (p->pm && date->hour < 12)
        date->hour += 12;
    else if (p->am && date->hour == 12)
        date->hour = 0;
    if (date->year_day != UNSEEN && apply_year_day(p, err) != 0)
        return -1;
    date->month = date->month == UNSEEN ? 1 : date->month;
    date->day = date->day == UNSEEN ? 1 : date->day;
    if (date->day < 1 || date->day > gotime_days_in(date->month, date->year))
        return fail_with(p, "day out of range", err);
    return 0;
}

/* A name without offset is kept, and says nothing unless it is like "GMT+3". */
static struct gotime with_zone(const struct parser *p)
{
    struct gotime_zone zone = {0};
    if (!p->is_utc && p->has_offset && (p->offset != 0 || p->zone_name.len != 0)) {
        zone = (struct gotime_zone){true, p->zone_name, p->offset};
    } else if (!p->is_utc && !p->has_offset && p->zone_name.len != 0) {
        zone = (struct gotime_zone){true, p->zone_name, 0};
        struct gotime time = gotime_from_date(&p->date, zone);
        if (span_starts_with(zone.name, "GMT"))
            read_signed(span_slice(zone.name, 3, zone.name.len), &time.zone.offset);
        time.zone.offset *= 3600;
        return time;
    }
    return gotime_from_date(&p->date, zone);
}

int gotime_parse(struct span layout, struct span text, struct gotime *ret, struct err *err)
{
    struct parser p = {.layout = layout,
                       .text = text,
                       .value = text,
                       .date = {.month = UNSEEN, .day = UNSEEN, .year_day = UNSEEN}};
    struct layout_piece piece;
    do {
        piece = layout_next(&layout);
        if (!skip_plain(&p, piece.before))
            return fail_at(&p, piece.before, p.value, err);
        struct span hold = p.value;
        bool taken = take_part(&p, &piece, layout);
        if (p.out_of_range) {
            CLEANUP(buf_finish) struct buf message = BUF_INIT(64);
            buf_addf(&message, "%s out of range", p.out_of_range);
            return fail_with(&p, buf_text(&message), err);
        }
        if (!taken)
            return fail_at(&p, piece.text, hold, err);
    } while (piece.part != LAYOUT_END);
    if (p.value.len != 0) {
        CLEANUP(buf_finish) struct buf message = BUF_INIT(ERR_TEXT_SIZE);
        buf_adds(&message, "extra text: ");
        quote_go_time(p.value, &message);
        return fail_with(&p, buf_text(&message), err);
    }
    if (check_date(&p, err) != 0)
        return -1;
    *ret = with_zone(&p);
    return 0;
}
