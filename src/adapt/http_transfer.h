/*
 * One request and its one response over libcurl, without redirects. Internal
 * to the HTTP client; the only file that knows libcurl.
 *
 * A slot owns at most one connection. It is used by one thread at a time.
 */
#ifndef TIDEMARK_ADAPT_HTTP_TRANSFER_H
#define TIDEMARK_ADAPT_HTTP_TRANSFER_H

#include "adapt/http.h"
#include "adapt/http_env.h"

struct http_slot;

struct http_slot *http_slot_new(void);
void http_slot_free(struct http_slot *slot);
MEM_DEFINE_FREEP(struct http_slot, http_slot_free)

struct http_transfer {
    const struct http_request *request; /* but for what the members below say */
    const char *method;
    const char *url;
    bool with_authorization;
    bool with_body;
    bool follow;       /* a redirect is not given to on_body */
    const char *proxy; /* "": none */
    const struct http_env *env;
};

/* As http_perform(), with errors that do not name the URL yet. RESPONSE has
 * its status and headers cleared. *RET_OWN tells whether the error is a callback's. */
int http_slot_run(struct http_slot *slot, const struct http_transfer *transfer,
                  struct http_response *response, bool *ret_own, struct err *err);

/* Can the request's texts go over the wire at all? */
int http_transfer_check(const struct http_transfer *transfer, struct err *err);

/* Is the response a redirect that says where to? */
bool http_is_redirect(const struct http_response *response, struct span *ret_location);

#endif
