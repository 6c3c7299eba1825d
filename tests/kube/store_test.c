/* The store in a real API server: the contract of all stores, and what only a
 * cluster brings. */
#include "../unit/store_contract.h"
#include "lab.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "store/kubernetes.h"

/* Two stores, each with a client of its own, as in two processes. */
struct fixture {
    struct store_contract contract; /* must be first */
    struct lab_client *clients[2];
    struct store *stores[2];
};

static struct store *open_store(struct lab_client *client)
{
    return store_kubernetes_new(&(struct store_kubernetes_config){
        .client = client->kube,
        .clock = clock_system(),
    });
}

static int set_up(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof(*fixture));
    for (int i = 0; i < 2; i++) {
        fixture->clients[i] = lab_client_new(NULL);
        fixture->stores[i] = open_store(fixture->clients[i]);
    }
    fixture->contract.store = fixture->stores[0];
    fixture->contract.other = fixture->stores[1];
    fixture->contract.namespace = "apps";
    fixture->contract.other_namespace = "infra";
    fixture->contract.remembers_events = true;
    *state = fixture;
    return 0;
}

static int remove_one(void *arg, const struct api_object *object, struct err *err)
{
    struct store *store = arg;
    CLEANUP(json_freep) struct json *patch = contract_json("{'metadata':{'finalizers':null}}");
    if (store_patch(store, api_object_ref(object), patch, NULL, err) < 0 ||
        store_remove(store, api_object_ref(object), err) < 0)
        return -1;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const namespaces[] = {"apps", "infra"};
    struct fixture *fixture = *state;
    struct err err;
    for (size_t i = 0; i <= API_SECRET; i++) {
        const struct store_query query = {(enum api_kind)i, NULL};
        if (i != API_GIT_REPOSITORY) /* not always there */
            check_ok("empty",
                     store_list(fixture->stores[0], &query, remove_one, fixture->stores[0], &err),
                     &err);
    }
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++) {
        const struct kube_request request = {
            .method = "DELETE", .resource = {"", "v1", "events", true}, .namespace = namespaces[i]};
        check_ok("no events",
                 kube_perform(fixture->clients[0]->kube, &request, NULL, NULL, NULL, &err), &err);
    }
    for (int i = 0; i < 2; i++) {
        store_free(fixture->stores[i]);
        lab_client_free(fixture->clients[i]);
    }
    free(fixture);
    return 0;
}

/* What only a cluster brings. */

static const struct kube_resource policies = {API_IMAGE_GROUP, "v1", "imagepolicies", true};
static const struct kube_resource events = {"", "v1", "events", true};

#define POLICY_SPEC "{'imageRepositoryRef':{'name':'web'},'policy':{'semver':{'range':'1.x'}}}"

/* Performs a request of the test's own, which must succeed. */
static struct json *request(const struct fixture *fixture, const char *method,
                            struct kube_resource resource, const char *namespace, const char *name,
                            const char *body)
{
    CLEANUP(json_freep) struct json *sent = body ? contract_json(body) : NULL;
    struct json *answer = NULL;
    struct err err;
    const struct kube_request asked = {
        .method = method,
        .resource = resource,
        .namespace = namespace,
        .name = name,
        .body = sent,
        .content_type = str_equal(method, "PATCH") ? KUBE_MERGE_PATCH : NULL,
    };
    int found = kube_perform(fixture->clients[0]->kube, &asked, NULL, &answer, NULL, &err);
    check_ok(method, found, &err);
    check_int(method, found, 1);
    return answer;
}

/* A store with a configuration of its own, on the first client. */
static struct store *configured(const struct fixture *fixture,
                                struct store_kubernetes_config config)
{
    config.client = fixture->clients[0]->kube;
    config.clock = clock_system();
    return store_kubernetes_new(&config);
}

static void leaves_what_it_does_not_know(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    json_free(
        request(fixture, "POST", policies, "apps", NULL,
                "{'apiVersion':'image.toolkit.fluxcd.io/v1','kind':'ImagePolicy','metadata':{"
                "'name':'web','ownerReferences':[{'apiVersion':'v1','kind':'ConfigMap','name':"
                "'owner','uid':'0f14d0ab-9605-4a62-a9e4-5ed26688389b'}]},'spec':" POLICY_SPEC "}"));
    CLEANUP(api_object_freep)
    struct api_object *object =
        contract_get(fixture->stores[0], (struct api_ref){API_IMAGE_POLICY, "apps", "web"});
    strmap_set(&object->meta.labels, "team", "a");
    check_int("update", store_update(fixture->stores[0], object, NULL, &err), 1);
    CLEANUP(json_freep)
    struct json *after = request(fixture, NULL, policies, "apps", "web", NULL);
    const struct json *meta = json_member(after, "metadata");
    check_int("owners", json_count(json_member(meta, "ownerReferences")), 1);
    check_text("labels", json_member_text(json_member(meta, "labels"), "team"), "a");
}

static void writes_under_its_name(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    const struct {
        const char *manager;
        const char *want;
    } rows[] = {
        {NULL, "image-reflector-controller Update , image-reflector-controller Update status, "},
        {"flux", "flux Update , flux Update status, "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct store *store =
            configured(fixture, (struct store_kubernetes_config){.field_manager = rows[i].manager});
        CLEANUP(mem_freep) char *name = str_printf("web-%zu", i);
        CLEANUP(api_object_freep) struct api_object *object = contract_create(store, "apps", name);
        CLEANUP(json_freep) struct json *status = contract_json("{'observedGeneration':1}");
        check_int(name, store_patch_status(store, object, status, NULL, &err), 1);
        CLEANUP(mem_freep) char *full_name = str_printf("imagepolicies/%s", name);
        CLEANUP(mem_freep) char *got = lab_managers(full_name);
        check_text(name, got, rows[i].want);
        store_free(store);
    }
}

static bool refuse(void *arg)
{
    ++*(int *)arg;
    return false;
}

static void asks_before_it_writes(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    int asked = 0;
    struct store *store =
        configured(fixture, (struct store_kubernetes_config){.may_write = refuse, .arg = &asked});
    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(fixture->stores[0], "apps", "web");
    struct api_ref ref = api_object_ref(object);
    CLEANUP(api_object_freep) struct api_object *same = contract_get(store, ref);
    CLEANUP(api_object_freep)
    struct api_object *other = contract_object(API_IMAGE_POLICY, "apps", "other", POLICY_SPEC);
    CLEANUP(json_freep) struct json *patch = contract_json("{'metadata':{'labels':{'a':'b'}}}");
    CLEANUP(json_freep) struct json *status = contract_json("{'observedGeneration':1}");
    strmap_set(&object->meta.labels, "team", "a");
    const struct api_event event = {.object = ref,
                                    .uid = object->meta.uid,
                                    .resource_version = object->meta.resource_version,
                                    .type = API_EVENT_NORMAL,
                                    .reason = "Succeeded",
                                    .message = "done"};
#define check_refused(call)                                                                        \
    check_fails(#call, call, &err, ERR_CONFLICT,                                                   \
                "this replica is not the leader, and must not write")
    check_refused(store_create(store, other, NULL, &err));
    check_refused(store_update(store, object, NULL, &err));
    check_refused(store_patch(store, ref, patch, NULL, &err));
    check_refused(store_patch_status(store, object, status, NULL, &err));
    check_refused(store_remove(store, ref, &err));
    check_refused(store_record_event(store, &event, &err));
    CLEANUP(api_object_freep) struct api_object *after = contract_get(fixture->stores[0], ref);
    check_text("unchanged", after->meta.resource_version, same->meta.resource_version);
    check_int("asked", asked >= 6, true);
    store_free(store);
}

static bool allow(void *arg)
{
    (void)arg;
    return true;
}

/* A server that takes the connection and says nothing. */
static void gives_up_a_slow_write(void **state)
{
    (void)state;
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(own);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&own, size), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&own, &size), 0);
    CLEANUP(mem_freep) char *url = str_printf("https://127.0.0.1:%d", ntohs(own.sin_port));
    CLEANUP(lab_client_freep) struct lab_client *client = lab_client_new(url);
    struct store *store = store_kubernetes_new(&(struct store_kubernetes_config){
        .client = client->kube, .clock = clock_system(), .may_write = allow, .write_ms = 500});
    struct err err;
    int64_t began_ns = clock_monotonic_ns(clock_system());
    check_int("remove", store_remove(store, (struct api_ref){API_SECRET, "apps", "a"}, &err), -1);
    int64_t took_ms = (clock_monotonic_ns(clock_system()) - began_ns) / CLOCK_NS_PER_MS;
    check_text("class", err_class_name(err.class), "unavailable");
    check_int("in time", took_ms >= 500 && took_ms < STORE_KUBERNETES_WRITE_MS / 2, true);
    store_free(store);
    close(listener);
}

static int note_name(void *arg, const struct api_object *object, struct err *err)
{
    (void)err;
    buf_addf(arg, "%s/%s ", object->meta.namespace, object->meta.name);
    return 0;
}

static void selects(void **state)
{
    const struct fixture *fixture = *state;
    static const char *const namespaces[] = {"apps", "infra"};
    struct err err;
    for (int i = 0; i < 4; i++) {
        CLEANUP(api_object_freep)
        struct api_object *object = contract_object(API_IMAGE_POLICY, namespaces[i / 2],
                                                    i % 2 ? "ours" : "theirs", POLICY_SPEC);
        strmap_set(&object->meta.labels, "shard", i % 2 ? "one" : "two");
        check_ok("create", store_create(fixture->stores[0], object, NULL, &err), &err);
    }
    static const struct {
        const char *namespace, *selector;
        const char *want;
    } rows[] = {
        {NULL, NULL, "apps/ours apps/theirs infra/ours infra/theirs "},
        {NULL, "shard=one", "apps/ours infra/ours "},
        {"infra", NULL, "infra/ours infra/theirs "},
        {"infra", "shard notin (one)", "infra/theirs "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct store *store = configured(
            fixture, (struct store_kubernetes_config){.namespace = rows[i].namespace,
                                                      .label_selector = rows[i].selector});
        CLEANUP(buf_finish) struct buf names = BUF_INIT(1000);
        const struct store_query query = {API_IMAGE_POLICY, NULL};
        check_ok(rows[i].want, store_list(store, &query, note_name, &names, &err), &err);
        check_text("list", buf_text(&names), rows[i].want);
        store_free(store);
    }
    struct store *store =
        configured(fixture, (struct store_kubernetes_config){.label_selector = "shard=one"});
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_IMAGE_POLICY, "apps"};
    struct store_watch *watch = NULL;
    check_ok("watch", store_watch(store, &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, 5000, "ADDED ours\nSYNCED \n");
    /* One that leaves the selection is gone, one that enters it is new. */
    json_free(request(fixture, "PATCH", policies, "apps", "ours",
                      "{'metadata':{'labels':{'shard':'two'}}}"));
    contract_log_expect(log, 5000, "DELETED ours\n");
    json_free(request(fixture, "PATCH", policies, "apps", "theirs",
                      "{'metadata':{'labels':{'shard':'one'}}}"));
    contract_log_expect(log, 5000, "ADDED theirs\n");
    store_unwatch(store, watch);
    store_free(store);
}

/* The Events of a namespace, without what differs from run to run. */
static char *read_events(const struct fixture *fixture, const char *namespace)
{
    CLEANUP(json_freep)
    struct json *list = request(fixture, NULL, events, namespace, NULL, NULL);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(100000);
    struct json *items = json_member_mut(list, "items");
    for (size_t i = 0; i < json_count(items); i++) {
        struct json *event = json_at_mut(items, i);
        struct json *meta = json_member_mut(event, "metadata");
        static const char *const varying[] = {"name", "uid", "resourceVersion", "creationTimestamp",
                                              "managedFields"};
        check_int("name", str_starts_with(json_member_text(meta, "name"), "web."), true);
        for (size_t j = 0; j < ARRAY_LEN(varying); j++)
            json_remove(meta, varying[j]);
        json_print(event, JSON_STYLE_SORTED, &text);
        buf_addc(&text, '\n');
    }
    return buf_take(&text);
}

static void writes_events_as_flux_does(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(fixture->stores[0], "apps", "web");
    CLEANUP(strmap_finish) struct strmap notes = STRMAP_INIT;
    strmap_set(&notes, "event.toolkit.fluxcd.io/team", "a");
    const struct api_event event = {.object = api_object_ref(object),
                                    .uid = "the-uid",
                                    .resource_version = "7",
                                    .type = API_EVENT_WARNING,
                                    .reason = "Failed",
                                    .message = "no tags",
                                    .annotations = &notes,
                                    .first_ns = 1700000000 * CLOCK_NS_PER_S,
                                    .last_ns = 1700000000 * CLOCK_NS_PER_S};
    struct api_event again = event;
    again.first_ns = again.last_ns = 1700000060 * CLOCK_NS_PER_S;
#define EVENT(count, last)                                                                         \
    "{\"count\":" count                                                                            \
    ",\"eventTime\":null,\"firstTimestamp\":\"2023-11-14T22:13:20Z\",\"involvedObject\":{"         \
    "\"apiVersion\":\"image.toolkit.fluxcd.io/v1\",\"kind\":\"ImagePolicy\",\"name\":\"web\","     \
    "\"namespace\":\"apps\",\"resourceVersion\":\"7\",\"uid\":\"the-uid\"},\"lastTimestamp\":"     \
    "\"" last "\",\"message\":\"no tags\",\"metadata\":{\"annotations\":{"                         \
    "\"event.toolkit.fluxcd.io/team\":\"a\"},\"namespace\":\"apps\"},\"reason\":\"Failed\","       \
    "\"reportingComponent\":\"image-reflector-controller\",\"reportingInstance\":\"\","            \
    "\"source\":{\"component\":\"image-reflector-controller\"},\"type\":\"Warning\"}\n"
    check_ok("first", store_record_event(fixture->stores[0], &event, &err), &err);
    CLEANUP(mem_freep) char *first = read_events(fixture, "apps");
    check_text("first", first, EVENT("1", "2023-11-14T22:13:20Z"));
    check_ok("again", store_record_event(fixture->stores[0], &again, &err), &err);
    CLEANUP(mem_freep) char *second = read_events(fixture, "apps");
    check_text("again", second, EVENT("2", "2023-11-14T22:14:20Z"));

    /* When the server has forgotten the Event, it is made anew. */
    json_free(request(fixture, "DELETE", events, "apps", NULL, NULL));
    check_ok("anew", store_record_event(fixture->stores[0], &again, &err), &err);
    CLEANUP(mem_freep) char *third = read_events(fixture, "apps");
    check_text("anew", third, EVENT("3", "2023-11-14T22:14:20Z"));
}

static void cuts_long_messages(void **state)
{
    enum { MAX = 32 * 1024 };
    const struct fixture *fixture = *state;
    struct err err;
    CLEANUP(mem_freep) char *message = mem_zalloc(MAX + 2);
    memset(message, 'x', MAX + 1);
    const struct api_event event = {.object = {API_IMAGE_POLICY, "apps", "web"},
                                    .uid = "another-uid",
                                    .resource_version = "7",
                                    .type = API_EVENT_WARNING,
                                    .reason = "Failed",
                                    .message = message};
    check_ok("event", store_record_event(fixture->stores[0], &event, &err), &err);
    CLEANUP(json_freep) struct json *list = request(fixture, NULL, events, "apps", NULL, NULL);
    const char *got = json_member_text(json_at(json_member(list, "items"), 0), "message");
    check_int("length", strlen(got), MAX);
    check_int("end", str_ends_with(got, "x..."), true);
}

#define CRDS     "apiextensions.k8s.io", "v1", "customresourcedefinitions", false
#define CRD_NAME "gitrepositories." API_SOURCE_GROUP
#define CRD(version)                                                                               \
    "{'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition','metadata':{"       \
    "'name':'" CRD_NAME "'},'spec':{'group':'" API_SOURCE_GROUP "','scope':'Namespaced','names':{" \
    "'kind':'GitRepository','listKind':'GitRepositoryList','plural':'gitrepositories','singular':" \
    "'gitrepository'},'versions':[{'name':'" version "','served':true,'storage':true,'schema':{"   \
    "'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}},"            \
    "'subresources':{'status':{}}}]}}"

/* Removes the kind that the lab has, and waits until it is gone. */
static void remove_definition(const struct fixture *fixture)
{
    struct kube_request asked = {.method = "DELETE", .resource = {CRDS}, .name = CRD_NAME};
    struct err err;
    for (int i = 0; i < 100; i++) {
        int found = kube_perform(fixture->clients[0]->kube, &asked, NULL, NULL, NULL, &err);
        check_ok("remove", found, &err);
        if (found == 0)
            return;
        deadline_sleep_ms(NULL, 100, NULL);
        asked.method = NULL;
    }
    fail_msg("the definition stays");
}

/* The kinds come while tidemark runs, in a version that is not the newest. */
static void takes_the_versions_that_there_are(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    struct store *store = fixture->stores[0];
    remove_definition(fixture);
    CLEANUP(contract_log_freep) struct contract_log *log = contract_log_new();
    const struct store_watcher watcher = contract_watcher(log);
    const struct store_query query = {API_GIT_REPOSITORY, "apps"};
    struct store_watch *watch = NULL;
    CLEANUP(api_object_freep) struct api_object *found = NULL;
    CLEANUP(api_object_freep)
    struct api_object *wanted =
        contract_object(API_GIT_REPOSITORY, "apps", "flux", "{'url':'https://example.org/a'}");
    check_fails("none", store_get(store, api_object_ref(wanted), &found, &err), &err, ERR_NOT_FOUND,
                "no matches for kind \"GitRepository\" in version "
                "\"source.toolkit.fluxcd.io/v1\"");
    check_ok("watch", store_watch(store, &query, &watcher, &watch, &err), &err);
    contract_log_expect(log, 5000, "ERROR not-found\n");
    json_free(request(fixture, "POST", (struct kube_resource){CRDS}, NULL, NULL, CRD("v1beta2")));
    contract_log_expect(log, 30000, "SYNCED \n");
    check_ok("create", store_create(store, wanted, &found, &err), &err);
    check_text("url", json_member_text(found->spec, "url"), "https://example.org/a");
    contract_log_expect(log, 5000, "ADDED flux\n");
    check_int("remove", store_remove(store, api_object_ref(wanted), &err), 1);
    contract_log_expect(log, 5000, "DELETED flux\n");
    store_unwatch(store, watch);
}

static void names_what_is_missing(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *object = contract_object(API_IMAGE_POLICY, "nowhere", "web", POLICY_SPEC);
    check_fails("namespace", store_create(fixture->stores[0], object, NULL, &err), &err,
                ERR_NOT_FOUND, "namespaces \"nowhere\" not found");
    check_int("object", store_update(fixture->stores[0], object, NULL, &err), 0);
    check_int("object", store_remove(fixture->stores[0], api_object_ref(object), &err), 0);
}

enum told {
    TOLD_NOTHING,
    TOLD_SYNCED,
    TOLD_NAMES,
    TOLD_CONTENT,
};

static void wait_told(atomic_int *told, enum told than)
{
    for (int i = 0; i < 100 && atomic_load(told) <= (int)than; i++)
        deadline_sleep_ms(NULL, 50, NULL);
}

static void note_secret(void *arg, enum store_change change, const struct api_object *object)
{
    if (change == STORE_SYNCED)
        atomic_store((atomic_int *)arg, TOLD_SYNCED);
    if (change == STORE_DELETED)
        atomic_store((atomic_int *)arg, json_count(object->spec) == 0 ? TOLD_NAMES : TOLD_CONTENT);
}

static void tells_no_secret_of_the_deleted(void **state)
{
    const struct fixture *fixture = *state;
    struct err err;
    atomic_int told = TOLD_NOTHING;
    CLEANUP(api_object_freep)
    struct api_object *secret =
        contract_object(API_SECRET, "apps", "login", "{'data':{'password':'aHVudGVyMg=='}}");
    const struct store_watcher watcher = {.on_change = note_secret, .arg = &told};
    const struct store_query query = {API_SECRET, "apps"};
    struct store_watch *watch = NULL;
    check_ok("create", store_create(fixture->stores[0], secret, NULL, &err), &err);
    check_ok("watch", store_watch(fixture->stores[0], &query, &watcher, &watch, &err), &err);
    wait_told(&told, TOLD_NOTHING);
    check_int("remove", store_remove(fixture->stores[0], api_object_ref(secret), &err), 1);
    wait_told(&told, TOLD_SYNCED);
    store_unwatch(fixture->stores[0], watch);
    check_int("told", atomic_load(&told), TOLD_NAMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT(set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_it_does_not_know, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_under_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_before_it_writes, set_up, tear_down),
        cmocka_unit_test(gives_up_a_slow_write),
        cmocka_unit_test_setup_teardown(selects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_events_as_flux_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cuts_long_messages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_the_versions_that_there_are, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tells_no_secret_of_the_deleted, set_up, tear_down),
    };
    return test_main("kube_store", tests);
}
