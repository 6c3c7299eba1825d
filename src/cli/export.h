/*
 * Objects as YAML documents on stdout, as users would write them.
 */
#ifndef TIDEMARK_CLI_EXPORT_H
#define TIDEMARK_CLI_EXPORT_H

#include "api/object.h"
#include "base/err.h"

/* Prints "---", the object without status and generated metadata, a newline. */
int export_print(const struct api_object *object, struct err *err);

#endif
