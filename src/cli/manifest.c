#include "cli/manifest.h"

#include <errno.h>
#include <sys/stat.h>

#include "api/admission.h"
#include "api/trial.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/console.h"
#include "yaml/yaml_load.h"

void manifest_list_finish(struct manifest_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        api_object_free(list->objects[i]);
    free(list->objects);
    *list = (struct manifest_list)MANIFEST_LIST_INIT;
}

/* Judges a copy: the object itself keeps to what its author wrote, so that the
 * defaults do not count for his. */
static int judge(const struct api_object *object, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *admitted = api_object_clone(object);
    return api_admit(admitted, err) == 0 && api_try(admitted, err) == 0 ? 0 : -1;
}

static int add_object(const struct json *manifest, const char *default_namespace,
                      struct manifest_list *list, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    if (api_object_from_json(manifest, default_namespace, &object, err) != 0 ||
        judge(object, err) != 0)
        return -1;
    if (list->len >= MANIFEST_OBJECTS_MAX)
        return err_set(err, ERR_INVALID, "more than %d objects", MANIFEST_OBJECTS_MAX);
    list->objects = mem_grow(list->objects, &list->cap, list->len + 1, sizeof(*list->objects));
    list->objects[list->len++] = MEM_STEAL(object);
    return 0;
}

static int add_document(const struct json *document, const char *default_namespace,
                        struct manifest_list *list, struct err *err)
{
    const struct json *items = json_member(document, "items");
    const char *kind = json_member_text(document, "kind");
    if (!kind || !str_ends_with(kind, "List") || json_kind(items) != JSON_KIND_ARRAY)
        return add_object(document, default_namespace, list, err);
    for (size_t i = 0; i < json_count(items); i++) {
        if (add_object(json_at(items, i), default_namespace, list, err) != 0)
            return err_wrap(err, "item %zu", i + 1);
    }
    return 0;
}

static int add_text(struct span text, const char *name, const char *default_namespace,
                    struct manifest_list *list, struct err *err)
{
    CLEANUP(yaml_load_finish) struct yaml_docs documents = YAML_DOCS_INIT;
    if (yaml_load(text, &documents, err) != 0)
        return err_wrap(err, "%s", name);
    for (size_t i = 0; i < documents.len; i++) {
        if (add_document(documents.items[i].value, default_namespace, list, err) != 0)
            return err_wrap(err, "%s:%zu", name, documents.items[i].line);
    }
    return 0;
}

static int add_file(const char *path, const char *default_namespace, struct manifest_list *list,
                    struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(MANIFEST_FILE_MAX);
    if (file_read_input(path, &text, err) != 0)
        return -1;
    return add_text(buf_span(&text), str_equal(path, "-") ? "stdin" : path, default_namespace, list,
                    err);
}

static bool is_manifest_name(const char *name)
{
    return name[0] != '.' && (str_ends_with(name, ".yaml") || str_ends_with(name, ".yml") ||
                              str_ends_with(name, ".json"));
}

static int add_dir(const char *path, int depth, const char *default_namespace,
                   struct manifest_list *list, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    if (depth > MANIFEST_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "'%s' is more than %d folders deep", path,
                       MANIFEST_DEPTH_MAX);
    if (file_list_dir(path, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        CLEANUP(mem_freep) char *below = str_printf("%s/%s", path, names.items[i]);
        struct stat info;
        int answer = 0;
        if (stat(below, &info) != 0)
            continue; /* a link to nowhere */
        if (S_ISDIR(info.st_mode) && names.items[i][0] != '.')
            answer = add_dir(below, depth + 1, default_namespace, list, err);
        else if (S_ISREG(info.st_mode) && is_manifest_name(names.items[i]))
            answer = add_file(below, default_namespace, list, err);
        if (answer != 0)
            return -1;
    }
    return 0;
}

int manifest_read(const char *path, const char *default_namespace, struct manifest_list *list,
                  struct err *err)
{
    struct stat info;
    if (str_equal(path, "-"))
        return add_file(path, default_namespace, list, err);
    if (stat(path, &info) != 0)
        return err_set_errno(err, errno, "cannot open '%s'", path);
    if (S_ISDIR(info.st_mode))
        return add_dir(path, 0, default_namespace, list, err);
    return add_file(path, default_namespace, list, err);
}

static int apply_one(struct store *store, const struct api_object *object, bool force,
                     struct err *err)
{
    static const char *const words[] = {
        [STORE_CREATED] = "created",
        [STORE_CONFIGURED] = "configured",
        [STORE_UNCHANGED] = "unchanged",
    };
    CLEANUP(api_object_freep) struct api_object *stored = NULL;
    enum store_applied how;
    const char *kind = api_kind_info(object->kind)->singular;
    if (store_apply(store, object, force, &how, &stored, err) < 0)
        return err_wrap(err, "cannot apply %s/%s", kind, object->meta.name);
    console_print("%s/%s %s\n", kind, object->meta.name, words[how]);
    if (stored->meta.deleted_ns != 0)
        console_warning("%s/%s is being deleted: apply it again when it is gone", kind,
                        object->meta.name);
    return 0;
}

int manifest_apply(struct store *store, const struct manifest_list *list, bool force,
                   struct err *err)
{
    for (int secrets_first = 1; secrets_first >= 0; secrets_first--) {
        for (size_t i = 0; i < list->len; i++) {
            bool depended_on = list->objects[i]->kind >= API_RECONCILED_COUNT;
            if (depended_on == (secrets_first == 1) &&
                apply_one(store, list->objects[i], force, err) != 0)
                return -1;
        }
    }
    return 0;
}
