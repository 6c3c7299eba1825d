/* Applies in the Kubernetes store, on a server of canned answers: what a real one
 * does not do on demand. */
#include "test.h"

#include "kube_talk.h"

#include "store/kubernetes.h"

#define SECRET(version)                                                                            \
    "{\"metadata\":{\"name\":\"login\",\"namespace\":\"apps\",\"uid\":\"u\",\"resourceVersion\":"  \
    "\"" version "\"},\"type\":\"Opaque\"}"
#define REFUSAL(message, details)                                                                  \
    "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"" message                          \
    "\",\"details\":" details "}"
#define LATE REFUSAL("the object has been modified", "{}")
#define HELD REFUSAL("Apply failed", "{\"causes\":[{\"reason\":\"FieldManagerConflict\"}]}")

enum {
    STEPS_MAX = 21, /* of a play: ten times two requests, and the end */
};

/* The answers "404", "200 body", "409 body" …, in turn again and again. */
static void fill_steps(const char *const *answers, struct wire_step *steps, struct strlist *texts)
{
    size_t count = 0;
    while (answers[count])
        count++;
    for (size_t i = 0; i + 1 < STEPS_MAX; i++) {
        const char *answer = answers[i % count];
        strlist_add_take(texts, str_printf("HTTP/1.1 %.3s X\r\nContent-Length: %zu\r\n\r\n%s",
                                           answer, strlen(answer + 4), answer + 4));
        steps[i] = (struct wire_step)WIRE_ANSWER(texts->items[i]);
    }
    steps[STEPS_MAX - 1] = (struct wire_step)WIRE_END;
}

static struct store *new_store(struct talk *talk, bool (*may_write)(void *arg))
{
    return store_kubernetes_new(&(struct store_kubernetes_config){
        .client = talk->client,
        .clock = clock_system(),
        .field_manager = "flux",
        .may_write = may_write,
    });
}

static struct api_object *secret(void)
{
    return api_object_new((struct api_ref){API_SECRET, "apps", "login"});
}

static void tries_again_only_when_it_was_late(void **state)
{
    (void)state;
    static const struct {
        const char *answers[7];
        int want;
        enum store_applied how;
        const char *class;
        const char *error;
        int requests;
    } rows[] = {
        {{"200 " SECRET("1"), "409 " LATE, "200 " SECRET("2"), "200 " SECRET("3")},
         1,
         STORE_UNCHANGED,
         NULL,
         NULL,
         4},
        {{"200 " SECRET("1"), "201 " SECRET("2")}, 1, STORE_CREATED, NULL, NULL, 2},
        {{"200 " SECRET("1"), "409 " LATE},
         -1,
         0,
         "unavailable",
         "the object is changed all the time",
         20},
        {{"200 " SECRET("1"), "409 " HELD}, -1, 0, "conflict", "Apply failed", 2},
        {{"200 " SECRET("1"),
          "500 {\"kind\":\"Status\",\"message\":\"failed to create typed patch object: x\"}"},
         -1,
         0,
         "invalid",
         "failed to create typed patch object: x",
         2},
        {{"500 {\"kind\":\"Status\",\"message\":\"no etcd\"}"}, -1, 0, "unavailable", "no etcd", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *row = str_printf("row %zu", i);
        CLEANUP(strlist_finish) struct strlist texts = STRLIST_INIT;
        CLEANUP(api_object_freep) struct api_object *wanted = secret();
        struct wire_step steps[STEPS_MAX];
        struct talk talk;
        enum store_applied how = STORE_CONFIGURED;
        fill_steps(rows[i].answers, steps, &texts);
        talk_start(&talk, steps, "token: t");
        struct store *store = new_store(&talk, NULL);
        check_int(row, store_apply(store, wanted, false, &how, NULL, &talk.err), rows[i].want);
        if (rows[i].want == 1)
            check_int(row, how, rows[i].how);
        else
            check_text(row, err_class_name(talk.err.class), rows[i].class);
        check_text(row, rows[i].want == 1 ? NULL : talk.err.text, rows[i].error);
        check_int(row, count_requests(&talk), rows[i].requests);
        store_free(store);
        talk_stop(&talk);
    }
}

static void sends_what_the_manifest_says(void **state)
{
    (void)state;
    static const char *const answers[] = {"200 " SECRET("1"), NULL};
    CLEANUP(strlist_finish) struct strlist texts = STRLIST_INIT;
    CLEANUP(api_object_freep) struct api_object *wanted = secret();
    struct wire_step steps[STEPS_MAX];
    struct talk talk;
    enum store_applied how;
    str_set(&wanted->meta.resource_version, "7");
    str_set(&wanted->meta.uid, "mine");
    strmap_set(&wanted->meta.labels, "team", "a");
    strlist_add(&wanted->meta.finalizers, "example.org/x");
    json_put_text(wanted->spec, "type", "Opaque");
    fill_steps(answers, steps, &texts);
    talk_start(&talk, steps, "token: t");
    struct store *store = new_store(&talk, NULL);
    check_ok("apply", store_apply(store, wanted, true, &how, NULL, &talk.err), &talk.err);
    const char *sent = strstr(buf_text(&talk.wire.requests), "PATCH ");
    static const char body[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"login\",\"namespace\":"
        "\"apps\",\"labels\":{\"team\":\"a\"},\"finalizers\":[\"example.org/"
        "x\"]},\"type\":\"Opaque\"}";
    CLEANUP(mem_freep)
    char *want = str_printf(
        "PATCH "
        "/x/api/v1/namespaces/apps/secrets/login?fieldManager=tidemark&fieldValidation=Strict&"
        "force=true HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: tidemark/0.1.0\r\n"
        "Accept: application/json\r\nContent-Type: application/apply-patch+yaml\r\n"
        "Authorization: Bearer t\r\nContent-Length: %zu\r\n\r\n%s",
        talk.wire.port, strlen(body), body);
    check_text("wire", sent, want);
    store_free(store);
    talk_stop(&talk);
}

static bool refuse(void *arg)
{
    (void)arg;
    return false;
}

static void asks_before_it_writes(void **state)
{
    (void)state;
    static const char *const answers[] = {"200 " SECRET("1"), NULL};
    CLEANUP(strlist_finish) struct strlist texts = STRLIST_INIT;
    CLEANUP(api_object_freep) struct api_object *wanted = secret();
    struct wire_step steps[STEPS_MAX];
    struct talk talk;
    enum store_applied how;
    fill_steps(answers, steps, &texts);
    talk_start(&talk, steps, "token: t");
    struct store *store = new_store(&talk, refuse);
    check_fails("apply", store_apply(store, wanted, true, &how, NULL, &talk.err), &talk.err,
                ERR_CONFLICT, "this replica is not the leader, and must not write");
    check_text("only read", talk.seen, "GET 200,");
    store_free(store);
    talk_stop(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_again_only_when_it_was_late),
        cmocka_unit_test(sends_what_the_manifest_says),
        cmocka_unit_test(asks_before_it_writes),
    };
    return test_main("store_apply", tests);
}
