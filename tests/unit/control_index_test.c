#include "test.h"

#include "api/condition.h"
#include "base/str.h"
#include "control/index.h"

static struct api_object *object(enum api_kind kind, const char *name)
{
    struct api_object *made = api_object_new((struct api_ref){kind, "apps", name});
    made->meta.generation = 1;
    return made;
}

static struct api_object *policy_on(const char *name, const char *repository)
{
    struct api_object *made = object(API_IMAGE_POLICY, name);
    json_put_text(json_ensure_object(made->spec, "imageRepositoryRef"), "name", repository);
    return made;
}

static void list(void *arg, struct api_ref ref)
{
    buf_addf(arg, "%s/%s ", api_kind_info(ref.kind)->singular, ref.name);
}

static void check_dependents(struct index *index, struct api_ref ref, const char *want)
{
    CLEANUP(buf_finish) struct buf found = BUF_INIT(1000);
    index_dependents(index, ref, list, &found);
    check_text(ref.name, buf_text(&found), want);
}

static void changes_concern_those_who_use_them(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    CLEANUP(api_object_freep) struct api_object *policy = policy_on("web-1", "web");
    CLEANUP(api_object_freep) struct api_object *other = policy_on("api-1", "api");
    CLEANUP(api_object_freep) struct api_object *update = object(API_IMAGE_UPDATE_AUTOMATION, "u");
    json_put_text(json_ensure_object(update->spec, "sourceRef"), "name", "src");
    struct index_news news = index_update(index, repository, true);
    assert_true(news.self && news.dependents && !news.alone);
    news = index_update(index, policy, true);
    assert_true(news.self && !news.alone);
    news = index_update(index, other, true);
    assert_true(news.self && news.alone);
    news = index_update(index, update, true);
    assert_true(news.self && news.alone);
    check_dependents(index, api_object_ref(repository), "imagepolicy/web-1 ");
    check_dependents(index, api_object_ref(policy), "imageupdateautomation/u ");
    check_dependents(index, (struct api_ref){API_GIT_REPOSITORY, "apps", "src"},
                     "imageupdateautomation/u ");
    check_dependents(index, (struct api_ref){API_GIT_REPOSITORY, "other", "src"}, "");
}

static void only_what_matters_is_news(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    index_update(index, repository, true);
    json_put_text(repository->status, "anything", "else");
    struct index_news news = index_update(index, repository, true);
    assert_false(news.self || news.dependents);
    json_put_text(json_ensure_object(repository->status, "lastScanResult"), "revision", "sha256:1");
    news = index_update(index, repository, true);
    assert_true(!news.self && news.dependents);
    repository->meta.generation = 2;
    news = index_update(index, repository, true);
    assert_true(news.self && news.dependents);
    strmap_set(&repository->meta.annotations, API_REQUESTED_AT, "now");
    news = index_update(index, repository, true);
    assert_true(news.self && !news.dependents);
    repository->meta.deleted_ns = 1;
    news = index_update(index, repository, true);
    assert_true(news.self);
    news = index_remove(index, api_object_ref(repository));
    assert_true(news.dependents);
    news = index_remove(index, api_object_ref(repository));
    assert_false(news.self || news.dependents);
}

static void secrets_concern_what_is_not_ready(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *failing = object(API_IMAGE_REPOSITORY, "web");
    index_update(index, failing, true);
    check_dependents(index, (struct api_ref){API_SECRET, "apps", "s"}, "imagerepository/web ");
    check_dependents(index, (struct api_ref){API_SECRET, "other", "s"}, "");
}

static void other_shards_are_known_but_never_due(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    CLEANUP(api_object_freep) struct api_object *theirs = policy_on("theirs", "web");
    CLEANUP(api_object_freep) struct api_object *ours = policy_on("ours", "web");
    struct index_news news = index_update(index, repository, false);
    assert_true(!news.self && news.dependents);
    index_update(index, theirs, false);
    index_update(index, ours, true);
    check_dependents(index, api_object_ref(repository), "imagepolicy/ours ");
    json_put_text(json_ensure_object(repository->status, "lastScanResult"), "revision", "sha256:1");
    news = index_update(index, repository, false);
    assert_true(!news.self && news.dependents);
    /* It moves into our shard. */
    news = index_update(index, theirs, true);
    assert_true(news.self && !news.dependents);
    check_dependents(index, api_object_ref(repository), "imagepolicy/theirs imagepolicy/ours ");
}

static bool is_kept(struct index *index, const struct api_object *object)
{
    CLEANUP(api_object_freep)
    struct api_object *kept = index_take_new(index, api_object_ref(object));
    return kept != NULL;
}

static void new_objects_are_kept_until_taken(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *policy = policy_on("web", "web");
    CLEANUP(api_object_freep) struct api_object *held = policy_on("held", "web");
    CLEANUP(api_object_freep) struct api_object *theirs = policy_on("theirs", "web");
    CLEANUP(api_object_freep) struct api_object *source = object(API_GIT_REPOSITORY, "src");
    assert_false(is_kept(index, policy)); /* not even known */
    index_update(index, policy, true);
    assert_true(is_kept(index, policy));
    assert_false(is_kept(index, policy)); /* taken */
    index_update(index, policy, true);
    assert_false(is_kept(index, policy)); /* not new */
    strlist_add(&held->meta.finalizers, API_FINALIZER);
    index_update(index, held, true);
    index_update(index, theirs, false);
    index_update(index, source, true);
    assert_false(is_kept(index, held) || is_kept(index, theirs) || is_kept(index, source));
}

static void the_longest_kept_make_room(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    for (int i = 0; i <= INDEX_KEPT_MAX; i++) {
        CLEANUP(mem_freep) char *name = str_printf("p%d", i);
        CLEANUP(api_object_freep) struct api_object *policy = policy_on(name, "web");
        index_update(index, policy, true);
    }
    for (int i = 0; i <= INDEX_KEPT_MAX; i++) {
        CLEANUP(mem_freep) char *name = str_printf("p%d", i);
        CLEANUP(api_object_freep) struct api_object *policy = policy_on(name, "web");
        check_int(name, is_kept(index, policy), i != 0);
    }
}

static void only_small_objects_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        size_t more;
        bool want;
    } rows[] = {{"at the limit", 0, true}, {"above it", 1, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(index_freep) struct index *index = index_new(true);
        CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "w");
        CLEANUP(buf_finish) struct buf empty = BUF_INIT(1000);
        json_print(repository->spec, JSON_STYLE_COMPACT, &empty);
        json_print(repository->status, JSON_STYLE_COMPACT, &empty);
        size_t len = INDEX_KEPT_SIZE_MAX - empty.len - strlen("note") + rows[i].more;
        CLEANUP(mem_freep) char *note = mem_zalloc(len + 1);
        memset(note, 'x', len);
        strmap_set(&repository->meta.annotations, "note", note);
        index_update(index, repository, true);
        check_int(rows[i].row, is_kept(index, repository), rows[i].want);
    }
}

static void set_result(struct api_object *repository, const char *revision)
{
    json_put_text(json_ensure_object(repository->status, "lastScanResult"), "revision", revision);
}

/* The revision in the copy that is kept for those who use the repository. */
static void check_copy(const struct index *index, const struct api_object *repository,
                       const char *want)
{
    CLEANUP(api_object_freep)
    struct api_object *copy = index_copy_used(index, api_object_ref(repository));
    const char *revision =
        copy ? json_member_text(json_member(copy->status, "lastScanResult"), "revision") : NULL;
    check_text(want, revision ? revision : "none", want);
}

static void scanned_repositories_are_kept_as_they_are(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    strlist_add(&repository->meta.finalizers, API_FINALIZER);
    index_update(index, repository, true);
    check_copy(index, repository, "none");
    set_result(repository, "sha256:1");
    index_update(index, repository, true);
    check_copy(index, repository, "sha256:1");
    check_copy(index, repository, "sha256:1"); /* there are several who use it */
    assert_false(is_kept(index, repository));
    set_result(repository, "sha256:2");
    index_update(index, repository, true);
    check_copy(index, repository, "sha256:2");
    index_drop_kept(index);
    check_copy(index, repository, "none");
    set_result(repository, "sha256:3");
    index_update(index, repository, true);
    index_remove(index, api_object_ref(repository));
    check_copy(index, repository, "none");
}

static void a_near_store_has_none_kept(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(false);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    assert_true(index_update(index, repository, true).self);
    assert_false(is_kept(index, repository));
    set_result(repository, "sha256:1");
    assert_true(index_update(index, repository, true).dependents);
    check_copy(index, repository, "none");
}

static void set_ready(struct api_object *object, const char *status)
{
    const struct api_condition ready = {.status = status, .reason = "Any", .message = ""};
    api_condition_set(object->status, API_READY, &ready, 1);
}

static void policies_await_the_first_scan(void **state)
{
    (void)state;
    enum { MADE_NS = 100, PATIENCE_NS = 10 };
    static const struct {
        const char *name, *ready, *revision;
        bool suspended, deleted, theirs, leaving;
        int64_t after_ns; /* that it was made */
        bool want;
    } rows[] = {
        {.name = "new", .want = true},
        {.name = "under way", .ready = API_UNKNOWN, .after_ns = PATIENCE_NS, .want = true},
        {.name = "for too long", .after_ns = PATIENCE_NS + 1},
        {.name = "clock ahead", .after_ns = -PATIENCE_NS, .want = true},
        {.name = "clock too far ahead", .after_ns = -PATIENCE_NS - 1},
        {.name = "policy to be deleted", .leaving = true},
        {.name = "failed", .ready = API_FALSE},
        {.name = "scanned", .ready = API_TRUE, .revision = "sha256:1"},
        {.name = "scanned before", .revision = "sha256:1"},
        {.name = "suspended", .suspended = true},
        {.name = "deleted", .deleted = true},
        {.name = "another shard's", .theirs = true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(index_freep) struct index *index = index_new(true);
        CLEANUP(api_object_freep)
        struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
        CLEANUP(api_object_freep) struct api_object *policy = policy_on("p", "web");
        repository->meta.created_ns = MADE_NS;
        repository->meta.deleted_ns = rows[i].deleted;
        policy->meta.deleted_ns = rows[i].leaving;
        if (rows[i].ready)
            set_ready(repository, rows[i].ready);
        if (rows[i].revision)
            set_result(repository, rows[i].revision);
        if (rows[i].suspended)
            json_put_take(repository->spec, "suspend", json_new_bool(true));
        index_update(index, policy, true);
        check_int("repository unknown",
                  index_awaits_scan(index, api_object_ref(policy), MADE_NS, PATIENCE_NS), false);
        index_update(index, repository, !rows[i].theirs);
        check_int(rows[i].name,
                  index_awaits_scan(index, api_object_ref(policy), MADE_NS + rows[i].after_ns,
                                    PATIENCE_NS),
                  rows[i].want);
        check_int("itself",
                  index_awaits_scan(index, api_object_ref(repository), MADE_NS, PATIENCE_NS),
                  false);
    }
}

/* A first scan that fails leaves no result, but the policies have waited for it. */
static void the_end_of_the_first_scan_is_news(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new(true);
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    repository->meta.created_ns = 1;
    index_update(index, repository, true);
    set_ready(repository, API_UNKNOWN);
    assert_false(index_update(index, repository, true).dependents);
    set_ready(repository, API_FALSE);
    assert_true(index_update(index, repository, true).dependents);
    assert_false(index_update(index, repository, true).dependents);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_shards_are_known_but_never_due),
        cmocka_unit_test(changes_concern_those_who_use_them),
        cmocka_unit_test(only_what_matters_is_news),
        cmocka_unit_test(secrets_concern_what_is_not_ready),
        cmocka_unit_test(new_objects_are_kept_until_taken),
        cmocka_unit_test(a_near_store_has_none_kept),
        cmocka_unit_test(the_longest_kept_make_room),
        cmocka_unit_test(only_small_objects_are_kept),
        cmocka_unit_test(scanned_repositories_are_kept_as_they_are),
        cmocka_unit_test(policies_await_the_first_scan),
        cmocka_unit_test(the_end_of_the_first_scan_is_news),
    };
    return test_main("control_index", tests);
}
