#include "kube/client.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"
#include "kube/config_parts.h"
#include "kube/credential.h"
#include "kube/parse.h"
#include "kube/rate_limit.h"
#include "kube/status.h"
#include "kube/target.h"

/* A server with this header has its own fair queueing of requests. */
#define FAIR_QUEUE_HEADER "X-Kubernetes-PF-FlowSchema-UID"

enum {
    HEADERS_FIXED = 2, /* Accept and Content-Type */
};

struct kube_client {
    struct kube_client_options options;
    struct kube_credential *credential;
    char *host; /* of the server, with its port */
    struct rate_limit limit;
};

struct kube_client *kube_client_new(const struct kube_client_options *options)
{
    struct kube_client *client = mem_zalloc(sizeof(*client));
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    CLEANUP(buf_finish) struct buf host = BUF_INIT(HTTPURL_TEXT_MAX);
    client->options = *options;
    client->credential = kube_credential_new(options->config, options->clock);
    if (httpurl_parse(options->config->server, &url, NULL) == 0)
        httpurl_print_host(&url, &host);
    client->host = buf_take(&host);
    rate_limit_init(&client->limit, options->qps != 0 ? options->qps : KUBE_QPS_DEFAULT,
                    options->burst > 0 ? options->burst : KUBE_BURST_DEFAULT,
                    clock_monotonic_ns(options->clock));
    return client;
}

void kube_client_free(struct kube_client *client)
{
    if (!client)
        return;
    kube_credential_free(client->credential);
    rate_limit_finish(&client->limit);
    free(client->host);
    free(client);
}

/* One request of the caller's, which may go out several times. */
struct call {
    struct kube_client *client;
    const char *method;
    const struct kube_request *request; /* NULL: of no object */
    const char *path;                   /* with the query */
    struct span body;
    const struct deadline *deadline;
    /* A stream, or NULL and 0. */
    kube_line_fn on_line;
    void *arg;
    int64_t silence_ms;
    /* The last answer. */
    struct buf answer; /* its body, unless it came line by line */
    struct buf line;   /* the beginning of one */
    bool enough;
    struct http_response response;
};

#define CALL_INIT                                                                                  \
    {                                                                                              \
        .method = "GET", .answer = BUF_INIT(KUBE_BODY_MAX), .line = BUF_INIT(KUBE_WATCH_LINE_MAX), \
        .response = HTTP_RESPONSE_INIT                                                             \
    }

static void call_finish(struct call *call)
{
    buf_finish(&call->answer);
    buf_finish(&call->line);
    http_response_finish(&call->response);
}

static bool is_success(int code)
{
    return code >= 200 && code < 300;
}

static int give_line(struct call *call, struct span line, struct err *err)
{
    int answer = line.len == 0 ? 0 : call->on_line(call->arg, line, err);
    call->enough = answer > 0;
    return answer;
}

/* Cuts PIECE into lines; what is left waits for the next piece. */
static int take_lines(struct call *call, struct span piece, struct err *err)
{
    for (ptrdiff_t at; (at = span_find_byte(piece, '\n')) >= 0;) {
        struct span line = span_slice(piece, 0, (size_t)at);
        if (call->line.len != 0) {
            buf_add_span(&call->line, line);
            line = buf_span(&call->line);
        }
        if (buf_overflowed(&call->line) || line.len > KUBE_WATCH_LINE_MAX)
            break;
        int answer = give_line(call, line, err);
        buf_clear(&call->line);
        if (answer != 0)
            return answer < 0 ? -1 : HTTP_BODY_ENOUGH;
        piece = span_slice(piece, (size_t)at + 1, piece.len);
    }
    buf_add_span(&call->line, piece);
    if (buf_overflowed(&call->line))
        return err_set(err, ERR_INVALID, "an event of the watch is larger than %d bytes",
                       KUBE_WATCH_LINE_MAX);
    return HTTP_BODY_MORE;
}

static int take_body(void *arg, const struct http_response *response, struct span piece,
                     struct err *err)
{
    struct call *call = arg;
    if (call->on_line && is_success(response->status))
        return take_lines(call, piece, err);
    return http_body_to_buf(&call->answer, response, piece, err);
}

static int wait_for_turn(struct call *call, struct err *err)
{
    struct kube_client *client = call->client;
    int64_t wait_ns = rate_limit_take(&client->limit, clock_monotonic_ns(client->options.clock));
    int64_t wait_ms = (wait_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
    if (wait_ms == 0)
        return deadline_check(call->deadline, err);
    return deadline_sleep_ms(call->deadline, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms, err);
}

/* Fills RET with the headers of CALL and answers how many they are. */
static size_t make_headers(const struct call *call, struct http_header *ret)
{
    const struct strlist *own = &call->client->options.config->headers;
    const char *type = call->request ? call->request->content_type : NULL;
    size_t count = 0;
    ret[count++] = (struct http_header){"Accept", "application/json"};
    if (call->body.data)
        ret[count++] = (struct http_header){"Content-Type", type ? type : "application/json"};
    for (size_t i = 0; i + 1 < own->len; i += 2)
        ret[count++] = (struct http_header){own->items[i], own->items[i + 1]};
    return count;
}

/* Sends the request once as IDENTITY. */
static int send_as(struct call *call, const struct kube_identity *identity, struct err *err)
{
    const struct kube_client_options *options = &call->client->options;
    const struct kube_config *config = options->config;
    CLEANUP(mem_freep) char *url = str_printf("%s%s", config->server, call->path);
    CLEANUP(mem_freep)
    struct http_header *headers =
        mem_calloc(HEADERS_FIXED + config->headers.len / 2, sizeof(*headers));
    /* A stream may last; of another request each attempt has its own limit. */
    struct deadline limit = deadline_within(
        call->deadline, call->on_line ? 0 : KUBE_REQUEST_TIMEOUT_MS * CLOCK_NS_PER_MS);
    const struct http_tls tls = {
        .ca = identity->ca,
        .ca_only = true,
        .cert = identity->cert,
        .key = identity->key,
        .server_name = config->server_name,
        .unverified = config->insecure,
    };
    const struct http_proxy proxy = {.url = config->proxy_url};
    const struct http_request request = {
        .method = call->method,
        .url = url,
        .headers = headers,
        .header_count = make_headers(call, headers),
        .authorization = identity->authorization,
        .body = call->body,
        .tls = &tls,
        .proxy = config->proxy_url ? &proxy : NULL,
        .on_body = take_body,
        .arg = call,
        .silence_ms = call->silence_ms,
        .gather_ms = call->on_line ? KUBE_WATCH_GATHER_MS : 0,
        .deadline = &limit,
    };
    buf_clear(&call->answer);
    buf_clear(&call->line);
    int answer = http_perform(options->http, &request, &call->response, err);
    if (options->on_answer)
        options->on_answer(options->arg, call->method, call->client->host, call->response.status);
    if (answer != 0 && err && err->class == ERR_CANCELED && deadline_check(&limit, NULL) != 0 &&
        deadline_check(call->deadline, NULL) == 0)
        err->class = ERR_UNAVAILABLE; /* the limit was not the caller's */
    return answer;
}

static int send_once(struct call *call, uint64_t *ret_version, struct err *err)
{
    CLEANUP(kube_identity_finish) struct kube_identity identity = {0};
    struct span value;
    if (wait_for_turn(call, err) != 0 ||
        kube_credential_get(call->client->credential, call->deadline, &identity, err) != 0)
        return -1;
    *ret_version = identity.version;
    if (call->request && call->request->may_send &&
        call->request->may_send(call->request->arg, err) != 0)
        return -1;
    if (send_as(call, &identity, err) != 0)
        return -1;
    if (http_response_header(&call->response, FAIR_QUEUE_HEADER, 0, &value))
        rate_limit_lift(&call->client->limit);
    return 0;
}

/* How long the server wants us to wait before we ask again; -1: it does not,
 * or longer than we would. */
static int64_t pause_ms(const struct call *call)
{
    int code = call->response.status;
    if (code != 429 && code < 500)
        return -1;
    int64_t pause =
        http_retry_after_ms(&call->response, clock_wall_ns(call->client->options.clock));
    return pause <= KUBE_RETRY_AFTER_MAX_MS && pause < deadline_left_ms(call->deadline) ? pause
                                                                                        : -1;
}

/* Sends the request until the answer is one for the caller. */
static int run(struct call *call, struct err *err)
{
    bool refreshed = false;
    for (int retries = 0;;) {
        uint64_t version = 0;
        if (send_once(call, &version, err) != 0)
            return -1;
        if (call->response.status == 401 && !refreshed &&
            kube_credential_refuse(call->client->credential, version)) {
            refreshed = true;
            continue;
        }
        int64_t pause = pause_ms(call);
        if (pause < 0 || retries++ == KUBE_RETRIES_MAX)
            return 0;
        if (deadline_sleep_ms(call->deadline, (int)pause, err) != 0)
            return -1;
    }
}

/* run(), and what the answer means: as kube_status_judge(). */
static int run_and_judge(struct call *call, struct kube_answer *ret, struct err *err)
{
    struct kube_answer ignored;
    struct kube_answer *answer = ret ? ret : &ignored;
    *answer = (struct kube_answer){0};
    int failed = run(call, err);
    answer->code = call->response.status;
    if (failed)
        return -1;
    return kube_status_judge(call->request, answer->code, buf_span(&call->answer), answer->reason,
                             err);
}

/* The body of a success. Callers write into what they get: it is an object. */
static int read_object(const struct call *call, struct json **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *object = NULL;
    if (kube_parse(buf_span(&call->answer), &object, NULL) != 0 ||
        json_kind(object) != JSON_KIND_OBJECT)
        return err_set(err, ERR_UNAVAILABLE, "the answer of %s to %s %s is no JSON object",
                       call->client->host, call->method, call->path);
    *ret = MEM_STEAL(object);
    return 0;
}

int kube_perform(struct kube_client *client, const struct kube_request *request,
                 const struct deadline *deadline, struct json **ret, struct kube_answer *answer,
                 struct err *err)
{
    CLEANUP(call_finish) struct call call = CALL_INIT;
    CLEANUP(buf_finish) struct buf path = BUF_INIT(KUBE_PATH_MAX);
    CLEANUP(buf_finish) struct buf body = BUF_INIT(KUBE_BODY_MAX);
    if (answer)
        *answer = (struct kube_answer){0};
    if (kube_target_print(request, &path, err) != 0)
        return -1;
    call.client = client;
    call.method = request->method ? request->method : call.method;
    call.request = request;
    call.path = buf_text(&path);
    call.deadline = deadline;
    if (request->body) {
        json_print(request->body, JSON_STYLE_COMPACT, &body);
        call.body = buf_span(&body);
    }
    if (buf_overflowed(&body))
        return err_set(err, ERR_INVALID, "the object is larger than %d bytes", KUBE_BODY_MAX);
    int found = run_and_judge(&call, answer, err);
    if (found == 1 && ret && read_object(&call, ret, err) != 0)
        return -1;
    return found;
}

/* The params of REQUEST and "watch=true". */
static struct kube_param *watch_params(const struct kube_request *request)
{
    struct kube_param *params = mem_calloc(request->param_count + 1, sizeof(*params));
    for (size_t i = 0; i < request->param_count; i++)
        params[i] = request->params[i];
    params[request->param_count] = (struct kube_param){"watch", "true"};
    return params;
}

int kube_stream(struct kube_client *client, const struct kube_request *request, int64_t silence_ms,
                kube_line_fn on_line, void *arg, const struct deadline *deadline,
                struct kube_answer *answer, struct err *err)
{
    CLEANUP(call_finish) struct call call = CALL_INIT;
    CLEANUP(buf_finish) struct buf path = BUF_INIT(KUBE_PATH_MAX);
    CLEANUP(mem_freep) struct kube_param *params = watch_params(request);
    struct kube_request watch = *request;
    watch.params = params;
    watch.param_count = request->param_count + 1;
    if (answer)
        *answer = (struct kube_answer){0};
    if (kube_target_print(&watch, &path, err) != 0)
        return -1;
    call.client = client;
    call.request = &watch;
    call.path = buf_text(&path);
    call.deadline = deadline;
    call.silence_ms = silence_ms;
    call.on_line = on_line;
    call.arg = arg;
    int found = run_and_judge(&call, answer, err);
    if (found < 0)
        return -1;
    if (!call.enough && call.line.len != 0)
        return err_set(err, ERR_UNAVAILABLE, "the watch ended in the midst of an event");
    return 0;
}

/* GETs PATH, which is no object's: as kube_perform(). */
static int get_path(struct kube_client *client, const char *path, const struct deadline *deadline,
                    struct json **ret, struct kube_answer *answer, struct err *err)
{
    CLEANUP(call_finish) struct call call = CALL_INIT;
    call.client = client;
    call.path = path;
    call.deadline = deadline;
    int found = run_and_judge(&call, answer, err);
    return found == 1 ? read_object(&call, ret, err) == 0 ? 1 : -1 : found;
}

/* Does the list of versions (texts for the core group, objects for others)
 * have VERSION? */
static bool has_version(const struct json *versions, const char *version)
{
    for (size_t i = 0; i < json_count(versions); i++) {
        const struct json *item = json_at(versions, i);
        if (str_equal(json_text(item), version) ||
            str_equal(json_member_text(item, "version"), version))
            return true;
    }
    return false;
}

int kube_discover(struct kube_client *client, const char *group, const char *const *candidates,
                  const struct deadline *deadline, const char **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *found = NULL;
    CLEANUP(mem_freep)
    char *path = group[0] == '\0' ? str_dup("/api") : str_printf("/apis/%s", group);
    struct kube_answer answer;
    if (get_path(client, path, deadline, &found, &answer, err) < 0) {
        if (answer.code == 404)
            return 0;
        if (deadline_check(deadline, NULL) != 0)
            return deadline_check(deadline, err); /* says nothing of the groups */
        return err_wrap(err, "failed to get server groups");
    }
    for (size_t i = 0; candidates[i]; i++) {
        if (has_version(json_member(found, "versions"), candidates[i])) {
            *ret = candidates[i];
            return 1;
        }
    }
    return 0;
}

int kube_server_version(struct kube_client *client, const struct deadline *deadline, char **ret,
                        struct err *err)
{
    CLEANUP(json_freep) struct json *version = NULL;
    struct kube_answer answer;
    if (get_path(client, "/version", deadline, &version, &answer, err) < 0)
        return -1;
    const char *text = json_member_text(version, "gitVersion");
    if (!text)
        return err_set(err, ERR_UNAVAILABLE, "the server does not tell its version");
    *ret = str_dup(text);
    return 0;
}
