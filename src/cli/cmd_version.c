#include "adapt/json.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/help.h"

const struct option_def version_options[] = {
    {.name = "client",
     .type = OPTION_BOOL,
     .help = "accepted; the program's own version is all there is"},
    {.name = "output",
     .letter = 'o',
     .type = OPTION_STRING,
     .value = "yaml|json",
     .fallback = "yaml",
     .help = "yaml or json"},
    {.name = NULL},
};

static void print_json(void)
{
    CLEANUP(json_freep) struct json *version = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024);
    json_put_text(version, "tidemark", "v" TIDEMARK_VERSION);
    json_print(version, JSON_STYLE_PRETTY, &text);
    console_print("%s\n", buf_text(&text));
}

int version_run(const struct cli *cli, struct err *err)
{
    const char *output = options_text(cli->options, "output");
    if (str_equal(output, "json"))
        print_json();
    else if (str_equal(output, "yaml"))
        console_print("tidemark: v%s\n", TIDEMARK_VERSION);
    else
        return err_set(err, ERR_INVALID, "--output must be json or yaml, not %s", output),
               CLI_FAILED;
    return CLI_OK;
}

int version_print(void)
{
    console_print("tidemark version %s\n", TIDEMARK_VERSION);
    return console_flush() == 0 ? 0 : 1;
}

int man_run(const struct cli *cli, struct err *err)
{
    (void)cli;
    (void)err;
    return help_print_man() == 0 ? CLI_OK : CLI_FAILED_TOLD;
}
