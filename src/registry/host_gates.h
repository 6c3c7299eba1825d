/*
 * Courtesy towards registries: how many requests one host gets at a time, and
 * for how long it asked to be left alone; also whether it was found to speak
 * plain HTTP only.
 *
 * One object for all threads. Hosts are "name:port". What is remembered is
 * bounded (HOST_GATES_MAX); a host that is forgotten is asked anew.
 */
#ifndef TIDEMARK_REGISTRY_HOST_GATES_H
#define TIDEMARK_REGISTRY_HOST_GATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

enum {
    HOST_GATES_MAX = 256,              /* hosts that are remembered while not in use */
    HOST_GATES_WAIT_MS = 10 * 1000,    /* longest pause that enter sits out */
    HOST_GATES_PAUSE_MS = 3600 * 1000, /* longest pause that is remembered */
    HOST_GATES_PLAIN_MS = 600 * 1000,  /* how long plain HTTP is remembered */
};

struct host_gates;
struct host_gate;

/* PER_HOST is the number of requests that a host gets at a time. */
struct host_gates *host_gates_new(int per_host, const struct clock *clock);
/* Nobody may be inside. */
void host_gates_free(struct host_gates *gates);
MEM_DEFINE_FREEP(struct host_gates, host_gates_free)

/*
 * Waits for a turn to send HOST a request. If the host asked for a longer pause
 * than HOST_GATES_WAIT_MS or than DEADLINE leaves, returns -1 at once with class
 * unavailable. -1 with class canceled as deadlines do. On success host_gates_leave() must follow.
 */
int host_gates_enter(struct host_gates *gates, const char *host, const struct deadline *deadline,
                     struct host_gate **ret, struct err *err);
void host_gates_leave(struct host_gates *gates, struct host_gate *gate);

/* The host asked for a pause; of several the latest end counts. */
void host_gates_pause(struct host_gates *gates, const char *host, int64_t pause_ms);

/* Remembers, or forgets, that HOST speaks plain HTTP only. */
void host_gates_set_plain(struct host_gates *gates, const char *host, bool plain);
bool host_gates_is_plain(struct host_gates *gates, const char *host);

#endif
