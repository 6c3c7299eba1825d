#include "kube/parse.h"

#include "base/buf.h"

#define MANAGED_FIELDS "\"managedFields\":["

/* The index behind the string whose first quote is at AT. */
static size_t end_of_string(struct span text, size_t at)
{
    for (at++; at < text.len && text.data[at] != '"'; at++)
        at += text.data[at] == '\\';
    return at + 1;
}

/* The index behind the array that begins at AT, or beyond TEXT if it does not end. */
static size_t end_of_array(struct span text, size_t at)
{
    size_t depth = 0;
    while (at < text.len) {
        char c = text.data[at];
        depth += c == '[';
        if (c == ']' && --depth == 0)
            return at + 1;
        at = c == '"' ? end_of_string(text, at) : at + 1;
    }
    return text.len + 1;
}

/* Finds the first such member that has another before it, or after it: RET_FROM
 * and RET_TO include the comma between them. Where no comma and no brace stands
 * before it, it is the end of a stranger's name ("x\"managedFields"): hands off. */
static bool find_member(struct span text, size_t *ret_from, size_t *ret_to)
{
    ptrdiff_t found = span_find(text, SPAN_LITERAL(MANAGED_FIELDS));
    if (found <= 0 || (text.data[found - 1] != ',' && text.data[found - 1] != '{'))
        return false;
    *ret_from = (size_t)found;
    *ret_to = end_of_array(text, *ret_from + sizeof(MANAGED_FIELDS) - 2);
    if (*ret_to > text.len)
        return false;
    if (text.data[*ret_from - 1] == ',')
        --*ret_from;
    else if (*ret_to < text.len && text.data[*ret_to] == ',')
        ++*ret_to;
    return true;
}

int kube_parse(struct span text, struct json **ret, struct err *err)
{
    CLEANUP(buf_finish) struct buf rest = BUF_INIT(text.len);
    size_t from, to;
    while (find_member(text, &from, &to)) {
        buf_add_span(&rest, span_slice(text, 0, from));
        text = span_slice(text, to, text.len);
    }
    if (rest.len == 0)
        return json_parse(text, ret, err);
    buf_add_span(&rest, text);
    return json_parse(buf_span(&rest), ret, err);
}
