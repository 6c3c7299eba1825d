/* Sprig's functions on URLs. */
#include "base/mem.h"
#include "base/url.h"
#include "template/convert.h"
#include "template/funcs.h"

static int put_text(struct call *call, const char *key, struct span text)
{
    struct span copy;
    if (budget_text(call->budget, text, &copy, call->err) != 0)
        return -1;
    return value_put_text(call->budget, *call->ret, key, value_text(copy), call->err);
}

static int url_parse_(struct call *call)
{
    CLEANUP(url_finish) struct url url;
    CLEANUP(buf_finish) struct buf user = BUF_INIT(BUDGET_TEXT_MAX);
    url_init(&url);
    if (call_take(call, call->args[0].text.len) != 0)
        return -1;
    if (url_parse(call->args[0].text, &url, call->err) != 0)
        return err_wrap(call->err, "unable to parse url");
    url_print_user(&url, &user);
    if (value_new_map(call->budget, &type_dict, call->ret, call->err) != 0)
        return -1;
    const struct {
        const char *key;
        struct span text;
    } parts[] = {
        {"fragment", buf_span(&url.fragment)}, {"host", buf_span(&url.host)},
        {"hostname", url_hostname(&url)},      {"opaque", buf_span(&url.opaque)},
        {"path", buf_span(&url.path)},         {"query", buf_span(&url.query)},
        {"scheme", buf_span(&url.scheme)},     {"userinfo", buf_span(&user)},
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (put_text(call, parts[i].key, parts[i].text) != 0)
            return -1;
    }
    return 0;
}

/* A part that the dict has under KEY, as text; nothing if it has none. */
static int take_part(struct call *call, const char *key, struct span *ret)
{
    const struct value *item = value_find_text(call->args[0], span_of(key));
    *ret = (struct span){0};
    if (!item)
        return 0;
    if (value_kind(*item) == VALUE_INTERFACE)
        return call_fail_nil(call);
    if (value_kind(*item) != VALUE_STRING)
        return call_fail(call, "unable to parse %s key, must be of type string, but %s found", key,
                         convert_kind_name(*item));
    *ret = item->text;
    return 0;
}

/* The user of a URL made for it, as Sprig reads it. */
static int take_user(struct call *call, struct url *url)
{
    struct span text;
    CLEANUP(url_finish) struct url made;
    CLEANUP(buf_finish) struct buf full = BUF_INIT(BUDGET_TEXT_MAX);
    url_init(&made);
    if (take_part(call, "userinfo", &text) != 0)
        return -1;
    if (text.len == 0)
        return 0;
    buf_adds(&full, "proto://");
    buf_add_span(&full, text);
    buf_adds(&full, "@host");
    if (url_parse(buf_span(&full), &made, call->err) != 0)
        return err_wrap(call->err, "unable to parse userinfo in dict");
    url->has_user = made.has_user;
    url->has_password = made.has_password;
    buf_add_span(&url->user, buf_span(&made.user));
    buf_add_span(&url->password, buf_span(&made.password));
    return 0;
}

static int url_join(struct call *call)
{
    CLEANUP(url_finish) struct url url;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    url_init(&url);
    const struct {
        const char *key;
        struct buf *part;
    } parts[] = {
        {"scheme", &url.scheme}, {"host", &url.host},     {"path", &url.path},
        {"query", &url.query},   {"opaque", &url.opaque}, {"fragment", &url.fragment},
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct span text;
        if (take_part(call, parts[i].key, &text) != 0)
            return -1;
        buf_add_span(parts[i].part, text);
        if (buf_overflowed(parts[i].part))
            return call_fail(call, "URL is longer than %d bytes", URL_TEXT_MAX);
    }
    if (take_user(call, &url) != 0)
        return -1;
    url_print(&url, &out);
    return call_give_buf(call, &out);
}

const struct func funcs_urls[] = {
    {"urlJoin", "d", url_join},
    {"urlParse", "s", url_parse_},
    {0},
};
