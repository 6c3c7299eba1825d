/*
 * The order in which Kubernetes tools print the keys of a mapping: runs of digits
 * compare as numbers, a number comes after other characters and a letter after
 * all: "a-b" < "a2" < "a10" < "ab".
 *
 * (The Go tools compare "a1b" and "a10" by their last character, which is no
 * order at all once "a2" joins them; here 1, 2 and 10 are in this order.)
 */
#ifndef TIDEMARK_YAML_YAML_KEY_H
#define TIDEMARK_YAML_YAML_KEY_H

#include "adapt/json.h"

/*
 * The keys of OBJECT in printing order: json_count() of them, in an array that
 * the caller frees; the texts are the object's.
 */
const char **yaml_key_sorted(const struct json *object);

#endif
