/*
 * The functions that a template can name: Go's built-in ones and Sprig's, a
 * table each in the file of its group.
 */
#ifndef TIDEMARK_TEMPLATE_FUNCS_H
#define TIDEMARK_TEMPLATE_FUNCS_H

#include "template/func.h"

/* The function of that name, or NULL. */
const struct func *funcs_find(struct span name);

extern const struct func funcs_builtin[];
extern const struct func funcs_case[];
extern const struct func funcs_compare[];
extern const struct func funcs_dates[];
extern const struct func funcs_decimal[];
extern const struct func funcs_dicts[];
extern const struct func funcs_encoding[];
extern const struct func funcs_json[];
extern const struct func funcs_lists[];
extern const struct func funcs_math[];
extern const struct func funcs_merge[];
extern const struct func funcs_paths[];
extern const struct func funcs_refused[];
extern const struct func funcs_regexp[];
extern const struct func funcs_semver[];
extern const struct func funcs_split[];
extern const struct func funcs_strings[];
extern const struct func funcs_types[];
extern const struct func funcs_urls[];
extern const struct func funcs_words[];

#endif
