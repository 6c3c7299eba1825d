/*
 * Answers of an API server as JSON. Internal to kube/.
 */
#ifndef TIDEMARK_KUBE_PARSE_H
#define TIDEMARK_KUBE_PARSE_H

#include "adapt/json.h"
#include "base/err.h"
#include "base/span.h"

/*
 * As json_parse(), but metadata.managedFields may be missing from the value: the
 * text of it, often the larger part of an object and by far the most costly, is
 * passed over where it is in the compact form that servers send. No type that
 * tidemark reads has another member of that name.
 */
int kube_parse(struct span text, struct json **ret, struct err *err);

#endif
