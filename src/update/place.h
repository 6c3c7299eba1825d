/*
 * Which field a comment belongs to, in valid YAML.
 *
 * A field is a scalar that is an item of a sequence or the value of a key. The
 * comment counts for it
 *   - behind it on its last line, or behind the comma that follows it there; for
 *     a literal or folded block, on the line of its indicator;
 *   - if no comment stands there: on the line right above an item, behind the
 *     item's `-`, or between a key (or an anchor or tag) and a value on a line
 *     of its own. A comment of several lines does not count.
 * Of equal keys in a mapping only the first is a field.
 */
#ifndef TIDEMARK_UPDATE_PLACE_H
#define TIDEMARK_UPDATE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "yaml/yaml_tree.h"

enum place_kind {
    PLACE_TEXT,    /* the offset is not in a comment at all */
    PLACE_NOWHERE, /* in a comment that belongs to no field */
    PLACE_FIELD,
};

struct place {
    enum place_kind kind;
    size_t from, to; /* bytes of the comment, from its `#` to the end of the line */
    size_t field;    /* PLACE_FIELD: index of the scalar */
    const char *why; /* PLACE_NOWHERE: for people */
};

struct place_finder {
    const struct yaml_tree *tree;
    bool *shadowed; /* of each node: the value of a key that was there before */
};

/* The tree must outlive the finder. */
void place_finder_init(struct place_finder *finder, const struct yaml_tree *tree);
void place_finder_finish(struct place_finder *finder);

/* The place of the byte at OFFSET in the tree's text. */
struct place place_find(const struct place_finder *finder, size_t offset);

#endif
