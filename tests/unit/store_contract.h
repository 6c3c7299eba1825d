/*
 * The contract of store.h as tests, to be run against each implementation:
 *
 *     const struct CMUnitTest tests[] = {
 *         STORE_CONTRACT(set_up, tear_down),
 *         … tests of the implementation's own …
 *     };
 *
 * The fixture's set_up() gives each test a struct store_contract with a store
 * in which the two namespaces are empty.
 */
#ifndef TIDEMARK_TESTS_UNIT_STORE_CONTRACT_H
#define TIDEMARK_TESTS_UNIT_STORE_CONTRACT_H

#include "test.h"

#include "store/store.h"

struct store_contract {
    struct store *store;
    struct store *other; /* the same objects through a store of its own; or NULL */
    const char *namespace;
    const char *other_namespace; /* behind the first one in order */
    bool remembers_events;       /* an event raises the count of one before the last, too */
};

#define STORE_CONTRACT(set_up, tear_down)                                                          \
    cmocka_unit_test_setup_teardown(contract_creates_objects, set_up, tear_down),                  \
        cmocka_unit_test_setup_teardown(contract_refuses_what_is_invalid, set_up, tear_down),      \
        cmocka_unit_test_setup_teardown(contract_updates_objects, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_updates_no_stale_object, set_up, tear_down),      \
        cmocka_unit_test_setup_teardown(contract_patches_objects, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_merges_status, set_up, tear_down),                \
        cmocka_unit_test_setup_teardown(contract_merges_conditions, set_up, tear_down),            \
        cmocka_unit_test_setup_teardown(contract_removes_objects, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_waits_for_finalizers, set_up, tear_down),         \
        cmocka_unit_test_setup_teardown(contract_lists_in_order, set_up, tear_down),               \
        cmocka_unit_test_setup_teardown(contract_keeps_secrets, set_up, tear_down),                \
        cmocka_unit_test_setup_teardown(contract_upserts_objects, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_applies_manifests, set_up, tear_down),            \
        cmocka_unit_test_setup_teardown(contract_applies_to_the_deleted, set_up, tear_down),       \
        cmocka_unit_test_setup_teardown(contract_loses_no_update, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_watches_changes, set_up, tear_down),              \
        cmocka_unit_test_setup_teardown(contract_watches_what_was_there, set_up, tear_down),       \
        cmocka_unit_test_setup_teardown(contract_watches_others, set_up, tear_down),               \
        cmocka_unit_test_setup_teardown(contract_records_events, set_up, tear_down)

void contract_creates_objects(void **state);
void contract_refuses_what_is_invalid(void **state);
void contract_updates_objects(void **state);
void contract_updates_no_stale_object(void **state);
void contract_patches_objects(void **state);
void contract_merges_status(void **state);
void contract_merges_conditions(void **state);
void contract_removes_objects(void **state);
void contract_waits_for_finalizers(void **state);
void contract_lists_in_order(void **state);
void contract_keeps_secrets(void **state);
void contract_upserts_objects(void **state);
void contract_applies_manifests(void **state);
void contract_applies_to_the_deleted(void **state);
void contract_loses_no_update(void **state);
void contract_watches_changes(void **state);
void contract_watches_what_was_there(void **state);
void contract_watches_others(void **state);
void contract_records_events(void **state);

/* Helpers, for the tests of an implementation too. */

/* An object of KIND with this spec (JSON text with ' for "). */
struct api_object *contract_object(enum api_kind kind, const char *namespace, const char *name,
                                   const char *spec);

/* JSON text with ' for ", read. */
struct json *contract_json(const char *text);

/* Creates a policy; may be called in child processes. contract_make() keeps
 * nothing of it. */
struct api_object *contract_create(struct store *store, const char *namespace, const char *name);
void contract_make(struct store *store, const char *namespace, const char *name);

/* The object, which must be there. */
struct api_object *contract_get(struct store *store, struct api_ref ref);

/* What a watch tells, as lines of "ADDED name", "MODIFIED name" … */
struct contract_log;
struct contract_log *contract_log_new(void);
void contract_log_free(struct contract_log *log);
MEM_DEFINE_FREEP(struct contract_log, contract_log_free)
struct store_watcher contract_watcher(struct contract_log *log);
/* Waits until the lines told so far are WANT, and forgets them; fails the test
 * if that takes longer than TIMEOUT_MS. */
void contract_log_expect(struct contract_log *log, int timeout_ms, const char *want);

#endif
