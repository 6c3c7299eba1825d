/*
 * Values as JSON, as Go's encoding/json writes them.
 */
#ifndef TIDEMARK_TEMPLATE_JSON_ENCODE_H
#define TIDEMARK_TEMPLATE_JSON_ENCODE_H

#include "template/value.h"

struct json_encode_style {
    bool indents;      /* by two blanks a level */
    bool escapes_html; /* <, > and & as \u003c … */
};

/*
 * Appends VALUE. Answers 0; 1 with Go's text in ERR if JSON cannot hold it (a
 * map whose keys are no texts, NaN …), with part of it appended; or -1 when
 * the budget does not suffice.
 */
int json_encode(struct budget *budget, struct value value, struct json_encode_style style,
                struct buf *out, struct err *err);

#endif
