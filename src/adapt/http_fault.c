#include "adapt/http_fault.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* Results of certificate checks; the numbers are part of OpenSSL's interface
 * (X509_V_ERR_…), whose headers belong to another file. */
enum {
    VERIFY_UNSPECIFIED = 1, /* libcurl's own check, of the name, failed */
    VERIFY_NO_ISSUER = 2,
    VERIFY_NOT_YET_VALID = 9,
    VERIFY_EXPIRED = 10,
    VERIFY_SELF_SIGNED = 18, /* up to VERIFY_NO_FIRST: no trusted end of the chain */
    VERIFY_NO_FIRST = 21,
};

static bool is_plain_http(const struct http_fault *fault)
{
    return strstr(fault->detail, "wrong version number") || strstr(fault->detail, "http request");
}

static bool is_alert(const struct http_fault *fault)
{
    return strstr(fault->detail, " alert ") != NULL;
}

static bool is_unknown_authority(const struct http_fault *fault)
{
    long result = fault->verify_result;
    return result == VERIFY_NO_ISSUER ||
           (result >= VERIFY_SELF_SIGNED && result <= VERIFY_NO_FIRST);
}

/* "connection refused": as strerror() says it, without the capital. */
static const char *errno_text(int errnum, char *text, size_t size)
{
    const char *known = strerror_r(errnum, text, size);
    if (known != text)
        memccpy(text, known, '\0', size);
    text[size - 1] = '\0';
    text[0] = (char)tolower((unsigned char)text[0]);
    return text;
}

static int set_dial(const struct http_fault *fault, struct err *err)
{
    const char *proxy = fault->to_proxy ? "proxyconnect tcp: " : "";
    char why[128];
    if (!fault->resolved && fault->kind == HTTP_FAULT_RESOLVE)
        return err_set(err, ERR_UNAVAILABLE, "%sdial tcp: lookup %s: no such host", proxy,
                       fault->host);
    if (!fault->resolved)
        return err_set(err, ERR_UNAVAILABLE, "%sdial tcp: lookup %s: i/o timeout", proxy,
                       fault->host);
    if (fault->kind == HTTP_FAULT_SLOW || fault->os_errno == 0)
        return err_set(err, ERR_UNAVAILABLE, "%sdial tcp %s: i/o timeout", proxy, fault->address);
    return err_set(err, ERR_UNAVAILABLE, "%sdial tcp %s: connect: %s", proxy, fault->address,
                   errno_text(fault->os_errno, why, sizeof(why)));
}

static int set_certificate(const struct http_fault *fault, struct err *err)
{
    static const char prefix[] = "tls: failed to verify certificate: x509:";
    if (fault->verify_result <= VERIFY_UNSPECIFIED)
        return err_set(err, ERR_UNAVAILABLE, "%s certificate is not valid for '%s'", prefix,
                       fault->host);
    if (fault->verify_result == VERIFY_NOT_YET_VALID || fault->verify_result == VERIFY_EXPIRED)
        return err_set(err, ERR_UNAVAILABLE, "%s certificate has expired or is not yet valid",
                       prefix);
    if (is_unknown_authority(fault))
        return err_set(err, ERR_UNAVAILABLE, "%s certificate signed by unknown authority", prefix);
    return err_set(err, ERR_UNAVAILABLE, "%s %s", prefix, fault->detail);
}

/* OpenSSL writes "error:0A000410:SSL routines::sslv3 alert handshake failure". */
static int set_tls(const struct http_fault *fault, struct err *err)
{
    const char *alert = strstr(fault->detail, " alert ");
    if (alert)
        return err_set(err, ERR_UNAVAILABLE, "remote error: tls: %s", alert + strlen(" alert "));
    if (is_plain_http(fault))
        return err_set(err, ERR_UNAVAILABLE, "http: server gave HTTP response to HTTPS client");
    if (fault->os_errno == ECONNRESET || fault->os_errno == EPIPE)
        return err_set(err, ERR_UNAVAILABLE, "read tcp %s: read: connection reset by peer",
                       fault->address);
    if (strstr(fault->detail, "unexpected eof") || strstr(fault->detail, "SSL_ERROR_SYSCALL"))
        return err_set(err, ERR_UNAVAILABLE, "EOF");
    return err_set(err, ERR_UNAVAILABLE, "tls: %s", fault->detail);
}

static int set_broken(const struct http_fault *fault, struct err *err)
{
    char why[128];
    if (is_alert(fault))
        return set_tls(fault, err);
    if (fault->os_errno == 0 || strstr(fault->detail, "unexpected eof"))
        return err_set(err, ERR_UNAVAILABLE, "EOF");
    return err_set(err, ERR_UNAVAILABLE, "read tcp %s: read: %s", fault->address,
                   errno_text(fault->os_errno, why, sizeof(why)));
}

static int set_proxy(const struct http_fault *fault, struct err *err)
{
    const char *status = http_status_text((int)fault->proxy_status);
    if (*status)
        return err_set(err, ERR_UNAVAILABLE, "proxyconnect tcp: %s", status);
    return err_set(err, ERR_UNAVAILABLE, "proxyconnect tcp: %s", fault->detail);
}

static enum http_trouble trouble_of(const struct http_fault *fault)
{
    switch (fault->kind) {
    case HTTP_FAULT_SLOW:
    case HTTP_FAULT_CUT:
        return HTTP_TROUBLE_BROKEN;
    case HTTP_FAULT_BROKEN:
        return is_alert(fault) || fault->proxy_status >= 300 ? HTTP_TROUBLE_OTHER
                                                             : HTTP_TROUBLE_BROKEN;
    case HTTP_FAULT_TLS:
        return is_plain_http(fault) ? HTTP_TROUBLE_PLAIN : HTTP_TROUBLE_OTHER;
    case HTTP_FAULT_CERTIFICATE:
        return is_unknown_authority(fault) ? HTTP_TROUBLE_UNTRUSTED : HTTP_TROUBLE_OTHER;
    default:
        return HTTP_TROUBLE_OTHER;
    }
}

int http_fault_set(const struct http_fault *fault, enum http_trouble *ret_trouble, struct err *err)
{
    *ret_trouble = trouble_of(fault);
    switch (fault->kind) {
    case HTTP_FAULT_SLOW:
        if (strstr(fault->detail, "SSL connection timeout"))
            return err_set(err, ERR_UNAVAILABLE, "net/http: TLS handshake timeout");
        return set_dial(fault, err);
    case HTTP_FAULT_RESOLVE:
    case HTTP_FAULT_CONNECT:
        return set_dial(fault, err);
    case HTTP_FAULT_PROXY:
        return set_proxy(fault, err);
    case HTTP_FAULT_TLS:
        return set_tls(fault, err);
    case HTTP_FAULT_CERTIFICATE:
        return set_certificate(fault, err);
    case HTTP_FAULT_MATERIAL:
        return err_set(err, ERR_INVALID, "tls: %s", fault->detail);
    case HTTP_FAULT_BROKEN:
        if (fault->proxy_status >= 300)
            return set_proxy(fault, err);
        return set_broken(fault, err);
    case HTTP_FAULT_CUT:
        return err_set(err, ERR_UNAVAILABLE, "unexpected EOF");
    case HTTP_FAULT_PROTOCOL:
        return err_set(err, ERR_UNAVAILABLE, "malformed HTTP response: %s", fault->detail);
    case HTTP_FAULT_HEADERS:
        return err_set(err, ERR_INVALID, "response headers are larger than %d bytes",
                       HTTP_HEADERS_MAX);
    case HTTP_FAULT_OTHER:
    default:
        return err_set(err, ERR_UNAVAILABLE, "%s", fault->detail);
    }
}
