#include "compare/case_line.h"

#include <string.h>

#include "base/mem.h"

#define ERROR_PREFIX "error: "

void case_line_finish(struct case_line *it)
{
    json_free(it->args);
    json_free(it->want);
}

static int read_args(struct span *line, struct span names, struct json *args, struct err *err)
{
    struct span column, name;
    while (span_next(&names, ',', &name)) {
        CLEANUP(mem_freep) char *key = span_dup(span_trim(name));
        if (!span_next(line, '\t', &column))
            return err_set(err, ERR_INVALID, "no column for '%s'", key);
        struct json *value = NULL;
        if (!span_starts_with(column, "\""))
            value = json_new_span(column);
        else if (json_parse(column, &value, err) != 0)
            return -1;
        json_put_take(args, key, value);
    }
    return 0;
}

int case_line_read(struct span line, struct span names, struct case_line *it, struct err *err)
{
    struct json *value = NULL;
    it->differs = span_starts_with(line, "!\t");
    it->args = json_new_object();
    it->want = json_new_object();
    if (it->differs)
        line = span_slice(line, 2, line.len);
    if (read_args(&line, names, it->args, err) != 0)
        return -1;
    if (span_starts_with(line, ERROR_PREFIX)) {
        json_put_take(it->want, "error",
                      json_new_span(span_slice(line, strlen(ERROR_PREFIX), line.len)));
        return 0;
    }
    if (json_parse(line, &value, err) != 0)
        return -1;
    json_put_take(it->want, "ok", value);
    return 0;
}

/* Would TEXT be read as something else if it stood there as it is? */
static bool needs_quotes(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < ' ')
            return true;
    }
    return text.len != 0 && strchr("\"#!", text.data[0]);
}

void case_line_write_head(const char *op, const struct json *args, struct buf *out)
{
    const char *between = ":";
    buf_adds(out, op);
    json_foreach_member (name, value, args) {
        buf_addf(out, "%s %s", between, name);
        between = ",";
    }
    buf_addc(out, '\n');
}

void case_line_write(const struct json *args, const struct json *want, struct buf *out)
{
    const char *error = json_member_text(want, "error");
    json_foreach_member (name, value, args) {
        if (needs_quotes(json_span(value)))
            json_print(value, JSON_STYLE_COMPACT, out);
        else
            buf_add_span(out, json_span(value));
        buf_addc(out, '\t');
    }
    if (error)
        buf_addf(out, ERROR_PREFIX "%s", error);
    else
        json_print(json_member(want, "ok"), JSON_STYLE_COMPACT, out);
    buf_addc(out, '\n');
}
