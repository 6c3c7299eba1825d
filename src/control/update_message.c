#include "control/update_message.h"

#include <string.h>

#include "api/message.h"

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

int update_message_render(const struct template *template, struct api_ref automation,
                          const struct api_image_update *spec, const struct update_edit *edit,
                          const char *root, const struct policy_images *policies, struct buf *ret,
                          struct err *err)
{
    CLEANUP(mem_freep)
    struct template_change *changes = mem_calloc(count_changes(edit), sizeof(*changes));
    size_t count = 0;
    if (!template) {
        buf_adds(ret, API_MESSAGE_DEFAULT);
        return 0;
    }
    for (size_t i = 0; i < edit->len; i++) {
        const struct edited_file *file = &edit->files[i];
        for (size_t j = 0; j < file->result.change_count; j++) {
            const struct update_change *change = &file->result.changes[j];
            changes[count++] =
                change_of(change, relative(file->path, root), &policies->items[change->policy]);
        }
    }
    return api_message_render(template, automation, spec, changes, count, ret, err);
}
