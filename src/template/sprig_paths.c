/* Sprig's functions on slash-separated paths; the os forms do the same. */
#include <string.h>

#include "base/mem.h"
#include "template/funcs.h"

/* What stands behind the last slash. */
static struct span last_segment(struct span path)
{
    const char *slash = path.len != 0 ? memrchr(path.data, '/', path.len) : NULL;
    return slash ? span_slice(path, (size_t)(slash - path.data) + 1, path.len) : path;
}

static bool is_parent(struct span segment)
{
    return span_is(segment, "..");
}

/* Takes the last segment off a cleaned path, unless it is "..". */
static bool drop_segment(struct buf *out, size_t root)
{
    struct span whole = span_slice(buf_span(out), root, out->len);
    struct span segment = last_segment(whole);
    if (whole.len == 0 || is_parent(segment))
        return false;
    size_t keep = root + whole.len - segment.len;
    buf_truncate(out, keep > root ? keep - 1 : keep);
    return true;
}

/* The shortest path that means the same: no empty segment, no ".", and ".."
 * only in front. */
static void add_clean(struct span path, struct buf *out)
{
    bool rooted = span_starts_with(path, "/");
    struct span segment;
    if (rooted)
        buf_addc(out, '/');
    size_t root = out->len;
    while (span_next(&path, '/', &segment)) {
        if (segment.len == 0 || span_is(segment, "."))
            continue;
        if (is_parent(segment) && (drop_segment(out, root) || rooted))
            continue;
        if (out->len > root)
            buf_addc(out, '/');
        buf_add_span(out, segment);
    }
    if (out->len == 0)
        buf_addc(out, '.');
}

static int clean(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    add_clean(call->args[0].text, &out);
    return call_give_buf(call, &out);
}

static int dir(struct call *call)
{
    struct span path = call->args[0].text;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    add_clean(span_slice(path, 0, path.len - last_segment(path).len), &out);
    return call_give_buf(call, &out);
}

static int base(struct call *call)
{
    struct span path = call->args[0].text;
    if (path.len == 0)
        return call_give(call, value_texts("."));
    while (path.len > 1 && path.data[path.len - 1] == '/')
        path.len--;
    return call_give_text(call, span_is(path, "/") ? path : last_segment(path));
}

static int ext(struct call *call)
{
    struct span name = last_segment(call->args[0].text);
    const char *dot = name.len != 0 ? memrchr(name.data, '.', name.len) : NULL;
    size_t from = dot ? (size_t)(dot - name.data) : name.len;
    return call_give_text(call, span_slice(name, from, name.len));
}

static int is_abs(struct call *call)
{
    return call_give_bool(call, span_starts_with(call->args[0].text, "/"));
}

const struct func funcs_paths[] = {
    {"base", "s", base},
    {"clean", "s", clean},
    {"dir", "s", dir},
    {"ext", "s", ext},
    {"isAbs", "s", is_abs},
    {"osBase", "s", base},
    {"osClean", "s", clean},
    {"osDir", "s", dir},
    {"osExt", "s", ext},
    {"osIsAbs", "s", is_abs},
    {0},
};
