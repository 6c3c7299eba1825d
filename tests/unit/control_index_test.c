#include "test.h"

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
    CLEANUP(index_freep) struct index *index = index_new();
    CLEANUP(api_object_freep) struct api_object *repository = object(API_IMAGE_REPOSITORY, "web");
    CLEANUP(api_object_freep) struct api_object *policy = policy_on("web-1", "web");
    CLEANUP(api_object_freep) struct api_object *other = policy_on("api-1", "api");
    CLEANUP(api_object_freep) struct api_object *update = object(API_IMAGE_UPDATE_AUTOMATION, "u");
    json_put_text(json_ensure_object(update->spec, "sourceRef"), "name", "src");
    struct index_news news = index_update(index, repository, true);
    assert_true(news.self && news.dependents);
    index_update(index, policy, true);
    index_update(index, other, true);
    index_update(index, update, true);
    check_dependents(index, api_object_ref(repository), "imagepolicy/web-1 ");
    check_dependents(index, api_object_ref(policy), "imageupdateautomation/u ");
    check_dependents(index, (struct api_ref){API_GIT_REPOSITORY, "apps", "src"},
                     "imageupdateautomation/u ");
    check_dependents(index, (struct api_ref){API_GIT_REPOSITORY, "other", "src"}, "");
}

static void only_what_matters_is_news(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new();
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
    CLEANUP(index_freep) struct index *index = index_new();
    CLEANUP(api_object_freep) struct api_object *failing = object(API_IMAGE_REPOSITORY, "web");
    index_update(index, failing, true);
    check_dependents(index, (struct api_ref){API_SECRET, "apps", "s"}, "imagerepository/web ");
    check_dependents(index, (struct api_ref){API_SECRET, "other", "s"}, "");
}

static void other_shards_are_known_but_never_due(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new();
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
    struct api_object *fresh = index_take_fresh(index, api_object_ref(object));
    return fresh != NULL;
}

static void new_objects_are_kept_until_taken(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new();
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

static void only_so_many_new_objects_are_kept(void **state)
{
    (void)state;
    CLEANUP(index_freep) struct index *index = index_new();
    /* Those of the first round go untaken, and make room. */
    for (int round = 0; round < 2; round++) {
        size_t kept = 0;
        for (int i = 0; i <= INDEX_FRESH_MAX; i++) {
            CLEANUP(mem_freep) char *name = str_printf("p%d", i);
            CLEANUP(api_object_freep) struct api_object *policy = policy_on(name, "web");
            index_update(index, policy, true);
        }
        for (int i = 0; i <= INDEX_FRESH_MAX; i++) {
            CLEANUP(mem_freep) char *name = str_printf("p%d", i);
            CLEANUP(api_object_freep) struct api_object *policy = policy_on(name, "web");
            kept += round == 1 && is_kept(index, policy);
            index_remove(index, api_object_ref(policy));
        }
        assert_int_equal(kept, round == 0 ? 0 : INDEX_FRESH_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_shards_are_known_but_never_due),
        cmocka_unit_test(changes_concern_those_who_use_them),
        cmocka_unit_test(only_what_matters_is_news),
        cmocka_unit_test(secrets_concern_what_is_not_ready),
        cmocka_unit_test(new_objects_are_kept_until_taken),
        cmocka_unit_test(only_so_many_new_objects_are_kept),
    };
    return test_main("control_index", tests);
}
