/* Sprig's functions on versions. */
#include "base/mem.h"
#include "base/semver.h"
#include "base/semver_range.h"
#include "template/funcs.h"
#include "template/types_version.h"

enum {
    VERSION_STEPS = 20, /* for reading a version */
    RANGE_STEPS_A_BYTE = 4,
};

static int semver(struct call *call)
{
    struct semver version;
    if (call_take(call, VERSION_STEPS) != 0 ||
        semver_parse(call->args[0].text, &version, call->err) != 0)
        return -1;
    return types_new_version(call->budget, &version, call->ret, call->err);
}

static int semver_compare_(struct call *call)
{
    CLEANUP(semver_range_finish) struct semver_range range = {0};
    struct semver version;
    if (call_take(call, VERSION_STEPS + RANGE_STEPS_A_BYTE * call->args[0].text.len) != 0 ||
        semver_range_parse(call->args[0].text, &range, call->err) != 0 ||
        semver_parse(call->args[1].text, &version, call->err) != 0)
        return -1;
    return call_give_bool(call, semver_range_contains(&range, &version));
}

const struct func funcs_semver[] = {
    {"semver", "s", semver},
    {"semverCompare", "ss", semver_compare_},
    {0},
};
