#include "template/types_version.h"

#include <string.h>

#include "base/mem.h"

/* The fields are those of the Go library. */
enum {
    VERSION_MAJOR,
    VERSION_MINOR,
    VERSION_PATCH,
    VERSION_PRE,
    VERSION_METADATA,
    VERSION_ORIGINAL,
    VERSION_SLOTS,
};

#define PART_CHARS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"

static struct value new_number(uint64_t number)
{
    return (struct value){.type = &type_uint64, .natural = number};
}

static int new_struct(struct budget *budget, const struct semver *version, struct value *ret,
                      struct err *err)
{
    struct value *fields = budget_calloc(budget, VERSION_SLOTS, sizeof(*fields), err);
    if (!fields)
        return -1;
    fields[VERSION_MAJOR] = new_number(version->major);
    fields[VERSION_MINOR] = new_number(version->minor);
    fields[VERSION_PATCH] = new_number(version->patch);
    fields[VERSION_PRE] = value_text(version->prerelease);
    fields[VERSION_METADATA] = value_text(version->metadata);
    fields[VERSION_ORIGINAL] = value_text(version->original);
    *ret = (struct value){.type = &type_version, .fields = fields};
    return 0;
}

int types_new_version(struct budget *budget, const struct semver *version, struct value *ret,
                      struct err *err)
{
    struct value *target = budget_calloc(budget, 1, sizeof(*target), err);
    if (!target)
        return -1;
    *ret = (struct value){.type = &type_version_pointer, .pointed_to = target};
    return new_struct(budget, version, target, err);
}

/* Of a Version, or of a pointer to one. */
static struct semver version_of(struct value value)
{
    const struct value *fields =
        value_is(value, &type_version_pointer) ? value.pointed_to->fields : value.fields;
    return (struct semver){.major = fields[VERSION_MAJOR].natural,
                           .minor = fields[VERSION_MINOR].natural,
                           .patch = fields[VERSION_PATCH].natural,
                           .prerelease = fields[VERSION_PRE].text,
                           .metadata = fields[VERSION_METADATA].text,
                           .original = fields[VERSION_ORIGINAL].text};
}

static void add_version(const struct value *value, struct buf *out)
{
    struct semver version = version_of(*value);
    semver_print(&version, out);
}

static int give_field(struct call *call, size_t slot)
{
    return call_give(call, call->args[0].fields[slot]);
}

static int major_(struct call *call)
{
    return give_field(call, VERSION_MAJOR);
}

static int minor_(struct call *call)
{
    return give_field(call, VERSION_MINOR);
}

static int patch(struct call *call)
{
    return give_field(call, VERSION_PATCH);
}

static int prerelease(struct call *call)
{
    return give_field(call, VERSION_PRE);
}

static int metadata(struct call *call)
{
    return give_field(call, VERSION_METADATA);
}

static int original(struct call *call)
{
    return give_field(call, VERSION_ORIGINAL);
}

static int string_(struct call *call)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    add_version(&call->args[0], &text);
    return call_give_buf(call, &text);
}

/* A changed version; its original is its text, with the v that there was. */
static int give_version(struct call *call, struct semver version)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(BUDGET_TEXT_MAX);
    if (span_starts_with(version.original, "v"))
        buf_addc(&text, 'v');
    semver_print(&version, &text);
    if (budget_text_of(call->budget, &text, &version.original, call->err) != 0)
        return -1;
    return new_struct(call->budget, &version, call->ret, call->err);
}

static int inc_major(struct call *call)
{
    struct semver old = version_of(call->args[0]);
    return give_version(call, (struct semver){.major = old.major + 1, .original = old.original});
}

static int inc_minor(struct call *call)
{
    struct semver old = version_of(call->args[0]);
    return give_version(
        call,
        (struct semver){.major = old.major, .minor = old.minor + 1, .original = old.original});
}

/* The patch after a prerelease is its release. */
static int inc_patch(struct call *call)
{
    struct semver version = version_of(call->args[0]);
    version.patch += version.prerelease.len == 0;
    version.prerelease = version.metadata = (struct span){0};
    return give_version(call, version);
}

static bool holds_only(struct span text, const char *chars)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0' || !strchr(chars, text.data[i]))
            return false;
    }
    return true;
}

static int set_prerelease(struct call *call)
{
    struct semver version = version_of(call->args[0]);
    struct span rest = call->args[1].text, part;
    while (span_next(&rest, '.', &part)) {
        if (holds_only(part, "0123456789") && part.len > 1 && part.data[0] == '0')
            return call_fail(call, "version segment starts with 0");
        if (!holds_only(part, PART_CHARS))
            return call_fail(call, "invalid prerelease string");
    }
    version.prerelease = call->args[1].text;
    return give_version(call, version);
}

static int set_metadata(struct call *call)
{
    struct semver version = version_of(call->args[0]);
    struct span rest = call->args[1].text, part;
    while (span_next(&rest, '.', &part)) {
        if (!holds_only(part, PART_CHARS))
            return call_fail(call, "invalid metadata string");
    }
    version.metadata = call->args[1].text;
    return give_version(call, version);
}

/* Whether the order of receiver and argument, as -1, 0 or 1, passes the test. */
static int compare_with(struct call *call, int *ret)
{
    if (value_is_nil(call->args[1]))
        return call_fail_nil(call);
    struct semver a = version_of(call->args[0]), b = version_of(call->args[1]);
    int order = semver_compare(&a, &b);
    *ret = (order > 0) - (order < 0);
    return 0;
}

static int compare(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give(call, value_int(order));
}

static int equal(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give_bool(call, order == 0);
}

static int less_than(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give_bool(call, order < 0);
}

static int less_than_equal(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give_bool(call, order <= 0);
}

static int greater_than(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give_bool(call, order > 0);
}

static int greater_than_equal(struct call *call)
{
    int order = 0;
    return compare_with(call, &order) != 0 ? -1 : call_give_bool(call, order >= 0);
}

static const struct func version_methods[] = {
    {"IncMajor", "", inc_major},
    {"IncMinor", "", inc_minor},
    {"IncPatch", "", inc_patch},
    {"Major", "", major_},
    {"Metadata", "", metadata},
    {"Minor", "", minor_},
    {"Patch", "", patch},
    {"Prerelease", "", prerelease},
    {"SetMetadata", "s", set_metadata},
    {"SetPrerelease", "s", set_prerelease},
    {"String", "", string_},
    {0},
};

static const struct func pointer_methods[] = {
    {"Compare", "V", compare},          {"Equal", "V", equal},
    {"GreaterThan", "V", greater_than}, {"GreaterThanEqual", "V", greater_than_equal},
    {"LessThan", "V", less_than},       {"LessThanEqual", "V", less_than_equal},
    {"Original", "", original},         {0},
};

static const struct value_field version_fields[] = {
    {.name = "major", .type = &type_uint64},    {.name = "minor", .type = &type_uint64},
    {.name = "patch", .type = &type_uint64},    {.name = "pre", .type = &type_string},
    {.name = "metadata", .type = &type_string}, {.name = "original", .type = &type_string},
};

const struct value_type type_version = {
    .name = "semver.Version",
    .kind = VALUE_STRUCT,
    .fields = version_fields,
    .n_fields = ARRAY_LEN(version_fields),
    .methods = version_methods,
    .pointer_methods = pointer_methods,
    .string = add_version,
    .json = add_version,
};
const struct value_type type_version_pointer = {
    .name = "*semver.Version", .kind = VALUE_POINTER, .elem = &type_version};
