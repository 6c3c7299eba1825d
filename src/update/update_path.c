#include "update/update_path.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/span.h"

/* Drops the last name. Returns false if there is none. */
static bool go_up(struct buf *path)
{
    size_t len = path->len;
    while (len > 0 && path->data[len - 1] != '/')
        len--;
    bool has_name = path->len != 0;
    buf_truncate(path, len > 0 ? len - 1 : 0);
    return has_name;
}

int update_path_clean(const char *path, char **ret, struct err *err)
{
    CLEANUP(buf_finish) struct buf clean = BUF_INIT(UPDATE_PATH_MAX);
    if (strlen(path) > UPDATE_PATH_MAX)
        return err_set(err, ERR_INVALID, "update path is longer than %d bytes", UPDATE_PATH_MAX);
    for (struct span rest = span_of(path), name; span_next(&rest, '/', &name);) {
        if (name.len == 0 || span_is(name, "."))
            continue;
        if (span_is(name, "..")) {
            if (!go_up(&clean))
                return err_set(err, ERR_INVALID, "update path '%s' leaves the repository", path);
            continue;
        }
        if (clean.len != 0)
            buf_addc(&clean, '/');
        buf_add_span(&clean, name);
    }
    *ret = buf_take(&clean);
    return 0;
}
