#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "base/str.h"
#include "registry/host_gates.h"

/* A clock that stands still until it is told. */
struct hand_clock {
    struct clock clock;
    int64_t now_ns;
};

static int64_t hand_now(void *arg)
{
    return ((const struct hand_clock *)arg)->now_ns;
}

static void hand_clock_init(struct hand_clock *clock)
{
    *clock = (struct hand_clock){.now_ns = 1000 * CLOCK_NS_PER_S};
    clock->clock = (struct clock){hand_now, hand_now, clock};
}

/* Enters and leaves at once. */
static int pass(struct host_gates *gates, const char *host, const struct deadline *deadline,
                struct err *err)
{
    struct host_gate *gate = NULL;
    if (host_gates_enter(gates, host, deadline, &gate, err) != 0)
        return -1;
    host_gates_leave(gates, gate);
    return 0;
}

enum {
    PER_HOST = 3,
    THREADS = 12,
    ROUNDS = 50,
};

struct crowd {
    struct host_gates *gates;
    atomic_int inside, most;
};

static void *crowd_in(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct host_gate *gate = NULL;
        if (host_gates_enter(crowd->gates, "h:443", NULL, &gate, NULL) != 0)
            return arg;
        int now = atomic_fetch_add(&crowd->inside, 1) + 1;
        for (int most = crowd->most; now > most;) {
            if (atomic_compare_exchange_weak(&crowd->most, &most, now))
                break;
        }
        sched_yield();
        atomic_fetch_sub(&crowd->inside, 1);
        host_gates_leave(crowd->gates, gate);
    }
    return NULL;
}

static void bounds_what_a_host_gets(void **state)
{
    (void)state;
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(PER_HOST, clock_system());
    struct crowd crowd = {.gates = gates};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, crowd_in, &crowd);
    for (int i = 0; i < THREADS; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_true(crowd.most >= 1 && crowd.most <= PER_HOST);
}

static void gives_up_at_the_deadline(void **state)
{
    (void)state;
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(1, clock_system());
    struct deadline deadline = deadline_in(clock_system(), 50 * CLOCK_NS_PER_MS, NULL);
    struct host_gate *gate = NULL;
    struct err err;
    check_ok("first", host_gates_enter(gates, "h:443", NULL, &gate, &err), &err);
    check_ok("another host", pass(gates, "i:443", &deadline, &err), &err);
    check_fails("second", pass(gates, "h:443", &deadline, &err), &err, ERR_CANCELED,
                "context deadline exceeded");
    host_gates_leave(gates, gate);
    check_ok("after", pass(gates, "h:443", NULL, &err), &err);
}

static void keeps_pauses(void **state)
{
    (void)state;
    struct hand_clock clock;
    hand_clock_init(&clock);
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(1, &clock.clock);
    struct err err;
    host_gates_pause(gates, "h:443", 60 * 1000);
    host_gates_pause(gates, "h:443", 30 * 1000); /* the later end counts */
    check_fails("paused", pass(gates, "h:443", NULL, &err), &err, ERR_UNAVAILABLE,
                "h:443 asked for a pause, which lasts another 1m0s");
    check_ok("another", pass(gates, "i:443", NULL, &err), &err);
    clock.now_ns += 60 * CLOCK_NS_PER_S - 1;
    struct deadline soon = deadline_in(&clock.clock, CLOCK_NS_PER_MS, NULL);
    check_fails("a deadline before its end", pass(gates, "h:443", &soon, &err), &err,
                ERR_UNAVAILABLE, "h:443 asked for a pause, which lasts another 1s");
    clock.now_ns += 1;
    check_ok("over", pass(gates, "h:443", NULL, &err), &err);
    host_gates_pause(gates, "h:443", INT64_MAX);
    check_int("longest", HOST_GATES_PAUSE_MS, 3600 * 1000);
    check_fails("endless", pass(gates, "h:443", NULL, &err), &err, ERR_UNAVAILABLE,
                "h:443 asked for a pause, which lasts another 1h0m0s");
}

static void sits_out_short_pauses(void **state)
{
    (void)state;
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(1, clock_system());
    int64_t before_ns = clock_monotonic_ns(clock_system());
    struct err err;
    host_gates_pause(gates, "h:443", 50);
    check_ok("short", pass(gates, "h:443", NULL, &err), &err);
    assert_true(clock_monotonic_ns(clock_system()) - before_ns >= 50 * CLOCK_NS_PER_MS);
}

static void remembers_plain_http_for_a_while(void **state)
{
    (void)state;
    struct hand_clock clock;
    hand_clock_init(&clock);
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(1, &clock.clock);
    assert_false(host_gates_is_plain(gates, "h:5000"));
    host_gates_set_plain(gates, "h:5000", true);
    assert_true(host_gates_is_plain(gates, "h:5000"));
    assert_false(host_gates_is_plain(gates, "i:5000"));
    clock.now_ns += HOST_GATES_PLAIN_MS * CLOCK_NS_PER_MS;
    assert_false(host_gates_is_plain(gates, "h:5000"));
    host_gates_set_plain(gates, "h:5000", true);
    host_gates_set_plain(gates, "h:5000", false);
    assert_false(host_gates_is_plain(gates, "h:5000"));
}

static void forgets_when_there_are_too_many(void **state)
{
    (void)state;
    struct hand_clock clock;
    hand_clock_init(&clock);
    CLEANUP(host_gates_freep) struct host_gates *gates = host_gates_new(1, &clock.clock);
    for (int over = 0; over < 2; over++) {
        for (int i = 0; i < HOST_GATES_MAX + over; i++) {
            CLEANUP(mem_freep) char *host = str_printf("h%d:5000", i);
            host_gates_set_plain(gates, host, true);
        }
        check_int("first", host_gates_is_plain(gates, "h0:5000"), !over);
    }
    CLEANUP(mem_freep) char *last = str_printf("h%d:5000", HOST_GATES_MAX);
    check_int("last", host_gates_is_plain(gates, last), true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_what_a_host_gets),
        cmocka_unit_test(gives_up_at_the_deadline),
        cmocka_unit_test(keeps_pauses),
        cmocka_unit_test(sits_out_short_pauses),
        cmocka_unit_test(remembers_plain_http_for_a_while),
        cmocka_unit_test(forgets_when_there_are_too_many),
    };
    return test_main("host_gates", tests);
}
