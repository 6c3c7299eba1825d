/*
 * Label selectors, in both forms that Kubernetes has: the object of a spec
 * (matchLabels, matchExpressions) and the text of `-l a=b,c!=d,e in (f,g)`.
 */
#ifndef TIDEMARK_API_SELECTOR_H
#define TIDEMARK_API_SELECTOR_H

#include <stdbool.h>

#include "adapt/json.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strmap.h"

struct selector;

/* From a spec; NULL selects everything. Class invalid with Kubernetes' words:
 * `"Foo" is not a valid label selector operator`. */
int selector_from_json(const struct json *spec, struct selector **ret, struct err *err);

/* From the text of the command line. */
int selector_parse(const char *text, struct selector **ret, struct err *err);

void selector_free(struct selector *selector);
MEM_DEFINE_FREEP(struct selector, selector_free)

/* A NULL selector selects everything. */
bool selector_matches(const struct selector *selector, const struct strmap *labels);

#endif
