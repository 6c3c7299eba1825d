#include "control/update_message.h"

#include <string.h>

#include "base/str.h"
#include "template/data.h"

#define TEMPLATE_NAME "commit message"

static void read_values(const struct api_image_update *spec, struct strmap *ret)
{
    json_foreach_member (key, value, spec->message_values) {
        strmap_set(ret, key, json_text(value));
    }
}

/* PATH as seen from ROOT; the file itself if ROOT names it. */
static const char *relative(const char *path, const char *root)
{
    size_t len = strlen(root);
    if (len == 0 || strncmp(path, root, len) != 0)
        return path;
    if (path[len] == '/')
        return path + len + 1;
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static struct template_change change_of(const struct update_change *change, const char *file,
                                        const struct policy_image *image)
{
    return (struct template_change){
        .file = file,
        .api_version = change->object.api_version,
        .kind = change->object.kind,
        .name = change->object.name,
        .namespace = change->object.namespace,
        .old_value = change->old_value,
        .new_value = change->new_value,
        .setter = change->setter,
        .policy_namespace = image->namespace,
        .policy_name = image->policy,
        .image = image->text,
    };
}

static size_t count_changes(const struct update_edit *edit)
{
    size_t count = 0;
    for (size_t i = 0; i < edit->len; i++)
        count += edit->files[i].result.change_count;
    return count;
}

static int render(const struct template *template, const struct template_commit *commit,
                  struct buf *ret, struct err *err)
{
    CLEANUP(template_data_freep) struct template_data *data = NULL;
    if (template_data_new_commit(commit, &data, err) != 0)
        return -1;
    if (template_render(template, data, ret, err) != 0)
        return err_wrap(err, "failed to run template from spec");
    return 0;
}

int update_message_parse(const struct api_image_update *spec, struct template **ret,
                         struct err *err)
{
    *ret = NULL;
    if (!*spec->message_template)
        return 0;
    if (template_parse(TEMPLATE_NAME, span_of(spec->message_template), ret, err) != 0)
        return err_wrap(err, "unable to create commit message template from spec");
    return 0;
}

static struct template_change example(const char *file, const char *name, const char *old_value,
                                      const char *new_value, const char *setter)
{
    return (struct template_change){
        .file = file,
        .api_version = "apps/v1",
        .kind = "Deployment",
        .name = name,
        .namespace = "default",
        .old_value = old_value,
        .new_value = new_value,
        .setter = setter,
        .policy_namespace = "flux-system",
        .policy_name = "example",
        .image = "registry.example/app:1.0.1",
    };
}

int update_message_try(const struct template *template, const struct api_image_update *spec,
                       struct err *err)
{
    const struct template_change changes[] = {
        example("a.yaml", "a", "registry.example/app:1.0.0", "registry.example/app:1.0.1",
                "flux-system:example"),
        example("a.yaml", "b", "1.0.0", "1.0.1", "flux-system:example:tag"),
        example("b/c.yaml", "c", "registry.example/app:0.9.0", "registry.example/app:1.0.1",
                "flux-system:example"),
    };
    CLEANUP(strmap_finish) struct strmap values = STRMAP_INIT;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_OUTPUT_MAX);
    if (!template)
        return 0;
    read_values(spec, &values);
    const struct template_commit commit = {
        .automation_namespace = "flux-system",
        .automation_name = "example",
        .changes = changes,
        .n_changes = ARRAY_LEN(changes),
        .values = &values,
    };
    return render(template, &commit, &text, err);
}

int update_message_render(const struct template *template, struct api_ref automation,
                          const struct api_image_update *spec, const struct update_edit *edit,
                          const char *root, const struct policy_images *policies, struct buf *ret,
                          struct err *err)
{
    CLEANUP(strmap_finish) struct strmap values = STRMAP_INIT;
    CLEANUP(mem_freep)
    struct template_change *changes = mem_calloc(count_changes(edit), sizeof(*changes));
    size_t count = 0;
    if (!template) {
        buf_adds(ret, UPDATE_MESSAGE_DEFAULT);
        return 0;
    }
    read_values(spec, &values);
    for (size_t i = 0; i < edit->len; i++) {
        const struct edited_file *file = &edit->files[i];
        for (size_t j = 0; j < file->result.change_count; j++) {
            const struct update_change *change = &file->result.changes[j];
            changes[count++] =
                change_of(change, relative(file->path, root), &policies->items[change->policy]);
        }
    }
    const struct template_commit commit = {
        .automation_namespace = automation.namespace,
        .automation_name = automation.name,
        .changes = changes,
        .n_changes = count,
        .values = &values,
    };
    return render(template, &commit, ret, err);
}
