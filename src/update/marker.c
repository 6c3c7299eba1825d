#include "update/marker.h"

#include <string.h>

#include "adapt/json.h"
#include "base/mem.h"

static const struct span word = {"imagepolicy", 11};

void marker_finish(struct marker *marker)
{
    free(marker->namespace);
    free(marker->policy);
    free(marker->setter);
    *marker = (struct marker)MARKER_INIT;
}

ptrdiff_t marker_find(struct span text, size_t from)
{
    while (from < text.len) {
        ptrdiff_t at = span_find(span_slice(text, from, text.len), word);
        if (at < 0)
            return -1;
        size_t end = from + (size_t)at + word.len;
        if (end < text.len && (text.data[end] == '"' || text.data[end] == '\''))
            return (ptrdiff_t)(end - word.len);
        from = end;
    }
    return -1;
}

/* Whether all values are texts or null, as a Go map[string]string holds them. */
static bool all_texts(const struct json *object)
{
    json_foreach_member (key, value, object) {
        if (json_kind(value) != JSON_KIND_STRING && json_kind(value) != JSON_KIND_NULL)
            return false;
    }
    return true;
}

static bool parse_part(struct span name, enum marker_part *ret)
{
    static const struct {
        const char *name;
        enum marker_part part;
    } parts[] = {{"tag", MARKER_TAG}, {"name", MARKER_NAME}, {"digest", MARKER_DIGEST}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (span_is(name, parts[i].name)) {
            *ret = parts[i].part;
            return true;
        }
    }
    return false;
}

static const char *parse_setter(struct span setter, struct marker *ret)
{
    struct span rest = setter, namespace, policy;
    if (span_find_byte(setter, ':') < 0 || !span_next(&rest, ':', &namespace) ||
        !span_next(&rest, ':', &policy) || namespace.len == 0 || policy.len == 0)
        return "its value is not 'namespace:policy'";
    enum marker_part part = MARKER_IMAGE;
    bool has_part = policy.data + policy.len < setter.data + setter.len;
    if (has_part && !parse_part(rest, &part))
        return "the part behind the policy is not 'tag', 'name' or 'digest'";
    *ret = (struct marker){span_dup(namespace), span_dup(policy), part, span_dup(setter)};
    return NULL;
}

static const char *parse_text(struct span text, struct marker *ret)
{
    CLEANUP(json_freep) struct json *object = NULL;
    if (text.len > MARKER_TEXT_MAX)
        return "the comment is too long";
    if (json_parse(text, &object, NULL) != 0 || json_kind(object) != JSON_KIND_OBJECT)
        return "the comment is not one JSON object";
    if (!all_texts(object))
        return "a value in it is not a text";
    const struct json *value = json_member(object, "$imagepolicy");
    if (!value)
        value = json_member(object, "imagepolicy");
    if (!value)
        return "it has no key '$imagepolicy'";
    return parse_setter(json_span(value), ret);
}

bool marker_parse(struct span comment, struct marker *ret, const char **why)
{
    while (comment.len != 0 && comment.data[0] == '#')
        comment = span_slice(comment, 1, comment.len);
    *why = parse_text(comment, ret);
    return !*why;
}
