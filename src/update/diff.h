/*
 * The difference between two texts as `diff -u` prints it.
 *
 * Made for edits that change few lines and move none: it compares line by
 * line and looks a short way ahead where lines differ. The result is always
 * right, but not always the shortest.
 */
#ifndef TIDEMARK_UPDATE_DIFF_H
#define TIDEMARK_UPDATE_DIFF_H

#include "base/buf.h"
#include "base/span.h"

/*
 * Appends what turns BEFORE into AFTER, with three lines of context, under
 * `--- a/PATH` and `+++ b/PATH`; nothing if they are equal. `patch -p1` and
 * `git apply` take it. Lines end in LF; a CR before it is part of the line.
 */
void diff_print(const char *path, struct span before, struct span after, struct buf *ret);

#endif
