/*
 * A server of canned answers and a Kubernetes client of it.
 */
#ifndef TIDEMARK_TESTS_UNIT_KUBE_TALK_H
#define TIDEMARK_TESTS_UNIT_KUBE_TALK_H

#include "test.h"

#include "wire.h"

#include "adapt/http.h"
#include "base/str.h"
#include "kube/client.h"
#include "kube/config_parts.h"

#define ANSWER(status, more, length, body)                                                         \
    "HTTP/1.1 " status "\r\n" more "Content-Length: " length "\r\n\r\n" body
#define OBJECT WIRE_ANSWER(ANSWER("200 OK", "", "12", "{\"kind\":\"a\"}"))

static const struct kube_resource secrets = {"", "v1", "secrets", true};

/* A server, and a client of it. */
struct talk {
    struct wire wire;
    struct http_client *http;
    struct kube_config *config;
    struct kube_client *client;
    struct err err;
    char seen[256]; /* of on_answer */
};

static inline void note_answer(void *arg, const char *method, const char *host, int status)
{
    struct talk *talk = arg;
    CLEANUP(mem_freep) char *before = str_dup(talk->seen);
    assert_true(str_starts_with(host, "127.0.0.1:"));
    snprintf(talk->seen, sizeof(talk->seen), "%s%s %d,", before, method, status);
}

/* USER is what stands under the user in the kubeconfig. */
static inline void talk_start(struct talk *talk, const struct wire_step *steps, const char *user)
{
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    static const struct kube_options none = {0};
    *talk = (struct talk){0};
    wire_start(&talk->wire, steps);
    CLEANUP(mem_freep)
    char *text = str_printf("current-context: c\n"
                            "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
                            "clusters: [{name: k, cluster: {server: \"http://127.0.0.1:%d/x\"}}]\n"
                            "users: [{name: u, user: {%s}}]\n",
                            talk->wire.port, user);
    kubeconfig_init(&files);
    check_ok("kubeconfig", kubeconfig_add(&files, span_of(text), "/x", &talk->err), &talk->err);
    check_ok("resolve", kube_config_resolve(&files, &none, &talk->config, &talk->err), &talk->err);
    talk->http = http_client_new();
    const struct kube_client_options options = {
        .config = talk->config,
        .http = talk->http,
        .clock = clock_system(),
        .on_answer = note_answer,
        .arg = talk,
    };
    talk->client = kube_client_new(&options);
}

static inline void talk_stop(struct talk *talk)
{
    kube_client_free(talk->client);
    http_client_free(talk->http);
    wire_stop(&talk->wire);
    buf_finish(&talk->wire.requests);
    kube_config_free(talk->config);
}

static inline int count_requests(const struct talk *talk)
{
    int count = 0;
    for (const char *at = buf_text(&talk->wire.requests); (at = strstr(at, "HTTP/1.1\r\n")); at++)
        count++;
    return count;
}

#endif
