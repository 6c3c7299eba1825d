/*
 * Plain scalars: what readers take them for, and which texts can be one.
 *
 * Readers of YAML 1.1 and of 1.2 disagree: `yes`, `012`, `1:30` and
 * `2024-01-31` are text to some and not to others. Whoever writes for readers
 * that it does not know asks yaml_plain_kind() and quotes what is not text to
 * all of them.
 */
#ifndef TIDEMARK_YAML_YAML_PLAIN_H
#define TIDEMARK_YAML_YAML_PLAIN_H

#include <stdbool.h>

#include "adapt/json.h"
#include "base/err.h"
#include "base/span.h"

enum yaml_plain_kind {
    YAML_PLAIN_STRING, /* to every reader */
    YAML_PLAIN_NULL,
    YAML_PLAIN_BOOL,
    YAML_PLAIN_NUMBER, /* in any base, base 60, infinities and not-a-number too */
    YAML_PLAIN_DATE,   /* with or without a time */
};

/*
 * What some reader of YAML 1.1 (yaml.org/type) or of the YAML 1.2 core schema
 * takes the plain scalar TEXT for.
 */
enum yaml_plain_kind yaml_plain_kind(struct span text);

/* Whether TEXT is UTF-8 of one line that no style has to escape: no control
 * characters, line breaks, byte-order marks or characters outside of the BMP. */
bool yaml_plain_printable(struct span text);

/*
 * Whether TEXT can be written as a plain scalar at all, that is without being
 * cut or taken for an indicator, a comment or a key. IN_FLOW asks for a place
 * inside [] or {} (by the rules of YAML 1.2: `a:b` fits there).
 */
bool yaml_plain_fits(struct span text, bool in_flow);

/*
 * The value of the plain scalar TEXT as Kubernetes tools read it (go-yaml 2
 * under sigs.k8s.io/yaml): YAML 1.1 without base 60; dates stay text. A whole
 * number that fits becomes an integer, as it would on its way through JSON.
 * Class invalid for infinities and not-a-number, which JSON does not have.
 */
int yaml_plain_value(struct span text, struct json **ret, struct err *err);

#endif
