/*
 * HTTP client (over libcurl).
 *
 * One client serves all threads. A request blocks until its response is
 * complete, its deadline passes or it is canceled. HTTP/1.1 over TCP or TLS 1.2
 * and later; only http and https, also after redirects; certificates are
 * checked unless a request says otherwise; no cookies, no netrc, no compression;
 * User-Agent "tidemark/<version>".
 *
 * Connections are kept and used again by whichever thread next talks to the
 * same origin with the same TLS and proxy settings. Idle ones are few
 * (HTTP_IDLE_MAX) and close after HTTP_IDLE_MS, so what a quiet client holds
 * does not grow with the number of hosts it talks to.
 *
 * Trusted roots are the system's, or those that SSL_CERT_FILE or SSL_CERT_DIR
 * name. HTTP_PROXY, HTTPS_PROXY and NO_PROXY (also in lower case) count as in
 * Go's programs unless the request names its own proxy.
 *
 *     CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
 *     CLEANUP(buf_finish) struct buf body = BUF_INIT(64 * 1024);
 *     const struct http_request request = {
 *         .url = url, .on_body = http_body_to_buf, .arg = &body, .deadline = deadline};
 *     if (http_perform(client, &request, &response, err) != 0)
 *         return -1;
 *     if (response.status != 200) …
 *
 * Errors name the URL without the values of query parameters that may be
 * secret, in the words that Go's programs use: `Get "https://ghcr.io/v2/":
 * dial tcp: lookup ghcr.io: no such host`.
 */
#ifndef TIDEMARK_ADAPT_HTTP_H
#define TIDEMARK_ADAPT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/httpurl.h"
#include "base/mem.h"
#include "base/span.h"

enum {
    HTTP_HEADERS_MAX = 64 * 1024,       /* bytes of all response headers */
    HTTP_IDLE_MAX = 16,                 /* idle connections that a client keeps */
    HTTP_IDLE_MS = 60 * 1000,           /* how long it keeps them */
    HTTP_CONNECT_MS = 30 * 1000,        /* limit for look-up, TCP and TLS set-up */
    HTTP_DRAIN_MAX = 64 * 1024,         /* bytes that are read of a body nobody wants */
    HTTP_SETTING_MAX = 2 * 1024 * 1024, /* bytes of each text in http_tls and http_proxy,
                                           and of the system's file of roots */
};

struct http_client;

/* Reads the environment (proxies, roots): make it before threads start. */
struct http_client *http_client_new(void);
/* No request may be under way. */
void http_client_free(struct http_client *client);
MEM_DEFINE_FREEP(struct http_client, http_client_free)

/* Closes the connections that are not in use. */
void http_client_close_idle(struct http_client *client);

/* All members may be NULL or false. PEM text. */
struct http_tls {
    const char *ca;   /* certificates trusted besides the system's */
    bool ca_only;     /* … in place of the system's; an HTTPS proxy may show either */
    const char *cert; /* the client's certificate, with its chain */
    const char *key;  /* its private key, without a passphrase */
    /* The name to ask the URL's own origin for (SNI) and to find in its
     * certificate, if that is not the URL's host. */
    const char *server_name;
    bool unverified; /* take any certificate from the server; a proxy's is checked still */
};

struct http_proxy {
    const char *url;      /* http, https or socks5; "": none at all */
    const char *username; /* or NULL */
    const char *password; /* or NULL */
};

struct http_header {
    const char *name;
    const char *value;
};

struct http_response;

/* What a body callback answers besides -1. */
enum {
    HTTP_BODY_MORE = 0,
    HTTP_BODY_ENOUGH = 1, /* stop reading; the request succeeds */
};

struct http_request {
    const char *method; /* NULL: "GET" */
    const char *url;
    const char *shown_url; /* how errors name it; NULL: url without secrets */

    const struct http_header *headers;
    size_t header_count;
    /* The value of the Authorization header, or NULL. It goes to the URL's own
     * origin only, never where a redirect leads elsewhere. */
    const char *authorization;
    struct span body; /* sent if data is not NULL; name its type in the headers */

    const struct http_tls *tls;     /* or NULL */
    const struct http_proxy *proxy; /* NULL: as the environment says */

    /* Redirects to follow (301, 302, 303, 307, 308 with a Location); 0: such an
     * answer is the response. A body is never sent on to another origin. on_redirect, if not NULL,
     * is asked before each: 0 goes on, -1 fails the request with its error. */
    int redirects_max;
    int (*on_redirect)(void *arg, const struct httpurl *from, const struct httpurl *to,
                       struct err *err);

    /* Receives the body piece by piece; status and headers are known then.
     * Answers HTTP_BODY_MORE, HTTP_BODY_ENOUGH, or -1 with ERR filled to fail
     * the request. NULL: the body is dropped. */
    int (*on_body)(void *arg, const struct http_response *response, struct span piece,
                   struct err *err);
    size_t body_max; /* more bytes than this fail the request; 0: no limit */
    /* A server from which nothing comes for so long is taken for gone: class
     * unavailable. For streams, which may last; 0: no limit. */
    int64_t silence_ms;
    /* After a piece of the body, lets what comes within so many ms come together: for
     * streams of many small pieces, each of which would cost a wake-up; 0: does not. */
    int gather_ms;

    void *arg; /* of both callbacks */
    const struct deadline *deadline;
};

/* What callers may want to know of a failure besides its class. */
enum http_trouble {
    HTTP_TROUBLE_OTHER,
    HTTP_TROUBLE_BROKEN,    /* the connection took too long or broke: try again */
    HTTP_TROUBLE_UNTRUSTED, /* nobody trusted has signed the server's certificate */
    HTTP_TROUBLE_PLAIN,     /* the server speaks HTTP where HTTPS was tried */
};

struct http_response {
    int status;                /* 0: none came */
    enum http_trouble trouble; /* after a failure */
    struct httpurl url;        /* where it came from, after redirects */
    struct buf headers;        /* see http_response_header() */
};

#define HTTP_RESPONSE_INIT                                                                         \
    {                                                                                              \
        .headers = BUF_INIT(HTTP_HEADERS_MAX)                                                      \
    }

void http_response_finish(struct http_response *response);

/*
 * Sends the request and reads the response; may be called from any thread.
 * Returns 0 whatever the status; -1 with class invalid (URL, TLS material, a
 * cap), unavailable (network, TLS, protocol), canceled, or the callback's own
 * error, which is left as it is. RESPONSE starts as HTTP_RESPONSE_INIT, is
 * cleared for use again, and ends in http_response_finish() in both cases.
 */
int http_perform(struct http_client *client, const struct http_request *request,
                 struct http_response *response, struct err *err);

/* An on_body that appends to a buffer (ARG is a struct buf *), and fails with
 * class invalid when its cap is reached. */
int http_body_to_buf(void *arg, const struct http_response *response, struct span piece,
                     struct err *err);

/* The value of the N-th (from 0) header NAME, in any case, without blanks at
 * its ends; valid until the response changes. */
bool http_response_header(const struct http_response *response, const char *name, size_t n,
                          struct span *ret);

/* The pause that a Retry-After header asks for (seconds or a date, RFC 9110,
 * section 10.2.3), in milliseconds; -1 if there is none. */
int64_t http_retry_after_ms(const struct http_response *response, int64_t now_wall_ns);

/* "Not Found"; "" for a status without a name. */
const char *http_status_text(int status);

#endif
