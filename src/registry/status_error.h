/*
 * The error that a registry's answer stands for, in the words of the Go
 * libraries, which Flux's users know:
 *
 *     GET https://…: NAME_UNKNOWN: repository name not known to registry; map[name:a/b]
 *     GET https://…: unexpected status code 403 Forbidden: <html>…
 */
#ifndef TIDEMARK_REGISTRY_STATUS_ERROR_H
#define TIDEMARK_REGISTRY_STATUS_ERROR_H

#include <stdbool.h>

#include "adapt/http.h"
#include "base/err.h"
#include "base/span.h"

enum {
    STATUS_ERROR_BODY_MAX = 64 * 1024, /* bytes of an answer that are looked at */
    STATUS_ERROR_SHOWN_MAX = 512,      /* bytes of a body that are shown */
    STATUS_ERROR_LISTED_MAX = 8,       /* errors of one answer that are shown */
};

/* Fills ERR from the answer to METHOD, and returns -1. The class: unauthorized
 * for 401 and 403, not-found for 404, else unavailable. */
int status_error_set(const char *method, const struct http_response *response, struct span body,
                     struct err *err);

/* Does the body of an error carry this code ("NAME_UNKNOWN")? */
bool status_error_has_code(struct span body, const char *code);

#endif
