/*
 * A server of canned bytes on a free loopback port, for tests that hold what
 * goes over the wire. It plays its steps in order: each waits for one whole
 * request (on the open connection, or the next one) and answers it.
 */
#ifndef TIDEMARK_TESTS_UNIT_WIRE_H
#define TIDEMARK_TESTS_UNIT_WIRE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum wire_then {
    WIRE_KEEP,  /* leave the connection open for the next step */
    WIRE_CLOSE, /* end it */
    WIRE_RESET, /* end it with a TCP reset */
    WIRE_HANG,  /* say nothing more until the client goes away */
};

struct wire_step {
    const char *answer; /* the bytes to send; NULL ends the play */
    enum wire_then then;
};

#define WIRE_ANSWER(text)                                                                          \
    {                                                                                              \
        (text), WIRE_KEEP                                                                          \
    }
#define WIRE_END                                                                                   \
    {                                                                                              \
        NULL, WIRE_CLOSE                                                                           \
    }

struct wire {
    int port;
    int connections;     /* accepted so far */
    struct buf requests; /* all that clients sent */
    int listener, stop[2];
    const struct wire_step *steps;
    pthread_t thread;
};

/* Reads one request with the body that its Content-Length tells. */
static bool wire_read_request(struct wire *wire, int fd)
{
    size_t start = wire->requests.len;
    for (;;) {
        const char *text = buf_text(&wire->requests) + start;
        const char *end = strstr(text, "\r\n\r\n");
        if (end) {
            const char *length = strcasestr(text, "\r\nContent-Length:");
            size_t want = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
            if (strlen(end + 4) >= want)
                return true;
        }
        char piece[4096];
        ssize_t got = recv(fd, piece, sizeof(piece), 0);
        if (got <= 0)
            return false;
        buf_add(&wire->requests, piece, (size_t)got);
    }
}

static bool wire_wait(struct wire *wire, int fd)
{
    struct pollfd on[] = {{.fd = fd, .events = POLLIN}, {.fd = wire->stop[0], .events = POLLIN}};
    poll(on, 2, -1);
    return on[1].revents == 0;
}

static void wire_end(int *fd, enum wire_then then)
{
    struct linger at_once = {.l_onoff = 1};
    if (then == WIRE_RESET)
        setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close(*fd);
    *fd = -1;
}

static void *wire_play(void *arg)
{
    struct wire *wire = arg;
    int fd = -1;
    for (const struct wire_step *step = wire->steps; step->answer; step++) {
        for (bool read = false; !read;) {
            if (!wire_wait(wire, fd >= 0 ? fd : wire->listener))
                goto out;
            if (fd < 0) {
                fd = accept(wire->listener, NULL, NULL);
                wire->connections++;
            } else if (!(read = wire_read_request(wire, fd))) {
                wire_end(&fd, WIRE_CLOSE);
            }
        }
        if (send(fd, step->answer, strlen(step->answer), MSG_NOSIGNAL) < 0 ||
            step->then == WIRE_CLOSE || step->then == WIRE_RESET)
            wire_end(&fd, step->then);
        else if (step->then == WIRE_HANG && wire_wait(wire, fd))
            wire_end(&fd, WIRE_CLOSE);
    }
out:
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void wire_start(struct wire *wire, const struct wire_step *steps)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    *wire = (struct wire){.requests = BUF_INIT(1024 * 1024), .steps = steps};
    wire->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(wire->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(wire->listener, 16) != 0 || pipe(wire->stop) != 0 ||
        getsockname(wire->listener, (struct sockaddr *)&address, &len) != 0 ||
        pthread_create(&wire->thread, NULL, wire_play, wire) != 0)
        abort();
    wire->port = ntohs(address.sin_port);
}

/* Ends the play; the requests and counts can be read from here on. */
static void wire_stop(struct wire *wire)
{
    close(wire->stop[1]);
    pthread_join(wire->thread, NULL);
    close(wire->stop[0]);
    close(wire->listener);
}

#endif
