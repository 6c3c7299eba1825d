#include "base/url.h"

#include <string.h>

#include "base/ipaddr.h"
#include "base/mem.h"
#include "base/quote.h"
#include "base/url_escape.h"

void url_init(struct url *url)
{
    *url = (struct url){
        .scheme = BUF_INIT(URL_TEXT_MAX),
        .opaque = BUF_INIT(URL_TEXT_MAX),
        .user = BUF_INIT(URL_TEXT_MAX),
        .password = BUF_INIT(URL_TEXT_MAX),
        .host = BUF_INIT(URL_TEXT_MAX),
        .path = BUF_INIT(URL_TEXT_MAX),
        .query = BUF_INIT(URL_TEXT_MAX),
        .fragment = BUF_INIT(URL_TEXT_MAX),
    };
}

void url_finish(struct url *url)
{
    buf_finish(&url->scheme);
    buf_finish(&url->opaque);
    buf_finish(&url->user);
    buf_finish(&url->password);
    buf_finish(&url->host);
    buf_finish(&url->path);
    buf_finish(&url->query);
    buf_finish(&url->fragment);
}

/* Splits TEXT at the first SEPARATOR, which belongs to neither part. */
static bool cut(struct span text, char separator, struct span *ret_before, struct span *ret_after)
{
    ptrdiff_t at = span_find_byte(text, separator);
    size_t end = at < 0 ? text.len : (size_t)at;
    *ret_before = span_slice(text, 0, end);
    *ret_after = span_slice(text, end + 1, text.len);
    return at >= 0;
}

static ptrdiff_t find_last(struct span text, char byte)
{
    const char *found = text.len != 0 ? memrchr(text.data, byte, text.len) : NULL;
    return found ? found - text.data : -1;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes "scheme:" off the front of *REST, if it is there. */
static int take_scheme(struct span *rest, struct url *url, struct err *err)
{
    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->data[i];
        if (c == ':' && i == 0)
            return err_set(err, ERR_INVALID, "missing protocol scheme");
        if (c == ':') {
            for (size_t j = 0; j < i; j++)
                buf_addc(&url->scheme,
                         (char)(is_letter(rest->data[j]) ? rest->data[j] | 0x20 : rest->data[j]));
            *rest = span_slice(*rest, i + 1, rest->len);
            return 0;
        }
        bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!is_letter(c) && (!later || i == 0))
            return 0;
    }
    return 0;
}

/* Nothing, or a colon and digits. */
static int check_port(struct span text, struct err *err)
{
    bool good = text.len == 0 || text.data[0] == ':';
    for (size_t i = 1; i < text.len; i++)
        good = good && text.data[i] >= '0' && text.data[i] <= '9';
    if (good)
        return 0;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    quote_go(text, &quoted);
    return err_set(err, ERR_INVALID, "invalid port %s after host", buf_text(&quoted));
}

static int check_ipv6(struct span text, struct err *err)
{
    enum ipaddr_family family;
    if (ipaddr_check(text, &family, err) != 0)
        return err_wrap(err, "invalid host");
    return family == IPADDR_V6 ? 0 : err_set(err, ERR_INVALID, "invalid IP-literal");
}

/* "[address]:port" */
static int read_bracketed_host(struct span text, struct url *url, struct err *err)
{
    ptrdiff_t close = find_last(text, ']');
    if (close < 0)
        return err_set(err, ERR_INVALID, "missing ']' in host");
    struct span inner = span_slice(text, 1, (size_t)close);
    struct span port = span_slice(text, (size_t)close + 1, text.len);
    ptrdiff_t zone = span_find(inner, SPAN_LITERAL("%25"));
    size_t end = zone < 0 ? inner.len : (size_t)zone;
    if (check_port(port, err) != 0)
        return -1;
    buf_addc(&url->host, '[');
    if (url_unescape(span_slice(inner, 0, end), URL_PART_HOST, &url->host, err) != 0 ||
        url_unescape(span_slice(inner, end, inner.len), URL_PART_ZONE, &url->host, err) != 0 ||
        check_ipv6(span_slice(buf_span(&url->host), 1, url->host.len), err) != 0)
        return -1;
    buf_addc(&url->host, ']');
    buf_add_span(&url->host, port);
    return 0;
}

/* A host on the web has one colon at most; elsewhere Go looks at the last. */
static int read_host(struct span text, struct url *url, struct err *err)
{
    struct span scheme = buf_span(&url->scheme);
    ptrdiff_t bracket = find_last(text, '[');
    bool web = span_is(scheme, "http") || span_is(scheme, "https");
    ptrdiff_t colon = web ? span_find_byte(text, ':') : find_last(text, ':');
    if (bracket > 0)
        return err_set(err, ERR_INVALID, "invalid IP-literal");
    if (bracket == 0)
        return read_bracketed_host(text, url, err);
    if (colon >= 0 && check_port(span_slice(text, (size_t)colon, text.len), err) != 0)
        return -1;
    return url_unescape(text, URL_PART_HOST, &url->host, err);
}

static bool is_user_text(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') &&
            (c == '\0' || !strchr("-._:~!$&'()*+,;=%@", c)))
            return false;
    }
    return true;
}

static int read_authority(struct span text, struct url *url, struct err *err)
{
    ptrdiff_t at = find_last(text, '@');
    struct span user = span_slice(text, 0, at < 0 ? 0 : (size_t)at), password;
    if (read_host(span_slice(text, (size_t)(at + 1), text.len), url, err) != 0)
        return -1;
    if (at < 0)
        return 0;
    if (!is_user_text(user))
        return err_set(err, ERR_INVALID, "net/url: invalid userinfo");
    url->has_user = true;
    url->has_password = cut(user, ':', &user, &password);
    if (url_unescape(user, URL_PART_USER, &url->user, err) != 0)
        return -1;
    return url_unescape(password, URL_PART_USER, &url->password, err);
}

static bool has_control(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

/* All but the fragment. */
static int read_rest(struct span rest, struct url *url, struct err *err)
{
    struct span segment, after;
    if (has_control(rest))
        return err_set(err, ERR_INVALID, "net/url: invalid control character in URL");
    if (take_scheme(&rest, url, err) != 0)
        return -1;
    url->has_query = cut(rest, '?', &rest, &after);
    buf_add_span(&url->query, after);
    if (!span_starts_with(rest, "/")) {
        if (url->scheme.len != 0) {
            buf_add_span(&url->opaque, rest);
            return 0;
        }
        cut(rest, '/', &segment, &after);
        if (span_find_byte(segment, ':') >= 0)
            return err_set(err, ERR_INVALID, "first path segment in URL cannot contain colon");
    }
    if (span_starts_with(rest, "//") && (url->scheme.len != 0 || !span_starts_with(rest, "///"))) {
        rest = span_slice(rest, 2, rest.len);
        cut(rest, '/', &segment, &after);
        if (read_authority(segment, url, err) != 0)
            return -1;
        rest = span_slice(rest, segment.len, rest.len);
    }
    return url_unescape(rest, URL_PART_PATH, &url->path, err);
}

static int wrap(struct span text, struct err *err)
{
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(ERR_TEXT_SIZE);
    if (err)
        quote_go(text, &quoted);
    return err_wrap(err, "parse %s", buf_text(&quoted));
}

int url_parse(struct span text, struct url *url, struct err *err)
{
    struct span rest, fragment;
    if (text.len > URL_TEXT_MAX)
        return err_set(err, ERR_INVALID, "URL is longer than %d bytes", URL_TEXT_MAX);
    cut(text, '#', &rest, &fragment);
    if (read_rest(rest, url, err) != 0)
        return wrap(rest, err);
    if (url_unescape(fragment, URL_PART_FRAGMENT, &url->fragment, err) != 0)
        return wrap(text, err);
    return 0;
}

void url_print_user(const struct url *url, struct buf *ret)
{
    url_escape(buf_span(&url->user), URL_PART_USER, ret);
    if (!url->has_password)
        return;
    buf_addc(ret, ':');
    url_escape(buf_span(&url->password), URL_PART_USER, ret);
}

static void print_path(const struct url *url, bool relative, struct buf *ret)
{
    struct span path = buf_span(&url->path), segment, rest;
    if (path.len != 0 && path.data[0] != '/' && url->host.len != 0)
        buf_addc(ret, '/');
    cut(path, '/', &segment, &rest);
    if (relative && span_find_byte(segment, ':') >= 0)
        buf_adds(ret, "./"); /* or it would look like a scheme */
    if (span_is(path, "*"))
        buf_addc(ret, '*');
    else
        url_escape(path, URL_PART_PATH, ret);
}

void url_print(const struct url *url, struct buf *ret)
{
    bool has_authority = url->host.len != 0 || url->has_user;
    if (url->scheme.len != 0) {
        buf_add_span(ret, buf_span(&url->scheme));
        buf_addc(ret, ':');
    }
    if (url->opaque.len != 0) {
        buf_add_span(ret, buf_span(&url->opaque));
    } else {
        if (has_authority || (url->scheme.len != 0 && url->path.len != 0))
            buf_adds(ret, "//");
        if (url->has_user) {
            url_print_user(url, ret);
            buf_addc(ret, '@');
        }
        url_escape(buf_span(&url->host), URL_PART_HOST, ret);
        print_path(url, url->scheme.len == 0 && !has_authority, ret);
    }
    if (url->has_query || url->query.len != 0) {
        buf_addc(ret, '?');
        buf_add_span(ret, buf_span(&url->query));
    }
    if (url->fragment.len != 0) {
        buf_addc(ret, '#');
        url_escape(buf_span(&url->fragment), URL_PART_FRAGMENT, ret);
    }
}

struct span url_hostname(const struct url *url)
{
    struct span host = buf_span(&url->host);
    ptrdiff_t colon = find_last(host, ':');
    if (colon >= 0 && check_port(span_slice(host, (size_t)colon, host.len), NULL) == 0)
        host = span_slice(host, 0, (size_t)colon);
    if (span_starts_with(host, "[") && span_ends_with(host, "]"))
        host = span_slice(host, 1, host.len - 1);
    return host;
}

bool url_is_authority(struct span text)
{
    CLEANUP(buf_finish) struct buf full = BUF_INIT(URL_TEXT_MAX);
    CLEANUP(url_finish) struct url url;
    url_init(&url);
    buf_adds(&full, "//");
    buf_add_span(&full, text);
    return url_parse(buf_span(&full), &url, NULL) == 0 && span_equal(buf_span(&url.host), text);
}
