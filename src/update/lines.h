/*
 * The lines of a text that is not valid YAML, such as a template: which of them
 * stand in something that goes over several lines, and so may not be what they
 * look like.
 */
#ifndef TIDEMARK_UPDATE_LINES_H
#define TIDEMARK_UPDATE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Where the last line ended. Zero at the start of a text. */
struct lines_state {
    bool in_block;       /* in a literal or folded block … */
    size_t block_indent; /* … whose lines have more blanks in front than this */
    char quote;          /* in a quoted scalar; which quote ends it, or 0 */
    const char *action;  /* in a template action; what ends it, or NULL */
};

/* Takes LINE, without its line end, and tells whether it stands in a text, a
 * quoted scalar or a template action that began on an earlier line. */
bool lines_is_inside(struct lines_state *state, struct span line);

/* Takes the next line off *REST. Lines end in LF, CR or CR LF. The line comes
 * without its end; false at the end of the text. */
bool lines_next(struct span *rest, struct span *ret_line);

/* The offset, behind FROM, of the next line that begins a document: `---` and
 * then a blank or nothing; the length of the text if there is none. */
size_t lines_next_document(struct span text, size_t from);

#endif
