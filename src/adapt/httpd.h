/*
 * HTTP server (over libmicrohttpd): for a few small pages, not for files.
 *
 * A server is one listening address, a table of routes and one thread, on
 * which the handlers run one after the other: they must not block. It speaks
 * HTTP/1.1 without TLS.
 *
 * Nothing that a client does can hold it up or let it grow. Connections are
 * few; where HTTPD_CROWD are open the oldest makes room for each that comes,
 * so that clients which send a byte now and then, or never read, lock nobody
 * out.
 */
#ifndef TIDEMARK_ADAPT_HTTPD_H
#define TIDEMARK_ADAPT_HTTPD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    HTTPD_CONNECTIONS_MAX = 64,  /* open at a time; more wait in the backlog */
    HTTPD_PER_ADDRESS_MAX = 32,  /* of them from one address; more are closed at once */
    HTTPD_CROWD = 48,            /* from so many on, the oldest ends when one comes */
    HTTPD_UNSENT_MAX = 64 << 20, /* bytes of answers that wait to be read; more requests get 503 */
    HTTPD_HEADERS_MAX = 16384,   /* bytes of a request's line and headers */
    HTTPD_IDLE_S = 15,           /* without a byte in either direction */
    HTTPD_REQUEST_S = 60,        /* for one request with its answer, once another client comes */
};

struct httpd_request;

struct httpd_response {
    int status;       /* 200 when the handler is called */
    const char *type; /* the Content-Type; plain text when the handler is called */
    struct buf body;  /* raise `max`, which is small, before adding much */
};

/* REQUEST is valid during the call. */
typedef void (*httpd_fn)(void *arg, const struct httpd_request *request,
                         struct httpd_response *ret);

struct httpd_route {
    const char *path;   /* as a whole; one that ends in '/' takes all below it too */
    const char *method; /* "GET" (and HEAD), "POST" */
    size_t body_max;    /* bytes that a request may carry; more are answered with 413 */
    httpd_fn handle;
    void *arg;
};

/* The parts of a request. The pages of the program need none; tests do. */
/* The path without the query, percent signs decoded. */
const char *httpd_path(const struct httpd_request *request);
/* The value of a header (name in any case), or NULL. */
const char *httpd_header(const struct httpd_request *request, const char *name);
struct span httpd_body(const struct httpd_request *request);

struct httpd;

/*
 * Listens on ADDRESS (see base/listen.h) and answers. What no route has is
 * 404, another method 405. The routes are borrowed. Classes as listen_tcp().
 */
int httpd_start(const char *address, const struct httpd_route *routes, size_t count,
                struct httpd **ret, struct err *err);

/* Ends at once what is under way. */
void httpd_stop(struct httpd *httpd);
MEM_DEFINE_FREEP(struct httpd, httpd_stop)

/* The address that it is bound to: "127.0.0.1:38211". */
const char *httpd_address(const struct httpd *httpd);

#endif
