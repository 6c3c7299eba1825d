#include "template/layout.h"

#include "base/mem.h"

#define OFFSET(z_, colons_, minutes_, seconds_)                                                    \
    LAYOUT_OFFSET,                                                                                 \
    {                                                                                              \
        z_, colons_, minutes_, seconds_                                                            \
    }

/* Of those that fit at a place the first one counts. */
static const struct {
    const char *text;
    enum layout_part part;
    struct layout_offset offset;
} pieces[] = {
    {"January", LAYOUT_MONTH_NAME, {0}},
    {"Jan", LAYOUT_SHORT_MONTH_NAME, {0}},
    {"Monday", LAYOUT_WEEKDAY_NAME, {0}},
    {"Mon", LAYOUT_SHORT_WEEKDAY_NAME, {0}},
    {"MST", LAYOUT_ZONE_NAME, {0}},
    {"01", LAYOUT_MONTH_2, {0}},
    {"02", LAYOUT_DAY_2, {0}},
    {"03", LAYOUT_HOUR_12_2, {0}},
    {"04", LAYOUT_MINUTE_2, {0}},
    {"05", LAYOUT_SECOND_2, {0}},
    {"06", LAYOUT_SHORT_YEAR, {0}},
    {"002", LAYOUT_YEAR_DAY_3, {0}},
    {"15", LAYOUT_HOUR, {0}},
    {"1", LAYOUT_MONTH, {0}},
    {"2006", LAYOUT_YEAR, {0}},
    {"2", LAYOUT_DAY, {0}},
    {"_2", LAYOUT_DAY_BLANK, {0}},
    {"__2", LAYOUT_YEAR_DAY_BLANK, {0}},
    {"3", LAYOUT_HOUR_12, {0}},
    {"4", LAYOUT_MINUTE, {0}},
    {"5", LAYOUT_SECOND, {0}},
    {"PM", LAYOUT_PM, {0}},
    {"pm", LAYOUT_PM_LOWER, {0}},
    {"-070000", OFFSET(false, false, true, true)},
    {"-07:00:00", OFFSET(false, true, true, true)},
    {"-0700", OFFSET(false, false, true, false)},
    {"-07:00", OFFSET(false, true, true, false)},
    {"-07", OFFSET(false, false, false, false)},
    {"Z070000", OFFSET(true, false, true, true)},
    {"Z07:00:00", OFFSET(true, true, true, true)},
    {"Z0700", OFFSET(true, false, true, false)},
    {"Z07:00", OFFSET(true, true, true, false)},
    {"Z07", OFFSET(true, false, false, false)},
};

static bool is_digit_at(struct span text, size_t at)
{
    return at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
}

static bool is_lower_at(struct span text, size_t at)
{
    return at < text.len && text.data[at] >= 'a' && text.data[at] <= 'z';
}

/* A point or comma and zeros or nines, and then no other digit. */
static size_t fraction_len(struct span rest, enum layout_part *ret)
{
    if ((rest.data[0] != '.' && rest.data[0] != ',') || rest.len < 2 ||
        (rest.data[1] != '0' && rest.data[1] != '9'))
        return 0;
    size_t len = 1;
    while (len < rest.len && rest.data[len] == rest.data[1])
        len++;
    *ret = rest.data[1] == '0' ? LAYOUT_FRACTION_0 : LAYOUT_FRACTION_9;
    return is_digit_at(rest, len) ? 0 : len;
}

static bool fits(struct span rest, size_t i)
{
    enum layout_part part = pieces[i].part;
    if (!span_starts_with(rest, pieces[i].text))
        return false;
    /* "Janus" is no month, and "_2006" an underscore and a year. */
    if (part == LAYOUT_SHORT_MONTH_NAME || part == LAYOUT_SHORT_WEEKDAY_NAME)
        return !is_lower_at(rest, 3);
    return part != LAYOUT_DAY_BLANK || !span_starts_with(rest, "_2006");
}

/* The length of the piece that REST begins with, or 0. */
static size_t piece_at(struct span rest, struct layout_piece *ret)
{
    size_t len = fraction_len(rest, &ret->part);
    if (len > 0)
        return len;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        if (fits(rest, i)) {
            ret->part = pieces[i].part;
            ret->offset = pieces[i].offset;
            return span_of(pieces[i].text).len;
        }
    }
    return 0;
}

struct layout_piece layout_next(struct span *layout)
{
    struct layout_piece piece = {0};
    for (size_t at = 0; at < layout->len; at++) {
        size_t len = piece_at(span_slice(*layout, at, layout->len), &piece);
        if (len == 0)
            continue;
        piece.before = span_slice(*layout, 0, at);
        piece.text = span_slice(*layout, at, at + len);
        *layout = span_slice(*layout, at + len, layout->len);
        return piece;
    }
    piece = (struct layout_piece){.before = *layout, .part = LAYOUT_END};
    *layout = (struct span){0};
    return piece;
}
