/*
 * One request to a registry or token server, tried up to three times. Part of
 * registry_client.h.
 *
 * Repeated are: answers with the statuses 408, 429, 499, 500, 502, 503, 504 and
 * 522, and connections that broke or could not be set up in time, unless part
 * of a good answer was handed on already. Retry-After is honoured as long as it
 * is short; a longer pause fails the request and is remembered for the host.
 */
#ifndef TIDEMARK_REGISTRY_EXCHANGE_H
#define TIDEMARK_REGISTRY_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapt/http.h"
#include "registry/registry_pool.h"

enum {
    EXCHANGE_TRIES = 3,
    EXCHANGE_REDIRECTS_MAX = 10,
};

/* What the requests of one client have in common. */
struct exchange {
    struct registry_pool *pool;
    const struct http_tls *tls;     /* or NULL */
    const struct http_proxy *proxy; /* or NULL */
    const struct httpurl *home;     /* the registry: scheme, host and port */
    bool allow_http;                /* a redirect may lead from HTTPS to plain HTTP */
    const struct deadline *deadline;
    enum http_trouble trouble; /* of the last request */
};

struct exchange_request {
    const char *method; /* NULL: "GET" */
    const char *url;
    const struct http_header *headers;
    size_t header_count;
    const char *authorization;
    struct span body;
    bool once;       /* a broken connection is not tried again */
    bool token;      /* to a token server: redirects obey the rules for realms */
    size_t body_max; /* bytes of a good answer */
    /* Takes the body of an answer with status 200. NULL: it is kept like that
     * of any other status, up to STATUS_ERROR_BODY_MAX bytes. */
    int (*on_body)(void *arg, const struct http_response *response, struct span piece,
                   struct err *err);
    void *arg;
};

struct exchange_answer {
    struct http_response response;
    struct buf body; /* what on_body did not take; the rest of a long one is cut off */
};

#define EXCHANGE_ANSWER_INIT                                                                       \
    {                                                                                              \
        .response = HTTP_RESPONSE_INIT, .body = BUF_INIT(STATUS_ERROR_BODY_MAX)                    \
    }

void exchange_answer_finish(struct exchange_answer *answer);

/* Returns 0 whatever the status, or -1 as http_perform() does. */
int exchange_send(struct exchange *exchange, const struct exchange_request *request,
                  struct exchange_answer *answer, struct err *err);

/*
 * May credentials go to the token server at URL? Only by HTTPS, unless the
 * registry itself is spoken to in plain HTTP; and not to an address inside the
 * network, unless it is the registry's own host and port. Class unavailable if
 * not, with the reason.
 */
int exchange_check_realm(const struct exchange *exchange, const struct httpurl *url,
                         struct err *err);

#endif
