#include "git/url.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"
#include "base/url.h"

enum {
    SSH_PORT = 22,
};

/* The parts of "scheme://[user@]host[:port]/path", borrowed. */
struct parts {
    struct span scheme;
    struct span user; /* without '@'; data is NULL if there is none */
    struct span host; /* with the brackets of an IPv6 address */
    struct span port;
    struct span path; /* from the slash on */
};

const char *git_scheme_name(enum git_scheme scheme)
{
    static const char *const names[] = {"http", "https", "ssh", "file"};
    return names[scheme];
}

void git_url_finish(struct git_url *url)
{
    free(url->text);
    free(url->remote);
    free(url->origin);
    free(url->host);
    free(url->username);
    free(url->password);
    *url = (struct git_url){0};
}

static bool find_scheme(struct span name, enum git_scheme *ret)
{
    for (int i = GIT_SCHEME_HTTP; i <= GIT_SCHEME_FILE; i++) {
        const char *known = git_scheme_name((enum git_scheme)i);
        if (strlen(known) == name.len && strncasecmp(known, name.data, name.len) == 0) {
            *ret = (enum git_scheme)i;
            return true;
        }
    }
    return false;
}

/* Printable ASCII but for quotes, backslash and what has a meaning of its own
 * after a path; everything else has to be percent-encoded. */
static bool bytes_allowed(const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= 0x20 || *c == 0x7f || strchr("\"<>\\^`{|}?#", *c))
            return false;
    }
    return true;
}

/* A host that looks like an option is one that somebody made up. */
static bool authority_allowed(struct span host, struct span port)
{
    uint64_t number;
    if (host.len == 0 || host.data[0] == '-')
        return false;
    if (port.len != 0 && (!span_to_u64(port, &number) || number < 1 || number > 65535))
        return false;
    return url_is_authority(host);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Percent-decodes to an owned string. NULL if it is malformed, or holds what a
 * header or a configuration line could not carry. */
static char *decode(struct span text)
{
    CLEANUP(buf_finish) struct buf plain = BUF_INIT(GIT_URL_MAX);
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.data[i];
        if (c == '%') {
            if (text.len - i < 3 || hex_value(text.data[i + 1]) < 0 ||
                hex_value(text.data[i + 2]) < 0)
                return NULL;
            c = hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]);
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return NULL;
        buf_addc(&plain, (char)c);
    }
    return buf_take(&plain);
}

/* Splits what follows "://" (or has no scheme at all). */
static void split(struct span text, struct parts *ret)
{
    *ret = (struct parts){0};
    ptrdiff_t mark = span_find(text, SPAN_LITERAL("://"));
    if (mark < 0) {
        ret->path = text;
        return;
    }
    ret->scheme = span_slice(text, 0, (size_t)mark);
    struct span rest = span_slice(text, (size_t)mark + 3, text.len);
    ptrdiff_t slash = span_find_byte(rest, '/');
    struct span authority = span_slice(rest, 0, slash < 0 ? rest.len : (size_t)slash);
    ret->path = span_slice(rest, authority.len, rest.len);
    for (size_t i = authority.len; i-- > 0;) { /* the last '@' ends the user info */
        if (authority.data[i] == '@') {
            ret->user = span_slice(authority, 0, i);
            authority = span_slice(authority, i + 1, authority.len);
            break;
        }
    }
    size_t from = 0;
    if (span_starts_with(authority, "[")) {
        ptrdiff_t end = span_find_byte(authority, ']');
        from = end < 0 ? 0 : (size_t)end;
    }
    ptrdiff_t colon = span_find_byte(span_slice(authority, from, authority.len), ':');
    size_t host_len = colon < 0 ? authority.len : from + (size_t)colon;
    ret->host = span_slice(authority, 0, host_len);
    ret->port = span_slice(authority, host_len + 1, authority.len);
}

static int take_local(const char *path, bool allow_local, struct git_url *ret, struct err *err)
{
    if (!allow_local)
        return err_set(err, ERR_INVALID,
                       "local repository '%s' is not allowed here; use ssh, http or https", path);
    *ret =
        (struct git_url){.scheme = GIT_SCHEME_FILE, .text = str_dup(path), .remote = str_dup(path)};
    return 0;
}

/* Text that has no "://" in it: a local path or a mistake. */
static int take_other(const char *text, bool allow_local, struct git_url *ret, struct err *err)
{
    if (text[0] == '/')
        return take_local(text, allow_local, ret, err);
    const char *colon = strchr(text, ':');
    const char *slash = strchr(text, '/');
    if (colon && (!slash || colon < slash))
        return err_set(err, ERR_INVALID,
                       "parse \"%s\": first path segment in URL cannot contain colon; "
                       "write ssh://user@host/path",
                       text);
    return err_set(err, ERR_INVALID, "'%s' is no URL; it can be: ssh, http and https", text);
}

static int take_http(const struct parts *parts, struct git_url *url, struct err *err)
{
    const char *scheme = git_scheme_name(url->scheme);
    const char *colon = parts->port.len != 0 ? ":" : "";
    url->origin = str_printf("%s://%.*s%s%.*s", scheme, (int)parts->host.len, parts->host.data,
                             colon, (int)parts->port.len, parts->port.data);
    url->text = str_printf("%s%.*s", url->origin, (int)parts->path.len, parts->path.data);
    url->remote = str_dup(url->text);
    if (!parts->user.data)
        return 0;
    ptrdiff_t colon_at = span_find_byte(parts->user, ':');
    size_t name_len = colon_at < 0 ? parts->user.len : (size_t)colon_at;
    url->username = decode(span_slice(parts->user, 0, name_len));
    url->password = decode(span_slice(parts->user, name_len + 1, parts->user.len));
    if (!url->username || !url->password)
        return err_set(err, ERR_INVALID, "malformed user info in the URL of '%s'", url->origin);
    return 0;
}

static void fill_ssh_server(const struct parts *parts, struct git_url *url)
{
    uint64_t port = SSH_PORT;
    bool bracketed = span_starts_with(parts->host, "[");
    struct span host = bracketed ? span_slice(parts->host, 1, parts->host.len - 1) : parts->host;
    if (parts->port.len != 0)
        span_to_u64(parts->port, &port); /* authority_allowed() has judged it */
    url->host = mem_dup(host.data, host.len);
    url->port = (unsigned)port;
}

/* A password in an ssh URL is dropped: ssh takes none from there. */
static int take_ssh(const struct parts *parts, struct git_url *url, struct err *err)
{
    ptrdiff_t colon_at = span_find_byte(parts->user, ':');
    size_t name_len = colon_at < 0 ? parts->user.len : (size_t)colon_at;
    struct span user = span_slice(parts->user, 0, name_len);
    if (user.len != 0 && user.data[0] == '-')
        return err_set(err, ERR_INVALID, "malformed user in the URL");
    const char *colon = parts->port.len != 0 ? ":" : "";
    CLEANUP(mem_freep)
    char *rest =
        str_printf("%.*s%s%.*s%.*s", (int)parts->host.len, parts->host.data, colon,
                   (int)parts->port.len, parts->port.data, (int)parts->path.len, parts->path.data);
    url->text = user.len != 0 ? str_printf("ssh://%.*s@%s", (int)user.len, user.data, rest)
                              : str_printf("ssh://%s", rest);
    url->remote = user.len != 0 ? str_dup(url->text) : str_printf("ssh://git@%s", rest);
    fill_ssh_server(parts, url);
    if (parts->path.len < 2)
        return err_set(err, ERR_INVALID, "URL '%s' has no path", url->text);
    return 0;
}

static int take_file(const struct parts *parts, bool allow_local, struct git_url *url,
                     struct err *err)
{
    if (parts->user.data || parts->port.len != 0 ||
        (parts->host.len != 0 && !span_is(parts->host, "localhost")) || parts->path.len < 2)
        return err_set(err, ERR_INVALID, "a file URL needs an absolute path: file:///path");
    CLEANUP(mem_freep)
    char *text = str_printf("file://%.*s", (int)parts->path.len, parts->path.data);
    return take_local(text, allow_local, url, err);
}

static int take_url(const struct parts *parts, bool allow_local, struct git_url *url,
                    struct err *err)
{
    if (!find_scheme(parts->scheme, &url->scheme))
        return err_set(err, ERR_INVALID,
                       "git URL scheme '%.*s' not supported, can be: ssh, http and https",
                       (int)parts->scheme.len, parts->scheme.data);
    if (url->scheme == GIT_SCHEME_FILE)
        return take_file(parts, allow_local, url, err);
    if (!authority_allowed(parts->host, parts->port))
        return err_set(err, ERR_INVALID, "malformed host or port in the %s URL",
                       git_scheme_name(url->scheme));
    return url->scheme == GIT_SCHEME_SSH ? take_ssh(parts, url, err) : take_http(parts, url, err);
}

int git_url_parse(const char *text, bool allow_local, struct git_url *ret, struct err *err)
{
    struct parts parts;
    if (strlen(text) > GIT_URL_MAX)
        return err_set(err, ERR_INVALID, "URL is longer than %d bytes", GIT_URL_MAX);
    split(span_of(text), &parts);
    if (!parts.scheme.data)
        return take_other(text, allow_local, ret, err);
    if (!bytes_allowed(text))
        return err_set(err, ERR_INVALID,
                       "URL holds a blank, control or reserved character, query or fragment");
    CLEANUP(git_url_finish) struct git_url url = {0};
    if (take_url(&parts, allow_local, &url, err) != 0)
        return -1;
    *ret = url;
    url = (struct git_url){0};
    return 0;
}
