#include "adapt/http_transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "adapt/http_fault.h"
#include "base/file.h"
#include "base/str.h"

enum {
    ADDRESS_SIZE = INET6_ADDRSTRLEN + 16, /* "[address]:port" */
    POLL_MS = 1000,                       /* a test's clock may jump while the wait is real */
    RECEIVE_SIZE = 16 * 1024,
};

struct http_slot {
    CURLM *multi; /* keeps the connection; requests come and go */
};

/* What the callbacks of one run share. */
struct run {
    const struct http_transfer *transfer;
    struct http_response *response;
    struct err *err;
    CURL *easy;
    size_t header_bytes; /* of all responses, interim ones too */
    size_t body_bytes;
    int64_t heard_ns; /* monotonic: when something came last */
    bool failed;      /* ERR is set by a callback below */
    bool own;         /* … by the caller's */
    bool enough;      /* the rest of the body is not wanted */
    bool headers_too_large;
    char address[ADDRESS_SIZE]; /* that was connected to last */
    char detail[CURL_ERROR_SIZE];
};

/* What must live as long as the request. */
struct lists {
    struct curl_slist *headers;
    struct curl_slist *connect_to;
};

static void must(bool ok)
{
    if (!ok)
        abort(); /* libcurl found no memory, or is not the one compiled for */
}

static void global_init(void)
{
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

struct http_slot *http_slot_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    struct http_slot *slot = mem_zalloc(sizeof(*slot));
    slot->multi = curl_multi_init();
    must(slot->multi);
    must(curl_multi_setopt(slot->multi, CURLMOPT_MAXCONNECTS, 1L) == CURLM_OK);
    return slot;
}

void http_slot_free(struct http_slot *slot)
{
    if (!slot)
        return;
    curl_multi_cleanup(slot->multi);
    free(slot);
}

static void note_address(struct run *run, const struct curl_sockaddr *to)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (to->family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, &to->addr, sizeof(in));
        inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
        snprintf(run->address, sizeof(run->address), "%s:%u", text, ntohs(in.sin_port));
    } else if (to->family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &to->addr, sizeof(in6));
        inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
        snprintf(run->address, sizeof(run->address), "[%s]:%u", text, ntohs(in6.sin6_port));
    }
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    (void)purpose;
    note_address(arg, to);
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int64_t now_ns(void)
{
    return clock_monotonic_ns(clock_system());
}

static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
    struct run *run = arg;
    struct http_response *response = run->response;
    struct span line = {data, size * count};
    run->header_bytes += line.len;
    run->heard_ns = now_ns();
    if (run->header_bytes > HTTP_HEADERS_MAX) {
        run->headers_too_large = true;
        return 0;
    }
    line = span_trim(line);
    if (span_starts_with(line, "HTTP/")) {
        buf_clear(&response->headers);
    } else if (line.len != 0) {
        buf_add_span(&response->headers, line);
        buf_addc(&response->headers, '\n');
    } else {
        long status = 0;
        curl_easy_getinfo(run->easy, CURLINFO_RESPONSE_CODE, &status);
        response->status = (int)status;
    }
    return size * count;
}

static bool body_is_dropped(const struct run *run)
{
    struct span location;
    return !run->transfer->request->on_body ||
           (run->transfer->follow && http_is_redirect(run->response, &location));
}

/* Answers the count of bytes to go on, another number to stop. */
static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
    struct run *run = arg;
    const struct http_request *request = run->transfer->request;
    size_t len = size * count;
    run->body_bytes += len;
    run->heard_ns = now_ns();
    if (body_is_dropped(run)) {
        run->enough = run->body_bytes > HTTP_DRAIN_MAX;
        return run->enough ? 0 : len;
    }
    if (request->body_max != 0 && run->body_bytes > request->body_max) {
        err_set(run->err, ERR_INVALID, "response body is larger than %zu bytes", request->body_max);
        run->failed = true;
        return 0;
    }
    int answer = request->on_body(request->arg, run->response, (struct span){data, len}, run->err);
    run->heard_ns = now_ns(); /* the caller's own time is no silence of the server */
    run->failed = run->own = answer < 0;
    run->enough = answer == HTTP_BODY_ENOUGH;
    return answer == HTTP_BODY_MORE ? len : 0;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
    CLEANUP(mem_freep) char *line = str_printf("%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(list, line);
    must(longer);
    return longer;
}

static struct curl_slist *make_headers(const struct http_transfer *transfer)
{
    const struct http_request *request = transfer->request;
    struct curl_slist *list = curl_slist_append(NULL, "Expect:"); /* no pause before bodies */
    must(list);
    for (size_t i = 0; i < request->header_count; i++)
        list = add_header(list, request->headers[i].name, request->headers[i].value);
    if (transfer->with_authorization && request->authorization)
        list = add_header(list, "Authorization", request->authorization);
    return list;
}

#define SET(option, value) must(curl_easy_setopt(easy, (option), (value)) == CURLE_OK)

static void set_method(CURL *easy, const struct http_transfer *transfer)
{
    struct span body = transfer->request->body;
    if (str_equal(transfer->method, "HEAD")) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (transfer->with_body && body.data) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
        SET(CURLOPT_POSTFIELDS, body.data);
        SET(CURLOPT_CUSTOMREQUEST, transfer->method);
    } else if (!str_equal(transfer->method, "GET")) {
        SET(CURLOPT_CUSTOMREQUEST, transfer->method);
    }
}

static void set_proxy(CURL *easy, const struct http_transfer *transfer)
{
    const struct http_proxy *proxy = transfer->request->proxy;
    /* As in Go, the proxy looks up the host's name, not this program. */
    static const char local_lookup[] = "socks5://";
    if (str_starts_with(transfer->proxy, local_lookup)) {
        CLEANUP(mem_freep)
        char *remote = str_printf("socks5h://%s", transfer->proxy + strlen(local_lookup));
        SET(CURLOPT_PROXY, remote);
    } else {
        SET(CURLOPT_PROXY, transfer->proxy);
    }
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (proxy && proxy->username) {
        SET(CURLOPT_PROXYUSERNAME, proxy->username);
        SET(CURLOPT_PROXYPASSWORD, proxy->password ? proxy->password : "");
    }
}

static struct curl_blob blob_of(const char *pem)
{
    struct curl_blob blob = {.len = strlen(pem), .flags = CURL_BLOB_COPY};
    memcpy(&blob.data, &pem, sizeof(pem)); /* libcurl copies and does not change it */
    return blob;
}

/* Roots are the system's folder, or its file, and REQUEST's own besides or
 * instead. */
static int set_roots(CURL *easy, const struct http_transfer *transfer, struct err *err)
{
    const struct http_env *env = transfer->env;
    const struct http_tls *tls = transfer->request->tls;
    bool ca_only = tls && tls->ca && tls->ca_only;
    SET(CURLOPT_CAPATH, ca_only ? NULL : env->roots_dir);
    SET(CURLOPT_PROXY_CAPATH, env->roots_dir);
    if (!tls || !tls->ca) {
        SET(CURLOPT_CAINFO, env->roots_file);
        SET(CURLOPT_PROXY_CAINFO, env->roots_file);
        return 0;
    }
    /* Certificates from memory replace those of the file. */
    CLEANUP(buf_finish) struct buf all = BUF_INIT(HTTP_SETTING_MAX);
    bool with_system = !ca_only || str_starts_with(transfer->proxy, "https:");
    if (with_system && env->roots_file && file_read(env->roots_file, &all, err) != 0)
        return -1;
    all.max = 2 * HTTP_SETTING_MAX + 1;
    buf_addc(&all, '\n');
    buf_adds(&all, tls->ca);
    struct curl_blob blob = blob_of(buf_text(&all)), own = blob_of(tls->ca);
    SET(CURLOPT_CAINFO_BLOB, ca_only ? &own : &blob);
    SET(CURLOPT_PROXY_CAINFO_BLOB, &blob);
    return 0;
}

static int set_tls(CURL *easy, const struct http_transfer *transfer, struct err *err)
{
    const struct http_tls *tls = transfer->request->tls;
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, tls && tls->unverified ? 0L : 1L);
    SET(CURLOPT_SSL_VERIFYHOST, tls && tls->unverified ? 0L : 2L);
    if (tls && tls->cert && tls->key) {
        struct curl_blob cert = blob_of(tls->cert);
        struct curl_blob key = blob_of(tls->key);
        SET(CURLOPT_SSLCERT_BLOB, &cert);
        SET(CURLOPT_SSLKEY_BLOB, &key);
    }
    return set_roots(easy, transfer, err);
}

static void set_callbacks(CURL *easy, struct run *run)
{
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, run);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, run);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, run);
    SET(CURLOPT_ERRORBUFFER, run->detail);
}

/* The name that the origin was asked for under, if it is another than its host. */
static const char *own_name(const struct http_transfer *transfer)
{
    const struct http_tls *tls = transfer->request->tls;
    return transfer->with_authorization && tls ? tls->server_name : NULL;
}

/* libcurl takes the name for TLS from the URL, so that carries the server's
 * name, while the connection and the Host header go to the host as it was. */
static int set_url(CURL *easy, const struct http_transfer *transfer, struct lists *lists,
                   struct err *err)
{
    const char *name = own_name(transfer);
    if (!name) {
        SET(CURLOPT_URL, transfer->url);
        return 0;
    }
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * HTTPURL_TEXT_MAX);
    if (httpurl_parse(transfer->url, &url, err) != 0)
        return -1;
    CLEANUP(mem_freep)
    char *connect_to = str_printf("::%s:%u", url.host, httpurl_port(&url));
    httpurl_print_host(&url, &text);
    lists->headers = add_header(lists->headers, "Host", buf_text(&text));
    lists->connect_to = curl_slist_append(NULL, connect_to);
    must(lists->connect_to);
    str_set(&url.host, name);
    buf_clear(&text);
    httpurl_print(&url, &text);
    httpurl_finish(&url);
    if (httpurl_parse(buf_text(&text), &url, NULL) != 0 || !str_equal_nocase(url.host, name))
        return err_set(err, ERR_INVALID, "the server's name for TLS is no name of a host");
    SET(CURLOPT_URL, buf_text(&text));
    SET(CURLOPT_CONNECT_TO, lists->connect_to);
    return 0;
}

static int set_all(CURL *easy, struct run *run, struct lists *lists, struct err *err)
{
    if (set_url(easy, run->transfer, lists, err) != 0)
        return -1;
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_USERAGENT, HTTP_USER_AGENT);
    SET(CURLOPT_HTTPHEADER, lists->headers);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_BUFFERSIZE, (long)RECEIVE_SIZE);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
    /* Do not wait for a name server's answer that came too late to be used. */
    SET(CURLOPT_QUICK_EXIT, 1L);
    set_method(easy, run->transfer);
    set_proxy(easy, run->transfer);
    set_callbacks(easy, run);
    return set_tls(easy, run->transfer, err);
}

/* How long to wait for the server: less than POLL_MS if its silence has nearly
 * lasted too long; 0 if it has. */
static int patience_ms(const struct run *run)
{
    int64_t limit_ms = run->transfer->request->silence_ms;
    if (limit_ms <= 0)
        return POLL_MS;
    int64_t left_ms = limit_ms - (now_ns() - run->heard_ns) / CLOCK_NS_PER_MS;
    return left_ms < 0 ? 0 : left_ms < POLL_MS ? (int)left_ms : POLL_MS;
}

/* Runs until the response is complete, or -1 with class canceled, or
 * unavailable if the server is silent. */
static int drive(struct http_slot *slot, struct run *run, CURLcode *ret_code, struct err *err)
{
    const struct http_request *request = run->transfer->request;
    const struct deadline *deadline = request->deadline;
    struct curl_waitfd stop = {.fd = deadline ? cancel_fd(deadline->cancel) : -1,
                               .events = CURL_WAIT_POLLIN};
    for (int running = 1; running != 0;) {
        size_t before = run->body_bytes;
        must(curl_multi_perform(slot->multi, &running) == CURLM_OK);
        if (running == 0)
            break;
        int pause_ms = run->body_bytes != before ? request->gather_ms : 0;
        if ((pause_ms > 0 && deadline_sleep_ms(deadline, pause_ms, err) != 0) ||
            deadline_check(deadline, err) != 0)
            return -1;
        int left_ms = deadline_left_ms(deadline), patience = patience_ms(run);
        if (patience == 0) {
            run->response->trouble = HTTP_TROUBLE_BROKEN;
            return err_set(err, ERR_UNAVAILABLE, "nothing came for %lld ms",
                           (long long)request->silence_ms);
        }
        must(curl_multi_poll(slot->multi, &stop, stop.fd >= 0,
                             left_ms < patience ? left_ms : patience, NULL) == CURLM_OK);
    }
    int left = 0;
    CURLMsg *message = curl_multi_info_read(slot->multi, &left);
    must(message);
    *ret_code = message->data.result;
    return 0;
}

static enum http_fault_kind kind_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HTTP_FAULT_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return HTTP_FAULT_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_FAULT_SLOW;
    case CURLE_PROXY:
        return HTTP_FAULT_PROXY;
    case CURLE_SSL_CONNECT_ERROR:
        return HTTP_FAULT_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
        return HTTP_FAULT_CERTIFICATE;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return HTTP_FAULT_MATERIAL;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return HTTP_FAULT_BROKEN;
    case CURLE_PARTIAL_FILE:
        return HTTP_FAULT_CUT;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line */
    case CURLE_BAD_CONTENT_ENCODING:
        return HTTP_FAULT_PROTOCOL;
    default:
        return HTTP_FAULT_OTHER;
    }
}

static int set_fault(const struct run *run, CURLcode code, struct err *err)
{
    long os_errno = 0, verify = 0, proxy_status = 0;
    curl_easy_getinfo(run->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(run->easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    curl_easy_getinfo(run->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    enum http_fault_kind kind = kind_of(code);
    /* A proxy is what is looked up and connected to, in place of the host. */
    bool to_proxy =
        run->transfer->proxy[0] != '\0' &&
        (kind == HTTP_FAULT_RESOLVE || kind == HTTP_FAULT_CONNECT || kind == HTTP_FAULT_SLOW);
    CLEANUP(httpurl_finish) struct httpurl target = HTTPURL_INIT;
    const char *host = "proxy"; /* whose URL may hold a password */
    if (httpurl_parse(to_proxy ? run->transfer->proxy : run->transfer->url, &target, NULL) == 0)
        host = target.host;
    if (kind == HTTP_FAULT_CERTIFICATE && own_name(run->transfer))
        host = own_name(run->transfer);
    /* A single header line beyond libcurl's own cap ends as lack of memory. */
    bool headers = run->headers_too_large || code == CURLE_OUT_OF_MEMORY;
    struct http_fault fault = {
        .kind = headers ? HTTP_FAULT_HEADERS : kind,
        .to_proxy = to_proxy,
        .resolved = run->address[0] != '\0',
        .os_errno = (int)os_errno,
        .verify_result = verify,
        .proxy_status = proxy_status,
        .host = host,
        .address = run->address,
        .detail = run->detail[0] != '\0' ? run->detail : curl_easy_strerror(code),
    };
    return http_fault_set(&fault, &run->response->trouble, err);
}

static int run_easy(struct http_slot *slot, struct run *run, struct err *err)
{
    CURLcode code = CURLE_OK;
    must(curl_multi_add_handle(slot->multi, run->easy) == CURLM_OK);
    int answer = drive(slot, run, &code, err);
    if (answer == 0 && run->failed)
        answer = -1;
    else if (answer == 0 && code != CURLE_OK && !run->enough)
        answer = set_fault(run, code, err);
    curl_multi_remove_handle(slot->multi, run->easy);
    return answer;
}

int http_slot_run(struct http_slot *slot, const struct http_transfer *transfer,
                  struct http_response *response, bool *ret_own, struct err *err)
{
    struct err ignored;
    *ret_own = false;
    if (http_transfer_check(transfer, err) != 0)
        return -1;
    struct run run = {.transfer = transfer,
                      .response = response,
                      .err = err ? err : &ignored,
                      .easy = curl_easy_init()};
    must(run.easy);
    run.heard_ns = now_ns();
    struct lists lists = {.headers = make_headers(transfer)};
    int answer = set_all(run.easy, &run, &lists, err);
    if (answer == 0)
        answer = run_easy(slot, &run, err);
    curl_easy_cleanup(run.easy);
    curl_slist_free_all(lists.headers);
    curl_slist_free_all(lists.connect_to);
    *ret_own = run.own;
    return answer;
}

int64_t http_retry_after_ms(const struct http_response *response, int64_t now_wall_ns)
{
    struct span value;
    uint64_t seconds = 0;
    if (!http_response_header(response, "Retry-After", 0, &value))
        return -1;
    if (span_to_u64(value, &seconds))
        return seconds > INT_MAX ? (int64_t)INT_MAX * 1000 : (int64_t)seconds * 1000;
    CLEANUP(mem_freep) char *text = span_dup(value);
    time_t at = curl_getdate(text, NULL);
    if (at == (time_t)-1)
        return -1;
    int64_t left_ms = (int64_t)at * 1000 - now_wall_ns / CLOCK_NS_PER_MS;
    return left_ms > 0 ? left_ms : 0;
}
