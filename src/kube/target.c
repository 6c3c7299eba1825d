#include "kube/target.h"

#include <string.h>

#include "base/quote.h"
#include "base/url_escape.h"

/* What a server or a proxy on the way could take for something else than a
 * name (IsValidPathSegmentName in k8s.io/apimachinery). */
static const char *fault_of(const char *name)
{
    size_t len = strlen(name);
    if (len == 0)
        return "may not be empty";
    if (len > KUBE_NAME_MAX)
        return "is too long";
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return "may not be '.' or '..'";
    if (strpbrk(name, "/%"))
        return "may not contain '/' or '%'";
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
            return "may not contain blanks or control characters";
    }
    return NULL;
}

/* Appends "/NAME". */
static int add_segment(const char *name, struct buf *ret, struct err *err)
{
    const char *fault = fault_of(name);
    if (fault) {
        CLEANUP(buf_finish) struct buf quoted = BUF_INIT(8 * KUBE_NAME_MAX);
        quote_go(span_slice(span_of(name), 0, KUBE_NAME_MAX), &quoted);
        return err_set(err, ERR_INVALID, "invalid resource name %s: %s", buf_text(&quoted), fault);
    }
    buf_addc(ret, '/');
    url_escape(span_of(name), URL_PART_PATH, ret);
    return 0;
}

static int add_segments(const char *const *names, size_t count, struct buf *ret, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i] && add_segment(names[i], ret, err) != 0)
            return -1;
    }
    return 0;
}

static void add_query(const struct kube_request *request, struct buf *ret)
{
    for (size_t i = 0; i < request->param_count; i++) {
        buf_addc(ret, i == 0 ? '?' : '&');
        httpurl_print_escaped(request->params[i].name, ret);
        buf_addc(ret, '=');
        httpurl_print_escaped(request->params[i].value, ret);
    }
}

int kube_target_print(const struct kube_request *request, struct buf *ret, struct err *err)
{
    const struct kube_resource *resource = &request->resource;
    bool core = resource->group[0] == '\0';
    bool scoped = resource->namespaced && request->namespace;
    const char *const names[] = {
        core ? "api" : "apis",
        core ? NULL : resource->group,
        resource->version,
        scoped ? "namespaces" : NULL,
        scoped ? request->namespace : NULL,
        resource->plural,
        request->name,
        request->name ? request->subresource : NULL,
    };
    if (add_segments(names, ARRAY_LEN(names), ret, err) != 0)
        return -1;
    add_query(request, ret);
    if (buf_overflowed(ret))
        return err_set(err, ERR_INVALID, "the URL of the request is too long");
    return 0;
}
