/* Which Events come of what happens. */
#include "test.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/correlator.h"

/* A clock that the test sets. */
struct watch {
    struct clock clock;
    int64_t now_s;
};

static int64_t now_ns(void *arg)
{
    const struct watch *watch = arg;
    return watch->now_s * CLOCK_NS_PER_S;
}

static void watch_init(struct watch *watch)
{
    *watch = (struct watch){{now_ns, now_ns, watch}, 1700000000};
}

/* Records an event of the object NAME; the outcome as "CREATE x1 message". */
static char *take(struct correlator *correlator, struct watch *watch, const char *name,
                  const char *reason, const char *message)
{
    static const char *const actions[] = {
        [CORRELATOR_CREATE] = "CREATE",
        [CORRELATOR_PATCH] = "PATCH",
        [CORRELATOR_DROP] = "DROP",
    };
    CLEANUP(correlated_finish) struct correlated got = {0};
    const struct api_event event = {
        .object = {API_IMAGE_POLICY, "apps", name},
        .uid = name,
        .resource_version = "1",
        .type = API_EVENT_NORMAL,
        .reason = reason,
        .message = message,
        .first_ns = clock_wall_ns(&watch->clock),
        .last_ns = clock_wall_ns(&watch->clock),
        .count = 1,
    };
    enum correlator_action action = correlator_take(correlator, "controller", &event, &got);
    return str_printf("%s x%d %s", actions[action], (int)got.count, got.message);
}

#define check_take(row, name, reason, message, want)                                               \
    do {                                                                                           \
        CLEANUP(mem_freep) char *got_take = take(correlator, &watch, name, reason, message);       \
        check_text(row, got_take, want);                                                           \
    } while (0)

static void raises_counts(void **state)
{
    (void)state;
    struct watch watch;
    watch_init(&watch);
    CLEANUP(correlator_freep) struct correlator *correlator = correlator_new(&watch.clock);
    check_take("first", "web", "Succeeded", "one", "CREATE x1 one");
    check_take("same", "web", "Succeeded", "one", "PATCH x2 one");
    check_take("other object", "api", "Succeeded", "one", "CREATE x1 one");
    check_take("other reason", "web", "Failed", "one", "CREATE x1 one");
    check_take("other message", "web", "Succeeded", "two", "CREATE x1 two");
    check_take("the first again", "web", "Succeeded", "one", "PATCH x3 one");
}

static void names_events_by_time(void **state)
{
    (void)state;
    struct watch watch;
    watch_init(&watch);
    CLEANUP(correlator_freep) struct correlator *correlator = correlator_new(&watch.clock);
    struct api_event event = {.object = {API_IMAGE_POLICY, "apps", "web"},
                              .uid = "1",
                              .type = API_EVENT_NORMAL,
                              .reason = "Succeeded",
                              .message = "one",
                              .first_ns = 5};
    CLEANUP(correlated_finish) struct correlated first = {0};
    CLEANUP(correlated_finish) struct correlated again = {0};
    CLEANUP(correlated_finish) struct correlated other = {0};
    correlator_take(correlator, "c", &event, &first);
    check_text("first", first.name, "web.17979cfe362a0000");
    watch.now_s++;
    event.first_ns = 6;
    correlator_take(correlator, "c", &event, &again);
    check_text("again", again.name, first.name);
    check_int("again", again.first_ns, 5);
    watch.now_s--;
    event.message = "two";
    correlator_take(correlator, "c", &event, &other);
    check_text("no two names are the same", other.name, "web.17979cfe362a0001");
}

#define COMBINED "(combined from similar events): "

static void combines_similar_events(void **state)
{
    (void)state;
    struct watch watch;
    watch_init(&watch);
    CLEANUP(correlator_freep) struct correlator *correlator = correlator_new(&watch.clock);
    for (int i = 1; i < CORRELATOR_SIMILAR; i++) {
        CLEANUP(mem_freep) char *message = str_printf("message %d", i);
        CLEANUP(mem_freep) char *want = str_printf("CREATE x1 %s", message);
        check_take("single", "web", "Failed", message, want);
    }
    check_take("tenth", "web", "Failed", "message 10", "CREATE x1 " COMBINED "message 10");
    check_take("one more", "web", "Failed", "message 11", "PATCH x2 " COMBINED "message 11");
    check_take("another reason", "web", "Succeeded", "message 11", "CREATE x1 message 11");
    watch.now_s += CORRELATOR_SIMILAR_S;
    check_take("still", "web", "Failed", "message 12", "PATCH x3 " COMBINED "message 12");
    watch.now_s += CORRELATOR_SIMILAR_S + 1;
    check_take("later", "web", "Failed", "message 13", "CREATE x1 message 13");
}

static void keeps_to_a_budget(void **state)
{
    (void)state;
    struct watch watch;
    watch_init(&watch);
    CLEANUP(correlator_freep) struct correlator *correlator = correlator_new(&watch.clock);
    for (int i = 1; i <= CORRELATOR_BURST; i++) {
        CLEANUP(mem_freep) char *want = str_printf("%s x%d one", i == 1 ? "CREATE" : "PATCH", i);
        check_take("burst", "web", "Failed", "one", want);
    }
    check_take("used up", "web", "Failed", "one", "DROP x26 one");
    check_take("for all of its events", "web", "Succeeded", "two", "DROP x1 two");
    check_take("not for others", "api", "Failed", "one", "CREATE x1 one");
    watch.now_s += CORRELATOR_REFILL_S - 1;
    check_take("not yet", "web", "Failed", "one", "DROP x27 one");
    watch.now_s += 1;
    check_take("one more", "web", "Failed", "one", "PATCH x28 one");
    check_take("and no other", "web", "Failed", "one", "DROP x29 one");
    watch.now_s += 3 * CORRELATOR_REFILL_S;
    for (int i = 30; i < 33; i++) {
        CLEANUP(mem_freep) char *want = str_printf("PATCH x%d one", i);
        check_take("three", "web", "Failed", "one", want);
    }
    check_take("no fourth", "web", "Failed", "one", "DROP x33 one");
}

static void forgets_the_longest_unused(void **state)
{
    (void)state;
    struct watch watch;
    watch_init(&watch);
    CLEANUP(correlator_freep) struct correlator *correlator = correlator_new(&watch.clock);
    for (int i = 0; i < CORRELATOR_OBJECTS; i++) {
        CLEANUP(mem_freep) char *name = str_printf("p%d", i);
        check_take(name, name, "Failed", "one", "CREATE x1 one");
    }
    check_take("remembered", "p0", "Failed", "one", "PATCH x2 one");
    check_take("one more", "another", "Failed", "one", "CREATE x1 one");
    check_take("remembered still", "p0", "Failed", "one", "PATCH x3 one");
    check_take("forgotten", "p1", "Failed", "one", "CREATE x1 one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(raises_counts),
        cmocka_unit_test(names_events_by_time),
        cmocka_unit_test(combines_similar_events),
        cmocka_unit_test(keeps_to_a_budget),
        cmocka_unit_test(forgets_the_longest_unused),
    };
    return test_main("correlator", tests);
}
