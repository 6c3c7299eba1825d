#include <stdarg.h>

#include "base/proc.h"
#include "base/semver_range.h"
#include "base/str.h"
#include "cli/check.h"
#include "cli/commands.h"
#include "cli/console.h"

enum {
    OUTPUT_MAX = 4096, /* bytes that a program may print about its version */
    PROGRAM_TIMEOUT_MS = 10 * 1000,
};

/* From there on git can be told which configuration to read (GIT_CONFIG_GLOBAL). */
#define GIT_RANGE ">=2.32.0-0"

const struct option_def check_options[] = {
    {.name = "pre", .type = OPTION_BOOL, .help = "check the prerequisites only"},
    {.name = "poll-interval",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .help = "time between two looks at a deployment that is not ready"},
    {.name = "components", .type = OPTION_STRINGS, .help = "accepted; tidemark has one controller"},
    {.name = "components-extra",
     .type = OPTION_STRINGS,
     .help = "accepted; tidemark has one controller"},
    {.name = NULL},
};

void check_fail(struct check *check, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    CLEANUP(mem_freep) char *text = str_vprintf(fmt, args);
    va_end(args);
    console_failure("%s", text);
    check->failed = true;
}

void check_version(struct check *check, const char *name, struct span version, const char *range)
{
    struct semver_range wanted;
    struct semver found;
    struct err err;
    CLEANUP(buf_finish) struct buf shown = BUF_INIT(SEMVER_TEXT_MAX * 2);
    if (semver_parse(version, &found, NULL) != 0) {
        check_fail(check, "%s version can't be determined", name);
        return;
    }
    if (semver_range_parse(span_of(range), &wanted, &err) != 0) {
        check_fail(check, "%s", err.text);
        return;
    }
    semver_print(&found, &shown);
    if (semver_range_contains(&wanted, &found))
        console_success("%s %s %s", name, buf_text(&shown), range);
    else
        check_fail(check, "%s version %s does not match %s", name, buf_text(&shown), range);
    semver_range_finish(&wanted);
}

/* What a program says of its version, on either stream: 0, or -1 if it cannot
 * be run. */
static int ask_version(const char *program, const char *option, struct buf *ret, struct err *err)
{
    CLEANUP(proc_result_finish) struct proc_result result = {0};
    const struct deadline deadline =
        deadline_in(clock_system(), PROGRAM_TIMEOUT_MS * CLOCK_NS_PER_MS, NULL);
    const struct proc_command command = {
        .argv = (const char *const[]){program, option, NULL},
        .env = (const char *const[]){"LC_ALL=C", NULL},
        .on_output = proc_output_to_buf,
        .arg = ret,
        .deadline = &deadline,
    };
    if (proc_run(&command, &result, err) != 0)
        return -1;
    if (ret->len == 0 && result.errors)
        buf_adds(ret, result.errors);
    return 0;
}

/* The number in "git version 2.39.5 (Apple Git-154)" or "… 2.39.5.windows.1". */
static struct span git_number(struct span text)
{
    static const char intro[] = "git version ";
    size_t len = 0, dots = 0;
    if (!span_starts_with(text, intro))
        return (struct span){0};
    text = span_slice(text, sizeof(intro) - 1, text.len);
    for (; len < text.len; len++) {
        char c = text.data[len];
        if (c == '.' ? ++dots > 2 : c < '0' || c > '9')
            break;
    }
    return span_slice(text, 0, len);
}

static void check_programs(struct check *check)
{
    CLEANUP(buf_finish) struct buf git = BUF_INIT(OUTPUT_MAX);
    CLEANUP(buf_finish) struct buf ssh = BUF_INIT(OUTPUT_MAX);
    struct err err;
    if (ask_version("git", "--version", &git, &err) == 0)
        check_version(check, "git", git_number(buf_span(&git)), GIT_RANGE);
    else
        check_fail(check, "git: %s", err.text);
    if (ask_version("ssh", "-V", &ssh, &err) != 0) {
        console_warning("ssh: %s; ssh URLs cannot be used", err.text);
        return;
    }
    struct span rest = buf_span(&ssh), word = {0};
    span_next(&rest, ',', &word); /* what follows is the version of its library */
    word = span_trim(word);
    console_success("ssh %.*s", (int)word.len, word.data);
}

static int count_object(void *arg, const struct api_object *object, struct err *err)
{
    size_t *count = arg;
    (void)object;
    (void)err;
    ++*count;
    return 0;
}

static void check_store(struct check *check)
{
    size_t count = 0;
    struct err err;
    console_action("checking store");
    if (!check->home) {
        console_success("store: not there yet, the first command that writes makes it");
        return;
    }
    for (size_t kind = 0; kind < API_KIND_COUNT; kind++) {
        const struct store_query query = {.kind = (enum api_kind)kind};
        if (store_list(check->home->store, &query, count_object, &count, &err) != 0) {
            check_fail(check, "%s: %s", check->home->path, err.text);
            return;
        }
    }
    console_success("%s: %zu object%s", check->home->path, count, count == 1 ? "" : "s");
}

static void check_cluster(struct check *check)
{
    console_action("checking controllers");
    check_controllers(check);
    console_action("checking crds");
    check_definitions(check);
    console_action("checking permissions");
    check_permissions(check);
}

/* False if there is no use in looking further. */
static bool check_prerequisites(struct check *check)
{
    bool answers = true;
    console_action("checking prerequisites");
    if (check->home && check->home->cluster)
        answers = check_server(check);
    else
        check_programs(check);
    if (!check->failed)
        console_success("prerequisites checks passed");
    return answers && !options_flag(check->cli->options, "pre");
}

int check_run(const struct cli *cli, struct err *err)
{
    CLEANUP(home_closep) struct home *home = NULL;
    struct check check = {.cli = cli};
    if (home_open_existing(cli, &home, err) < 0)
        return CLI_FAILED;
    check.home = home;
    if (check_prerequisites(&check)) {
        if (home && home->cluster)
            check_cluster(&check);
        else
            check_store(&check);
        if (!check.failed)
            console_success("all checks passed");
    }
    if (check.failed)
        console_failure("check failed");
    return check.failed ? CLI_FAILED_TOLD : CLI_OK;
}
