/* Outcomes: each maker sets all of it, whatever was there before. */
#include "test.h"

#include "base/mem.h"
#include "base/str.h"
#include "control/outcome.h"

static void check(const char *row, const struct outcome *outcome, enum outcome_kind kind,
                  const char *reason, const char *message, int64_t after_ns)
{
    check_int(row, outcome->kind, kind);
    check_text(row, outcome->reason, reason);
    check_text(row, outcome->message, message);
    check_int(row, outcome->after_ns, after_ns);
    check_text(row, outcome->event, NULL);
    check_int(row, outcome->news, false);
}

static void each_sets_all(void **state)
{
    (void)state;
    CLEANUP(outcome_finish) struct outcome outcome = OUTCOME_INIT;
    outcome_ready(&outcome, 60, "found %d tags", 3);
    check("ready", &outcome, OUTCOME_READY, "Succeeded", "found 3 tags", 60);
    outcome.event = str_dup("in other words");
    outcome.news = true;
    outcome_retry(&outcome, "Failed", "100%% of %s", "it");
    check("retry", &outcome, OUTCOME_RETRY, "Failed", "100% of it", 0);
    outcome_wait(&outcome, 30, "DependencyNotReady", "in %ds", 30);
    check("wait", &outcome, OUTCOME_WAIT, "DependencyNotReady", "in 30s", 30);
    outcome_stalled(&outcome, "InvalidPolicy", "%s", "no");
    check("stalled", &outcome, OUTCOME_STALLED, "InvalidPolicy", "no", 0);
    outcome_ready(&outcome, 0, "never again");
    check("ready for good", &outcome, OUTCOME_READY, "Succeeded", "never again", 0);
}

/* The old message may be what the new one is made of. */
static void a_message_may_wrap_the_one_before(void **state)
{
    (void)state;
    CLEANUP(outcome_finish) struct outcome outcome = OUTCOME_INIT;
    outcome_retry(&outcome, "Failed", "inner");
    outcome_retry(&outcome, "Failed", "outer: %s", outcome.message);
    check("wrapped", &outcome, OUTCOME_RETRY, "Failed", "outer: inner", 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sets_all),
        cmocka_unit_test(a_message_may_wrap_the_one_before),
    };
    return test_main("control_outcome", tests);
}
