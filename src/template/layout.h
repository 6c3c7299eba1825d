/*
 * What a layout is made of: pieces that stand for a part of a time, and the
 * text between them.
 */
#ifndef TIDEMARK_TEMPLATE_LAYOUT_H
#define TIDEMARK_TEMPLATE_LAYOUT_H

#include "base/span.h"

enum layout_part {
    LAYOUT_END, /* no more parts */
    LAYOUT_YEAR,
    LAYOUT_SHORT_YEAR,
    LAYOUT_MONTH_NAME,
    LAYOUT_SHORT_MONTH_NAME,
    LAYOUT_MONTH,
    LAYOUT_MONTH_2,
    LAYOUT_WEEKDAY_NAME,
    LAYOUT_SHORT_WEEKDAY_NAME,
    LAYOUT_DAY,
    LAYOUT_DAY_BLANK,
    LAYOUT_DAY_2,
    LAYOUT_YEAR_DAY_BLANK,
    LAYOUT_YEAR_DAY_3,
    LAYOUT_HOUR,
    LAYOUT_HOUR_12,
    LAYOUT_HOUR_12_2,
    LAYOUT_MINUTE,
    LAYOUT_MINUTE_2,
    LAYOUT_SECOND,
    LAYOUT_SECOND_2,
    LAYOUT_PM,
    LAYOUT_PM_LOWER,
    LAYOUT_ZONE_NAME,
    LAYOUT_OFFSET,     /* the forms of offset_form() */
    LAYOUT_FRACTION_0, /* .000 */
    LAYOUT_FRACTION_9, /* .999 */
};

/* How an offset is written. */
struct layout_offset {
    bool z; /* UTC is "Z" */
    bool colons;
    bool minutes;
    bool seconds;
};

struct layout_piece {
    struct span before; /* plain text in front of it */
    struct span text;   /* the piece itself */
    enum layout_part part;
    struct layout_offset offset;
};

/* Takes text and the piece after it off the front of *LAYOUT. */
struct layout_piece layout_next(struct span *layout);

#endif
