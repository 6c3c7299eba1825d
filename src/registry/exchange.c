#include "registry/exchange.h"

#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"

/* One try: what its callbacks share. */
struct attempt {
    const struct exchange *exchange;
    const struct exchange_request *request;
    struct exchange_answer *answer;
    bool handed_on; /* part of the good answer */
};

void exchange_answer_finish(struct exchange_answer *answer)
{
    http_response_finish(&answer->response);
    buf_finish(&answer->body);
}

static int take_body(void *arg, const struct http_response *response, struct span piece,
                     struct err *err)
{
    struct attempt *attempt = arg;
    const struct exchange_request *request = attempt->request;
    struct buf *body = &attempt->answer->body;
    if (response->status == 200 && request->on_body) {
        attempt->handed_on = true;
        return request->on_body(request->arg, response, piece, err);
    }
    size_t room = body->max - body->len;
    buf_add_span(body, span_slice(piece, 0, room));
    return piece.len <= room ? HTTP_BODY_MORE : HTTP_BODY_ENOUGH;
}

/* Is HOST inside the network, where a registry outside must not lead? */
static bool is_inside(const struct exchange *exchange, const char *host)
{
    const char *home = exchange->home->host;
    if (httpurl_host_is_internal(host))
        return true;
    return httpurl_host_is_localhost(host) && !httpurl_host_is_localhost(home) &&
           !httpurl_host_is_internal(home);
}

int exchange_check_realm(const struct exchange *exchange, const struct httpurl *url,
                         struct err *err)
{
    if (!url->https && exchange->home->https)
        return err_set(err, ERR_UNAVAILABLE,
                       "realm scheme \"http\" not allowed; must be https (or http for insecure "
                       "registries)");
    if (is_inside(exchange, url->host) && !httpurl_same_host(url, exchange->home))
        return err_set(err, ERR_UNAVAILABLE, "realm host \"%s\" is a private or link-local address",
                       url->host);
    return 0;
}

static int check_redirect(void *arg, const struct httpurl *from, const struct httpurl *to,
                          struct err *err)
{
    const struct attempt *attempt = arg;
    const struct exchange *exchange = attempt->exchange;
    if (attempt->request->token) {
        if (exchange_check_realm(exchange, to, err) != 0)
            return err_wrap(err, "refusing token-server redirect");
        return 0;
    }
    if (from->https && !to->https && !exchange->allow_http)
        return err_set(err, ERR_UNAVAILABLE, "redirect from HTTPS to plain HTTP at '%s' refused",
                       to->host);
    if (is_inside(exchange, to->host) && !str_equal(to->host, exchange->home->host))
        return err_set(err, ERR_UNAVAILABLE,
                       "SSRF protection: redirect from \"%s\" to private/link-local host \"%s\" "
                       "denied",
                       from->host, to->host);
    return 0;
}

/* "host:port" of the URL, by which courtesy is counted. */
static int gate_name(const char *url, struct buf *ret, struct err *err)
{
    CLEANUP(httpurl_finish) struct httpurl parsed = HTTPURL_INIT;
    if (httpurl_parse(url, &parsed, err) != 0)
        return -1;
    buf_addf(ret, "%s:%u", parsed.host, httpurl_port(&parsed));
    return 0;
}

static int perform(struct attempt *attempt, struct err *err)
{
    const struct exchange *exchange = attempt->exchange;
    const struct exchange_request *request = attempt->request;
    struct http_request http = {
        .method = request->method,
        .url = request->url,
        .headers = request->headers,
        .header_count = request->header_count,
        .authorization = request->authorization,
        .body = request->body,
        .tls = exchange->tls,
        .proxy = exchange->proxy,
        .redirects_max = EXCHANGE_REDIRECTS_MAX,
        .on_redirect = check_redirect,
        .on_body = take_body,
        .body_max = request->body_max,
        .arg = attempt,
        .deadline = exchange->deadline,
    };
    buf_clear(&attempt->answer->body);
    return http_perform(exchange->pool->http, &http, &attempt->answer->response, err);
}

static int send_once(struct exchange *exchange, struct attempt *attempt, const char *gate_host,
                     struct err *err)
{
    struct host_gates *gates = exchange->pool->gates;
    struct host_gate *gate = NULL;
    attempt->answer->response.trouble = HTTP_TROUBLE_OTHER;
    if (host_gates_enter(gates, gate_host, exchange->deadline, &gate, err) != 0)
        return -1;
    int answer = perform(attempt, err);
    host_gates_leave(gates, gate);
    return answer;
}

static bool is_passing(int status)
{
    switch (status) {
    case 408:
    case 429:
    case 499:
    case 500:
    case 502:
    case 503:
    case 504:
    case 522:
        return true;
    default:
        return false;
    }
}

static bool worth_another_try(const struct attempt *attempt, int answer)
{
    const struct http_response *response = &attempt->answer->response;
    if (answer == 0)
        return is_passing(response->status);
    return response->trouble == HTTP_TROUBLE_BROKEN && !attempt->handed_on &&
           !attempt->request->once;
}

/* WAIT_MS and up to a tenth more, so that many clients do not return at once. */
static int64_t with_jitter(int wait_ms)
{
    uint32_t random;
    crypto_random(&random, sizeof(random));
    return wait_ms + (int64_t)(random % ((unsigned)wait_ms / 10 + 1));
}

/* The pause that the answer asks for, which all that talk to the host keep. */
static int64_t note_retry_after(struct exchange *exchange, const struct attempt *attempt,
                                const char *gate_host)
{
    struct registry_pool *pool = exchange->pool;
    int64_t pause_ms = http_retry_after_ms(&attempt->answer->response, clock_wall_ns(pool->clock));
    if (pause_ms <= 0)
        return 0;
    host_gates_pause(pool->gates, gate_host, pause_ms);
    return pause_ms;
}

/* How long to wait before try number COUNT + 1; -1 for no such try. */
static int64_t next_wait_ms(struct exchange *exchange, const struct attempt *attempt, int answer,
                            int count, const char *gate_host)
{
    if (!worth_another_try(attempt, answer))
        return -1;
    int64_t pause_ms = answer == 0 ? note_retry_after(exchange, attempt, gate_host) : 0;
    if (count == EXCHANGE_TRIES || pause_ms > HOST_GATES_WAIT_MS)
        return -1;
    int64_t wait_ms = with_jitter(exchange->pool->limits.retry_wait_ms[count - 1]);
    if (wait_ms < pause_ms)
        wait_ms = pause_ms;
    return wait_ms < deadline_left_ms(exchange->deadline) ? wait_ms : -1;
}

int exchange_send(struct exchange *exchange, const struct exchange_request *request,
                  struct exchange_answer *answer, struct err *err)
{
    CLEANUP(buf_finish) struct buf gate_host = BUF_INIT(HTTPURL_HOST_MAX + 16);
    struct attempt attempt = {.exchange = exchange, .request = request, .answer = answer};
    if (gate_name(request->url, &gate_host, err) != 0)
        return -1;
    for (int count = 1;; count++) {
        int done = send_once(exchange, &attempt, buf_text(&gate_host), err);
        int64_t wait_ms = next_wait_ms(exchange, &attempt, done, count, buf_text(&gate_host));
        if (wait_ms < 0) {
            exchange->trouble = answer->response.trouble;
            return done;
        }
        if (deadline_sleep_ms(exchange->deadline, (int)wait_ms, err) != 0)
            return -1;
    }
}
