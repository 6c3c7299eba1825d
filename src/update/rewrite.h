/*
 * The bytes that give a scalar another value, in the style that it has.
 */
#ifndef TIDEMARK_UPDATE_REWRITE_H
#define TIDEMARK_UPDATE_REWRITE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"
#include "yaml/yaml_tree.h"

struct rewrite {
    size_t from, to; /* bytes of the tree's text that go */
    struct buf text; /* what comes instead; the caller finishes it */
};

enum {
    REWRITE_TEXT_MAX = 2 * YAMLSCAN_SIZE_MAX, /* a block's header and indent count */
};

#define REWRITE_INIT                                                                               \
    {                                                                                              \
        .text = BUF_INIT(REWRITE_TEXT_MAX)                                                         \
    }

/*
 * Works out how NODE, a scalar that is not left out, becomes VALUE, which is
 * printable (see yaml_plain_printable()) and not empty. Quotes stay; a plain
 * scalar stays plain unless a reader might then not take it for that text; a
 * block keeps its indicator and indent, and is told to strip its last newline.
 * Returns NULL and fills RET, or a text that says why it cannot be done.
 */
const char *rewrite_scalar(const struct yaml_tree *tree, const struct yaml_node *node,
                           struct span value, struct rewrite *ret);

/* Whether a scalar that reads as VALUE and is written like NODE is text to
 * every reader. OLD is what stood there before. */
bool rewrite_is_text(const struct yaml_node *node, struct span value, struct span old);

#endif
