/*
 * The HTTP server against real sockets.
 */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapt/httpd.h"
#include "base/clock.h"
#include "base/listen.h"
#include "base/str.h"

enum { BODY_MAX = 8, ANSWER_MAX = 1 << 20, LARGE = 700000, HUGE_LEN = HTTPD_UNSENT_MAX / 4 };

static void hello(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    const char *who = httpd_header(request, "x-who");
    buf_addf(&ret->body, "%s %s %s\n", (const char *)arg, httpd_path(request), who ? who : "-");
}

static void echo(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    (void)arg;
    ret->status = 202;
    ret->type = "text/x-echo";
    buf_add_span(&ret->body, httpd_body(request));
}

static void fill(struct httpd_response *response, size_t len)
{
    char *room = buf_reserve(&response->body, len);
    if (!room)
        return;
    memset(room, 'x', len);
    buf_added(&response->body, len);
}

static void large(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    (void)request;
    if (arg)
        ret->body.max = LARGE;
    fill(ret, LARGE);
}

static void huge(void *arg, const struct httpd_request *request, struct httpd_response *ret)
{
    (void)arg;
    (void)request;
    ret->body.max = HUGE_LEN;
    fill(ret, HUGE_LEN);
}

static char greeting[] = "hello";

static const struct httpd_route routes[] = {
    {.path = "/hello", .method = "GET", .handle = hello, .arg = greeting},
    {.path = "/below/", .method = "GET", .handle = hello, .arg = greeting},
    {.path = "/echo", .method = "POST", .body_max = BODY_MAX, .handle = echo},
    {.path = "/large", .method = "GET", .handle = large, .arg = greeting},
    {.path = "/huge", .method = "GET", .handle = huge},
    {.path = "/beyond", .method = "GET", .handle = large},
};

static void start(struct httpd **ret)
{
    struct err err;
    check_ok("start", httpd_start("127.0.0.1:0", routes, ARRAY_LEN(routes), ret, &err), &err);
}

/* Connects; SOURCE is the last byte of the client's own address in 127.0.0.0/8. */
static int dial_from(const struct httpd *httpd, unsigned source)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(0x7f000000 | source)};
    to.sin_port = htons((uint16_t)atoi(strrchr(httpd_address(httpd), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static int dial(const struct httpd *httpd)
{
    return dial_from(httpd, 1);
}

static void say(int fd, const char *text, size_t len)
{
    while (len != 0) {
        ssize_t count = send(fd, text, len, MSG_NOSIGNAL);
        if (count < 0)
            return; /* cut off: the answer tells */
        text += count;
        len -= (size_t)count;
    }
}

/* Reads until the server closes, at most PATIENCE_MS. False if it does not. */
static bool hear(int fd, int patience_ms, struct buf *ret)
{
    int64_t end_ns = clock_monotonic_ns(clock_system()) + patience_ms * CLOCK_NS_PER_MS;
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        char data[65536];
        int64_t left_ns = end_ns - clock_monotonic_ns(clock_system());
        if (left_ns <= 0 || poll(&poll_fd, 1, (int)(left_ns / CLOCK_NS_PER_MS) + 1) == 0)
            return false;
        ssize_t count = read(fd, data, sizeof(data));
        if (count <= 0)
            return true;
        buf_add(ret, data, (size_t)count);
    }
}

/* One request on a connection of its own: the answer without its Date. */
static void ask(const struct httpd *httpd, const char *request, struct buf *ret)
{
    int fd = dial(httpd);
    say(fd, request, strlen(request));
    if (!hear(fd, 10000, ret))
        fail_msg("no end of the answer to %s", request);
    close(fd);
    char *date = ret->data ? strstr(ret->data, "Date: ") : NULL;
    if (date) {
        size_t len = (size_t)(strchr(date, '\n') + 1 - date);
        memmove(date, date + len, strlen(date + len) + 1);
        ret->len -= len;
    }
}

#define TYPE  "Content-Type: text/plain; charset=utf-8\r\n"
#define CLOSE "Host: h\r\nConnection: close\r\n\r\n"

static void check_line(const char *row, const char *answer, const char *line)
{
    CLEANUP(mem_freep) char *whole = str_printf("%s\r\n", line);
    if (!strstr(answer, whole))
        fail_msg("%s: no line \"%s\" in \"%s\"", row, line, answer);
}

static void answers(void **state)
{
    static const struct {
        const char *request;
        const char *status;
        const char *header;
        const char *body;
    } cases[] = {
        {"GET /hello HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK", "Content-Length: 15",
         "hello /hello -\n"},
        {"GET /hello?a=b HTTP/1.1\r\nX-Who: me\r\n" CLOSE, "HTTP/1.1 200 OK",
         "Content-Type: text/plain; charset=utf-8", "hello /hello me\n"},
        {"HEAD /hello HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK", "Content-Length: 15", ""},
        {"GET /below/a%2fb HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK",
         "X-Content-Type-Options: nosniff", "hello /below/a/b -\n"},
        {"GET / HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 Not Found", "Content-Length: 14",
         "404 Not Found\n"},
        {"GET /hello/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 Not Found", "Content-Length: 14",
         "404 Not Found\n"},
        {"GET /below HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 Not Found", "Content-Length: 14",
         "404 Not Found\n"},
        {"DELETE /hello HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed", "Allow: GET, HEAD",
         "405 Method Not Allowed\n"},
        {"POST /hello HTTP/1.1\r\nContent-Length: 1\r\n" CLOSE "x",
         "HTTP/1.1 405 Method Not Allowed", "Allow: GET, HEAD", "405 Method Not Allowed\n"},
        {"GET /echo HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 Method Not Allowed", "Allow: POST",
         "405 Method Not Allowed\n"},
        {"POST /echo HTTP/1.1\r\nContent-Length: 8\r\n" CLOSE "12345678", "HTTP/1.1 202 Accepted",
         "Content-Type: text/x-echo", "12345678"},
        {"POST /echo HTTP/1.1\r\nContent-Length: 0\r\n" CLOSE, "HTTP/1.1 202 Accepted",
         "Content-Length: 0", ""},
        {"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n" CLOSE "123456789",
         "HTTP/1.1 413 Content Too Large", "Content-Length: 22", "413 Content Too Large\n"},
        {"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "8\r\n12345678\r\n0\r\n\r\n",
         "HTTP/1.1 202 Accepted", "Content-Length: 8", "12345678"},
        {"GET /hello HTTP/1.1\r\nContent-Length: 1\r\n" CLOSE "x", "HTTP/1.1 413 Content Too Large",
         "Content-Length: 22", "413 Content Too Large\n"},
        {"GET /beyond HTTP/1.1\r\n" CLOSE, "HTTP/1.1 500 Internal Server Error",
         "Content-Type: text/plain; charset=utf-8", "500 Internal Server Error\n"},
    };
    (void)state;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
        ask(httpd, cases[i].request, &answer);
        const char *text = buf_text(&answer), *body = strstr(text, "\r\n\r\n");
        check_line(cases[i].request, text, cases[i].status);
        check_line(cases[i].request, text, cases[i].header);
        check_text(cases[i].request, body ? body + 4 : NULL, cases[i].body);
    }
}

static void large_answers_arrive(void **state)
{
    (void)state;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    start(&httpd);
    ask(httpd, "GET /large HTTP/1.1\r\n" CLOSE, &answer);
    const char *body = strstr(buf_text(&answer), "\r\n\r\n");
    assert_non_null(body);
    check_int("length", strspn(body + 4, "x"), LARGE);
}

static void connections_are_kept(void **state)
{
    (void)state;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    static const char two[] =
        "GET /hello HTTP/1.1\r\nHost: h\r\n\r\nGET /below/x HTTP/1.1\r\n" CLOSE;
    start(&httpd);
    ask(httpd, two, &answer);
    assert_non_null(strstr(buf_text(&answer), "hello /hello -\n"));
    assert_non_null(strstr(buf_text(&answer), "hello /below/x -\n"));
}

/* Is there still an answer for others, soon? */
static void check_alive(const char *row, const struct httpd *httpd, unsigned source)
{
    static const char request[] = "GET /hello HTTP/1.1\r\n" CLOSE;
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    int fd = dial_from(httpd, source);
    say(fd, request, strlen(request));
    if (!hear(fd, 10000, &answer) || !strstr(buf_text(&answer), "hello /hello -\n"))
        fail_msg("%s: got \"%s\"", row, buf_text(&answer));
    close(fd);
}

static void nonsense_is_refused(void **state)
{
    static const char *const cases[] = {
        "\r\n\r\n\r\n",
        "x\r\n\r\n",
        "GET\r\n\r\n",
        "GET /hello HTTP/9.9\r\n" CLOSE,
        "GET /hello HTTP/1.1\r\n\r\n", /* no Host */
        "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n" CLOSE,
        "POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n" CLOSE,
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "9\r\n123456789\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "zz\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    };
    (void)state;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
        int fd = dial(httpd);
        say(fd, cases[i], strlen(cases[i]));
        shutdown(fd, SHUT_WR);
        if (!hear(fd, 10000, &answer))
            fail_msg("%s: no end", cases[i]);
        if (strstr(buf_text(&answer), " 200 ") || strstr(buf_text(&answer), " 202 "))
            fail_msg("%s: got \"%s\"", cases[i], buf_text(&answer));
        close(fd);
    }
    check_alive("afterwards", httpd, 1);
}

static void headers_are_bounded(void **state)
{
    static const struct {
        size_t len;
        bool good;
    } cases[] = {{HTTPD_HEADERS_MAX / 2, true}, {HTTPD_HEADERS_MAX, false}, {8 << 20, false}};
    (void)state;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(buf_finish) struct buf request = BUF_INIT(9 << 20);
        CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
        buf_adds(&request, "GET /hello HTTP/1.1\r\nX-Long: ");
        for (size_t j = 0; j < cases[i].len; j++)
            buf_addc(&request, 'x');
        buf_adds(&request, "\r\n" CLOSE);
        int fd = dial(httpd);
        say(fd, buf_text(&request), request.len);
        if (!hear(fd, 10000, &answer))
            fail_msg("%zu bytes: no end", cases[i].len);
        check_int("answered", strstr(buf_text(&answer), " 200 OK") != NULL, cases[i].good);
        close(fd);
    }
    check_alive("afterwards", httpd, 1);
}

/* Clients that send a byte now and then, from many addresses: the oldest lose
 * their connections, and nobody else has to wait. */
static void slow_clients_lock_nobody_out(void **state)
{
    enum { SLOW = 4 * HTTPD_CONNECTIONS_MAX };
    (void)state;
    int fds[SLOW];
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (unsigned i = 0; i < SLOW; i++) {
        fds[i] = dial_from(httpd, 1 + i % 32);
        say(fds[i], "GET /hello HTTP/1.1\r\nX-Slow: ", 30);
    }
    check_alive("in a crowd", httpd, 200);
    for (unsigned i = 0; i < SLOW - HTTPD_CROWD; i++) {
        CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
        say(fds[i], "x", 1);
        if (!hear(fds[i], 10000, &answer))
            fail_msg("client %u is still there", i);
    }
    for (unsigned i = 0; i < SLOW; i++)
        close(fds[i]);
    check_alive("afterwards", httpd, 1);
}

/* The same for clients that ask for much and never read. */
static void readers_that_stall_lock_nobody_out(void **state)
{
    enum { STALLED = HTTPD_CONNECTIONS_MAX + 20, EACH = 6 };
    static const char request[] = "GET /large HTTP/1.1\r\nHost: h\r\n\r\n";
    (void)state;
    int fds[STALLED];
    const int small = 4096;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (unsigned i = 0; i < STALLED; i++) {
        fds[i] = dial_from(httpd, 1 + i % 32);
        setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
        for (unsigned j = 0; j < EACH; j++)
            say(fds[i], request, strlen(request));
    }
    check_alive("in a crowd", httpd, 200);
    for (unsigned i = 0; i < STALLED; i++)
        close(fds[i]);
    check_alive("afterwards", httpd, 1);
}

/* Large answers that nobody reads do not pile up. */
static void unread_answers_are_bounded(void **state)
{
    enum { STALLED = 4 };
    static const char request[] = "GET /huge HTTP/1.1\r\n" CLOSE;
    (void)state;
    int fds[STALLED];
    size_t refused = 0;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (unsigned i = 0; i < STALLED; i++) {
        struct pollfd answered = {.events = POLLIN};
        answered.fd = fds[i] = dial(httpd);
        say(fds[i], request, strlen(request));
        check_int("begins", poll(&answered, 1, 10000), 1);
    }
    check_alive("small ones are answered", httpd, 1);
    for (unsigned i = 0; i < STALLED; i++) {
        CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
        ask(httpd, request, &answer);
        refused += strstr(buf_text(&answer), " 503 ") != NULL;
        if (i == 0)
            check_int("there is no room", refused, 1);
    }
    assert_true(refused < STALLED);
    for (unsigned i = 0; i < STALLED; i++)
        close(fds[i]);
}

static void one_address_has_its_share(void **state)
{
    (void)state;
    int fds[HTTPD_CONNECTIONS_MAX];
    size_t refused = 0;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        fds[i] = dial_from(httpd, 9);
    check_alive("another address", httpd, 10);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
        struct pollfd gone = {.fd = fds[i], .events = POLLIN | POLLRDHUP};
        refused += poll(&gone, 1, 0) == 1;
    }
    check_int("closed at once, or soon after",
              refused >= HTTPD_CONNECTIONS_MAX - HTTPD_PER_ADDRESS_MAX, 1);
    for (size_t i = 0; i < ARRAY_LEN(fds); i++)
        close(fds[i]);
}

static void a_stop_does_not_wait(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf answer = BUF_INIT(ANSWER_MAX);
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    int fd = dial(httpd);
    say(fd, "GET /hello", 10);
    int64_t began_ns = clock_monotonic_ns(clock_system());
    httpd_stop(MEM_STEAL(httpd));
    assert_true(clock_monotonic_ns(clock_system()) - began_ns < HTTPD_IDLE_S * CLOCK_NS_PER_S / 2);
    check_int("closed", hear(fd, 10000, &answer), 1);
    close(fd);
}

static void addresses(void **state)
{
    static const struct {
        const char *address;
        const char *bound; /* with port 0 as N */
    } good[] = {
        {"127.0.0.1:0", "127.0.0.1:"},
        {"[::1]:0", "[::1]:"},
        {":0", "[::]:"},
        {"localhost:0", ""},
    };
    static const struct {
        const char *address;
        const char *error;
    } bad[] = {
        {"8080", "listen tcp: address 8080: missing port in address"},
        {"::1:80", "listen tcp: address ::1:80: too many colons in address"},
        {"127.0.0.1:", "listen tcp: address 127.0.0.1:: invalid port"},
        {"127.0.0.1:65536", "listen tcp: address 127.0.0.1:65536: invalid port"},
        {":http", "listen tcp: address :http: invalid port"},
        {":-1", "listen tcp: address :-1: invalid port"},
    };
    (void)state;
    char text[LISTEN_TEXT_SIZE];
    struct err err;
    int fd;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (listen_tcp(good[i].address, &fd, text, &err) != 0) {
            if (strchr(good[i].bound, '[')) /* a machine without IPv6 */
                continue;
            fail_msg("%s: %s", good[i].address, err.text);
        }
        if (!str_starts_with(text, good[i].bound) || str_ends_with(text, ":0"))
            fail_msg("%s: bound to %s", good[i].address, text);
        close(fd);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        check_fails(bad[i].address, listen_tcp(bad[i].address, &fd, text, &err), &err, ERR_INVALID,
                    bad[i].error);
    assert_true(listen_is_off("0") && listen_is_off("") && !listen_is_off(":0"));
}

static void a_port_in_use_is_a_conflict(void **state)
{
    (void)state;
    struct err err;
    struct httpd *second;
    CLEANUP(httpd_stopp) struct httpd *httpd = NULL;
    start(&httpd);
    const char *address = httpd_address(httpd);
    CLEANUP(mem_freep)
    char *want = str_printf("listen tcp %s: bind: address already in use", address);
    check_fails("the same", httpd_start(address, routes, 1, &second, &err), &err, ERR_CONFLICT,
                want);
    CLEANUP(mem_freep) char *all = str_printf(":%s", strrchr(address, ':') + 1);
    CLEANUP(mem_freep) char *too = str_printf("listen tcp %s: bind: address already in use", all);
    check_fails("on all interfaces", httpd_start(all, routes, 1, &second, &err), &err, ERR_CONFLICT,
                too);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(a_port_in_use_is_a_conflict),
        cmocka_unit_test(answers),
        cmocka_unit_test(large_answers_arrive),
        cmocka_unit_test(connections_are_kept),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(slow_clients_lock_nobody_out),
        cmocka_unit_test(readers_that_stall_lock_nobody_out),
        cmocka_unit_test(unread_answers_are_bounded),
        cmocka_unit_test(one_address_has_its_share),
        cmocka_unit_test(a_stop_does_not_wait),
    };
    return test_main("httpd", tests);
}
