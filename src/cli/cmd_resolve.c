#include "adapt/json.h"
#include "base/file.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/policy_flags.h"
#include "cli/registry_tags.h"
#include "policy/policy.h"
#include "tags/run.h"
#include "tags/tag.h"

enum {
    TAGS_MAX = 64 * 1024 * 1024, /* bytes of all tags */
};

const struct option_def resolve_options[] = {
    POLICY_FLAGS,
    {.name = "tags",
     .type = OPTION_STRING,
     .value = "FILE|-",
     .help = "file with one tag a line, or - for stdin"},
    {.name = "image",
     .type = OPTION_STRING,
     .help = "image repository whose registry is asked for its tags"},
    {.name = "insecure", .type = OPTION_BOOL, .help = "allow plain HTTP to the registry"},
    {.name = "output",
     .letter = 'o',
     .type = OPTION_STRING,
     .help = "json: the tag with the numbers of tags as a JSON object"},
    {.name = NULL},
};

static int read_order(const struct cli *cli, const char *name, struct policy_spec *spec,
                      struct err *err)
{
    const char *order = options_text(cli->options, name);
    if (!str_equal(order, "asc") && !str_equal(order, "desc"))
        return err_set(err, ERR_INVALID, "--%s must be one of [\"asc\", \"desc\"]", name);
    spec->order = str_equal(order, "desc") ? POLICY_DESCENDING : POLICY_ASCENDING;
    return 0;
}

static int read_policy(const struct cli *cli, struct policy **ret, struct err *err)
{
    struct policy_spec spec = {
        .range = span_of(options_text(cli->options, "select-semver")),
        .pattern = span_of(options_text(cli->options, "filter-regex")),
        .extract = span_of(options_text(cli->options, "filter-extract")),
    };
    bool semver = options_given(cli->options, "select-semver");
    bool alpha = options_given(cli->options, "select-alpha");
    bool numeric = options_given(cli->options, "select-numeric");
    if (semver + alpha + numeric != 1)
        return err_set(err, ERR_INVALID,
                       "exactly one of --select-semver, --select-alpha and --select-numeric is "
                       "required");
    if (spec.extract.len != 0 && spec.pattern.len == 0)
        return err_set(err, ERR_INVALID,
                       "cannot specify --filter-extract without specifying --filter-regex");
    spec.kind = semver ? POLICY_SEMVER : alpha ? POLICY_ALPHABETICAL : POLICY_NUMERICAL;
    if ((alpha && read_order(cli, "select-alpha", &spec, err) != 0) ||
        (numeric && read_order(cli, "select-numeric", &spec, err) != 0))
        return -1;
    return policy_new(&spec, ret, err);
}

static int add_tag(void *arg, struct span tag, struct err *err)
{
    struct run *tags = arg;
    if (tag_check(tag, err) != 0)
        return -1;
    if (run_size(tags) + tag.len > TAGS_MAX)
        return err_set(err, ERR_INVALID, "the tags are larger than the limit of %d bytes",
                       TAGS_MAX);
    run_add(tags, tag);
    return 0;
}

static int read_file(const char *path, struct run *ret, struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TAGS_MAX);
    if (file_read_input(path, &text, err) != 0)
        return -1;
    struct span rest = buf_span(&text), line;
    for (size_t number = 1; span_next(&rest, '\n', &line); number++) {
        struct span tag = span_trim(line);
        if (tag.len != 0 && add_tag(ret, tag, err) != 0)
            return err_wrap(err, "%s:%zu", str_equal(path, "-") ? "stdin" : path, number);
    }
    return 0;
}

static int read_tags(const struct cli *cli, struct run *ret, struct err *err)
{
    if (options_has(cli->options, "tags") == options_has(cli->options, "image"))
        return err_set(err, ERR_INVALID, "one of --tags and --image is required");
    if (options_has(cli->options, "tags"))
        return read_file(options_text(cli->options, "tags"), ret, err);
    return registry_tags_list(options_text(cli->options, "image"),
                              options_flag(cli->options, "insecure"),
                              options_duration_ns(cli->options, "timeout"), add_tag, ret, err);
}

static void print_json(struct span tag, const struct policy_run *run)
{
    CLEANUP(json_freep) struct json *answer = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(16 * 1024);
    json_put_take(answer, "tag", json_new_span(tag));
    json_put_int(answer, "candidates", (int64_t)policy_run_count(run, POLICY_CANDIDATE));
    json_put_int(answer, "considered", (int64_t)policy_run_considered(run));
    json_print(answer, JSON_STYLE_COMPACT, &text);
    console_print("%s\n", buf_text(&text));
}

int resolve_run(const struct cli *cli, struct err *err)
{
    const char *output = options_text(cli->options, "output");
    CLEANUP(policy_freep) struct policy *policy = NULL;
    CLEANUP(run_finish) struct run tags = RUN_INIT;
    struct span tag;
    if (*output && !str_equal(output, "json"))
        return err_set(err, ERR_INVALID, "--output must be json, not %s", output), CLI_FAILED;
    if (read_policy(cli, &policy, err) != 0 || read_tags(cli, &tags, err) != 0)
        return CLI_FAILED;
    CLEANUP(policy_run_freep) struct policy_run *run = policy_run_new(policy);
    run_sort(&tags);
    for (size_t i = 0; i < tags.count; i++)
        policy_run_offer(run, run_at(&tags, i));
    if (policy_run_answer(run, &tag, err) != 0)
        return CLI_FAILED;
    if (*output)
        print_json(tag, run);
    else
        console_print("%.*s\n", (int)tag.len, tag.data);
    return CLI_OK;
}
