#include "test.h"

#include "template/commit.h"
#include "template/data.h"
#include "template/value.h"

static const struct template_change changes[] = {
    {.file = "b.yaml",
     .api_version = "apps/v1",
     .kind = "Deployment",
     .name = "web",
     .namespace = "shop",
     .old_value = "reg/web:1",
     .new_value = "reg/web:2",
     .setter = "flux:web",
     .policy_namespace = "flux",
     .policy_name = "web",
     .image = "reg/web:2"},
    {.file = "b.yaml",
     .api_version = "apps/v1",
     .kind = "Deployment",
     .name = "web",
     .namespace = "shop",
     .old_value = "1",
     .new_value = "2",
     .setter = "flux:web:tag",
     .policy_namespace = "flux",
     .policy_name = "web",
     .image = "reg/web:2"},
    {.file = "a.yaml",
     .api_version = "apps/v1",
     .kind = "Deployment",
     .name = "web",
     .namespace = "shop",
     .old_value = "reg/web:1",
     .new_value = "reg/web:2",
     .setter = "flux:web",
     .policy_namespace = "flux",
     .policy_name = "web",
     .image = "reg/web:2"},
    {.file = "a.yaml",
     .api_version = "",
     .kind = "",
     .name = "",
     .namespace = "",
     .old_value = "x",
     .new_value = "nginx",
     .setter = "flux:db:name",
     .policy_namespace = "flux",
     .policy_name = "db",
     .image = "nginx"},
};

static struct template_data *new_data(void)
{
    const struct template_commit commit = {.automation_namespace = "flux",
                                           .automation_name = "auto",
                                           .changes = changes,
                                           .n_changes = ARRAY_LEN(changes)};
    struct template_data *data = NULL;
    struct err err;
    check_ok("data", template_data_new_commit(&commit, &data, &err), &err);
    return data;
}

static struct value slot(struct value strct, size_t i)
{
    return strct.fields[i];
}

static void changes_are_ordered_by_file(void **state)
{
    (void)state;
    CLEANUP(template_data_freep) struct template_data *data = new_data();
    struct value changed = slot(data->root, TEMPLATE_DATA_CHANGED);
    struct value files = slot(changed, RESULT_FILE_CHANGES);
    assert_int_equal(value_len(files), 2);
    check_span("first file", files.map->entries[0].key.text, SPAN_LITERAL("a.yaml"));
    /* The object without a name sorts first. */
    struct value objects = files.map->entries[0].value;
    assert_int_equal(value_len(objects), 2);
    check_span("its change",
               slot(value_at(objects.map->entries[0].value, 0), CHANGE_NEW_VALUE).text,
               SPAN_LITERAL("nginx"));
    struct value all = slot(changed, RESULT_CHANGES);
    static const char *const setters[] = {"flux:web", "flux:db:name", "flux:web:tag"};
    assert_int_equal(value_len(all), ARRAY_LEN(setters));
    for (size_t i = 0; i < ARRAY_LEN(setters); i++)
        check_span("change", slot(value_at(all, i), CHANGE_SETTER).text, span_of(setters[i]));
    /* An object in two files keeps both lists. */
    objects = slot(changed, RESULT_OBJECTS);
    assert_int_equal(value_len(objects), 2);
    assert_int_equal(value_len(objects.map->entries[1].value), 3);
}

static void images_stand_once_for_each_file(void **state)
{
    (void)state;
    CLEANUP(template_data_freep) struct template_data *data = new_data();
    struct value updated = slot(data->root, TEMPLATE_DATA_UPDATED);
    struct value images = slot(updated, IMAGE_RESULT_IMAGES);
    assert_int_equal(value_len(images), 2);
    check_span("first", slot(value_at(images, 0), IMAGE_REF_TEXT).text, SPAN_LITERAL("reg/web:2"));
    check_span("name", slot(value_at(images, 1), IMAGE_REF_NAME).text,
               SPAN_LITERAL("index.docker.io/library/nginx:latest"));
    struct value objects = slot(updated, IMAGE_RESULT_OBJECTS);
    assert_int_equal(value_len(objects.map->entries[1].value), 2);
    struct value file = slot(updated, IMAGE_RESULT_FILES).map->entries[1].value;
    assert_int_equal(value_len(slot(file, 0).map->entries[0].value), 1);
}

static void a_bad_image_is_refused(void **state)
{
    (void)state;
    struct template_change bad = changes[0];
    bad.image = "Reg:1";
    const struct template_commit commit = {
        .automation_namespace = "flux", .automation_name = "auto", .changes = &bad, .n_changes = 1};
    struct template_data *data = NULL;
    struct err err;
    check_fails("bad image", template_data_new_commit(&commit, &data, &err), &err, ERR_INVALID,
                "image of policy 'flux/web': could not parse reference: Reg:1");
    assert_null(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_ordered_by_file),
        cmocka_unit_test(images_stand_once_for_each_file),
        cmocka_unit_test(a_bad_image_is_refused),
    };
    return test_main("template_data", tests);
}
