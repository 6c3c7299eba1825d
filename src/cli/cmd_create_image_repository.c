#include "base/imageref.h"
#include "cli/commands.h"
#include "cli/create.h"

const struct option_def create_image_repository_options[] = {
    {.name = "image",
     .type = OPTION_STRING,
     .help = "the image repository to scan, without scheme and tag: ghcr.io/acme/web"},
    {.name = "interval",
     .type = OPTION_DURATION,
     .fallback = "1m0s",
     .help = "time between two scans"},
    {.name = "scan-timeout",
     .type = OPTION_DURATION,
     .help = "longest time for a scan; by default the interval"},
    {.name = "secret-ref",
     .type = OPTION_STRING,
     .help = "name of the docker-registry Secret with the credentials"},
    {.name = "cert-ref",
     .type = OPTION_STRING,
     .help = "name of the Secret with the TLS certificates"},
    {.name = "cert-secret-ref",
     .type = OPTION_STRING,
     .hidden = true,
     .same_as = "cert-ref",
     .help = ""},
    {.name = "insecure", .type = OPTION_BOOL, .help = "allow plain HTTP to the registry"},
    {.name = NULL},
};

static int check(const struct cli *cli, struct err *err)
{
    const char *image = options_text(cli->options, "image");
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    if (!*image)
        return err_set(err, ERR_INVALID, "an image repository (--image) is required");
    if (imageref_parse_repository(image, &ref, err) != 0)
        return err_wrap(err, "unable to parse image value");
    return 0;
}

static void fill(const struct cli *cli, struct json *spec)
{
    const struct options *options = cli->options;
    json_put_text(spec, "image", options_text(options, "image"));
    create_put_duration(spec, "interval", options_duration_ns(options, "interval"));
    if (options_duration_ns(options, "scan-timeout") != 0)
        create_put_duration(spec, "timeout", options_duration_ns(options, "scan-timeout"));
    create_put_ref(spec, "secretRef", options_text(options, "secret-ref"));
    create_put_ref(spec, "certSecretRef", options_text(options, "cert-ref"));
    if (options_flag(options, "insecure"))
        json_put_bool(spec, "insecure", true);
}

int create_image_repository_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    if (create_begin(cli, &object, err) != 0 || check(cli, err) != 0 ||
        create_add_labels(cli, object, err) != 0)
        return CLI_FAILED;
    fill(cli, object->spec);
    if (create_finish(cli, object, "ImageRepository", err) != 0)
        return CLI_FAILED;
    return CLI_OK;
}
