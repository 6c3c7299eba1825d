/*
 * Admission: what an API server does to an object before it stores it.
 *
 * Names are checked, unknown fields refused by name, types and rules enforced,
 * defaults filled in. The local stores call this on every write; in a cluster
 * the API server does the same by Flux's CRDs.
 */
#ifndef TIDEMARK_API_ADMISSION_H
#define TIDEMARK_API_ADMISSION_H

#include <stdbool.h>

#include "api/object.h"
#include "base/err.h"

/* Judges OBJECT and fills in its spec's defaults. Class invalid, naming the
 * object and the field. */
int api_admit(struct api_object *object, struct err *err);

/* A DNS label (RFC 1123): lower-case letters, digits, '-', 63 at most. */
bool api_is_dns_label(const char *text);

/* Label keys ("[prefix/]name") and values. On -1, ERR holds Kubernetes' words. */
int api_check_label_key(const char *key, struct err *err);
int api_check_label_value(const char *value, struct err *err);

#endif
