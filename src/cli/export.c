#include "cli/export.h"

#include "cli/console.h"
#include "yaml/yaml_print.h"

enum {
    EXPORT_MAX = 4 * 1024 * 1024,
};

int export_print(const struct api_object *object, struct err *err)
{
    CLEANUP(json_freep) struct json *manifest = api_object_to_json(object, API_FORM_EXPORT);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(EXPORT_MAX);
    yaml_print_document(manifest, &text);
    if (buf_overflowed(&text))
        return err_set(err, ERR_INVALID, "%s is larger than %d bytes", object->meta.name,
                       EXPORT_MAX);
    console_write(buf_span(&text));
    return 0;
}
