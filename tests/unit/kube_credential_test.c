#include "test.h"

#include "kube_talk.h"
#include "place.h"

#include <stdatomic.h>
#include <sys/stat.h>

#include "base/thread.h"
#include "kube/exec_plugin.h"

static void write_file(const struct place *place, const char *name, mode_t mode, const char *text)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/%s", place->folder, name);
    struct err err;
    check_ok(name, file_write_atomic(path, span_of(text), mode, &err), &err);
}

#define REFUSED WIRE_ANSWER(ANSWER("401 Unauthorized", "", "0", ""))

static void refreshes_once(void **state)
{
    const struct place *place = *state;
    static const struct wire_step steps[] = {OBJECT, REFUSED, OBJECT, REFUSED, REFUSED, WIRE_END};
    struct talk talk;
    write_file(place, "token", 0600, "one\n");
    CLEANUP(mem_freep) char *user = str_printf("tokenFile: %s/token", place->folder);
    talk_start(&talk, steps, user);
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    check_int("first", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), 1);
    write_file(place, "token", 0600, "two\n");
    check_int("new", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), 1);
    check_int("no more", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), -1);
    check_int("class", talk.err.class, ERR_UNAUTHORIZED);
    const char *wire = buf_text(&talk.wire.requests);
    const char *first = strstr(wire, "Bearer one"), *second = strstr(first + 1, "Bearer one");
    assert_non_null(second);
    assert_null(strstr(second + 1, "Bearer one"));
    check_int("requests", count_requests(&talk), 5);
    talk_stop(&talk);
}

static int64_t read_time(void *arg)
{
    return *(const int64_t *)arg;
}

static void rereads_in_time(void **state)
{
    const struct place *place = *state;
    CLEANUP(kubeconfig_finish) struct kubeconfig files;
    CLEANUP(kube_config_freep) struct kube_config *config = NULL;
    static const struct kube_options options = {.user = "u"};
    static const struct {
        int64_t at_ms;
        const char *content, *want; /* NULL: the file is gone */
    } rows[] = {
        {0, "one\n", "Bearer one"},
        {KUBE_REREAD_MS - 1, "two", "Bearer one"},
        {KUBE_REREAD_MS, "two", "Bearer two"},
        {2 * KUBE_REREAD_MS, NULL, "Bearer two"},
        {3 * KUBE_REREAD_MS, " \n", "Bearer two"},
        {4 * KUBE_REREAD_MS, "three", "Bearer three"},
    };
    int64_t now_ns = 0;
    const struct clock clock = {.wall_ns = read_time, .monotonic_ns = read_time, .arg = &now_ns};
    CLEANUP(mem_freep)
    char *text = str_printf("users: [{name: u, user: {token: text, tokenFile: %s}}]", place->path);
    struct err err;
    kubeconfig_init(&files);
    check_ok("add", kubeconfig_add(&files, span_of(text), "/x", &err), &err);
    check_ok("resolve", kube_config_resolve(&files, &options, &config, &err), &err);
    CLEANUP(kube_credential_freep)
    struct kube_credential *credential = kube_credential_new(config, &clock);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(kube_identity_finish) struct kube_identity identity = {0};
        now_ns = rows[i].at_ms * CLOCK_NS_PER_MS;
        if (rows[i].content)
            write_file(place, "state.db", 0600, rows[i].content);
        else
            unlink(place->path);
        check_ok("get", kube_credential_get(credential, NULL, &identity, &err), &err);
        check_text(rows[i].want, identity.authorization, rows[i].want);
    }
}

/* As client-go has it: the file counts, and the token while the file gives none. */
static void falls_back_on_a_token_beside_its_file(void **state)
{
    const struct place *place = *state;
    static const struct {
        const char *content; /* NULL: there is no file */
        const char *want;
    } rows[] = {{"file", "Bearer file"}, {NULL, "Bearer text"}, {"\n", "Bearer text"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        static const struct wire_step steps[] = {WIRE_END};
        CLEANUP(kube_identity_finish) struct kube_identity identity = {0};
        CLEANUP(mem_freep)
        char *user = str_printf("token: text, tokenFile: %s/token", place->folder);
        CLEANUP(mem_freep) char *path = str_printf("%s/token", place->folder);
        struct talk talk;
        unlink(path);
        if (rows[i].content)
            write_file(place, "token", 0600, rows[i].content);
        talk_start(&talk, steps, user);
        CLEANUP(kube_credential_freep)
        struct kube_credential *credential = kube_credential_new(talk.config, clock_system());
        check_ok("get", kube_credential_get(credential, NULL, &identity, &talk.err), &talk.err);
        check_text(rows[i].want, identity.authorization, rows[i].want);
        talk_stop(&talk);
    }
}

static void keeps_a_fixed_token(void **state)
{
    (void)state;
    static const struct wire_step steps[] = {REFUSED, WIRE_END};
    struct talk talk;
    talk_start(&talk, steps, "token: secret");
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    check_fails("get", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), &talk.err,
                ERR_UNAUTHORIZED, "the server has asked for the client to provide credentials");
    check_int("requests", count_requests(&talk), 1);
    talk_stop(&talk);
}

/* A plugin that counts its runs; its first token is refused, its second is good
 * until it expires at once. */
static void runs_plugins(void **state)
{
    const struct place *place = *state;
    static const struct wire_step steps[] = {OBJECT, OBJECT, REFUSED, OBJECT, WIRE_END};
    struct talk talk;
    write_file(place, "plugin", 0700,
               "#!/bin/sh\n"
               "echo run >>\"$RUNS\"\n"
               "n=$(grep -c . \"$RUNS\")\n"
               "printf '%s\\n' \"$KUBERNETES_EXEC_INFO\" \"$1 $HOME\" >\"$RUNS.info\"\n"
               "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/"
               "v1\",\"status\":{\"token\":\"t'\"$n\"'\"}}'\n");
    setenv("HOME", "/home/ann", 1);
    setenv("RUNS", "hidden by the plugin's own", 1);
    CLEANUP(mem_freep)
    char *user = str_printf("exec: {apiVersion: client.authentication.k8s.io/v1, command: "
                            "%s/plugin, interactiveMode: IfAvailable, provideClusterInfo: true, "
                            "args: [login], env: [{name: RUNS, value: %s/runs}]}",
                            place->folder, place->folder);
    talk_start(&talk, steps, user);
    const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
    for (int i = 0; i < 3; i++)
        check_int("get", kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err), 1);
    const char *wire = buf_text(&talk.wire.requests);
    assert_non_null(strstr(wire, "Authorization: Bearer t1\r\n"));
    assert_non_null(strstr(wire, "Authorization: Bearer t2\r\n"));
    assert_null(strstr(wire, "Authorization: Bearer t3\r\n"));
    CLEANUP(buf_finish) struct buf info = BUF_INIT(4096);
    CLEANUP(mem_freep) char *path = str_printf("%s/runs.info", place->folder);
    check_ok("info", file_read(path, &info, &talk.err), &talk.err);
    CLEANUP(mem_freep)
    char *want = str_printf("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication."
                            "k8s.io/v1\",\"spec\":{\"cluster\":{\"server\":\"http://127.0.0.1:%d/"
                            "x\"},\"interactive\":false}}\nlogin /home/ann\n",
                            talk.wire.port);
    check_text("info", buf_text(&info), want);
    talk_stop(&talk);
}

static void words_plugin_faults(void **state)
{
    const struct place *place = *state;
    static const struct {
        const char *command, *script, *error;
        enum err_class class;
    } rows[] = {
        {"/nonexistent/p", NULL,
         "getting credentials: exec: executable /nonexistent/p not found: install it",
         ERR_NOT_FOUND},
        {"fails", "#!/bin/sh\necho one >&2; echo 'log in first' >&2; exit 3\n",
         "getting credentials: exec: executable %s/fails failed with exit code 3: log in first",
         ERR_UNAUTHORIZED},
        {"prints", "#!/bin/sh\necho my-secret\n",
         "getting credentials: exec: executable %s/prints: what it printed is no ExecCredential",
         ERR_UNAUTHORIZED},
        {"floods", "#!/bin/sh\nyes\n",
         "getting credentials: exec: %s/floods: output is larger than the limit of "
         "1048576 bytes",
         ERR_INVALID},
    };
    static const struct wire_step steps[] = {WIRE_END};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct talk talk;
        CLEANUP(buf_finish) struct buf want = BUF_INIT(4096);
        const char *mark = strstr(rows[i].error, "%s");
        if (rows[i].script)
            write_file(place, rows[i].command, 0700, rows[i].script);
        CLEANUP(mem_freep)
        char *user = str_printf("exec: {apiVersion: client.authentication.k8s.io/v1, command: "
                                "%s%s%s, interactiveMode: Never, installHint: install it}",
                                mark ? place->folder : "", mark ? "/" : "", rows[i].command);
        buf_add(&want, rows[i].error,
                mark ? (size_t)(mark - rows[i].error) : strlen(rows[i].error));
        if (mark)
            buf_addf(&want, "%s%s", place->folder, mark + 2);
        talk_start(&talk, steps, user);
        const struct kube_request get = {.resource = secrets, .namespace = "a", .name = "s"};
        check_fails(rows[i].command, kube_perform(talk.client, &get, NULL, NULL, NULL, &talk.err),
                    &talk.err, rows[i].class, buf_text(&want));
        talk_stop(&talk);
    }
}

/* One who waits for the plugin without a limit. */
struct patient {
    struct kube_credential *credential;
    atomic_bool done;
    int answer;
    struct kube_identity identity;
    struct err err;
};

static void *get_patiently(void *arg)
{
    struct patient *patient = arg;
    patient->answer =
        kube_credential_get(patient->credential, NULL, &patient->identity, &patient->err);
    atomic_store(&patient->done, true);
    return NULL;
}

/* While a plugin runs, nobody waits beyond his own deadline. */
static void waits_for_a_plugin_no_longer_than_it_may(void **state)
{
    const struct place *place = *state;
    static const struct wire_step steps[] = {WIRE_END};
    CLEANUP(mem_freep) char *fifo = str_printf("%s/fifo", place->folder);
    CLEANUP(mem_freep) char *runs = str_printf("%s/runs", place->folder);
    CLEANUP(mem_freep)
    char *script = str_printf(
        "#!/bin/sh\necho run >>%s\nread -r token <%s\n"
        "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io"
        "/v1\",\"status\":{\"token\":\"'$token'\"}}'\n",
        runs, fifo);
    CLEANUP(mem_freep)
    char *user = str_printf("exec: {apiVersion: client.authentication.k8s.io/v1, command: "
                            "%s/plugin, interactiveMode: Never}",
                            place->folder);
    CLEANUP(cancel_freep) struct cancel *cancel = cancel_new();
    CLEANUP(kube_identity_finish) struct kube_identity identity = {0};
    struct talk talk;
    check_int("fifo", mkfifo(fifo, 0600), 0);
    write_file(place, "plugin", 0700, script);
    talk_start(&talk, steps, user);
    struct patient patient = {.credential = kube_credential_new(talk.config, clock_system())};
    pthread_t thread;
    check_int("thread", thread_start(&thread, NULL, get_patiently, &patient), 0);
    for (int i = 0; i < 1000 && access(runs, F_OK) != 0; i++)
        deadline_sleep_ms(NULL, 10, NULL);

    struct deadline soon = deadline_in(clock_system(), 200 * CLOCK_NS_PER_MS, NULL);
    check_fails("deadline", kube_credential_get(patient.credential, &soon, &identity, &talk.err),
                &talk.err, ERR_CANCELED, "getting credentials: context deadline exceeded");
    struct deadline until_canceled = deadline_in(clock_system(), 0, cancel);
    cancel_trigger(cancel);
    check_fails("canceled",
                kube_credential_get(patient.credential, &until_canceled, &identity, &talk.err),
                &talk.err, ERR_CANCELED, "getting credentials: canceled");
    check_int("refuse", kube_credential_refuse(patient.credential, 1), true);
    check_int("the plugin still runs", atomic_load(&patient.done), false);

    FILE *way = fopen(fifo, "w");
    assert_non_null(way);
    fputs("tt\n", way);
    fclose(way);
    pthread_join(thread, NULL);
    check_ok("patient", patient.answer, &patient.err);
    check_text("patient", patient.identity.authorization, "Bearer tt");
    check_ok("after", kube_credential_get(patient.credential, NULL, &identity, &talk.err),
             &talk.err);
    check_text("after", identity.authorization, "Bearer tt");
    CLEANUP(buf_finish) struct buf ran = BUF_INIT(64);
    check_ok("runs", file_read(runs, &ran, &talk.err), &talk.err);
    check_text("runs", buf_text(&ran), "run\n");
    kube_identity_finish(&patient.identity);
    kube_credential_free(patient.credential);
    talk_stop(&talk);
}

/* What a plugin prints. */
static void reads_grants(void **state)
{
    (void)state;
#define V1           "client.authentication.k8s.io/v1"
#define HEAD         "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\","
#define STATUS(text) HEAD "\"status\":{" text "}}"
    static const struct {
        const char *output;
        const char *token, *error;
        int64_t expires_s; /* 0: never */
    } rows[] = {
        {STATUS("\"token\":\"t\""), "t", NULL, 0},
        {STATUS("\"token\":\"t\",\"expirationTimestamp\":\"1970-01-01T00:01:00Z\""), "t", NULL, 60},
        {"secret", NULL, "what it printed is no ExecCredential", 0},
        {"[]", NULL, "what it printed is no ExecCredential", 0},
        {"{\"kind\":\"Pod\"}", NULL, "what it printed is no ExecCredential", 0},
        {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}",
         NULL,
         "exec plugin is configured to use API version " V1
         ", plugin returned version client.authentication.k8s.io/v1beta1",
         0},
        {HEAD "\"spec\":{}}", NULL, "exec plugin didn't return a status field", 0},
        {STATUS(""), NULL, "exec plugin didn't return a token or cert/key pair", 0},
        {STATUS("\"clientKeyData\":\"k\""), NULL,
         "exec plugin returned only certificate or key, not both", 0},
        {STATUS("\"clientKeyData\":\"k\",\"clientCertificateData\":\"c\""), NULL,
         "failed parsing client key/certificate: tls: failed to find any PEM data in certificate "
         "input",
         0},
        {STATUS("\"token\":\"t\",\"expirationTimestamp\":\"soon\""), NULL,
         "its expirationTimestamp is no time", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(exec_grant_finish) struct exec_grant grant = {0};
        struct err err;
        int answer = exec_plugin_parse(span_of(rows[i].output), V1, &grant, &err);
        check_int(rows[i].output, answer, rows[i].error ? -1 : 0);
        check_text(rows[i].output, grant.token, rows[i].token);
        if (rows[i].error)
            check_text(rows[i].output, err.text, rows[i].error);
        else
            check_int(rows[i].output, grant.expires_ns,
                      rows[i].expires_s ? rows[i].expires_s * CLOCK_NS_PER_S : INT64_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(rereads_in_time),
        place_test(refreshes_once),
        cmocka_unit_test(keeps_a_fixed_token),
        place_test(runs_plugins),
        place_test(words_plugin_faults),
        cmocka_unit_test(reads_grants),
        place_test(falls_back_on_a_token_beside_its_file),
        place_test(waits_for_a_plugin_no_longer_than_it_may),
    };
    return test_main("kube_credential", tests);
}
