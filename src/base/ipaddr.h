/*
 * IP addresses as text, judged with the words of Go's net/netip, which users
 * meet in errors about URLs.
 */
#ifndef TIDEMARK_BASE_IPADDR_H
#define TIDEMARK_BASE_IPADDR_H

#include "base/err.h"
#include "base/span.h"

enum ipaddr_family {
    IPADDR_V4,
    IPADDR_V6, /* perhaps with a zone: "fe80::1%eth0" */
};

/* What TEXT is. Fails with class invalid: `ParseAddr("::x"): each
 * colon-separated field must have at least one digit (at "x")`. */
int ipaddr_check(struct span text, enum ipaddr_family *ret, struct err *err);

#endif
