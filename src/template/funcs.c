#include "template/funcs.h"
#include "base/mem.h"

static const struct func *const tables[] = {
    funcs_builtin, funcs_case,     funcs_compare, funcs_dates,  funcs_decimal,
    funcs_dicts,   funcs_encoding, funcs_json,    funcs_lists,  funcs_math,
    funcs_merge,   funcs_paths,    funcs_refused, funcs_regexp, funcs_semver,
    funcs_split,   funcs_strings,  funcs_types,   funcs_urls,   funcs_words,
};

const struct func *funcs_find(struct span name)
{
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        for (const struct func *func = tables[i]; func->name; func++) {
            if (span_is(name, func->name))
                return func;
        }
    }
    return NULL;
}
