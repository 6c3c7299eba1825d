/*
 * Inside of fmt: the state of one verb, and what the parts of the module do
 * with it. fmt.c reads formats, fmt_value.c walks over values, fmt_integer.c,
 * fmt_float.c and fmt_text.c write the leaves.
 */
#ifndef TIDEMARK_TEMPLATE_PRINTER_H
#define TIDEMARK_TEMPLATE_PRINTER_H

#include "template/fmt.h"

enum {
    FMT_WIDTH_MAX = 1000 * 1000, /* Go's limit on widths and precisions, more or less */
};

struct fmt_flags {
    bool minus, plus, sharp, space, zero;
    bool plus_v, sharp_v; /* %+v and %#v */
    bool has_width, has_precision;
    size_t width, precision;
};

struct printer {
    struct fmt_flags flags;
    struct buf *out;
    struct budget *budget;
    struct err *err;
    bool failed;    /* the budget does not suffice */
    bool bad_verbs; /* inside of "%!d(…)", where String methods do not count */
};

bool printer_verb_in(uint32_t verb, const char *verbs);

/* Lets the output overflow: what is to come would not fit. */
void printer_overflow(struct printer *p);

/* The text, padded to the width. */
void printer_pad(struct printer *p, struct span text);
/* WIDTH zeros or blanks. */
void printer_fill(struct printer *p, size_t width);

/* Each answers false for a verb that the kind does not have. */
bool printer_text(struct printer *p, struct span text, uint32_t verb);
bool printer_bool(struct printer *p, bool truth, uint32_t verb);
bool printer_integer(struct printer *p, uint64_t bits, bool is_signed, uint32_t verb);
bool printer_float(struct printer *p, double real, uint32_t verb);
bool printer_complex(struct printer *p, struct value_complex complex, uint32_t verb);

/* An operand. */
void printer_arg(struct printer *p, struct value value, uint32_t verb);

#endif
