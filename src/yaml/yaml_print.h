/*
 * Values to YAML text, as Kubernetes tools print it.
 *
 * Mappings are sorted by key (digit runs compare as numbers, letters come after
 * all other characters); the items of a sequence stand at the indent of the
 * mapping that holds it. A text is plain where every reader takes it for that
 * text, else quoted; a text of several lines is a literal block. Long plain
 * and quoted texts are folded behind column 80. What is printed reads back,
 * by yaml_load() and by any YAML reader, as the same value.
 */
#ifndef TIDEMARK_YAML_YAML_PRINT_H
#define TIDEMARK_YAML_YAML_PRINT_H

#include "adapt/json.h"
#include "base/buf.h"

/* Appends VALUE as one document of several: behind a line `---`, with a final
 * newline. */
void yaml_print_document(const struct json *value, struct buf *ret);

/* Appends a finite number with the fewest digits that read back as it. */
void yaml_print_real(double value, struct buf *ret);

#endif
