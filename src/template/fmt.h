/*
 * Values as text: Go's package fmt, for print, println, printf and every place
 * where a template shows a value.
 *
 * All functions append to OUT, which the caller caps, and stop early when it
 * overflows; the caller asks for that. They fail only when the budget does not
 * suffice or a value nests too deeply.
 */
#ifndef TIDEMARK_TEMPLATE_FMT_H
#define TIDEMARK_TEMPLATE_FMT_H

#include "template/value.h"

/* A value as an action prints it: %v, and "<no value>" for none. */
int fmt_action(struct budget *budget, struct value value, struct buf *out, struct err *err);

/* %v; none and nil are "<nil>". */
int fmt_value(struct budget *budget, struct value value, struct buf *out, struct err *err);

/* fmt.Sprint: a blank between two operands of which neither is a string. */
int fmt_print(struct budget *budget, const struct value *args, size_t n_args, struct buf *out,
              struct err *err);

/* fmt.Sprintln: a blank between all operands, and a newline. */
int fmt_println(struct budget *budget, const struct value *args, size_t n_args, struct buf *out,
                struct err *err);

/* fmt.Sprintf: faults of the format are shown in the output. */
int fmt_printf(struct budget *budget, struct span format, const struct value *args, size_t n_args,
               struct buf *out, struct err *err);

/* A float in the shortest form that reads back the same, as %v and JSON show
 * it: with an exponent below 10^LEAST and from 10^MOST on. */
void fmt_add_float(double real, int least, int most, struct buf *out);

#endif
