/*
 * Durations as Go writes and reads them: "1m30s", "500ms", "1h0m0s".
 *
 * A duration is a signed count of nanoseconds. The source of the grammar and
 * of the printed form is Go's package time (ParseDuration, Duration.String).
 */
#ifndef TIDEMARK_BASE_DURATION_H
#define TIDEMARK_BASE_DURATION_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum {
    DURATION_TEXT_SIZE = 32, /* bytes for any printed duration, with the NUL */
};

/*
 * Reads an optional sign and a sequence of number and unit (ns us µs ms s m h),
 * or "0". Fails with class invalid and Go's text: `time: missing unit in
 * duration "5"`, `time: unknown unit "d" in duration "1d"`, `time: invalid
 * duration "x"`.
 */
int duration_parse(struct span text, int64_t *ret_ns, struct err *err);

/* Prints the normalised form into TEXT and returns it: 90 s is "1m30s". */
const char *duration_format(int64_t ns, char text[static DURATION_TEXT_SIZE]);

/*
 * Prints an age for people, rounded down to one or two units, the fewer the
 * longer it is: "12s", "5m30s", "7h20m", "3d4h", "2y326d". The rules are those
 * of kubectl, which Flux's users read in the same columns. Less than nothing,
 * from clocks that differ a little, is "0s".
 */
const char *duration_format_age(int64_t ns, char text[static DURATION_TEXT_SIZE]);

#endif
