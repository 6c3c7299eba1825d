/*
 * The Link header (RFC 8288, section 3), as far as pagination needs it.
 */
#ifndef TIDEMARK_REGISTRY_LINK_HEADER_H
#define TIDEMARK_REGISTRY_LINK_HEADER_H

#include "base/err.h"
#include "base/span.h"

/*
 * Finds the link to the next page: the first one whose "rel" names "next", or
 * that has no "rel". Returns 1 with the text between < and >, a part of HEADER,
 * in *RET_REFERENCE; 0 if no link is such a one; -1 with class invalid if the
 * header is malformed. Pure.
 */
int link_header_next(struct span header, struct span *ret_reference, struct err *err);

#endif
