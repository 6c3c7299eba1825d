/* The store in memory, by the contract of all stores. */
#include "store_contract.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/memory.h"

static int set_up(void **state)
{
    struct store_contract *contract = mem_zalloc(sizeof(*contract));
    contract->store = memory_store_new(clock_system());
    contract->namespace = "apps";
    contract->other_namespace = "infra";
    *state = contract;
    return 0;
}

static int tear_down(void **state)
{
    struct store_contract *contract = *state;
    store_free(contract->store);
    free(contract);
    return 0;
}

/* Rules that the local stores share (store/change.c). */
static void refuses_malformed_patches(void **state)
{
    const struct store_contract *contract = *state;
    static const struct {
        const char *patch;
        const char *want;
    } rows[] = {
        {"[]", "patch: it must be a mapping"},
        {"{'status':{}}", "patch: status cannot be changed"},
        {"{'spec':null}", "patch: spec must be a mapping"},
        {"{'metadata':null}", "patch: metadata must be a mapping"},
        {"{'metadata':{'name':'x'}}", "patch: metadata.name cannot be changed"},
        {"{'metadata':{'labels':['a']}}", "patch: metadata.labels must be a mapping"},
        {"{'metadata':{'labels':{'a':1}}}", "patch: metadata.labels.a must be a string"},
        {"{'metadata':{'annotations':{'a':{}}}}", "patch: metadata.annotations.a must be a string"},
        {"{'metadata':{'finalizers':{}}}", "patch: metadata.finalizers must be a list"},
        {"{'metadata':{'finalizers':['a',1]}}", "patch: metadata.finalizers[1] must be a string"},
    };
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *before = contract_create(contract->store, "apps", "web");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *patch = contract_json(rows[i].patch);
        CLEANUP(api_object_freep) struct api_object *after = NULL;
        check_fails(rows[i].patch,
                    store_patch(contract->store, api_object_ref(before), patch, NULL, &err), &err,
                    ERR_INVALID, rows[i].want);
        check_int("get", store_get(contract->store, api_object_ref(before), &after, &err), 1);
        check_text(rows[i].patch, after->meta.resource_version, before->meta.resource_version);
    }
}

static void takes_no_change_for_another_object(void **state)
{
    const struct store_contract *contract = *state;
    struct err err;
    CLEANUP(api_object_freep)
    struct api_object *object = contract_create(contract->store, "apps", "web");
    str_set(&object->meta.uid, "of an object that had this name before");
    str_set(&object->meta.resource_version, "");
    strmap_set(&object->meta.labels, "team", "a");
    check_int("update", store_update(contract->store, object, NULL, &err), -1);
    check_text("update", err_class_name(err.class), "conflict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_CONTRACT(set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_malformed_patches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_no_change_for_another_object, set_up, tear_down),
    };
    return test_main("store_memory", tests);
}
