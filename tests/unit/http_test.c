#include "test.h"

#include "adapt/http.h"
#include "adapt/http_env.h"
#include "adapt/http_fault.h"
#include "base/mem.h"
#include "base/str.h"
#include "wire.h"

#include <netinet/tcp.h>

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: a\r\nx-one:  b \r\n\r\nok"

/* A conversation: steps of the server, and the client's side of it. */
struct talk {
    struct wire wire;
    struct http_client *client;
    struct http_response response;
    struct buf body;
    struct err err;
};

static void talk_start(struct talk *talk, const struct wire_step *steps)
{
    *talk = (struct talk){.response = HTTP_RESPONSE_INIT, .body = BUF_INIT(1024 * 1024)};
    wire_start(&talk->wire, steps);
    talk->client = http_client_new();
}

static void talk_stop(struct talk *talk)
{
    http_client_free(talk->client);
    wire_stop(&talk->wire);
    http_response_finish(&talk->response);
    buf_finish(&talk->body);
    buf_finish(&talk->wire.requests);
}

/* Performs REQUEST on PATH of the server; the body goes to talk->body. */
static int talk_request(struct talk *talk, struct http_request request, const char *path)
{
    CLEANUP(mem_freep) char *url = str_printf("http://127.0.0.1:%d%s", talk->wire.port, path);
    request.url = url;
    if (!request.on_body)
        request.on_body = http_body_to_buf;
    if (!request.arg)
        request.arg = &talk->body;
    return http_perform(talk->client, &request, &talk->response, &talk->err);
}

/* TEXT with the server's port as "PORT". */
static const char *hide_port(const struct talk *talk, const char *text, char *ret, size_t size)
{
    CLEANUP(mem_freep) char *port = str_printf("%d", talk->wire.port);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(size - 1);
    for (const char *at; (at = strstr(text, port)); text = at + strlen(port)) {
        buf_add(&out, text, (size_t)(at - text));
        buf_adds(&out, "PORT");
    }
    buf_adds(&out, text);
    snprintf(ret, size, "%s", buf_text(&out));
    return ret;
}

static void sends_and_reads(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {WIRE_ANSWER(OK_ANSWER), WIRE_ANSWER(OK_ANSWER),
                                             WIRE_END};
    static const struct http_header headers[] = {{"Accept", "text/plain"}};
    struct talk talk;
    char text[1024];
    talk_start(&talk, steps);
    const struct http_request get = {
        .headers = headers, .header_count = 1, .authorization = "Basic eDp5"};
    check_ok("get", talk_request(&talk, get, "/a/../b?x=y"), &talk.err);
    check_int("status", talk.response.status, 200);
    check_text("body", buf_text(&talk.body), "ok");
    struct span value;
    assert_true(http_response_header(&talk.response, "X-ONE", 0, &value));
    check_span("first", value, SPAN_LITERAL("a"));
    assert_true(http_response_header(&talk.response, "X-One", 1, &value));
    check_span("second", value, SPAN_LITERAL("b"));
    assert_false(http_response_header(&talk.response, "X-One", 2, &value));
    assert_false(http_response_header(&talk.response, "X-On", 0, &value));
    const struct http_request post = {.method = "POST", .body = SPAN_LITERAL("hello")};
    check_ok("post", talk_request(&talk, post, "/p"), &talk.err);
    check_text("wire", hide_port(&talk, buf_text(&talk.wire.requests), text, sizeof(text)),
               "GET /a/../b?x=y HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: tidemark/0.1.0\r\n"
               "Accept: text/plain\r\nAuthorization: Basic eDp5\r\n\r\n"
               "POST /p HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: tidemark/0.1.0\r\n"
               "Accept: */*\r\nContent-Length: 5\r\n"
               "Content-Type: application/x-www-form-urlencoded\r\n\r\nhello");
    check_int("one connection", talk.wire.connections, 1);
    talk_stop(&talk);
}

static void words_failures_as_go_does(void **state)
{
    (void)state;
    static const struct {
        struct wire_step step;
        const char *want;
        enum http_trouble trouble;
    } rows[] = {
        {{"", WIRE_CLOSE},
         "Get \"http://127.0.0.1:PORT/x?sig=REDACTED&n=1\": EOF",
         HTTP_TROUBLE_BROKEN},
        {{"", WIRE_RESET},
         "Get \"http://127.0.0.1:PORT/x?sig=REDACTED&n=1\": "
         "read tcp 127.0.0.1:PORT: read: connection reset by peer",
         HTTP_TROUBLE_BROKEN},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", WIRE_CLOSE},
         "Get \"http://127.0.0.1:PORT/x?sig=REDACTED&n=1\": unexpected EOF",
         HTTP_TROUBLE_BROKEN},
        {{"SSH-2.0-OpenSSH\r\n", WIRE_CLOSE},
         "Get \"http://127.0.0.1:PORT/x?sig=REDACTED&n=1\": malformed HTTP response: Received "
         "HTTP/0.9 when not allowed",
         HTTP_TROUBLE_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct wire_step steps[] = {rows[i].step, WIRE_END};
        struct talk talk;
        char text[ERR_TEXT_SIZE];
        talk_start(&talk, steps);
        int answer = talk_request(&talk, (struct http_request){0}, "/x?sig=secret&n=1");
        hide_port(&talk, talk.err.text, text, sizeof(text));
        snprintf(talk.err.text, sizeof(talk.err.text), "%s", text);
        check_fails(rows[i].want, answer, &talk.err, ERR_UNAVAILABLE, rows[i].want);
        check_int(rows[i].want, talk.response.trouble, rows[i].trouble);
        talk_stop(&talk);
    }
}

static void words_refused_connections(void **state)
{
    (void)state;
    CLEANUP(http_client_freep) struct http_client *client = http_client_new();
    CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
    struct err err;
    static const struct {
        const char *url, *proxy, *want;
        enum err_class class;
    } rows[] = {
        {"https://127.0.0.1:1/v2/", NULL,
         "Get \"https://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused",
         ERR_UNAVAILABLE},
        {"http://[::1]:1/", NULL,
         "Get \"http://[::1]:1/\": dial tcp [::1]:1: connect: ", ERR_UNAVAILABLE},
        {"http://no-such-host.invalid/", NULL,
         "Get \"http://no-such-host.invalid/\": dial tcp: lookup no-such-host.invalid: no such "
         "host",
         ERR_UNAVAILABLE},
        {"http://example.com/", "http://u:secret@127.0.0.1:1",
         "Get \"http://example.com/\": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: "
         "connection refused",
         ERR_UNAVAILABLE},
        {"file:///etc/passwd", NULL, "unsupported protocol scheme \"file\"", ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct http_proxy proxy = {.url = rows[i].proxy};
        const struct http_request request = {.url = rows[i].url,
                                             .proxy = rows[i].proxy ? &proxy : NULL};
        check_int(rows[i].url, http_perform(client, &request, &response, &err), -1);
        if (!str_starts_with(err.text, rows[i].want))
            fail_msg("%s: got \"%s\", want \"%s\"", rows[i].url, err.text, rows[i].want);
        check_text(rows[i].url, err_class_name(err.class), err_class_name(rows[i].class));
        check_int(rows[i].url, response.trouble, HTTP_TROUBLE_OTHER);
    }
}

static void stops_in_time(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow", WIRE_HANG}, WIRE_END};
    struct talk talk;
    char text[ERR_TEXT_SIZE];
    talk_start(&talk, steps);
    int64_t before = clock_monotonic_ns(clock_system());
    struct deadline deadline = deadline_in(clock_system(), 100 * CLOCK_NS_PER_MS, NULL);
    int answer = talk_request(&talk, (struct http_request){.deadline = &deadline}, "/");
    int64_t took_ms = (clock_monotonic_ns(clock_system()) - before) / CLOCK_NS_PER_MS;
    hide_port(&talk, talk.err.text, text, sizeof(text));
    snprintf(talk.err.text, sizeof(talk.err.text), "%s", text);
    check_fails("deadline", answer, &talk.err, ERR_CANCELED,
                "Get \"http://127.0.0.1:PORT/\": context deadline exceeded");
    if (took_ms < 100 || took_ms > 5000)
        fail_msg("took %d ms", (int)took_ms);
    talk_stop(&talk);
}

static void *trigger_soon(void *arg)
{
    deadline_sleep_ms(NULL, 50, NULL);
    cancel_trigger(arg);
    return NULL;
}

static void stops_on_request(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {{"", WIRE_HANG}, WIRE_END};
    CLEANUP(cancel_freep) struct cancel *cancel = cancel_new();
    struct deadline deadline = deadline_in(clock_system(), 0, cancel);
    struct talk talk;
    pthread_t thread;
    talk_start(&talk, steps);
    pthread_create(&thread, NULL, trigger_soon, cancel);
    int64_t before = clock_monotonic_ns(clock_system());
    check_int("answer", talk_request(&talk, (struct http_request){.deadline = &deadline}, "/"), -1);
    int64_t took_ms = (clock_monotonic_ns(clock_system()) - before) / CLOCK_NS_PER_MS;
    check_text("class", err_class_name(talk.err.class), "canceled");
    if (took_ms > 700)
        fail_msg("took %d ms: the wake-up was missed", (int)took_ms);
    pthread_join(thread, NULL);
    talk_stop(&talk);
}

static int refuse_elsewhere(void *arg, const struct httpurl *from, const struct httpurl *to,
                            struct err *err)
{
    (void)arg;
    return httpurl_same_host(from, to) ? 0 : err_set(err, ERR_UNAVAILABLE, "not there");
}

static void follows_redirects(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {
        WIRE_ANSWER("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 4\r\n\r\ngone"),
        WIRE_ANSWER("HTTP/1.1 307 x\r\nLocation: c?n=1\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER(OK_ANSWER),
        WIRE_ANSWER(
            "HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER(
            "HTTP/1.1 302 Found\r\nLocation: ftp://example.invalid/\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 4\r\n\r\nhere"),
        WIRE_ANSWER("HTTP/1.1 307 x\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n"),
        WIRE_END};
    struct talk talk;
    char text[4096];
    talk_start(&talk, steps);
    const struct http_request request = {.method = "POST",
                                         .body = SPAN_LITERAL("in"),
                                         .redirects_max = 2,
                                         .on_redirect = refuse_elsewhere};
    check_ok("post", talk_request(&talk, request, "/a"), &talk.err);
    check_text("body", buf_text(&talk.body), "ok");
    check_text("url", talk.response.url.path, "/c");
    static const char *const wants[] = {
        "Post \"http://127.0.0.1:PORT/a\": not there",
        ("Post \"http://127.0.0.1:PORT/a\": redirect from '127.0.0.1' refused: unsupported "
         "protocol "
         "scheme \"ftp\""),
        "Get \"http://127.0.0.1:PORT/a\": stopped after 2 redirects",
    };
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        check_int(wants[i], talk_request(&talk, request, "/a"), -1);
        hide_port(&talk, talk.err.text, text, sizeof(text));
        check_text(wants[i], text, wants[i]);
    }
    buf_clear(&talk.body);
    struct http_request plain = {0};
    check_ok("unfollowed", talk_request(&talk, plain, "/"), &talk.err);
    check_int("unfollowed", talk.response.status, 302);
    check_text("unfollowed", buf_text(&talk.body), "here");
    struct http_request anywhere = request;
    anywhere.on_redirect = NULL;
    check_int("body", talk_request(&talk, anywhere, "/a"), -1);
    check_text("body", strstr(talk.err.text, "redirect of"),
               "redirect of the body to another host refused");
    talk_stop(&talk);
}

static void keeps_authorization_at_home(void **state)
{
    (void)state;
    static const struct wire_step other_steps[] = {WIRE_ANSWER(OK_ANSWER), WIRE_END};
    struct wire other;
    wire_start(&other, other_steps);
    CLEANUP(mem_freep)
    char *away = str_printf("HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:%d/away\r\n"
                            "Content-Length: 0\r\n\r\n",
                            other.port);
    const struct wire_step steps[] = {
        WIRE_ANSWER("HTTP/1.1 302 x\r\nLocation: /home\r\nContent-Length: 0\r\n\r\n"),
        WIRE_ANSWER(away), WIRE_END};
    struct talk talk;
    talk_start(&talk, steps);
    const struct http_request request = {.authorization = "Bearer secret", .redirects_max = 5};
    check_ok("get", talk_request(&talk, request, "/"), &talk.err);
    wire_stop(&other);
    assert_null(strstr(buf_text(&other.requests), "secret"));
    assert_non_null(strstr(buf_text(&other.requests), "GET /away"));
    buf_finish(&other.requests);
    http_client_close_idle(talk.client);
    const char *home = strstr(buf_text(&talk.wire.requests), "GET /home");
    assert_non_null(home);
    assert_non_null(strstr(home, "Authorization: Bearer secret"));
    talk_stop(&talk);
}

static int take_some(void *arg, const struct http_response *response, struct span piece,
                     struct err *err)
{
    (void)response;
    buf_add_span(arg, span_slice(piece, 0, 1));
    return piece.data[0] == 'e' ? HTTP_BODY_ENOUGH : err_set(err, ERR_CONFLICT, "own words");
}

static void lets_the_caller_stop(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nenough", WIRE_HANG},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nfail", WIRE_HANG},
        WIRE_END};
    struct talk talk;
    talk_start(&talk, steps);
    const struct http_request request = {.on_body = take_some};
    check_ok("enough", talk_request(&talk, request, "/"), &talk.err);
    check_text("enough", buf_text(&talk.body), "e");
    check_fails("fail", talk_request(&talk, request, "/"), &talk.err, ERR_CONFLICT, "own words");
    talk_stop(&talk);
}

static void holds_its_caps(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t header, body, body_max;
        const char *want;
    } rows[] = {
        {"body at", 10, 100, 100, NULL},
        {"body over", 10, 101, 100, "response body is larger than 100 bytes"},
        {"header at", HTTP_HEADERS_MAX - 100, 0, 0, NULL},
        {"header over", HTTP_HEADERS_MAX, 0, 0, "response headers are larger than 65536 bytes"},
        {"header huge", 400 * 1024, 0, 0, "response headers are larger than 65536 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *filler = mem_alloc(512 * 1024);
        memset(filler, 'x', 512 * 1024);
        CLEANUP(mem_freep)
        char *answer =
            str_printf("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nX: %.*s\r\n\r\n%.*s",
                       rows[i].body, (int)rows[i].header, filler, (int)rows[i].body, filler);
        const struct wire_step steps[] = {{answer, WIRE_CLOSE}, WIRE_END};
        struct talk talk;
        talk_start(&talk, steps);
        const struct http_request request = {.body_max = rows[i].body_max};
        int got = talk_request(&talk, request, "/");
        check_int(rows[i].name, got, rows[i].want ? -1 : 0);
        if (rows[i].want) {
            check_text(rows[i].name, strstr(talk.err.text, rows[i].want), rows[i].want);
            check_int(rows[i].name, talk.err.class, ERR_INVALID);
        } else {
            check_int(rows[i].name, talk.body.len, rows[i].body);
        }
        talk_stop(&talk);
    }
}

static void refuses_header_injection(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {WIRE_END};
    static const struct http_header bad = {"X-Bad", "a\nEvil: b"};
    struct talk talk;
    talk_start(&talk, steps);
    const struct http_request rows[] = {
        {.authorization = "Bearer a\r\nEvil: b"},
        {.headers = &bad, .header_count = 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int("answer", talk_request(&talk, rows[i], "/"), -1);
        check_text("class", err_class_name(talk.err.class), "invalid");
        assert_non_null(strstr(talk.err.text, "net/http: invalid header field value for \""));
        assert_null(strstr(talk.err.text, "Evil"));
    }
    talk_stop(&talk);
}

static void bounds_settings(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {WIRE_ANSWER(OK_ANSWER), WIRE_END};
    CLEANUP(mem_freep) char *text = mem_alloc(HTTP_SETTING_MAX + 2);
    memset(text, ' ', HTTP_SETTING_MAX + 1);
    text[HTTP_SETTING_MAX + 1] = '\0';
    const struct http_tls tls = {.ca = text};
    struct talk talk;
    talk_start(&talk, steps);
    check_int("over", talk_request(&talk, (struct http_request){.tls = &tls}, "/"), -1);
    assert_non_null(strstr(talk.err.text, "a setting for TLS or the proxy is larger than 2097152"));
    text[HTTP_SETTING_MAX] = '\0';
    check_ok("at", talk_request(&talk, (struct http_request){.tls = &tls}, "/"), &talk.err);
    talk_stop(&talk);
}

static void notices_silence(void **state)
{
    (void)state;
    static const struct {
        struct wire_step step;
        const char *body;
    } rows[] = {
        {{"", WIRE_HANG}, ""},
        {{"HTTP/1.1 200 OK\r\n", WIRE_HANG}, ""},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", WIRE_HANG}, "ab"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct wire_step steps[] = {rows[i].step, WIRE_END};
        struct talk talk;
        char text[1024];
        talk_start(&talk, steps);
        int answer = talk_request(&talk, (struct http_request){.silence_ms = 100}, "/");
        check_int(rows[i].step.answer, answer, -1);
        check_text(rows[i].step.answer, hide_port(&talk, talk.err.text, text, sizeof(text)),
                   "Get \"http://127.0.0.1:PORT/\": nothing came for 100 ms");
        check_int(rows[i].step.answer, talk.err.class, ERR_UNAVAILABLE);
        check_int(rows[i].step.answer, talk.response.trouble, HTTP_TROUBLE_BROKEN);
        check_text(rows[i].step.answer, buf_text(&talk.body), rows[i].body);
        talk_stop(&talk);
    }
}

/* A server that sends one piece of a body and, once the client has it, the rest,
 * piece by piece. */
struct dripping {
    int listener;
    int got[2]; /* a pipe: the first piece has come */
    int pieces; /* that the client was given */
    struct buf body;
};

enum {
    DRIPS = 10,
    DRIP_MS = 10,
};

static void *drip(void *arg)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0";
    struct dripping *server = arg;
    char byte, request[4096];
    int fd = accept(server->listener, NULL, NULL), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (read(fd, request, sizeof(request)) <= 0 || write(fd, head, strlen(head)) < 0 ||
        read(server->got[0], &byte, 1) != 1)
        abort();
    for (int i = 1; i < DRIPS; i++) {
        byte = (char)('0' + i);
        deadline_sleep_ms(NULL, DRIP_MS, NULL);
        if (write(fd, &byte, 1) != 1)
            abort();
    }
    close(fd);
    return NULL;
}

static int count_piece(void *arg, const struct http_response *response, struct span piece,
                       struct err *err)
{
    struct dripping *server = arg;
    (void)response, (void)err;
    if (server->pieces++ == 0)
        assert_int_equal(write(server->got[1], "x", 1), 1);
    buf_add_span(&server->body, piece);
    return HTTP_BODY_MORE;
}

/* What comes soon after a piece comes with one wake-up, and nothing is missing. */
static void lets_pieces_come_together(void **state)
{
    (void)state;
    enum { GATHER_MS = 10 * DRIPS * DRIP_MS }; /* the server may be slow */
    struct dripping server = {.body = BUF_INIT(100)};
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    CLEANUP(http_client_freep) struct http_client *client = http_client_new();
    CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
    pthread_t thread;
    struct err err;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.listener, 1), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(server.got), 0);
    assert_int_equal(pthread_create(&thread, NULL, drip, &server), 0);
    CLEANUP(mem_freep)
    char *url = str_printf("http://127.0.0.1:%d/", ntohs(address.sin_port));
    const struct http_request request = {
        .url = url, .on_body = count_piece, .arg = &server, .gather_ms = GATHER_MS};
    check_ok("get", http_perform(client, &request, &response, &err), &err);
    pthread_join(thread, NULL);
    check_text("body", buf_text(&server.body), "0123456789");
    check_int("pieces", server.pieces, 2);
    buf_finish(&server.body);
    close(server.listener);
    close(server.got[0]);
    close(server.got[1]);
}

/* Neither the end of the body nor the caller's deadline waits for more to come together. */
static void gathers_no_longer_than_it_may(void **state)
{
    (void)state;
    static const struct {
        struct wire_step step;
        const char *want; /* the error; NULL: none */
    } rows[] = {
        {WIRE_ANSWER(OK_ANSWER), NULL},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", WIRE_HANG},
         "Get \"http://127.0.0.1:PORT/\": context deadline exceeded"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct wire_step steps[] = {rows[i].step, WIRE_END};
        struct talk talk;
        char text[1024];
        talk_start(&talk, steps);
        struct deadline deadline =
            deadline_in(clock_system(), (rows[i].want ? 100 : 60000) * CLOCK_NS_PER_MS, NULL);
        int answer = talk_request(
            &talk, (struct http_request){.gather_ms = 3600 * 1000, .deadline = &deadline}, "/");
        check_int(rows[i].step.answer, answer, rows[i].want ? -1 : 0);
        if (rows[i].want) {
            check_text("error", hide_port(&talk, talk.err.text, text, sizeof(text)), rows[i].want);
            check_int("class", talk.err.class, ERR_CANCELED);
        }
        check_text("body", buf_text(&talk.body), "ok");
        talk_stop(&talk);
    }
}

/* A connection is not used again with other settings: the server, which talks on
 * its first connection only, does not answer them. */
static void keeps_connections_apart(void **state)
{
    (void)state;
    static const struct http_tls rows[] = {
        {.ca = "x"}, {.ca = "x", .ca_only = true}, {.server_name = "n"}, {.unverified = true}};
    static const struct wire_step steps[] = {WIRE_ANSWER(OK_ANSWER), WIRE_ANSWER(OK_ANSWER),
                                             WIRE_END};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk talk;
        talk_start(&talk, steps);
        check_ok("first", talk_request(&talk, (struct http_request){.tls = &rows[i]}, "/"),
                 &talk.err);
        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
            if (k == i)
                continue;
            const struct http_request other = {.tls = &rows[k], .silence_ms = 50};
            check_int("other", talk_request(&talk, other, "/"), -1);
            check_int("class", talk.err.class, ERR_UNAVAILABLE);
        }
        check_ok("again", talk_request(&talk, (struct http_request){.tls = &rows[i]}, "/"),
                 &talk.err);
        check_int("connections", talk.wire.connections, 1);
        talk_stop(&talk);
    }
}

/* The name is for TLS alone: HTTP speaks to the host of the URL. */
static void hides_the_server_name_from_http(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {WIRE_ANSWER(OK_ANSWER), WIRE_END};
    static const struct http_tls tls = {.server_name = "name.invalid"};
    struct talk talk;
    char text[1024];
    talk_start(&talk, steps);
    check_ok("get", talk_request(&talk, (struct http_request){.tls = &tls}, "/p?q"), &talk.err);
    check_text("wire", hide_port(&talk, buf_text(&talk.wire.requests), text, sizeof(text)),
               "GET /p?q HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: tidemark/0.1.0\r\n"
               "Accept: */*\r\n\r\n");
    static const char *const bad[] = {"a/b", "u@h", "a:1", "", "a b", "a\r\nb"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const struct http_tls other = {.server_name = bad[i]};
        check_int(bad[i], talk_request(&talk, (struct http_request){.tls = &other}, "/"), -1);
        check_int(bad[i], talk.err.class, ERR_INVALID);
    }
    talk_stop(&talk);
}

static void reads_retry_after(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int64_t want_ms;
    } rows[] = {
        {"0", 0},
        {"120", 120 * 1000},
        {"99999999999999", (int64_t)INT32_MAX * 1000},
        {"Thu, 01 Jan 1970 00:01:40 GMT", 90 * 1000},
        {"Thu, 01 Jan 1970 00:00:01 GMT", 0},
        {"soon", -1},
        {"-5", -1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
        buf_addf(&response.headers, "Retry-After: %s\n", rows[i].value);
        check_int(rows[i].value, http_retry_after_ms(&response, 10 * CLOCK_NS_PER_S),
                  rows[i].want_ms);
    }
    CLEANUP(http_response_finish) struct http_response none = HTTP_RESPONSE_INIT;
    check_int("none", http_retry_after_ms(&none, 0), -1);
}

static void chooses_the_proxy_as_go_does(void **state)
{
    (void)state;
    static const struct {
        const char *no_proxy, *url;
        bool proxied;
    } rows[] = {
        {"", "http://example.com/", true},
        {"", "http://localhost:5000/", false},
        {"", "http://127.0.0.9/", false},
        {"", "http://[::1]:1/", false},
        {"*", "http://example.com/", false},
        {"example.com", "http://example.com/", false},
        {"example.com", "http://a.example.com/", false},
        {"example.com", "http://notexample.com/", true},
        {".example.com", "http://example.com/", true},
        {".example.com", "http://a.example.com/", false},
        {"*.example.com", "http://a.example.com/", false},
        {"*.example.com", "http://example.com/", true},
        {"x, EXAMPLE.com ", "http://example.com/", false},
        {"example.com:81", "http://example.com/", true},
        {"example.com:80", "http://example.com/", false},
        {"example.com:443", "https://example.com/", false},
        {"10.0.0.0/8", "http://10.1.2.3/", false},
        {"10.0.0.0/8", "http://11.1.2.3/", true},
        {"10.0.0.0/33", "http://10.0.0.0/", true},
        {"fd00::/8", "http://[fd12::1]/", false},
        {"10.1.2.3", "http://10.1.2.3/", false},
        {"10.1.2.3:8080", "http://10.1.2.3/", true},
        {"[fd00::1]:80", "http://[fd00::1]/", false},
        {"fd00::1", "http://[fd00::1]/", false},
        {"2.3", "http://10.1.2.3/", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(http_env_finish)
        struct http_env env = {.http_proxy = str_dup("http://p:1"),
                               .https_proxy = str_dup("http://s:1"),
                               .no_proxy = str_dup(rows[i].no_proxy)};
        CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
        struct err err;
        check_ok(rows[i].url, httpurl_parse(rows[i].url, &url, &err), &err);
        CLEANUP(mem_freep) char *row = str_printf("%s on '%s'", rows[i].url, rows[i].no_proxy);
        check_text(row, http_env_proxy(&env, &url),
                   !rows[i].proxied ? NULL
                   : url.https      ? "http://s:1"
                                    : "http://p:1");
    }
}

static void reads_the_environment(void **state)
{
    (void)state;
    static const char *const names[] = {"HTTP_PROXY",  "http_proxy",    "HTTPS_PROXY",
                                        "https_proxy", "NO_PROXY",      "no_proxy",
                                        "ALL_PROXY",   "REQUEST_METHOD"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    setenv("ALL_PROXY", "http://all:1", 1);
    setenv("http_proxy", "http://lower:1", 1);
    CLEANUP(http_env_finish) struct http_env env = {0};
    http_env_read(&env);
    check_text("http", env.http_proxy, "http://lower:1");
    check_text("https", env.https_proxy, NULL);
    http_env_finish(&env);
    setenv("REQUEST_METHOD", "GET", 1);
    setenv("HTTPS_PROXY", "http://upper:1", 1);
    http_env_read(&env);
    check_text("in CGI", env.http_proxy, NULL);
    check_text("https", env.https_proxy, "http://upper:1");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
}

static void words_tls_faults(void **state)
{
    (void)state;
    static const struct {
        struct http_fault fault;
        const char *want;
        enum http_trouble trouble;
    } rows[] = {
        {{.kind = HTTP_FAULT_CERTIFICATE, .verify_result = 20, .detail = "x"},
         "tls: failed to verify certificate: x509: certificate signed by unknown authority",
         HTTP_TROUBLE_UNTRUSTED},
        {{.kind = HTTP_FAULT_CERTIFICATE, .verify_result = 10, .detail = "x"},
         "tls: failed to verify certificate: x509: certificate has expired or is not yet valid",
         HTTP_TROUBLE_OTHER},
        {{.kind = HTTP_FAULT_CERTIFICATE, .verify_result = 1, .host = "h", .detail = "x"},
         "tls: failed to verify certificate: x509: certificate is not valid for 'h'",
         HTTP_TROUBLE_OTHER},
        {{.kind = HTTP_FAULT_CERTIFICATE, .verify_result = 23, .detail = "revoked"},
         "tls: failed to verify certificate: x509: revoked",
         HTTP_TROUBLE_OTHER},
        {{.kind = HTTP_FAULT_TLS, .detail = "error:0A00010B:SSL routines::wrong version number"},
         "http: server gave HTTP response to HTTPS client",
         HTTP_TROUBLE_PLAIN},
        {{.kind = HTTP_FAULT_BROKEN,
          .detail = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate "
                    "required, errno 0"},
         "remote error: tls: certificate required, errno 0",
         HTTP_TROUBLE_OTHER},
        {{.kind = HTTP_FAULT_SLOW, .resolved = true, .detail = "SSL connection timeout"},
         "net/http: TLS handshake timeout",
         HTTP_TROUBLE_BROKEN},
        {{.kind = HTTP_FAULT_SLOW, .resolved = true, .address = "10.0.0.1:443", .detail = "x"},
         "dial tcp 10.0.0.1:443: i/o timeout",
         HTTP_TROUBLE_BROKEN},
        {{.kind = HTTP_FAULT_BROKEN, .proxy_status = 407, .detail = "x"},
         "proxyconnect tcp: Proxy Authentication Required",
         HTTP_TROUBLE_OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        enum http_trouble trouble;
        check_fails(rows[i].want, http_fault_set(&rows[i].fault, &trouble, &err), &err,
                    ERR_UNAVAILABLE, rows[i].want);
        check_int(rows[i].want, trouble, rows[i].trouble);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_environment),
        cmocka_unit_test(chooses_the_proxy_as_go_does),
        cmocka_unit_test(words_tls_faults),
        cmocka_unit_test(reads_retry_after),
        cmocka_unit_test(sends_and_reads),
        cmocka_unit_test(words_failures_as_go_does),
        cmocka_unit_test(words_refused_connections),
        cmocka_unit_test(stops_in_time),
        cmocka_unit_test(stops_on_request),
        cmocka_unit_test(follows_redirects),
        cmocka_unit_test(keeps_authorization_at_home),
        cmocka_unit_test(lets_the_caller_stop),
        cmocka_unit_test(holds_its_caps),
        cmocka_unit_test(refuses_header_injection),
        cmocka_unit_test(bounds_settings),
        cmocka_unit_test(notices_silence),
        cmocka_unit_test(lets_pieces_come_together),
        cmocka_unit_test(gathers_no_longer_than_it_may),
        cmocka_unit_test(keeps_connections_apart),
        cmocka_unit_test(hides_the_server_name_from_http),
    };
    return test_main("http", tests);
}
