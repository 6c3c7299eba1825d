#include <string.h>

#include "adapt/regex.h"
#include "base/str.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/create.h"
#include "cli/policy_flags.h"

const struct option_def create_image_policy_options[] = {
    {.name = "image-ref",
     .type = OPTION_STRING,
     .help = "the name of the ImageRepository whose tags are judged"},
    POLICY_FLAGS,
    {.name = "reflect-digest",
     .type = OPTION_STRING,
     .value = "Never|IfNotPresent|Always",
     .help = "when to look up the digest: Never, IfNotPresent or Always"},
    {.name = "interval",
     .type = OPTION_DURATION,
     .help = "how often the digest is looked up again; only with Always"},
    {.name = NULL},
};

static int check_order(const struct cli *cli, const char *name, struct err *err)
{
    const char *order = options_text(cli->options, name);
    if (!*order || str_equal(order, "asc") || str_equal(order, "desc"))
        return 0;
    return err_set(err, ERR_INVALID, "--%s must be one of [\"asc\", \"desc\"]", name);
}

static int check_selectors(const struct cli *cli, struct err *err)
{
    int count = options_has(cli->options, "select-semver") +
                options_has(cli->options, "select-alpha") +
                options_has(cli->options, "select-numeric");
    if (count == 0)
        return err_set(err, ERR_INVALID,
                       "a policy must be provided with either --select-semver, --select-alpha or "
                       "--select-numeric");
    if (count > 1)
        return err_set(err, ERR_INVALID,
                       "only one of --select-semver, --select-alpha or --select-numeric can be "
                       "specified");
    if (check_order(cli, "select-alpha", err) != 0)
        return -1;
    return check_order(cli, "select-numeric", err);
}

static bool is_name_rune(uint32_t rune)
{
    return rune == '_' || unicode_is_letter(rune) || unicode_is_digit(rune);
}

/* The name at the beginning of TEXT, as long as it can be. */
static struct span take_name(struct span text)
{
    size_t len = 0;
    uint32_t rune;
    for (struct span rest = text; rest.len != 0; rest = span_slice(text, len, text.len)) {
        size_t step = utf8_decode(rest, &rune);
        if (!is_name_rune(rune))
            break;
        len += step;
    }
    return span_slice(text, 0, len);
}

static bool is_number(struct span name)
{
    uint64_t number;
    return span_to_u64(name, &number);
}

static bool has_group(const struct regex *regex, struct span name)
{
    for (size_t i = 1; i <= regex_group_count(regex); i++) {
        const char *group = regex_group_name(regex, i);
        if (group && span_is(name, group))
            return true;
    }
    return false;
}

/* Every `$` must name something: what the policy would take as it stands is
 * most likely a slip. */
static int check_extract(const struct regex *regex, struct span rest, struct err *err)
{
    for (ptrdiff_t at; (at = span_find_byte(rest, '$')) >= 0;) {
        rest = span_slice(rest, (size_t)at + 1, rest.len);
        if (span_starts_with(rest, "$")) {
            rest = span_slice(rest, 1, rest.len);
            continue;
        }
        bool braced = span_starts_with(rest, "{");
        if (braced)
            rest = span_slice(rest, 1, rest.len);
        struct span name = take_name(rest);
        rest = span_slice(rest, name.len, rest.len);
        if (name.len == 0 || (braced && !span_starts_with(rest, "}")))
            return err_set(err, ERR_INVALID, "--filter-extract is malformed");
        if (!is_number(name) && !has_group(regex, name))
            return err_set(err, ERR_INVALID,
                           "capture group $%.*s used in --filter-extract not found in "
                           "--filter-regex",
                           (int)name.len, name.data);
    }
    return 0;
}

static int check_filter(const struct cli *cli, struct err *err)
{
    const char *pattern = options_text(cli->options, "filter-regex");
    const char *extract = options_text(cli->options, "filter-extract");
    CLEANUP(regex_freep) struct regex *regex = NULL;
    if (*extract && !*pattern)
        return err_set(err, ERR_INVALID,
                       "cannot specify --filter-extract without specifying --filter-regex");
    if (!*pattern)
        return 0;
    if (regex_new(span_of(pattern), &regex, err) != 0)
        return err_wrap(err, "--filter-regex is an invalid regex pattern");
    return check_extract(regex, span_of(extract), err);
}

static int check_digest(const struct cli *cli, struct err *err)
{
    const char *policy = options_text(cli->options, "reflect-digest");
    if (*policy && !str_equal(policy, "Never") && !str_equal(policy, "IfNotPresent") &&
        !str_equal(policy, "Always"))
        return err_set(err, ERR_INVALID,
                       "invalid value for --reflect-digest, must be one of 'Never', "
                       "'IfNotPresent', 'Always'");
    if (options_duration_ns(cli->options, "interval") != 0 && !str_equal(policy, "Always"))
        return err_set(err, ERR_INVALID,
                       "the --interval flag can only be used with the 'Always' digest reflection "
                       "policy, use --reflect-digest=Always");
    return 0;
}

static void fill(const struct cli *cli, struct json *spec)
{
    const struct options *options = cli->options;
    struct json *policy = json_ensure_object(spec, "policy");
    create_put_ref(spec, "imageRepositoryRef", options_text(options, "image-ref"));
    if (options_has(cli->options, "select-semver"))
        json_put_text(json_ensure_object(policy, "semver"), "range",
                      options_text(options, "select-semver"));
    if (options_has(cli->options, "select-alpha"))
        json_put_text(json_ensure_object(policy, "alphabetical"), "order",
                      options_text(options, "select-alpha"));
    if (options_has(cli->options, "select-numeric"))
        json_put_text(json_ensure_object(policy, "numerical"), "order",
                      options_text(options, "select-numeric"));
    if (options_has(cli->options, "filter-regex")) {
        struct json *filter = json_ensure_object(spec, "filterTags");
        json_put_text(filter, "pattern", options_text(options, "filter-regex"));
        json_put_text(filter, "extract", options_text(options, "filter-extract"));
    }
    if (options_has(cli->options, "reflect-digest"))
        json_put_text(spec, "digestReflectionPolicy", options_text(options, "reflect-digest"));
    if (options_duration_ns(options, "interval") != 0)
        create_put_duration(spec, "interval", options_duration_ns(options, "interval"));
}

int create_image_policy_run(const struct cli *cli, struct err *err)
{
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    if (create_begin(cli, &object, err) != 0)
        return CLI_FAILED;
    if (!options_has(cli->options, "image-ref"))
        return err_set(err, ERR_INVALID,
                       "the name of an ImageRepository in the namespace is required (--image-ref)"),
               CLI_FAILED;
    if (create_add_labels(cli, object, err) != 0 || check_selectors(cli, err) != 0 ||
        check_filter(cli, err) != 0 || check_digest(cli, err) != 0)
        return CLI_FAILED;
    fill(cli, object->spec);
    if (create_finish(cli, object, "ImagePolicy", err) != 0)
        return CLI_FAILED;
    return CLI_OK;
}
