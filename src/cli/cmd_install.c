#include "base/imageref.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/home.h"
#include "cli/manifests.h"

enum {
    INSTALL_MAX = 1024 * 1024, /* many times deploy/ with the longest names */
};

/* What stands in them for the namespace and for the image. */
#define INSTALL_NAMESPACE API_NAMESPACE_DEFAULT
#define INSTALL_IMAGE     "tidemark:latest"

const struct option_def install_options[] = {
    {.name = "export",
     .type = OPTION_BOOL,
     .help = "print the manifests, for kubectl or for a repository"},
    {.name = "image",
     .type = OPTION_STRING,
     .fallback = INSTALL_IMAGE,
     .value = "image",
     .help = "the image of tidemark to run"},
    {.name = NULL},
};

/* A name in the manifests and what to put in its place. */
struct replacement {
    const char *name;
    const char *value;
};

/* In single quotes: a namespace may be "1" or "null", which YAML would not read
 * as text. */
static void add_quoted(const char *value, struct buf *out)
{
    buf_addc(out, '\'');
    for (; *value; value++) {
        if (*value == '\'')
            buf_addc(out, '\'');
        buf_addc(out, *value);
    }
    buf_addc(out, '\'');
}

static void add_line(struct span line, const struct replacement *replacement, struct buf *out)
{
    const struct span name = span_of(replacement->name);
    ptrdiff_t at;
    while ((at = span_find(line, name)) >= 0) {
        const struct span before = span_slice(line, 0, (size_t)at);
        line = span_slice(line, (size_t)at + name.len, line.len);
        buf_add_span(out, before);
        if (line.len == 0 && span_ends_with(before, ": "))
            add_quoted(replacement->value, out);
        else
            buf_adds(out, replacement->value);
    }
    buf_add_span(out, line);
}

/* Copies TEXT, which is whole lines, with VALUE wherever there is NAME. */
static void replace(struct span text, struct replacement replacement, struct buf *out)
{
    if (strcmp(replacement.name, replacement.value) == 0) {
        buf_add_span(out, text);
        return;
    }
    for (struct span rest = span_slice(text, 0, text.len - 1), line; span_next(&rest, '\n', &line);
         buf_addc(out, '\n'))
        add_line(line, &replacement, out);
}

static int check_image(const char *image, struct err *err)
{
    struct imageref ref = IMAGEREF_INIT;
    for (const char *at = image; *at; at++) {
        if (*at <= ' ' || *at > '~')
            return err_set(err, ERR_INVALID, "could not parse reference: %s", image);
    }
    if (imageref_parse(image, &ref, err) != 0)
        return -1;
    imageref_finish(&ref);
    return 0;
}

int install_run(const struct cli *cli, struct err *err)
{
    CLEANUP(buf_finish) struct buf named = BUF_INIT(INSTALL_MAX);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(INSTALL_MAX);
    const struct span manifests = {(const char *)install_manifests, install_manifests_size};
    const char *image = options_text(cli->options, "image");
    const char *namespace = NULL;
    if (!options_flag(cli->options, "export"))
        return err_set(err, ERR_INVALID,
                       "--export is required: pipe what it prints to kubectl apply"),
               CLI_FAILED;
    if (home_namespace(cli, &namespace, err) != 0 || check_image(image, err) != 0)
        return CLI_FAILED;
    replace(manifests, (struct replacement){INSTALL_NAMESPACE, namespace}, &named);
    replace(buf_span(&named), (struct replacement){INSTALL_IMAGE, image}, &out);
    console_write(buf_span(&out));
    return CLI_OK;
}
