#include "template/funcs.h"

static const struct func *const tables[] = {
    funcs_builtin,
    funcs_compare,
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
