#include "lab.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

enum {
    CALLS_FD = 3,
    ANSWERS_FD = 4,
    PIPES_MAX = 64, /* connections through a proxy */
};

struct lab_client *lab_client_new(const char *server)
{
    struct lab_client *client = mem_zalloc(sizeof(*client));
    struct err err;
    CLEANUP(mem_freep) char *path = str_printf("%s/admin.kubeconfig", getenv("KUBE_LAB"));
    const struct kube_options options = {.kubeconfig = path, .server = server};
    check_ok("kubeconfig", kube_config_load(&options, &client->config, &err), &err);
    client->http = http_client_new();
    client->kube = kube_client_new(&(struct kube_client_options){
        .config = client->config,
        .http = client->http,
        .clock = clock_system(),
        .qps = -1,
    });
    return client;
}

void lab_client_free(struct lab_client *client)
{
    if (!client)
        return;
    kube_client_free(client->kube);
    http_client_free(client->http);
    kube_config_free(client->config);
    free(client);
}

void lab_call(const char *function)
{
    CLEANUP(mem_freep) char *line = str_printf("%s\n", function);
    char answer[16] = "";
    check_int(function, write(CALLS_FD, line, strlen(line)), strlen(line));
    ssize_t got = read(ANSWERS_FD, answer, sizeof(answer) - 1);
    check_int(function, got > 0, true);
    check_text(function, answer, "0\n");
}

char *lab_managers(const char *object)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
    CLEANUP(mem_freep)
    char *command =
        str_printf("\"$KUBE_LAB/bin/kubectl\" --kubeconfig \"$KUBE_LAB/admin.kubeconfig\" "
                   "get %s -n apps --show-managed-fields -o 'jsonpath="
                   "{range .metadata.managedFields[*]}{.manager} {.operation} "
                   "{.subresource}, {end}'",
                   object);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    for (int c; (c = fgetc(pipe)) != EOF;)
        buf_addc(&text, (char)c);
    check_int("kubectl", pclose(pipe), 0);
    return buf_take(&text);
}

/* The proxy: one thread that copies bytes. */

struct pipe {
    int ends[2];
};

struct lab_proxy {
    int listener;
    char *url;
    struct sockaddr_in server;
    pthread_t thread;
    atomic_bool cut;
    atomic_bool blocked;
    atomic_bool ending;
    struct pipe pipes[PIPES_MAX];
    size_t count;
};

static void close_pipe(struct lab_proxy *proxy, size_t at)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    for (int i = 0; i < 2; i++) {
        setsockopt(proxy->pipes[at].ends[i], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        close(proxy->pipes[at].ends[i]);
    }
    proxy->pipes[at] = proxy->pipes[--proxy->count];
}

static void open_pipe(struct lab_proxy *proxy, bool blocked)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || server < 0 || blocked || proxy->count == PIPES_MAX ||
        connect(server, (struct sockaddr *)&proxy->server, sizeof(proxy->server)) != 0) {
        close(client);
        close(server);
        return;
    }
    proxy->pipes[proxy->count++] = (struct pipe){{client, server}};
}

/* Copies what END has to the other one; false if the connection is over. */
static bool copy(const struct pipe *pipe, int end)
{
    char data[16 * 1024];
    ssize_t got = recv(pipe->ends[end], data, sizeof(data), MSG_DONTWAIT);
    for (ssize_t at = 0, put; at < got; at += put) {
        put = send(pipe->ends[!end], data + at, (size_t)(got - at), MSG_NOSIGNAL);
        if (put <= 0)
            return false;
    }
    return got > 0;
}

static void *run_proxy(void *arg)
{
    struct lab_proxy *proxy = arg;
    while (!atomic_load(&proxy->ending)) {
        struct pollfd fds[1 + 2 * PIPES_MAX] = {{.fd = proxy->listener, .events = POLLIN}};
        size_t count = proxy->count;
        for (size_t i = 0; i < 2 * count; i++)
            fds[1 + i] = (struct pollfd){.fd = proxy->pipes[i / 2].ends[i % 2], .events = POLLIN};
        poll(fds, 1 + 2 * count, 50);
        bool blocked = atomic_load(&proxy->blocked);
        bool cut = atomic_exchange(&proxy->cut, false) || blocked;
        for (size_t i = count; i-- > 0;) { /* from the end: closing moves the last one */
            bool open = !cut;
            for (int end = 0; end < 2; end++)
                open =
                    open && (!fds[1 + 2 * i + (size_t)end].revents || copy(&proxy->pipes[i], end));
            if (!open)
                close_pipe(proxy, i);
        }
        if (fds[0].revents)
            open_pipe(proxy, blocked);
    }
    while (proxy->count > 0)
        close_pipe(proxy, proxy->count - 1);
    return NULL;
}

struct lab_proxy *lab_proxy_new(void)
{
    struct lab_proxy *proxy = mem_zalloc(sizeof(*proxy));
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(own);
    proxy->server = own;
    proxy->server.sin_port = htons((uint16_t)atoi(strrchr(getenv("KUBE_LAB_URL"), ':') + 1));
    proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&own, size), 0);
    assert_int_equal(listen(proxy->listener, 16), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&own, &size), 0);
    proxy->url = str_printf("https://127.0.0.1:%d", ntohs(own.sin_port));
    assert_int_equal(pthread_create(&proxy->thread, NULL, run_proxy, proxy), 0);
    return proxy;
}

void lab_proxy_free(struct lab_proxy *proxy)
{
    if (!proxy)
        return;
    atomic_store(&proxy->ending, true);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    free(proxy->url);
    free(proxy);
}

const char *lab_proxy_url(const struct lab_proxy *proxy)
{
    return proxy->url;
}

void lab_proxy_cut(struct lab_proxy *proxy)
{
    atomic_store(&proxy->cut, true);
}

void lab_proxy_block(struct lab_proxy *proxy, bool blocked)
{
    atomic_store(&proxy->blocked, blocked);
}
