#include "registry/host_gates.h"

#include <pthread.h>

#include "base/duration.h"
#include "base/str.h"
#include "base/turns.h"

struct host_gate {
    char *host;
    int users;            /* inside or waiting */
    struct turns turns;   /* the free places; none without users */
    int64_t paused_until; /* monotonic ns; 0: not paused */
    int64_t plain_until;  /* monotonic ns; 0: not known to speak plain HTTP */
};

struct host_gates {
    const struct clock *clock;
    int per_host;
    pthread_mutex_t lock; /* guards all below, and the gates but for their turns */
    struct host_gate **gates;
    size_t len, cap;
};

struct host_gates *host_gates_new(int per_host, const struct clock *clock)
{
    struct host_gates *gates = mem_zalloc(sizeof(*gates));
    gates->clock = clock;
    gates->per_host = per_host;
    pthread_mutex_init(&gates->lock, NULL);
    return gates;
}

static void gate_free(struct host_gate *gate)
{
    turns_finish(&gate->turns);
    free(gate->host);
    free(gate);
}

void host_gates_free(struct host_gates *gates)
{
    if (!gates)
        return;
    for (size_t i = 0; i < gates->len; i++)
        gate_free(gates->gates[i]);
    free(gates->gates);
    pthread_mutex_destroy(&gates->lock);
    free(gates);
}

static int64_t now_ns(const struct host_gates *gates)
{
    return clock_monotonic_ns(gates->clock);
}

static bool is_forgettable(const struct host_gate *gate, int64_t now, bool even_remembered)
{
    return gate->users == 0 &&
           (even_remembered || (gate->paused_until <= now && gate->plain_until <= now));
}

/* Drops the gates that hold nothing, or, if there are too many, all unused. */
static void forget(struct host_gates *gates)
{
    size_t kept = 0;
    bool too_many = gates->len >= HOST_GATES_MAX;
    int64_t now = now_ns(gates);
    for (size_t i = 0; i < gates->len; i++) {
        if (is_forgettable(gates->gates[i], now, too_many))
            gate_free(gates->gates[i]);
        else
            gates->gates[kept++] = gates->gates[i];
    }
    gates->len = kept;
}

/* The gate of HOST, or NULL; the lock is held. */
static struct host_gate *find(const struct host_gates *gates, const char *host)
{
    for (size_t i = 0; i < gates->len; i++) {
        if (str_equal(gates->gates[i]->host, host))
            return gates->gates[i];
    }
    return NULL;
}

/* The same, made if it is not there. */
static struct host_gate *ensure(struct host_gates *gates, const char *host)
{
    struct host_gate *gate = find(gates, host);
    if (gate)
        return gate;
    forget(gates);
    gate = mem_zalloc(sizeof(*gate));
    gate->host = str_dup(host);
    gate->turns = TURNS_NONE;
    gates->gates = mem_grow(gates->gates, &gates->cap, gates->len + 1, sizeof(struct host_gate *));
    gates->gates[gates->len++] = gate;
    return gate;
}

static struct host_gate *join(struct host_gates *gates, const char *host)
{
    pthread_mutex_lock(&gates->lock);
    struct host_gate *gate = ensure(gates, host);
    if (gate->users++ == 0)
        turns_init(&gate->turns, gates->per_host);
    pthread_mutex_unlock(&gates->lock);
    return gate;
}

static void quit(struct host_gates *gates, struct host_gate *gate)
{
    pthread_mutex_lock(&gates->lock);
    if (--gate->users == 0)
        turns_finish(&gate->turns);
    pthread_mutex_unlock(&gates->lock);
}

static int64_t pause_left_ms(struct host_gates *gates, const struct host_gate *gate)
{
    pthread_mutex_lock(&gates->lock);
    int64_t left_ns = gate->paused_until - now_ns(gates);
    pthread_mutex_unlock(&gates->lock);
    return left_ns <= 0 ? 0 : (left_ns - 1) / CLOCK_NS_PER_MS + 1;
}

/* Sits out a short pause; refuses to wait for a long one. */
static int sit_out(struct host_gates *gates, const struct host_gate *gate,
                   const struct deadline *deadline, struct err *err)
{
    for (int64_t left_ms; (left_ms = pause_left_ms(gates, gate)) != 0;) {
        if (left_ms > HOST_GATES_WAIT_MS || left_ms >= deadline_left_ms(deadline)) {
            char text[DURATION_TEXT_SIZE];
            int64_t seconds = (left_ms + 999) / 1000;
            return err_set(err, ERR_UNAVAILABLE, "%s asked for a pause, which lasts another %s",
                           gate->host, duration_format(seconds * CLOCK_NS_PER_S, text));
        }
        if (deadline_sleep_ms(deadline, (int)left_ms, err) != 0)
            return -1;
    }
    return 0;
}

int host_gates_enter(struct host_gates *gates, const char *host, const struct deadline *deadline,
                     struct host_gate **ret, struct err *err)
{
    struct host_gate *gate = join(gates, host);
    if (turns_take(&gate->turns, deadline, err) != 0) {
        quit(gates, gate);
        return -1;
    }
    if (sit_out(gates, gate, deadline, err) != 0) {
        host_gates_leave(gates, gate);
        return -1;
    }
    *ret = gate;
    return 0;
}

void host_gates_leave(struct host_gates *gates, struct host_gate *gate)
{
    turns_give(&gate->turns);
    quit(gates, gate);
}

void host_gates_pause(struct host_gates *gates, const char *host, int64_t pause_ms)
{
    int64_t until =
        now_ns(gates) +
        (pause_ms < HOST_GATES_PAUSE_MS ? pause_ms : HOST_GATES_PAUSE_MS) * CLOCK_NS_PER_MS;
    pthread_mutex_lock(&gates->lock);
    struct host_gate *gate = ensure(gates, host);
    if (gate->paused_until < until)
        gate->paused_until = until;
    pthread_mutex_unlock(&gates->lock);
}

void host_gates_set_plain(struct host_gates *gates, const char *host, bool plain)
{
    int64_t until = now_ns(gates) + HOST_GATES_PLAIN_MS * CLOCK_NS_PER_MS;
    pthread_mutex_lock(&gates->lock);
    struct host_gate *gate = plain ? ensure(gates, host) : find(gates, host);
    if (gate)
        gate->plain_until = plain ? until : 0;
    pthread_mutex_unlock(&gates->lock);
}

bool host_gates_is_plain(struct host_gates *gates, const char *host)
{
    pthread_mutex_lock(&gates->lock);
    const struct host_gate *gate = find(gates, host);
    bool plain = gate && gate->plain_until > now_ns(gates);
    pthread_mutex_unlock(&gates->lock);
    return plain;
}
