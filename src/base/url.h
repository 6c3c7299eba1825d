/*
 * URLs as Go's package net/url (1.26) reads and writes them, where users may
 * see the difference.
 */
#ifndef TIDEMARK_BASE_URL_H
#define TIDEMARK_BASE_URL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

enum {
    URL_TEXT_MAX = 64 * 1024, /* bytes of a URL, and of each of its parts */
};

/* The parts are decoded, and may hold any byte. */
struct url {
    struct buf scheme; /* lower case */
    struct buf opaque; /* what follows "scheme:" if that is no slash; not decoded */
    bool has_user;
    bool has_password;
    struct buf user;
    struct buf password;
    struct buf host; /* with the port */
    struct buf path;
    bool has_query;
    struct buf query; /* not decoded */
    struct buf fragment;
};

void url_init(struct url *url);
void url_finish(struct url *url);

/*
 * Reads all of TEXT into URL, which url_init() made. Fails with class invalid
 * and Go's text: `parse "http://[::": missing ']' in host`.
 */
int url_parse(struct span text, struct url *url, struct err *err);

/* Appends "scheme://user:password@host/path?query#fragment", encoded. */
void url_print(const struct url *url, struct buf *ret);

/* Appends "user:password", encoded. */
void url_print_user(const struct url *url, struct buf *ret);

/* The host without port and brackets; points into URL. */
struct span url_hostname(const struct url *url);

/*
 * Is TEXT a host with an optional port, which parsing "//TEXT" would leave
 * exactly as it is?
 */
bool url_is_authority(struct span text);

#endif
