/*
 * The edit of one stretch of a file that is valid YAML by itself: the whole
 * file, a document of it, or a line.
 */
#ifndef TIDEMARK_UPDATE_EDIT_H
#define TIDEMARK_UPDATE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/span.h"
#include "update/update.h"
#include "yaml/yaml_tree.h"

/* The edit of a file under way. Stretches are edited in the order of the file. */
struct editor {
    struct span file;
    const char *path;
    const struct update_policy *policies;
    size_t policy_count;
    struct update_result *result;
    size_t copied;  /* bytes of the file that result->content holds, edited */
    size_t markers; /* seen so far */
    /* A place of the file, from where edit_line_at() counts on. */
    size_t line_offset;
    size_t lines_before;
};

/*
 * Edits the stretch from OFFSET on, whose nodes are TREE. BY_LINE: the stretch
 * is a line of a document that is not valid, so that only what is beyond doubt
 * is edited. Fails as update_file() does.
 */
int edit_tree(struct editor *editor, const struct yaml_tree *tree, size_t offset, bool by_line,
              struct err *err);

/* The line, from 1, of the byte at OFFSET. Fast when places are near each other. */
size_t edit_line_at(struct editor *editor, size_t offset);

/* Reports something about LINE. */
void edit_notice(struct editor *editor, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same about the file as a whole, which nothing follows: it has room beyond
 * UPDATE_NOTICES_MAX. */
void edit_last_notice(struct editor *editor, size_t line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
