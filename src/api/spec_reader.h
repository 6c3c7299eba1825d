/*
 * Small readers that the typed views share.
 */
#ifndef TIDEMARK_API_SPEC_READER_H
#define TIDEMARK_API_SPEC_READER_H

#include <stdint.h>

#include "adapt/json.h"
#include "base/err.h"

/* The string member, or "". */
const char *spec_text(const struct json *object, const char *key);

/* The string member NAME of the object member KEY, or "": secretRef.name. */
const char *spec_ref_name(const struct json *object, const char *key);

/* The duration member, or FALLBACK_NS if it is absent. */
int spec_duration(const struct json *object, const char *key, int64_t fallback_ns, int64_t *ret_ns,
                  struct err *err);

#endif
