/*
 * The last line of `reconcile` and `resume`: what came of it.
 */
#ifndef TIDEMARK_CLI_REPORT_H
#define TIDEMARK_CLI_REPORT_H

#include "api/object.h"

/* "scan fetched 4 tags", "selected ref ghcr.io/a/b:1.0" …; owned. */
char *report_result(const struct api_object *object);

#endif
