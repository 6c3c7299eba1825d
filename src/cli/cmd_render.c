#include "adapt/json.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "template/data.h"
#include "template/template.h"

enum {
    DATA_MAX = 16 * 1024 * 1024,
};

const struct option_def render_options[] = {
    {.name = "template", .type = OPTION_STRING, .help = "the template itself"},
    {.name = "template-file", .type = OPTION_STRING, .help = "the file with the template"},
    {.name = "data",
     .type = OPTION_STRING,
     .help = "file with the JSON value that the template sees as its dot; - for stdin"},
    {.name = NULL},
};

static int read_template(const struct cli *cli, struct buf *ret, struct err *err)
{
    bool text = options_given(cli->options, "template");
    bool file = options_given(cli->options, "template-file");
    if (text == file)
        return err_set(err, ERR_INVALID, "one of --template and --template-file is required");
    if (file)
        return file_read(options_text(cli->options, "template-file"), ret, err);
    buf_adds(ret, options_text(cli->options, "template"));
    return 0;
}

static int read_data(const struct cli *cli, struct json **ret, struct err *err)
{
    const char *path = options_text(cli->options, "data");
    CLEANUP(buf_finish) struct buf text = BUF_INIT(DATA_MAX);
    if (!*path)
        return 0;
    if (file_read_input(path, &text, err) != 0)
        return -1;
    return json_parse(buf_span(&text), ret, err) == 0 ? 0 : err_wrap(err, "%s", path);
}

int render_run(const struct cli *cli, struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_TEXT_MAX);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
    CLEANUP(json_freep) struct json *json = NULL;
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(template_data_freep) struct template_data *data = NULL;
    if (read_template(cli, &text, err) != 0 || read_data(cli, &json, err) != 0 ||
        template_parse("commit message", buf_span(&text), &template, err) != 0)
        return CLI_FAILED;
    data = template_data_new_json(json);
    if (template_render(template, data, &out, err) != 0)
        return CLI_FAILED;
    console_write(buf_span(&out));
    return CLI_OK;
}
