/*
 * A thin REST client for a Kubernetes API server.
 *
 * It speaks JSON over the HTTP adapter, adds the credentials of the
 * configuration (token files and exec plugins are read again when they are
 * due, and once more after a 401), keeps to a rate of requests, waits as a
 * server under pressure asks (429 and 503 with Retry-After), and turns the
 * server's Status answers into errors.
 *
 * All functions may be called from any thread, and block.
 *
 * Sources: the Kubernetes API concepts and API conventions documents.
 */
#ifndef TIDEMARK_KUBE_CLIENT_H
#define TIDEMARK_KUBE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/http.h"
#include "adapt/json.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"
#include "kube/config.h"

enum {
    KUBE_BODY_MAX = 32 * 1024 * 1024,      /* bytes of one answer, a page of a list included */
    KUBE_WATCH_LINE_MAX = 8 * 1024 * 1024, /* bytes of one event of a watch */
    KUBE_RETRIES_MAX = 5,                  /* of a request that the server asks to repeat */
    KUBE_RETRY_AFTER_MAX_MS = 60 * 1000,   /* a longer pause is left to the caller */
    KUBE_REQUEST_TIMEOUT_MS = 60 * 1000,   /* of one request that is no watch */
    KUBE_WATCH_GATHER_MS = 20,             /* for events of a watch to come together */
};

#define KUBE_QPS_DEFAULT   50.0
#define KUBE_BURST_DEFAULT 300

struct kube_client;

struct kube_client_options {
    const struct kube_config *config; /* borrowed, as the others */
    struct http_client *http;
    const struct clock *clock;
    double qps; /* requests a second in the long run; 0: KUBE_QPS_DEFAULT, negative: no limit */
    int burst;  /* requests at once; 0 or less: KUBE_BURST_DEFAULT */
    /* Told of every answer (STATUS 0: none came), for metrics; may be NULL. */
    void (*on_answer)(void *arg, const char *method, const char *host, int status);
    void *arg;
};

struct kube_client *kube_client_new(const struct kube_client_options *options);
/* No request may be under way. */
void kube_client_free(struct kube_client *client);
MEM_DEFINE_FREEP(struct kube_client, kube_client_free)

/* A type of object as its URLs name it. */
struct kube_resource {
    const char *group; /* "" for the core group */
    const char *version;
    const char *plural;
    bool namespaced;
};

struct kube_param {
    const char *name;
    const char *value; /* escaped by the client */
};

struct kube_request {
    const char *method; /* NULL: "GET" */
    struct kube_resource resource;
    const char *namespace;   /* NULL: all namespaces */
    const char *name;        /* NULL: the collection */
    const char *subresource; /* "status", "token" …, or NULL */
    const struct kube_param *params;
    size_t param_count;
    const struct json *body;  /* or NULL */
    const char *content_type; /* of the body; NULL: "application/json" */
    /* Asked right before each sending, when all waiting is over (for the rate's
     * turn, for credentials, as long as the server asked to); -1 with ERR ends the
     * call with that. NULL: it may always be sent. */
    int (*may_send)(void *arg, struct err *err);
    void *arg;
};

#define KUBE_MERGE_PATCH "application/merge-patch+json"
#define KUBE_APPLY_PATCH "application/apply-patch+yaml" /* server-side apply; JSON is YAML */

/* The reason of a conflict over fields, which repeating does not end. */
#define KUBE_FIELD_CONFLICT "FieldManagerConflict"

/* What the server said besides the object. */
struct kube_answer {
    int code; /* HTTP status; 0: no answer */
    /* Of a Status: "AlreadyExists", "Expired" … or "". KUBE_FIELD_CONFLICT is among
     * its causes rather, and stands here all the same. */
    char reason[64];
};

/*
 * Performs one request. 1 with *RET (NULL: not wanted) holding what came back,
 * which the caller frees; 0 if there is no such object (404 for the object
 * itself); -1 otherwise:
 *
 *     invalid       400, 405, 413, 415, 422, or a name that no URL may hold
 *     unauthorized  401, 403, an exec plugin or token file that gives no credentials
 *     not-found     404 for the type or the namespace; no such exec plugin
 *     conflict      409 (AlreadyExists, Conflict), 412
 *     unavailable   network, TLS, 410, 429, 5xx, an answer that is no JSON
 *                   object
 *     canceled      the deadline
 *
 * The error's text is the server's message where it gave one. ANSWER may be NULL.
 */
int kube_perform(struct kube_client *client, const struct kube_request *request,
                 const struct deadline *deadline, struct json **ret, struct kube_answer *answer,
                 struct err *err);

/* One line of a watch, borrowed for the call. Answers 0 to go on, 1 for enough, -1. */
typedef int (*kube_line_fn)(void *arg, struct span line, struct err *err);

/*
 * Performs a watch: REQUEST names the collection and its params, to which
 * "watch=true" is added. Calls ON_LINE
 * for each line until the server ends the stream (returns 0), ON_LINE has
 * enough (0), or something fails (-1, as kube_perform). A server that is silent
 * for SILENCE_MS is taken for gone: class unavailable.
 */
int kube_stream(struct kube_client *client, const struct kube_request *request, int64_t silence_ms,
                kube_line_fn on_line, void *arg, const struct deadline *deadline,
                struct kube_answer *answer, struct err *err);

/*
 * The best version that the server has of GROUP among CANDIDATES (best first,
 * NULL at the end): 1 with *RET pointing to one of them, 0 if the server does
 * not have the group or none of these, -1.
 */
int kube_discover(struct kube_client *client, const char *group, const char *const *candidates,
                  const struct deadline *deadline, const char **ret, struct err *err);

/* The server's version, as "v1.34.1", in owned memory. */
int kube_server_version(struct kube_client *client, const struct deadline *deadline, char **ret,
                        struct err *err);

#endif
