/*
 * Which object a node of a manifest belongs to: its document, or, in a document
 * of the kind List or ResourceList, the item that it lies in.
 */
#ifndef TIDEMARK_UPDATE_OBJECT_H
#define TIDEMARK_UPDATE_OBJECT_H

#include <stddef.h>

#include "update/update.h"
#include "yaml/yaml_tree.h"

/* Remembers the last answer, as neighbours mostly share their object. */
struct object_finder {
    const struct yaml_tree *tree;
    size_t root;    /* of the document asked for last, or YAML_NODE_NONE */
    size_t list;    /* the items of a List in it, or YAML_NODE_NONE */
    size_t mapping; /* the object asked for last, or YAML_NODE_NONE */
    struct update_object object;
};

/* The tree must outlive the finder. */
void object_finder_init(struct object_finder *finder, const struct yaml_tree *tree);
void object_finder_finish(struct object_finder *finder);

/* Fills RET, which the caller finishes, with what the object of the node at
 * INDEX says of itself. */
void object_identify(struct object_finder *finder, size_t index, struct update_object *ret);

/* The same for a field whose object is not known. */
void object_unknown(struct update_object *ret);

void object_finish(struct update_object *object);

#endif
