#include "test.h"

#include <stdatomic.h>

#include "base/cancel.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strlist.h"
#include "control/queue.h"
#include "control/workers.h"

#define MS CLOCK_NS_PER_MS

/* A clock that only the test moves. */
static int64_t fake_ns(void *arg)
{
    return *(int64_t *)arg;
}

static struct queue *fake_queue(struct clock *clock, int64_t *now_ns)
{
    *clock = (struct clock){fake_ns, fake_ns, now_ns};
    const struct queue_config config = {
        .clock = clock, .retry_min_ns = 100 * MS, .retry_max_ns = 1000 * MS};
    return queue_new(&config);
}

static void take(struct queue *queue, const char *want, char **ret)
{
    *ret = queue_take(queue, 0);
    check_text("taken", *ret, want);
}

/* Adds KEY, which is not in the queue and before which nothing is due, takes it
 * and puts it back, due in DELAY_NS. */
static void put_back(struct queue *queue, const char *key, int64_t delay_ns)
{
    char *taken;
    queue_add(queue, key, 0);
    take(queue, key, &taken);
    check_int(key, queue_done_take(queue, taken, QUEUE_AFTER, delay_ns), delay_ns);
}

static void keys_come_once_and_in_order(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    char *key;
    queue_add(queue, "b", 0);
    queue_add(queue, "a", 0);
    queue_add(queue, "b", 0);
    struct queue_stats stats;
    queue_stats(queue, &stats);
    check_int("depth", stats.depth, 2);
    check_int("adds", stats.adds, 2);
    take(queue, "b", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    take(queue, "a", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    take(queue, NULL, &key);
}

static void a_taken_key_waits_for_its_worker(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    char *key, *other;
    queue_add(queue, "a", 0);
    take(queue, "a", &key);
    queue_add(queue, "a", 0);
    take(queue, NULL, &other);
    check_int("again at once", queue_done_take(queue, key, QUEUE_AFTER, 5000 * MS), 0);
    take(queue, "a", &key);
    check_int("forgotten", queue_done_take(queue, key, QUEUE_FORGET, 0), -1);
}

static void it_tells_how_it_stands(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    struct queue_stats stats;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    char *first, *second;
    put_back(queue, "later", 10 * MS);
    queue_add(queue, "a", 0);
    queue_add(queue, "b", 0);
    queue_add(queue, "c", 0);
    take(queue, "a", &first);
    now = 2000 * MS;
    take(queue, "b", &second);
    now = 3000 * MS;
    queue_stats(queue, &stats);
    check_int("due: c and later", stats.depth, 2);
    check_int("became due, later twice", stats.adds, 5);
    check_int("a for 3 s, b for 1 s", stats.unfinished_seconds * 1000, 4000);
    check_int("a", stats.longest_seconds * 1000, 3000);
    queue_done_take(queue, first, QUEUE_RETRY, 0);
    queue_done_take(queue, second, QUEUE_AFTER, 5 * MS);
    queue_stats(queue, &stats);
    check_int("put back", stats.retries, 1);
    check_int("nobody at work", stats.unfinished_seconds * 1000, 0);
    check_int("still due", stats.depth, 2);
}

static void additions_make_due_at_once(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    char *key;
    put_back(queue, "a", 50 * MS);
    put_back(queue, "b", 20 * MS);
    take(queue, NULL, &key);
    now = 20 * MS;
    take(queue, "b", &key);
    check_int("later", queue_done_take(queue, key, QUEUE_AFTER, 10 * MS), 10 * MS);
    now = 49 * MS;
    take(queue, "b", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    take(queue, NULL, &key);
    now = 50 * MS;
    take(queue, "a", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    put_back(queue, "a", 50 * MS);
    queue_add(queue, "a", 0);
    take(queue, "a", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    now = 100 * MS;
    take(queue, NULL, &key);
}

static void delays_keep_the_earliest(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    char *key;
    queue_add(queue, "a", 50 * MS);
    queue_add(queue, "a", 90 * MS);
    queue_add(queue, "b", 90 * MS);
    queue_add(queue, "b", 20 * MS);
    take(queue, NULL, &key);
    now = 20 * MS;
    take(queue, "b", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    take(queue, NULL, &key);
    now = 50 * MS;
    take(queue, "a", &key);
    queue_done_take(queue, key, QUEUE_FORGET, 0);
    now = 90 * MS;
    take(queue, NULL, &key);
}

static void failures_back_off_and_are_forgiven(void **state)
{
    (void)state;
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    static const int64_t want_ms[] = {100, 200, 400, 800, 1000, 1000};
    char *key;
    queue_add(queue, "a", 0);
    for (size_t i = 0; i < ARRAY_LEN(want_ms); i++) {
        take(queue, "a", &key);
        int64_t delay = queue_done_take(queue, key, QUEUE_RETRY, 0);
        if (delay < want_ms[i] * MS || delay > want_ms[i] * MS * 11 / 10)
            fail_msg("failure %zu: waits %lld ns", i, (long long)delay);
        now += delay;
    }
    take(queue, "a", &key);
    queue_done_take(queue, key, QUEUE_AFTER, 0);
    take(queue, "a", &key);
    int64_t delay = queue_done_take(queue, key, QUEUE_RETRY, 0);
    assert_true(delay >= 100 * MS && delay <= 110 * MS);
}

static void many_keys_come_in_order_of_their_time(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    int64_t now = 0;
    struct clock clock;
    CLEANUP(queue_freep) struct queue *queue = fake_queue(&clock, &now);
    for (int i = 0; i < COUNT; i++) {
        CLEANUP(mem_freep) char *key = str_printf("%d", i);
        put_back(queue, key, (int64_t)(i * 7919 % COUNT + 1) * MS);
    }
    for (int i = 1; i <= COUNT; i++) {
        now = (int64_t)i * MS;
        char *key = queue_take(queue, 0);
        assert_non_null(key);
        check_int("time", atol(key) * 7919 % COUNT + 1, i);
        queue_done_take(queue, key, QUEUE_FORGET, 0);
    }
    assert_null(queue_take(queue, 0));
}

struct shop {
    atomic_int done;
    atomic_int at_once;
    atomic_int most_at_once;
};

static enum queue_verdict slow_work(void *arg, const char *key, int64_t *ret_delay_ns)
{
    struct shop *shop = arg;
    (void)key;
    (void)ret_delay_ns;
    int now = atomic_fetch_add(&shop->at_once, 1) + 1;
    for (int most = atomic_load(&shop->most_at_once); now > most;) {
        if (atomic_compare_exchange_weak(&shop->most_at_once, &most, now))
            break;
    }
    deadline_sleep_ms(NULL, 20, NULL);
    atomic_fetch_sub(&shop->at_once, 1);
    atomic_fetch_add(&shop->done, 1);
    return QUEUE_FORGET;
}

/* Threads of this process. */
static int thread_count(void)
{
    CLEANUP(strlist_finish) struct strlist tasks = STRLIST_INIT;
    struct err err;
    check_ok("tasks", file_list_dir("/proc/self/task", &tasks, &err), &err);
    return (int)tasks.len;
}

static void workers_come_with_the_work(void **state)
{
    (void)state;
    const struct queue_config config = {
        .clock = clock_system(), .retry_min_ns = 100 * MS, .retry_max_ns = 1000 * MS};
    CLEANUP(queue_freep) struct queue *queue = queue_new(&config);
    struct shop shop = {0};
    int others = thread_count();
    struct workers *workers = workers_new(queue, 3, slow_work, &shop);
    check_int("idle", thread_count() - others, 1);
    for (int i = 0; i < 12; i++) {
        CLEANUP(mem_freep) char *key = str_printf("%d", i);
        queue_add(queue, key, 0);
    }
    queue_wait_idle(queue);
    check_int("done", shop.done, 12);
    check_int("at once", shop.most_at_once, 3);
    queue_close(queue);
    workers_free(workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_once_and_in_order),
        cmocka_unit_test(a_taken_key_waits_for_its_worker),
        cmocka_unit_test(it_tells_how_it_stands),
        cmocka_unit_test(additions_make_due_at_once),
        cmocka_unit_test(delays_keep_the_earliest),
        cmocka_unit_test(failures_back_off_and_are_forgiven),
        cmocka_unit_test(many_keys_come_in_order_of_their_time),
        cmocka_unit_test(workers_come_with_the_work),
    };
    return test_main("control_queue", tests);
}
