/*
 * Percent signs in the parts of a URL: which byte needs one where, as Go's
 * net/url has it.
 */
#ifndef TIDEMARK_BASE_URL_ESCAPE_H
#define TIDEMARK_BASE_URL_ESCAPE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum url_part {
    URL_PART_HOST,
    URL_PART_ZONE, /* behind the percent sign of an IPv6 address */
    URL_PART_USER,
    URL_PART_PATH,
    URL_PART_FRAGMENT,
};

/* Appends TEXT encoded for PART. */
void url_escape(struct span text, enum url_part part, struct buf *ret);

/* Appends TEXT decoded. Fails with class invalid on a bad escape, and on what
 * may not stand in a host. */
int url_unescape(struct span text, enum url_part part, struct buf *ret, struct err *err);

#endif
