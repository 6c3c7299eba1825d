#include "test.h"

#include "api/condition.h"
#include "base/str.h"
#include "control/progress.h"
#include "store/memory.h"

/* A store with one object that passes are over, and who tells of them. */
struct lab {
    struct store *store;
    struct progress *progress;
    struct api_object *object;
};

static void begin(struct lab *lab)
{
    CLEANUP(api_object_freep)
    struct api_object *object =
        api_object_new((struct api_ref){API_IMAGE_REPOSITORY, "apps", "web"});
    struct err err;
    json_put_text(object->spec, "image", "example.org/web");
    json_put_text(object->spec, "interval", "1h");
    lab->store = memory_store_new(clock_system());
    lab->progress = progress_new(lab->store, clock_system());
    if (store_create(lab->store, object, &lab->object, &err) != 1)
        fail_msg("create: %s", err.text);
}

static void end(struct lab *lab)
{
    api_object_free(lab->object);
    progress_free(lab->progress);
    store_free(lab->store);
}

/* What the stored object says; "" if nothing. The caller frees it. */
static char *told(const struct lab *lab)
{
    CLEANUP(api_object_freep) struct api_object *now = NULL;
    struct api_condition reconciling = {.message = ""}, ready = {.status = ""};
    struct err err;
    if (store_get(lab->store, api_object_ref(lab->object), &now, &err) != 1)
        fail_msg("get: %s", err.text);
    api_condition_get(now->status, API_RECONCILING, &reconciling);
    api_condition_get(now->status, API_READY, &ready);
    return str_printf("%s%s%s", reconciling.message, *ready.status ? " Ready=" : "", ready.status);
}

static void sleep_ms(int ms)
{
    struct deadline none = deadline_in(clock_system(), 0, NULL);
    deadline_sleep_ms(&none, ms, NULL);
}

static void await_told(const struct lab *lab, const char *want)
{
    enum { TRIES = 1000, STEP_MS = 20 };
    for (int i = 0; i < TRIES; i++) {
        CLEANUP(mem_freep) char *text = told(lab);
        if (str_equal(text, want))
            return;
        sleep_ms(STEP_MS);
    }
    CLEANUP(mem_freep) char *text = told(lab);
    check_text("told", text, want);
}

static void long_passes_are_told_of(void **state)
{
    (void)state;
    struct lab lab;
    struct progress_note note = PROGRESS_NOTE_INIT;
    begin(&lab);
    progress_tell(lab.progress, &note, lab.object, "looking");
    await_told(&lab, "looking Ready=Unknown");
    progress_tell(lab.progress, &note, lab.object, "scanning");
    await_told(&lab, "scanning Ready=Unknown");
    CLEANUP(api_object_freep) struct api_object *stored = progress_end(lab.progress, &note);
    CLEANUP(api_object_freep) struct api_object *now = NULL;
    assert_non_null(stored);
    assert_int_equal(store_get(lab.store, api_object_ref(lab.object), &now, NULL), 1);
    check_text("version", stored->meta.resource_version, now->meta.resource_version);
    end(&lab);
}

static void short_passes_are_not(void **state)
{
    (void)state;
    struct lab lab;
    struct progress_note note = PROGRESS_NOTE_INIT;
    begin(&lab);
    progress_tell(lab.progress, &note, lab.object, "looking");
    progress_tell(lab.progress, &note, lab.object, "scanning");
    assert_null(progress_end(lab.progress, &note));
    sleep_ms(PROGRESS_AFTER_MS + 200);
    CLEANUP(mem_freep) char *text = told(&lab);
    check_text("told", text, "");
    assert_null(progress_end(lab.progress, &note)); /* of a pass that told nothing */
    end(&lab);
}

/* The end of one does not take the others with it. */
static void several_are_told_of_at_once(void **state)
{
    (void)state;
    enum { ENOUGH_MS = 200 };
    struct lab lab;
    struct progress_note first = PROGRESS_NOTE_INIT, second = PROGRESS_NOTE_INIT;
    begin(&lab);
    progress_tell(lab.progress, &first, lab.object, "first");
    progress_tell(lab.progress, &second, lab.object, "second");
    sleep_ms(ENOUGH_MS);
    api_object_free(progress_end(lab.progress, &first)); /* NULL, unless the machine is slow */
    await_told(&lab, "second Ready=Unknown");
    api_object_free(progress_end(lab.progress, &second));
    end(&lab);
}

static void ready_stays_while_somebody_knows_better(void **state)
{
    (void)state;
    static const struct {
        const char *before, *want;
    } rows[] = {{NULL, "Unknown"}, {"Unknown", "Unknown"}, {"True", "True"}, {"False", "False"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *status = json_new_object();
        const struct api_condition before = {
            .status = rows[i].before, .reason = "Before", .message = "before"};
        struct api_condition ready;
        if (rows[i].before)
            api_condition_set(status, API_READY, &before, 1);
        progress_show(status, 7, "at it", 2);
        assert_true(api_condition_get(status, API_READY, &ready));
        check_text("status", ready.status, rows[i].want);
        assert_true(api_condition_get(status, API_RECONCILING, &ready));
        check_text("reconciling", ready.message, "at it");
        assert_int_equal(ready.observed_generation, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_passes_are_told_of),
        cmocka_unit_test(short_passes_are_not),
        cmocka_unit_test(several_are_told_of_at_once),
        cmocka_unit_test(ready_stays_while_somebody_knows_better),
    };
    return test_main("control_progress", tests);
}
