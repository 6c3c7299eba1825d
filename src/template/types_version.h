/*
 * Versions as values: what `semver` makes, with its methods.
 */
#ifndef TIDEMARK_TEMPLATE_TYPES_VERSION_H
#define TIDEMARK_TEMPLATE_TYPES_VERSION_H

#include "base/semver.h"
#include "template/func.h"
#include "template/types.h"

/* A *semver.Version; the version's spans must live as long as the value. */
int types_new_version(struct budget *budget, const struct semver *version, struct value *ret,
                      struct err *err);

#endif
