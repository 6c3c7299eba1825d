#include "api/message.h"

#include "base/strmap.h"

/* As the file part of the template's errors. */
#define TEMPLATE_NAME "commit message"

int api_message_parse(const struct api_image_update *spec, struct template **ret, struct err *err)
{
    *ret = NULL;
    if (!*spec->message_template)
        return 0;
    if (template_parse(TEMPLATE_NAME, span_of(spec->message_template), ret, err) != 0)
        return err_wrap(err, "unable to create commit message template from spec");
    return 0;
}

int api_message_render(const struct template *template, struct api_ref automation,
                       const struct api_image_update *spec, const struct template_change *changes,
                       size_t count, struct buf *ret, struct err *err)
{
    CLEANUP(template_data_freep) struct template_data *data = NULL;
    CLEANUP(strmap_finish) struct strmap values = STRMAP_INIT;
    json_foreach_member (key, value, spec->message_values)
        strmap_set(&values, key, json_text(value));
    const struct template_commit commit = {
        .automation_namespace = automation.namespace,
        .automation_name = automation.name,
        .changes = changes,
        .n_changes = count,
        .values = &values,
    };
    if (template_data_new_commit(&commit, &data, err) != 0)
        return -1;
    if (template_render(template, data, ret, err) != 0)
        return err_wrap(err, "failed to run template from spec");
    return 0;
}

#define SAMPLE_IMAGE  "registry.example/team/app"
#define SAMPLE_DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct template_change sample(const char *file, const char *old_value, const char *new_value,
                                     const char *setter)
{
    return (struct template_change){
        .file = file,
        .api_version = "apps/v1",
        .kind = "Deployment",
        .name = "app",
        .namespace = "default",
        .old_value = old_value,
        .new_value = new_value,
        .setter = setter,
        .policy_namespace = "flux-system",
        .policy_name = "app",
        .image = SAMPLE_IMAGE ":1.0.1@" SAMPLE_DIGEST,
    };
}

int api_message_try(const struct template *template, struct api_ref automation,
                    const struct api_image_update *spec, struct err *err)
{
    const struct template_change changes[] = {
        sample("a.yaml", SAMPLE_IMAGE ":0.9.0", SAMPLE_IMAGE ":1.0.1", "flux-system:app"),
        sample("b/c.yaml", SAMPLE_IMAGE ":1.0.0", SAMPLE_IMAGE ":1.0.1", "flux-system:app"),
        sample("b/c.yaml", "1.0.0", "1.0.1", "flux-system:app:tag"),
        sample("d.yaml", "sha256:", SAMPLE_DIGEST, "flux-system:app:digest"),
        sample("d.yaml", "app", SAMPLE_IMAGE, "flux-system:app:name"),
    };
    /* All, whose error is the one to tell; then each sort alone. */
    static const struct {
        size_t first, count;
    } commits[] = {{0, 5}, {0, 1}, {2, 1}, {3, 1}, {4, 1}};
    struct err later;
    for (size_t i = 0; i < ARRAY_LEN(commits); i++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        if (api_message_render(template, automation, spec, &changes[commits[i].first],
                               commits[i].count, &text, i == 0 ? err : &later) == 0)
            return 0;
    }
    return -1;
}
