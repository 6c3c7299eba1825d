#include "kube/status.h"

#include <stdio.h>

#include "base/str.h"

static enum err_class class_of(int code)
{
    switch (code) {
    case 401:
    case 403:
        return ERR_UNAUTHORIZED;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
    case 412:
        return ERR_CONFLICT;
    case 408:
    case 410:
    case 429:
        return ERR_UNAVAILABLE;
    default:
        return code >= 400 && code < 500 ? ERR_INVALID : ERR_UNAVAILABLE;
    }
}

/* The words of client-go where the server has none (StatusError). */
static const char *words_of(int code)
{
    switch (code) {
    case 400:
        return "the server rejected our request for an unknown reason";
    case 401:
        return "the server has asked for the client to provide credentials";
    case 403:
        return "the server does not allow access to the requested resource";
    case 404:
        return "the server could not find the requested resource";
    case 405:
        return "the server does not allow this method on the requested resource";
    case 409:
        return "the server reported a conflict";
    case 415:
        return "the server was unable to accept the media type of the request";
    case 422:
        return "the server rejected our request due to an error in our request";
    case 429:
        return "the server has received too many requests and has asked us to try again later";
    case 503:
        return "the server is currently unable to handle the request";
    case 504:
        return "the server was unable to return a response in the time allotted, but may still be "
               "processing the request";
    default:
        return NULL;
    }
}

static int fail(int code, const char *message, struct err *err)
{
    const char *words = str_empty(message) ? words_of(code) : message;
    if (words)
        return err_set(err, class_of(code), "%s", words);
    return err_set(err, class_of(code),
                   "the server responded with the status code %d but did not return more "
                   "information",
                   code);
}

/* Does the Status of a 404 speak of the very object that was asked for, and not
 * of its type or namespace? */
static bool is_absent_object(const struct kube_request *request, const struct json *status)
{
    const struct json *details = json_member(status, "details");
    return request && request->name && str_equal(json_member_text(status, "reason"), "NotFound") &&
           str_equal(json_member_text(details, "name"), request->name) &&
           str_equal(json_member_text(details, "kind"), request->resource.plural);
}

/* Why the server refuses. A write that came too late and an apply to what others
 * manage are both a Conflict: their causes tell them apart. */
static const char *reason_of(const struct json *status)
{
    const struct json *causes = json_member(json_member(status, "details"), "causes");
    for (size_t i = 0; i < json_count(causes); i++) {
        if (str_equal(json_member_text(json_at(causes, i), "reason"), KUBE_FIELD_CONFLICT))
            return KUBE_FIELD_CONFLICT;
    }
    const char *reason = json_member_text(status, "reason");
    return reason ? reason : "";
}

int kube_status_judge(const struct kube_request *request, int code, struct span body,
                      char reason[static sizeof(((struct kube_answer *)0)->reason)],
                      struct err *err)
{
    CLEANUP(json_freep) struct json *status = NULL;
    reason[0] = '\0';
    if (code >= 200 && code < 300)
        return 1;
    if (json_parse(body, &status, NULL) != 0 ||
        !str_equal(json_member_text(status, "kind"), "Status"))
        return fail(code, NULL, err);
    snprintf(reason, sizeof(((struct kube_answer *)0)->reason), "%s", reason_of(status));
    if (code == 404 && is_absent_object(request, status))
        return 0;
    return fail(code, json_member_text(status, "message"), err);
}
