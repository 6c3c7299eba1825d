#include "adapt/httpd.h"

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/str.h"

enum {
    SMALL_BODY_MAX = 4096, /* bytes of a body, unless the handler wants more */
    STACK_SIZE = 256 * 1024,
};

/* A client's connection. */
struct peer {
    int fd;
    int64_t since_ns; /* when it came, or was last answered */
    bool cut;
    size_t unsent; /* bytes of the answer that it is being sent */
    TAILQ_ENTRY(peer) link;
};

struct httpd {
    struct MHD_Daemon *daemon;
    const struct httpd_route *routes;
    size_t route_count;
    char address[LISTEN_TEXT_SIZE];
    /* The thread's own: */
    TAILQ_HEAD(, peer) peers; /* the one that waits for the longest time is first */
    size_t peer_count;        /* without those that are cut */
    size_t unsent;            /* of all of them */
};

struct httpd_request {
    struct MHD_Connection *connection;
    const struct httpd_route *route;
    const char *path; /* MHD's, for as long as the request */
    struct buf body;
};

const char *httpd_path(const struct httpd_request *request)
{
    return request->path;
}

const char *httpd_header(const struct httpd_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct span httpd_body(const struct httpd_request *request)
{
    return buf_span(&request->body);
}

const char *httpd_address(const struct httpd *httpd)
{
    return httpd->address;
}

static int64_t now_ns(void)
{
    return clock_monotonic_ns(clock_system());
}

/* Answers. */

static struct peer *peer_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* Ends a connection; the library notices that, and closes it. */
static void cut(struct httpd *httpd, struct peer *peer)
{
    if (peer->cut)
        return;
    peer->cut = true;
    httpd->peer_count--;
    shutdown(peer->fd, SHUT_RDWR);
}

/* Ends the connection that has been taking a large answer for the longest time. */
static void cut_reader(struct httpd *httpd)
{
    struct peer *peer;
    TAILQ_FOREACH(peer, &httpd->peers, link)
    {
        if (peer->unsent > SMALL_BODY_MAX && !peer->cut) {
            cut(httpd, peer);
            return;
        }
    }
}

static void set_unsent(struct httpd *httpd, struct peer *peer, size_t len)
{
    httpd->unsent += len - peer->unsent;
    peer->unsent = len;
}

static enum MHD_Result send_response(struct httpd *httpd, struct MHD_Connection *connection,
                                     struct httpd_response *response, const char *allow)
{
    size_t len = response->body.len;
    char *body = buf_take(&response->body);
    struct MHD_Response *answer = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
    if (!answer) {
        free(body);
        return MHD_NO;
    }
    MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, response->type);
    MHD_add_response_header(answer, "X-Content-Type-Options", "nosniff");
    if (allow)
        MHD_add_response_header(answer, MHD_HTTP_HEADER_ALLOW, allow);
    set_unsent(httpd, peer_of(connection), len);
    enum MHD_Result result = MHD_queue_response(connection, (unsigned)response->status, answer);
    MHD_destroy_response(answer);
    return result;
}

static void init_response(struct httpd_response *response, int status)
{
    *response = (struct httpd_response){.status = status, .type = "text/plain; charset=utf-8"};
    buf_init(&response->body, SMALL_BODY_MAX);
}

static enum MHD_Result refuse(struct httpd *httpd, struct MHD_Connection *connection, int status,
                              const char *allow)
{
    struct httpd_response response;
    init_response(&response, status);
    buf_addf(&response.body, "%d %s\n", status, MHD_get_reason_phrase_for((unsigned)status));
    return send_response(httpd, connection, &response, allow);
}

/* May so much more wait to be read by slow clients? One large answer always may. */
static bool has_room(const struct httpd *httpd, size_t len)
{
    return len <= SMALL_BODY_MAX || httpd->unsent == 0 || httpd->unsent + len <= HTTPD_UNSENT_MAX;
}

static enum MHD_Result answer(struct httpd *httpd, struct httpd_request *request)
{
    struct httpd_response response;
    int fault = 0;
    init_response(&response, MHD_HTTP_OK);
    request->route->handle(request->route->arg, request, &response);
    if (buf_overflowed(&response.body)) {
        fault = MHD_HTTP_INTERNAL_SERVER_ERROR;
    } else if (!has_room(httpd, response.body.len)) {
        cut_reader(httpd);
        fault = MHD_HTTP_SERVICE_UNAVAILABLE;
    }
    if (fault == 0)
        return send_response(httpd, request->connection, &response, NULL);
    buf_finish(&response.body);
    return refuse(httpd, request->connection, fault, NULL);
}

/* Requests. */

static bool has_path(const struct httpd_route *route, const char *path)
{
    return str_equal(route->path, path) ||
           (str_ends_with(route->path, "/") && str_starts_with(path, route->path));
}

static bool has_method(const struct httpd_route *route, const char *method)
{
    return str_equal(route->method, method) ||
           (str_equal(method, "HEAD") && str_equal(route->method, "GET"));
}

/* More bytes than the route takes, as far as the headers tell. */
static bool is_too_big(struct MHD_Connection *connection, const struct httpd_route *route)
{
    uint64_t len;
    const char *text =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return text && (!span_to_u64(span_of(text), &len) || len > route->body_max);
}

/* The headers are there: finds the route, or refuses. */
static enum MHD_Result begin(struct httpd *httpd, struct MHD_Connection *connection,
                             const char *path, const char *method, void **ret_request)
{
    const struct httpd_route *route = NULL;
    const char *allow = NULL;
    for (size_t i = 0; i < httpd->route_count && !route; i++) {
        if (!has_path(&httpd->routes[i], path))
            continue;
        allow = str_equal(httpd->routes[i].method, "GET") ? "GET, HEAD" : httpd->routes[i].method;
        if (has_method(&httpd->routes[i], method))
            route = &httpd->routes[i];
    }
    if (!route)
        return refuse(httpd, connection, allow ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
                      allow);
    if (is_too_big(connection, route))
        return refuse(httpd, connection, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
    struct httpd_request *request = mem_zalloc(sizeof(*request));
    *request = (struct httpd_request){.connection = connection, .route = route, .path = path};
    buf_init(&request->body, route->body_max);
    *ret_request = request;
    return MHD_YES;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **request_ref)
{
    struct httpd_request *request = *request_ref;
    (void)version;
    if (!request)
        return begin(arg, connection, path, method, request_ref);
    if (*data_len == 0)
        return answer(arg, request);
    buf_add(&request->body, data, *data_len);
    *data_len = 0;
    /* Only a body that never told its length gets here: it is cut off. */
    return buf_overflowed(&request->body) ? MHD_NO : MHD_YES;
}

/* Peers. */

/* The connection has just come, or been answered: it is the youngest. */
static void touch(struct httpd *httpd, struct peer *peer)
{
    peer->since_ns = now_ns();
    TAILQ_INSERT_TAIL(&httpd->peers, peer, link);
}

/* Somebody comes: ends who has been at it for too long, and in a crowd the
 * oldest. */
static void make_room(struct httpd *httpd)
{
    int64_t before_ns = now_ns() - HTTPD_REQUEST_S * CLOCK_NS_PER_S;
    struct peer *peer;
    TAILQ_FOREACH(peer, &httpd->peers, link)
    {
        if (peer->since_ns >= before_ns && httpd->peer_count < HTTPD_CROWD)
            break;
        cut(httpd, peer);
    }
}

static struct peer *add_peer(struct httpd *httpd, struct MHD_Connection *connection)
{
    struct peer *peer = mem_zalloc(sizeof(*peer));
    peer->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    httpd->peer_count++;
    touch(httpd, peer);
    return peer;
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **peer_ref,
                          enum MHD_ConnectionNotificationCode code)
{
    struct httpd *httpd = arg;
    struct peer *peer = *peer_ref;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        make_room(httpd);
        *peer_ref = add_peer(httpd, connection);
        return;
    }
    TAILQ_REMOVE(&httpd->peers, peer, link);
    httpd->peer_count -= !peer->cut;
    *peer_ref = NULL;
    free(peer);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **request_ref,
                         enum MHD_RequestTerminationCode code)
{
    struct httpd *httpd = arg;
    struct httpd_request *request = *request_ref;
    struct peer *peer = peer_of(connection);
    (void)code;
    TAILQ_REMOVE(&httpd->peers, peer, link);
    touch(httpd, peer);
    set_unsent(httpd, peer, 0);
    if (!request)
        return;
    buf_finish(&request->body);
    free(request);
    *request_ref = NULL;
}

/* Start and stop. */

/* The library's thread takes no signals: they are the main thread's. */
static struct MHD_Daemon *start_daemon(struct httpd *httpd, int fd)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, on_request, httpd,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTPD_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTPD_PER_ADDRESS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTPD_HEADERS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTPD_IDLE_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_SIZE, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        httpd, MHD_OPTION_NOTIFY_CONNECTION, on_connection, httpd, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

int httpd_start(const char *address, const struct httpd_route *routes, size_t count,
                struct httpd **ret, struct err *err)
{
    int fd;
    CLEANUP(httpd_stopp) struct httpd *httpd = mem_zalloc(sizeof(*httpd));
    httpd->routes = routes;
    httpd->route_count = count;
    TAILQ_INIT(&httpd->peers);
    if (listen_tcp(address, &fd, httpd->address, err) != 0)
        return -1;
    httpd->daemon = start_daemon(httpd, fd);
    if (!httpd->daemon)
        return err_set(err, ERR_UNAVAILABLE, "cannot start to serve on %s", address);
    *ret = MEM_STEAL(httpd);
    return 0;
}

void httpd_stop(struct httpd *httpd)
{
    if (!httpd)
        return;
    if (httpd->daemon)
        MHD_stop_daemon(httpd->daemon);
    free(httpd);
}
