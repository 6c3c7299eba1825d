/*
 * Rows of the table that all benches print (see lib.sh): a figure, what it is
 * compared with, and the target. Each answers whether the target was missed.
 */
#ifndef TIDEMARK_BENCH_ROW_H
#define TIDEMARK_BENCH_ROW_H

#include <stdbool.h>
#include <stdio.h>

/* The line above rows. YARDSTICK is what their second figure is of. */
static inline void bench_heading(const char *title, const char *yardstick)
{
    printf("\n%-58s %11s %11s %7s %8s\n", title, "tidemark", yardstick, "ratio", "at most");
}

static inline bool bench_ratio(const char *title, double ms, double other_ms, double most)
{
    bool missed = !(ms / other_ms <= most);
    printf("%-58s %8.2f ms %8.2f ms %7.2f %8g%s\n", title, ms, other_ms, ms / other_ms, most,
           missed ? " MISSED" : "");
    return missed;
}

static inline bool bench_value(const char *title, double value, const char *unit, double most)
{
    bool missed = !(value <= most);
    printf("%-58s %7.1f %-3s %11s %7s %8g%s\n", title, value, unit, "", "", most,
           missed ? " MISSED" : "");
    return missed;
}

#endif
