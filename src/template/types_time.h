/*
 * Times as values: what toDate makes, with the methods that templates call on
 * it.
 */
#ifndef TIDEMARK_TEMPLATE_TYPES_TIME_H
#define TIDEMARK_TEMPLATE_TYPES_TIME_H

#include "template/func.h"
#include "template/gotime.h"
#include "template/types.h"

enum {
    LAYOUT_STEPS_A_BYTE = 16, /* for finding the pieces of a layout */
};

int types_new_time(struct budget *budget, const struct gotime *time, struct value *ret,
                   struct err *err);
struct gotime types_time(struct value value);

/* TIME later by a duration. */
struct gotime types_time_after(struct gotime time, int64_t duration_ns);

#endif
