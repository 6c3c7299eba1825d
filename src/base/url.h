/*
 * URLs as Go's package net/url reads them, where users may see the difference.
 */
#ifndef TIDEMARK_BASE_URL_H
#define TIDEMARK_BASE_URL_H

#include <stdbool.h>

#include "base/span.h"

/*
 * Is TEXT a host with an optional port, which parsing "//TEXT" would leave
 * exactly as it is? No user, no percent signs; brackets only around an IPv6
 * address; a port of digits only, which may be empty; bytes above 0x7f pass.
 */
bool url_is_authority(struct span text);

#endif
