/*
 * Functions and methods that templates call.
 *
 * Each is a row of a table: its name, its parameters and the code. The
 * parameters are one letter each, and drive the checks of number and type that
 * the executor makes before a call, so that the code finds what it declared:
 *
 *     s string    i int    l int64    f float64    b bool
 *     u uint32
 *     x any value, nil instead of none
 *     v any value as it is, none and boxed ones too (Go's reflect.Value)
 *     d dict (map[string]interface {})    L list ([]interface {})
 *     t time.Time    D time.Duration    M time.Month    Z *time.Location
 *     V *semver.Version    C sprig.certificate
 *     * the last one may come any number of times, or never
 *
 * A method's receiver is its first argument and not among the parameters.
 */
#ifndef TIDEMARK_TEMPLATE_FUNC_H
#define TIDEMARK_TEMPLATE_FUNC_H

#include "template/value.h"

struct call {
    struct budget *budget;
    const struct value *args;
    size_t n_args;
    struct value *ret;
    struct err *err;
};

struct func {
    const char *name; /* NULL ends a table */
    const char *params;
    int (*run)(struct call *call); /* NULL: and, or, call, which the executor does itself */
};

/* Ends of functions: the answer, or the fault. */
int call_fail(struct call *call, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int call_give(struct call *call, struct value value);
int call_give_bool(struct call *call, bool truth);
int call_give_text(struct call *call, struct span text); /* not copied */
/* The content of a buffer whose cap is BUDGET_TEXT_MAX; fails if it overflowed. */
int call_give_buf(struct call *call, const struct buf *text);

/* Steps beyond those that every call takes for the bytes that go in and out:
 * for work of about so many times 25 ns. */
int call_take(struct call *call, size_t steps);

/* Faults of Go itself. */
int call_fail_nil(struct call *call); /* nil where a list is wanted */

#endif
