/*
 * The pages for operators and probes, over HTTP.
 */
#include "test.h"

#include <unistd.h>

#include "adapt/http.h"
#include "base/clock.h"
#include "base/listen.h"
#include "base/str.h"
#include "server/server.h"

/* An address that nobody listens on just now. */
static char *free_address(void)
{
    char text[LISTEN_TEXT_SIZE];
    struct err err;
    int fd;
    check_ok("listen", listen_tcp("127.0.0.1:0", &fd, text, &err), &err);
    close(fd);
    return str_dup(text);
}

struct lab {
    char *metrics_address;
    char *health_address;
    struct http_client *http;
    struct metric_registry *registry;
    struct server *server;
    bool ready;
};

static bool is_ready(void *arg)
{
    return *(bool *)arg;
}

static void begin(struct lab *lab)
{
    struct err err;
    *lab = (struct lab){.metrics_address = free_address(),
                        .health_address = free_address(),
                        .http = http_client_new(),
                        .registry = metric_registry_new(0)};
    const struct server_config config = {
        .metrics_address = lab->metrics_address,
        .health_address = lab->health_address,
        .metrics = lab->registry,
        .version = "1.2.3",
        .is_ready = is_ready,
        .arg = &lab->ready,
    };
    check_ok("server", server_start(&config, &lab->server, &err), &err);
}

static void end(struct lab *lab)
{
    server_stop(lab->server);
    http_client_free(lab->http);
    metric_registry_free(lab->registry);
    free(lab->metrics_address);
    free(lab->health_address);
}

/* The status of a page, and its body. */
static int get(struct lab *lab, const char *address, const char *path, struct buf *ret)
{
    CLEANUP(http_response_finish) struct http_response response = HTTP_RESPONSE_INIT;
    CLEANUP(mem_freep) char *url = str_printf("http://%s%s", address, path);
    static const struct http_proxy none = {.url = ""};
    const struct http_request request = {
        .url = url, .proxy = &none, .on_body = http_body_to_buf, .arg = ret};
    struct err err;
    buf_clear(ret);
    check_ok(url, http_perform(lab->http, &request, &response, &err), &err);
    return response.status;
}

static void probes(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf body = BUF_INIT(1 << 16);
    CLEANUP(end) struct lab lab;
    begin(&lab);
    check_int("alive", get(&lab, lab.health_address, "/healthz", &body), 200);
    check_int("not ready", get(&lab, lab.health_address, "/readyz", &body), 503);
    check_text("why", buf_text(&body), "not ready: the objects have not been read yet\n");
    lab.ready = true;
    check_int("ready", get(&lab, lab.health_address, "/readyz", &body), 200);
    check_text("ready", buf_text(&body), "ok");
    check_int("no metrics there", get(&lab, lab.health_address, "/metrics", &body), 404);
}

static void metrics_of_the_process(void **state)
{
    static const char *const wants[] = {
        "\ntidemark_build_info{version=\"1.2.3\"} 1\n",
        "\nprocess_cpu_seconds_total ",
        "\nprocess_resident_memory_bytes ",
        "\nprocess_virtual_memory_bytes ",
        "\nprocess_open_fds ",
        "\nprocess_max_fds ",
        "\nprocess_start_time_seconds ",
    };
    (void)state;
    CLEANUP(buf_finish) struct buf body = BUF_INIT(1 << 16);
    CLEANUP(end) struct lab lab;
    begin(&lab);
    check_int("metrics", get(&lab, lab.metrics_address, "/metrics", &body), 200);
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        if (!strstr(buf_text(&body), wants[i]))
            fail_msg("no %s in %s", wants[i], buf_text(&body));
    }
    double start = 0, pages = 0;
    sscanf(strstr(buf_text(&body), wants[6]), "\nprocess_start_time_seconds %lf", &start);
    sscanf(strstr(buf_text(&body), wants[2]), "\nprocess_resident_memory_bytes %lf", &pages);
    double age = (double)clock_wall_ns(clock_system()) / (double)CLOCK_NS_PER_S - start;
    if (age < -2 || age > 3600)
        fail_msg("started %f s ago", age);
    if (pages < 100 * 1024)
        fail_msg("%f bytes in memory", pages);
}

static void nothing_is_served_unasked(void **state)
{
    (void)state;
    struct err err;
    CLEANUP(server_stopp) struct server *server = NULL;
    const struct server_config config = {
        .metrics_address = "0", .health_address = "", .version = ""};
    check_ok("off", server_start(&config, &server, &err), &err);
}

static void an_address_in_use(void **state)
{
    (void)state;
    struct err err;
    struct server *second = NULL;
    CLEANUP(end) struct lab lab;
    begin(&lab);
    const struct server_config config = {.health_address = lab.health_address, .version = ""};
    CLEANUP(mem_freep)
    char *want = str_printf("cannot serve health (--health-addr): listen tcp %s: bind: address "
                            "already in use",
                            lab.health_address);
    check_fails("in use", server_start(&config, &second, &err), &err, ERR_CONFLICT, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes),
        cmocka_unit_test(metrics_of_the_process),
        cmocka_unit_test(nothing_is_served_unasked),
        cmocka_unit_test(an_address_in_use),
    };
    return test_main("server", tests);
}
