/* The store in a real API server: the contract of all stores, and what only a
 * cluster brings. */
#include "../unit/store_contract.h"
#include "lab.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "base/str.h"
#include "kube/list.h"
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
        if (i != API_GIT_REPOSITORY) /* Flux's own, and not in the lab */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT(set_up, tear_down),
    };
    return test_main("kube_store", tests);
}
