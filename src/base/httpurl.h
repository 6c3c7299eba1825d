/*
 * http and https URLs: what the program connects to, and where servers send it.
 *
 * The parser is strict, so that no two readers can take one text for two
 * hosts: schemes http and https only, no user name or password, a host of
 * letters, digits and "-._~" or an IPv6 address in brackets, no percent signs
 * in the host. Blanks and bytes above 0x7f in the path and query are
 * percent-encoded, other control bytes are refused, the fragment is dropped.
 * (RFC 3986, sections 3 and 5.)
 *
 * Pure functions, usable from all threads. Failures have class invalid and do
 * not repeat the URL, which may hold a secret.
 */
#ifndef TIDEMARK_BASE_HTTPURL_H
#define TIDEMARK_BASE_HTTPURL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum {
    HTTPURL_TEXT_MAX = 8 * 1024, /* bytes of a whole URL */
    HTTPURL_HOST_MAX = 255,      /* bytes of a host */
};

struct httpurl {
    bool https;
    char *host;    /* lower case; an IPv6 address stands in its brackets */
    unsigned port; /* as written; 0 if none was */
    char *path;    /* "" or begins with '/' */
    char *query;   /* what follows the '?'; NULL if there is none */
};

#define HTTPURL_INIT                                                                               \
    {                                                                                              \
        0                                                                                          \
    }

void httpurl_finish(struct httpurl *url);

/* RET is filled on success only and ends in httpurl_finish(). */
int httpurl_parse(const char *text, struct httpurl *ret, struct err *err);

/* What REFERENCE, an absolute or relative URL that BASE's server sent, leads to. */
int httpurl_resolve(const struct httpurl *base, const char *reference, struct httpurl *ret,
                    struct err *err);

/* The port that is meant: the written one, else 443 or 80. */
unsigned httpurl_port(const struct httpurl *url);

/* Same host and port; and the same scheme too. */
bool httpurl_same_host(const struct httpurl *a, const struct httpurl *b);
bool httpurl_same_origin(const struct httpurl *a, const struct httpurl *b);

/* Appends the host and, if one was written, the port: "ghcr.io", "[::1]:5000". */
void httpurl_print_host(const struct httpurl *url, struct buf *ret);
/* Appends the whole URL. */
void httpurl_print(const struct httpurl *url, struct buf *ret);
/* The same for errors and logs: values of query parameters are "REDACTED" but
 * for those known to be harmless (n, last, scope, service …). */
void httpurl_print_public(const struct httpurl *url, struct buf *ret);

/* Appends TEXT as a value in a query or form: "a/b c" gives "a%2Fb+c". */
void httpurl_print_escaped(const char *text, struct buf *ret);

/*
 * Is HOST (of a struct httpurl) a loopback, private (RFC 1918, RFC 4193),
 * link-local or unspecified address, in any spelling that the resolver takes
 * for an address ("127.1", "0x7f000001", "[::ffff:10.0.0.1]")? A name is none,
 * whatever it resolves to.
 */
bool httpurl_host_is_internal(const char *host);

/* Is HOST the name "localhost", or below it? */
bool httpurl_host_is_localhost(const char *host);

#endif
