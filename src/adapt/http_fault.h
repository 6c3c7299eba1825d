/*
 * Why a request got no response, in the words of Go's programs, which users
 * know from conditions and logs. Internal to the HTTP client.
 */
#ifndef TIDEMARK_ADAPT_HTTP_FAULT_H
#define TIDEMARK_ADAPT_HTTP_FAULT_H

#include <stdbool.h>

#include "adapt/http.h"
#include "base/err.h"

enum http_fault_kind {
    HTTP_FAULT_RESOLVE,     /* no address for the host */
    HTTP_FAULT_CONNECT,     /* no connection to the address */
    HTTP_FAULT_SLOW,        /* no connection in time */
    HTTP_FAULT_PROXY,       /* the proxy did not do its part */
    HTTP_FAULT_TLS,         /* the handshake failed */
    HTTP_FAULT_CERTIFICATE, /* the server's certificate is not good */
    HTTP_FAULT_MATERIAL,    /* the caller's certificates or key are not good */
    HTTP_FAULT_BROKEN,      /* the connection broke */
    HTTP_FAULT_CUT,         /* the response ended too early */
    HTTP_FAULT_PROTOCOL,    /* what came is no HTTP response */
    HTTP_FAULT_HEADERS,     /* headers too large */
    HTTP_FAULT_OTHER,
};

struct http_fault {
    enum http_fault_kind kind;
    bool to_proxy;       /* while connecting to the proxy */
    bool resolved;       /* the host's address was known */
    int os_errno;        /* or 0 */
    long verify_result;  /* OpenSSL's X509_V_… of the server's certificate */
    long proxy_status;   /* the proxy's answer to CONNECT, or 0 */
    const char *host;    /* that was connected to */
    const char *address; /* "10.0.0.1:443", or "" if none was tried */
    const char *detail;  /* the library's own words */
};

/* Fills ERR and returns -1. */
int http_fault_set(const struct http_fault *fault, enum http_trouble *ret_trouble, struct err *err);

#endif
