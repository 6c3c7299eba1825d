#include "adapt/http.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

#include "adapt/crypto.h"
#include "adapt/http_env.h"
#include "adapt/http_transfer.h"
#include "base/str.h"

/* What a connection may be used again for: a digest of the origin, the TLS and
 * the proxy settings. */
struct key {
    char hex[CRYPTO_HEX_SIZE];
};

struct idle {
    struct http_slot *slot;
    struct key key;
    int64_t since_ns; /* monotonic */
};

struct http_client {
    struct http_env env;
    pthread_mutex_t lock;            /* guards the rest */
    struct idle idle[HTTP_IDLE_MAX]; /* the longest idle first */
    size_t idle_count;
};

struct http_client *http_client_new(void)
{
    struct http_client *client = mem_zalloc(sizeof(*client));
    http_env_read(&client->env);
    pthread_mutex_init(&client->lock, NULL);
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    http_client_close_idle(client);
    pthread_mutex_destroy(&client->lock);
    http_env_finish(&client->env);
    free(client);
}

/* Takes entry AT out of the list; the lock is held. */
static struct http_slot *take_idle(struct http_client *client, size_t at)
{
    struct http_slot *slot = client->idle[at].slot;
    client->idle_count--;
    memmove(&client->idle[at], &client->idle[at + 1],
            (client->idle_count - at) * sizeof(client->idle[0]));
    return slot;
}

/* The longest idle slot if it is due to close: at its age, or for want of
 * room. NULL if none is. */
static struct http_slot *take_due(struct http_client *client, size_t room, int64_t before_ns)
{
    struct http_slot *slot = NULL;
    pthread_mutex_lock(&client->lock);
    if (client->idle_count != 0 &&
        (client->idle_count > room || client->idle[0].since_ns <= before_ns))
        slot = take_idle(client, 0);
    pthread_mutex_unlock(&client->lock);
    return slot;
}

/* Closes, outside the lock, what is older or more than may stay. */
static void close_due(struct http_client *client, size_t room, int64_t before_ns)
{
    for (struct http_slot *slot; (slot = take_due(client, room, before_ns));)
        http_slot_free(slot);
}

void http_client_close_idle(struct http_client *client)
{
    close_due(client, 0, INT64_MAX);
}

static int64_t now_ns(void)
{
    return clock_monotonic_ns(clock_system());
}

/* The slot that served KEY last, or a new one. */
static struct http_slot *acquire(struct http_client *client, const struct key *key)
{
    struct http_slot *slot = NULL;
    close_due(client, HTTP_IDLE_MAX, now_ns() - HTTP_IDLE_MS * CLOCK_NS_PER_MS);
    pthread_mutex_lock(&client->lock);
    for (size_t i = client->idle_count; i-- > 0 && !slot;) {
        if (strcmp(client->idle[i].key.hex, key->hex) == 0)
            slot = take_idle(client, i);
    }
    pthread_mutex_unlock(&client->lock);
    return slot ? slot : http_slot_new();
}

static void release_take(struct http_client *client, struct http_slot *slot, const struct key *key)
{
    close_due(client, HTTP_IDLE_MAX - 1, now_ns() - HTTP_IDLE_MS * CLOCK_NS_PER_MS);
    pthread_mutex_lock(&client->lock);
    bool room = client->idle_count < HTTP_IDLE_MAX; /* another thread may have been faster */
    if (room)
        client->idle[client->idle_count++] = (struct idle){slot, *key, now_ns()};
    pthread_mutex_unlock(&client->lock);
    if (!room)
        http_slot_free(slot);
}

static void hash_text(struct crypto_stream *stream, const char *text)
{
    size_t len = text ? strlen(text) : SIZE_MAX; /* tells NULL from "" */
    crypto_stream_add(stream, (struct span){(const char *)&len, sizeof(len)});
    if (text)
        crypto_stream_add(stream, span_of(text));
}

static struct key make_key(const struct httpurl *url, const struct http_request *request,
                           const char *proxy)
{
    static const struct http_tls no_tls = {0};
    static const struct http_proxy no_proxy = {0};
    const struct http_tls *tls = request->tls ? request->tls : &no_tls;
    const struct http_proxy *own = request->proxy ? request->proxy : &no_proxy;
    CLEANUP(mem_freep) char *port = str_printf("%u", httpurl_port(url));
    const char *const parts[] = {url->https ? "https" : "http",
                                 url->host,
                                 port,
                                 proxy,
                                 own->username,
                                 own->password,
                                 tls->ca,
                                 tls->ca_only ? "only" : NULL,
                                 tls->cert,
                                 tls->key,
                                 tls->server_name,
                                 tls->unverified ? "unverified" : NULL};
    CLEANUP(crypto_stream_freep) struct crypto_stream *stream = crypto_stream_new(CRYPTO_SHA256);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        hash_text(stream, parts[i]);
    struct key key;
    crypto_stream_hex(stream, key.hex);
    return key;
}

void http_response_finish(struct http_response *response)
{
    httpurl_finish(&response->url);
    buf_finish(&response->headers);
    response->status = 0;
}

static bool is_name(struct span line, const char *name)
{
    size_t len = strlen(name);
    return line.len > len && line.data[len] == ':' && strncasecmp(line.data, name, len) == 0;
}

bool http_response_header(const struct http_response *response, const char *name, size_t n,
                          struct span *ret)
{
    for (struct span rest = buf_span(&response->headers), line; span_next(&rest, '\n', &line);) {
        if (is_name(line, name) && n-- == 0) {
            *ret = span_trim(span_slice(line, strlen(name) + 1, line.len));
            return true;
        }
    }
    return false;
}

bool http_is_redirect(const struct http_response *response, struct span *ret_location)
{
    switch (response->status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return http_response_header(response, "Location", 0, ret_location);
    default:
        return false;
    }
}

int http_body_to_buf(void *arg, const struct http_response *response, struct span piece,
                     struct err *err)
{
    (void)response;
    struct buf *buf = arg;
    buf_add_span(buf, piece);
    if (buf_overflowed(buf))
        return err_set(err, ERR_INVALID, "response body is larger than %zu bytes", buf->max);
    return HTTP_BODY_MORE;
}

/* Puts `Get "https://…": ` in front. */
static int wrap_url(const struct http_transfer *transfer, const struct httpurl *url, bool first,
                    struct err *err)
{
    CLEANUP(buf_finish) struct buf shown = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    if (first && transfer->request->shown_url)
        buf_adds(&shown, transfer->request->shown_url);
    else
        httpurl_print_public(url, &shown);
    CLEANUP(mem_freep) char *verb = str_dup(transfer->method);
    for (char *c = verb; *c && c[1]; c++)
        c[1] = (char)tolower((unsigned char)c[1]);
    return err_wrap(err, "%s \"%s\"", verb, buf_text(&shown));
}

/* One request to one URL; FIRST if that is the caller's own. */
static int run_once(struct http_client *client, struct http_transfer *transfer,
                    const struct httpurl *url, bool first, struct http_response *response,
                    struct err *err)
{
    const struct http_request *request = transfer->request;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    httpurl_print(url, &text);
    transfer->url = buf_text(&text);
    const char *proxy = request->proxy ? request->proxy->url : http_env_proxy(&client->env, url);
    transfer->proxy = proxy ? proxy : "";
    struct key key = make_key(url, request, transfer->proxy);
    struct http_slot *slot = acquire(client, &key);
    bool own = false;
    response->status = 0;
    response->trouble = HTTP_TROUBLE_OTHER;
    buf_clear(&response->headers);
    int answer = http_slot_run(slot, transfer, response, &own, err);
    if (answer == 0)
        release_take(client, slot, &key);
    else
        http_slot_free(slot);
    return answer != 0 && !own ? wrap_url(transfer, url, first, err) : answer;
}

/* Of the redirects, only these repeat the request as it was. */
static bool keeps_method(int status)
{
    return status == 307 || status == 308;
}

static void turn_into_get(struct http_transfer *transfer)
{
    transfer->with_body = false;
    if (!str_equal(transfer->method, "HEAD"))
        transfer->method = "GET";
}

static int next_url(const struct http_request *request, const struct httpurl *from,
                    struct span location, struct httpurl *ret, struct err *err)
{
    CLEANUP(mem_freep) char *reference = span_dup(location);
    if (httpurl_resolve(from, reference, ret, err) != 0) {
        if (err)
            err->class = ERR_UNAVAILABLE; /* the server's fault, not the caller's */
        return err_wrap(err, "redirect from '%s' refused", from->host);
    }
    return request->on_redirect ? request->on_redirect(request->arg, from, ret, err) : 0;
}

/* Sets RESPONSE's URL to where it redirects to. */
static int follow(struct http_transfer *transfer, struct span location, bool first,
                  struct http_response *response, struct err *err)
{
    struct httpurl next = HTTPURL_INIT;
    int answer = next_url(transfer->request, &response->url, location, &next, err);
    bool keeps_body = transfer->with_body && transfer->request->body.data != NULL &&
                      keeps_method(response->status);
    if (answer == 0 && keeps_body && !httpurl_same_origin(&response->url, &next))
        answer = err_set(err, ERR_UNAVAILABLE, "redirect of the body to another host refused");
    if (answer != 0) {
        httpurl_finish(&next);
        return wrap_url(transfer, &response->url, first, err);
    }
    if (!keeps_method(response->status))
        turn_into_get(transfer);
    httpurl_finish(&response->url);
    response->url = next;
    return 0;
}

int http_perform(struct http_client *client, const struct http_request *request,
                 struct http_response *response, struct err *err)
{
    struct http_transfer transfer = {
        .request = request,
        .method = request->method ? request->method : "GET",
        .with_body = true,
        .follow = request->redirects_max > 0,
        .env = &client->env,
    };
    CLEANUP(httpurl_finish) struct httpurl origin = HTTPURL_INIT;
    httpurl_finish(&response->url);
    if (httpurl_parse(request->url, &response->url, err) != 0 ||
        (transfer.follow && httpurl_parse(request->url, &origin, err) != 0))
        return -1;
    for (int count = 0;; count++) {
        struct span location;
        transfer.with_authorization = count == 0 || httpurl_same_origin(&origin, &response->url);
        if (run_once(client, &transfer, &response->url, count == 0, response, err) != 0)
            return -1;
        if (!transfer.follow || !http_is_redirect(response, &location))
            return 0;
        if (count == request->redirects_max) {
            err_set(err, ERR_UNAVAILABLE, "stopped after %d redirects", count);
            return wrap_url(&transfer, &origin, true, err);
        }
        if (follow(&transfer, location, count == 0, response, err) != 0)
            return -1;
    }
}
