#include "base/listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"

bool listen_is_off(const char *address)
{
    return str_empty(address) || str_equal(address, "0");
}

struct place {
    char *host; /* "" for all interfaces */
    char *port;
};

static void place_finish(struct place *place)
{
    free(place->host);
    free(place->port);
}

static bool is_port(const char *text)
{
    uint64_t port;
    return span_to_u64(span_of(text), &port) && port <= UINT16_MAX;
}

static int split(const char *address, struct place *ret, struct err *err)
{
    const char *colon = strrchr(address, ':');
    if (!colon)
        return err_set(err, ERR_INVALID, "listen tcp: address %s: missing port in address",
                       address);
    struct span host = {address, (size_t)(colon - address)};
    bool bracketed = span_starts_with(host, "[") && span_ends_with(host, "]");
    if (bracketed)
        host = span_slice(host, 1, host.len - 1);
    else if (span_find_byte(host, ':') >= 0)
        return err_set(err, ERR_INVALID, "listen tcp: address %s: too many colons in address",
                       address);
    if (!is_port(colon + 1))
        return err_set(err, ERR_INVALID, "listen tcp: address %s: invalid port", address);
    ret->host = span_dup(host);
    ret->port = str_dup(colon + 1);
    return 0;
}

/* -1 with errno. */
static int open_socket(const struct addrinfo *info, bool all)
{
    const int on = 1, off = 0;
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (info->ai_family == AF_INET6 && all)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
        return fd;
    int errnum = errno;
    close(fd);
    errno = errnum;
    return -1;
}

static void print_bound(int fd, char text[static LISTEN_TEXT_SIZE])
{
    struct sockaddr_storage bound;
    socklen_t len = sizeof(bound);
    char host[LISTEN_TEXT_SIZE - 10], port[8];
    text[0] = '\0';
    if (getsockname(fd, (struct sockaddr *)&bound, &len) == 0 &&
        getnameinfo((struct sockaddr *)&bound, len, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(text, LISTEN_TEXT_SIZE, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

/* For all interfaces the IPv6 wildcard is tried first: it takes IPv4 too. Of a
 * name the resolver's order counts. -1 with errno. */
static int open_first(const struct addrinfo *list, bool all)
{
    static const int orders[] = {AF_INET6, AF_INET};
    errno = EADDRNOTAVAIL;
    for (size_t i = 0; i < (all ? ARRAY_LEN(orders) : 1); i++) {
        for (const struct addrinfo *info = list; info; info = info->ai_next) {
            if (all && info->ai_family != orders[i])
                continue;
            int fd = open_socket(info, all);
            if (fd >= 0 || errno == EADDRINUSE)
                return fd;
        }
    }
    return -1;
}

static int fail(const char *address, int errnum, struct err *err)
{
    if (errnum == EADDRINUSE)
        return err_set(err, ERR_CONFLICT, "listen tcp %s: bind: address already in use", address);
    return err_set_errno(err, errnum, "listen tcp %s", address);
}

int listen_tcp(const char *address, int *ret_fd, char text[static LISTEN_TEXT_SIZE],
               struct err *err)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    CLEANUP(place_finish) struct place place = {0};
    struct addrinfo *list;
    if (split(address, &place, err) != 0)
        return -1;
    bool all = *place.host == '\0';
    int answer = getaddrinfo(all ? NULL : place.host, place.port, &hints, &list);
    if (answer != 0)
        return err_set(err, ERR_INVALID, "listen tcp: lookup %s: %s", place.host,
                       gai_strerror(answer));
    int fd = open_first(list, all);
    int errnum = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return fail(address, errnum, err);
    print_bound(fd, text);
    *ret_fd = fd;
    return 0;
}
