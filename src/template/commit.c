#include "template/commit.h"

#include "base/mem.h"
#include "template/func.h"

/* Hands out what the data's builder put into SLOT of the receiver. */
static int give(struct call *call, size_t slot)
{
    *call->ret = call->args[0].fields[slot];
    return 0;
}

#define GIVER(name, slot)                                                                          \
    static int name(struct call *call)                                                             \
    {                                                                                              \
        return give(call, (slot));                                                                 \
    }

GIVER(give_updated, TEMPLATE_DATA_UPDATED)
GIVER(give_objects, RESULT_OBJECTS)
GIVER(give_changes, RESULT_CHANGES)
GIVER(give_image_result, RESULT_IMAGE_RESULT)
GIVER(give_image_objects, IMAGE_RESULT_OBJECTS)
GIVER(give_images, IMAGE_RESULT_IMAGES)
GIVER(give_image_text, IMAGE_REF_TEXT)
GIVER(give_image_policy, IMAGE_REF_POLICY)
GIVER(give_image_identifier, IMAGE_REF_IDENTIFIER)
GIVER(give_image_repository, IMAGE_REF_REPOSITORY)
GIVER(give_image_registry, IMAGE_REF_REGISTRY)
GIVER(give_image_name, IMAGE_REF_NAME)

static void add_namespaced_name(const struct value *value, struct buf *ret)
{
    buf_add_span(ret, value->fields[0].text);
    buf_addc(ret, '/');
    buf_add_span(ret, value->fields[1].text);
}

static int namespaced_name_string(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    struct span copy;
    add_namespaced_name(&call->args[0], &text);
    if (budget_text_of(call->budget, &text, &copy, call->err) != 0)
        return -1;
    *call->ret = value_text(copy);
    return 0;
}

static void add_image_ref(const struct value *value, struct buf *ret)
{
    buf_add_span(ret, value->fields[IMAGE_REF_TEXT].text);
}

static const struct func template_data_methods[] = {{"Updated", "", give_updated}, {0}};

static const struct func namespaced_name_methods[] = {{"String", "", namespaced_name_string}, {0}};

static const struct func result_methods[] = {
    {"Objects", "", give_objects},
    {"Changes", "", give_changes},
    {"ImageResult", "", give_image_result},
    {0},
};

static const struct func image_result_methods[] = {
    {"Objects", "", give_image_objects},
    {"Images", "", give_images},
    {0},
};

static const struct func image_ref_methods[] = {
    {"String", "", give_image_text},
    {"Identifier", "", give_image_identifier},
    {"Repository", "", give_image_repository},
    {"Registry", "", give_image_registry},
    {"Name", "", give_image_name},
    {"Policy", "", give_image_policy},
    {0},
};

#define STRUCT(id, go_name, ...)                                                                   \
    const struct value_type id = {.name = (go_name),                                               \
                                  .kind = VALUE_STRUCT,                                            \
                                  .fields = id##_fields,                                           \
                                  .n_fields = ARRAY_LEN(id##_fields),                              \
                                  __VA_ARGS__}

#define SLICE(id, go_name, elem_type)                                                              \
    const struct value_type id = {.name = (go_name), .kind = VALUE_SLICE, .elem = &(elem_type)}

#define MAP(id, go_name, key_type, elem_type)                                                      \
    const struct value_type id = {                                                                 \
        .name = (go_name), .kind = VALUE_MAP, .key = &(key_type), .elem = &(elem_type)}

static const struct value_field type_namespaced_name_fields[] = {
    {.name = "Namespace", .type = &type_string},
    {.name = "Name", .type = &type_string},
};
STRUCT(type_namespaced_name, "types.NamespacedName", .methods = namespaced_name_methods,
       .string = add_namespaced_name);

static const struct value_field type_type_meta_fields[] = {
    {.name = "APIVersion", .type = &type_string, .json = "apiVersion"},
    {.name = "Kind", .type = &type_string, .json = "kind"},
};
STRUCT(type_type_meta, "yaml.TypeMeta");

static const struct value_field type_name_meta_fields[] = {
    {.name = "Name", .type = &type_string, .json = "name"},
    {.name = "Namespace", .type = &type_string, .json = "namespace"},
};
STRUCT(type_name_meta, "yaml.NameMeta");

static const struct value_field type_resource_fields[] = {
    {.name = "TypeMeta", .type = &type_type_meta, .embedded = true},
    {.name = "NameMeta", .type = &type_name_meta, .embedded = true},
};
STRUCT(type_resource, "yaml.ResourceIdentifier");

static const struct value_field type_object_fields[] = {
    {.name = "ResourceIdentifier", .type = &type_resource, .embedded = true},
};
STRUCT(type_object, "update.ObjectIdentifier");

static const struct value_field type_change_fields[] = {
    {.name = "OldValue", .type = &type_string},
    {.name = "NewValue", .type = &type_string},
    {.name = "Setter", .type = &type_string},
};
STRUCT(type_change, "update.Change");
SLICE(type_changes, "[]update.Change", type_change);
MAP(type_object_changes, "update.ObjectChanges", type_object, type_changes);
MAP(type_file_changes, "map[string]update.ObjectChanges", type_string, type_object_changes);

static const struct value_field type_result_fields[] = {
    {.name = "FileChanges", .type = &type_file_changes},
};
STRUCT(type_result, "update.Result", .methods = result_methods);

/* The fields are not exported: only the methods can be reached. */
static const struct value_field type_image_ref_fields[] = {
    {.name = "text", .type = &type_string},
    {.name = "policy", .type = &type_namespaced_name},
};
STRUCT(type_image_ref, "update.ImageRef", .methods = image_ref_methods, .string = add_image_ref);
SLICE(type_images, "[]update.ImageRef", type_image_ref);
MAP(type_object_images, "map[update.ObjectIdentifier][]update.ImageRef", type_object, type_images);

static const struct value_field type_file_result_fields[] = {
    {.name = "Objects", .type = &type_object_images},
};
STRUCT(type_file_result, "update.FileResult");
MAP(type_files, "map[string]update.FileResult", type_string, type_file_result);

static const struct value_field type_image_result_fields[] = {
    {.name = "Files", .type = &type_files},
};
STRUCT(type_image_result, "update.ImageResult", .methods = image_result_methods);

static const struct value_field type_template_data_fields[] = {
    {.name = "AutomationObject", .type = &type_namespaced_name},
    {.name = "Changed", .type = &type_result},
    {.name = "Values", .type = &type_string_map},
};
STRUCT(type_template_data, "source.TemplateData", .methods = template_data_methods);
