#include "adapt/http_transfer.h"

#include <string.h>

/* A line end in a value would begin a header of its own. */
static int check_headers(const struct http_transfer *transfer, struct err *err)
{
    const struct http_request *request = transfer->request;
    for (size_t i = 0; i <= request->header_count; i++) {
        bool last = i == request->header_count;
        const char *value = last ? request->authorization : request->headers[i].value;
        for (const char *c = value; c && *c; c++) {
            if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
                return err_set(err, ERR_INVALID, "net/http: invalid header field value for \"%s\"",
                               last ? "Authorization" : request->headers[i].name);
        }
    }
    return 0;
}

/* libcurl refuses what is much longer. */
static int check_sizes(const struct http_request *request, struct err *err)
{
    static const struct http_tls no_tls = {0};
    static const struct http_proxy no_proxy = {0};
    const struct http_tls *tls = request->tls ? request->tls : &no_tls;
    const struct http_proxy *proxy = request->proxy ? request->proxy : &no_proxy;
    const char *const texts[] = {tls->ca,    tls->cert,       tls->key,       tls->server_name,
                                 proxy->url, proxy->username, proxy->password};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (texts[i] && strlen(texts[i]) > HTTP_SETTING_MAX)
            return err_set(err, ERR_INVALID,
                           "a setting for TLS or the proxy is larger than %d bytes",
                           HTTP_SETTING_MAX);
    }
    return 0;
}

int http_transfer_check(const struct http_transfer *transfer, struct err *err)
{
    return check_headers(transfer, err) != 0 ? -1 : check_sizes(transfer->request, err);
}
