/* Waiting: when an object's outcome is there, and which it is. A lock that
 * somebody holds stands for a daemon that does not get to it. */
#include "place.h"
#include "read_json.h"

#include "base/cancel.h"
#include "cli/wait.h"
#include "store/memory.h"

enum {
    GENERATION = 1,    /* of a new object */
    PATIENCE_MS = 150, /* --timeout */
};

static const struct api_ref web = {API_IMAGE_POLICY, "apps", "web"};

struct scene {
    struct home home;
    int daemon_fd; /* the lock, held by another */
};

static void set_up(struct scene *scene, const struct place *place)
{
    struct err err;
    *scene = (struct scene){.daemon_fd = -1};
    scene->home.store = memory_store_new(clock_system());
    scene->home.lock_path = str_printf("%s/lock", place->folder);
    scene->home.lock_fd = -1;
    scene->home.deadline = deadline_in(clock_system(), PATIENCE_MS * CLOCK_NS_PER_MS, NULL);
    check_int("daemon", file_try_lock(scene->home.lock_path, &scene->daemon_fd, &err), 1);
}

static void tear_down(struct scene *scene)
{
    store_free(scene->home.store);
    file_closep(&scene->daemon_fd);
    free(scene->home.lock_path);
}

static struct api_object *create(struct store *store, const char *status)
{
    CLEANUP(api_object_freep) struct api_object *wanted = api_object_new(web);
    CLEANUP(api_object_freep) struct api_object *made = NULL;
    CLEANUP(json_freep) struct json *now = read_json(status);
    struct api_object *stored = NULL;
    struct err err;
    json_free(wanted->spec);
    wanted->spec =
        read_json("{'imageRepositoryRef':{'name':'x'},'policy':{'semver':{'range':'*'}}}");
    strlist_add(&wanted->meta.finalizers, "example.com/f");
    check_ok(status, store_create(store, wanted, &made, &err), &err);
    check_ok(status, store_patch_status(store, made, now, &stored, &err), &err);
    return stored;
}

#define CONDITION(type, status, message, generation)                                               \
    "{'type':'" type "','status':'" status "','reason':'R','message':'" message                    \
    "','lastTransitionTime':'2024-01-01T00:00:00Z','observedGeneration':" generation "}"
#define LATE "context deadline exceeded"

static void judges_what_the_status_says(void **state)
{
    static const struct {
        const char *row;
        enum wait_for what;
        const char *handled_before;
        const char *status;
        const char *error; /* NULL: it is ready */
    } rows[] = {
        {"no status", WAIT_READY, NULL, "{}", LATE},
        {"ready", WAIT_READY, NULL,
         "{'observedGeneration':1,'conditions':[" CONDITION("Ready", "True", "fine", "1") "]}",
         NULL},
        {"ready, of another generation", WAIT_READY, NULL,
         "{'observedGeneration':1,'conditions':[" CONDITION("Ready", "True", "fine", "2") "]}",
         LATE},
        {"failed, of another generation", WAIT_READY, NULL,
         "{'observedGeneration':1,'conditions':[" CONDITION("Ready", "False", "bad", "2") "]}",
         LATE},
        {"unknown", WAIT_READY, NULL,
         "{'conditions':[" CONDITION("Ready", "Unknown", "under way", "1") "]}", LATE},
        {"failed", WAIT_READY, NULL,
         "{'conditions':[" CONDITION("Reconciling", "True", "again",
                                     "1") "," CONDITION("Ready", "False", "scan failed", "1") "]}",
         "scan failed"},
        {"stalled", WAIT_READY, NULL,
         "{'conditions':[" CONDITION("Stalled", "True", "no such policy",
                                     "1") "," CONDITION("Ready", "False", "other words", "1") "]}",
         "no such policy"},
        {"ready, but at it again", WAIT_READY, NULL,
         "{'observedGeneration':1,'conditions':[" CONDITION(
             "Reconciling", "True", "again", "1") "," CONDITION("Ready", "True", "fine", "1") "]}",
         LATE},
        {"handled for the first time", WAIT_HANDLED, NULL,
         "{'observedGeneration':1,'lastHandledReconcileAt':'b','conditions':[" CONDITION(
             "Ready", "True", "fine", "1") "]}",
         NULL},
        {"handled", WAIT_HANDLED, "a",
         "{'observedGeneration':1,'lastHandledReconcileAt':'b','conditions':[" CONDITION(
             "Ready", "True", "fine", "1") "]}",
         NULL},
        {"not handled yet", WAIT_HANDLED, "b",
         "{'observedGeneration':1,'lastHandledReconcileAt':'b','conditions':[" CONDITION(
             "Ready", "True", "fine", "1") "]}",
         LATE},
        {"handled, and failed", WAIT_HANDLED, "a",
         "{'lastHandledReconcileAt':'b','conditions':[" CONDITION("Ready", "False", "bad",
                                                                  "1") "]}",
         "bad"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct scene scene;
        set_up(&scene, *state);
        CLEANUP(api_object_freep)
        struct api_object *made = create(scene.home.store, rows[i].status);
        CLEANUP(api_object_freep) struct api_object *got = NULL;
        struct err err = {.text = ""};
        check_int(rows[i].row, made->meta.generation, GENERATION);
        int answer =
            wait_for_outcome(&scene.home, web, rows[i].what, rows[i].handled_before, &got, &err);
        check_int(rows[i].row, answer, rows[i].error ? -1 : 0);
        check_text(rows[i].row, answer == 0 ? NULL : err.text, rows[i].error);
        check_int(rows[i].row, got != NULL, answer == 0);
        check_int("without the lock", scene.home.lock_fd, -1);
        tear_down(&scene);
    }
}

static void deletion_ends_the_wait(void **state)
{
    struct scene scene;
    set_up(&scene, *state);
    CLEANUP(api_object_freep)
    struct api_object *made =
        create(scene.home.store, "{'conditions':[" CONDITION("Ready", "True", "fine", "1") "]}");
    CLEANUP(api_object_freep) struct api_object *got = NULL;
    struct err err;
    check_int("there", made->meta.generation, GENERATION);
    check_ok("remove", store_remove(scene.home.store, web, &err), &err);
    check_fails("deleted", wait_for_outcome(&scene.home, web, WAIT_READY, NULL, &got, &err), &err,
                ERR_CONFLICT, "Resource scheduled for deletion");
    tear_down(&scene);
}

static void an_object_must_be_there(void **state)
{
    struct scene scene;
    set_up(&scene, *state);
    CLEANUP(api_object_freep) struct api_object *got = NULL;
    struct err err;
    check_fails("none", wait_for_outcome(&scene.home, web, WAIT_READY, NULL, &got, &err), &err,
                ERR_NOT_FOUND, "imagepolicies.image.toolkit.fluxcd.io \"web\" not found");
    check_int("settled", wait_settle(&scene.home, web, &err), 0);
    tear_down(&scene);
}

/* A daemon that is busy is not waited for until --timeout is over: what is to
 * be cleared up, it will. */
static void a_deletion_is_not_waited_for_long(void **state)
{
    struct scene scene;
    set_up(&scene, *state);
    CLEANUP(api_object_freep) struct api_object *made = create(scene.home.store, "{}");
    struct err err;
    check_int("there", made->meta.generation, GENERATION);
    check_int("not to be deleted", wait_settle(&scene.home, web, &err), 0);
    check_ok("remove", store_remove(scene.home.store, web, &err), &err);
    check_int("in its hands", wait_settle(&scene.home, web, &err), 0);
    CLEANUP(api_object_freep) struct api_object *left = NULL;
    check_int("still there", store_get(scene.home.store, web, &left, &err), 1);
    tear_down(&scene);
}

int main(void)
{
    signal(SIGALRM, SIG_IGN); /* the program's own handler is home_open()'s */
    const struct CMUnitTest tests[] = {
        place_test(judges_what_the_status_says),
        place_test(deletion_ends_the_wait),
        place_test(an_object_must_be_there),
        place_test(a_deletion_is_not_waited_for_long),
    };
    return test_main("wait", tests);
}
