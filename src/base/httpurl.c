#include "base/httpurl.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"

enum {
    PORT_MAX = 65535,
};

static const char hex_digits[] = "0123456789ABCDEF";

void httpurl_finish(struct httpurl *url)
{
    free(url->host);
    free(url->path);
    free(url->query);
    *url = (struct httpurl)HTTPURL_INIT;
}

/* The length of a leading "scheme:", without the colon; 0 if there is none. */
static size_t scheme_len(const char *text)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    return text[len] == ':' && isalpha((unsigned char)text[0]) ? len : 0;
}

static int parse_port(struct span text, struct httpurl *url, struct err *err)
{
    uint64_t port = 0;
    if (text.len == 0)
        return 0;
    if (!span_to_u64(text, &port) || port == 0 || port > PORT_MAX)
        return err_set(err, ERR_INVALID, "invalid port in the URL");
    url->port = (unsigned)port;
    return 0;
}

static bool is_ipv6(struct span text)
{
    struct in6_addr address;
    CLEANUP(mem_freep) char *copy = span_dup(text);
    return inet_pton(AF_INET6, copy, &address) == 1;
}

static bool is_name(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!isalnum((unsigned char)text.data[i]) && !strchr("-._~", text.data[i]))
            return false;
    }
    return text.len != 0 && text.len <= HTTPURL_HOST_MAX;
}

static int parse_authority(struct span text, struct httpurl *url, struct err *err)
{
    if (span_find_byte(text, '@') >= 0)
        return err_set(err, ERR_INVALID, "a URL with a user name or password is not accepted");
    ptrdiff_t close = span_find_byte(text, ']');
    struct span rest = span_slice(text, close < 0 ? 0 : (size_t)close, text.len);
    ptrdiff_t colon = span_find_byte(rest, ':');
    size_t host_len = colon < 0 ? text.len : text.len - rest.len + (size_t)colon;
    struct span host = span_slice(text, 0, host_len);
    bool bracketed = span_starts_with(host, "[") && span_ends_with(host, "]");
    if (bracketed ? !is_ipv6(span_slice(host, 1, host.len - 1)) : !is_name(host))
        return err_set(err, ERR_INVALID, "invalid host in the URL");
    url->host = span_dup(host);
    for (char *c = url->host; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return parse_port(span_slice(text, host_len + 1, text.len), url, err);
}

/* An owned copy with blanks and bytes above 0x7f percent-encoded. */
static char *encode(struct span text)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(3 * HTTPURL_TEXT_MAX);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c > 0x20 && c < 0x7f)
            buf_addc(&out, (char)c);
        else
            buf_addf(&out, "%%%02X", c);
    }
    return buf_take(&out);
}

/* Splits "path?query#fragment". */
static void parse_path(const char *text, struct httpurl *url)
{
    size_t path_len = strcspn(text, "?#");
    url->path = encode((struct span){text, path_len});
    if (text[path_len] == '?') {
        const char *query = text + path_len + 1;
        url->query = encode((struct span){query, strcspn(query, "#")});
    }
}

static int check_bytes(const char *text, struct err *err)
{
    if (strlen(text) > HTTPURL_TEXT_MAX)
        return err_set(err, ERR_INVALID, "URL is longer than %d bytes", HTTPURL_TEXT_MAX);
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == '\\')
            return err_set(err, ERR_INVALID, "invalid control character in URL");
    }
    return 0;
}

int httpurl_parse(const char *text, struct httpurl *ret, struct err *err)
{
    if (check_bytes(text, err) != 0)
        return -1;
    size_t scheme = scheme_len(text);
    CLEANUP(httpurl_finish) struct httpurl url = HTTPURL_INIT;
    url.https = scheme == 5 && strncasecmp(text, "https", scheme) == 0;
    if (!url.https && !(scheme == 4 && strncasecmp(text, "http", scheme) == 0))
        return err_set(err, ERR_INVALID, "unsupported protocol scheme \"%.*s\"", (int)scheme, text);
    const char *authority = text + scheme + 1;
    if (!str_starts_with(authority, "//"))
        return err_set(err, ERR_INVALID, "no Host in request URL");
    authority += 2;
    size_t len = strcspn(authority, "/?#");
    if (parse_authority((struct span){authority, len}, &url, err) != 0)
        return -1;
    parse_path(authority + len, &url);
    *ret = url;
    url = (struct httpurl)HTTPURL_INIT;
    return 0;
}

/* Removes "." and ".." segments in place (RFC 3986, section 5.2.4). PATH
 * begins with '/'. */
static void remove_dots(char *path)
{
    char *out = path;
    const char *in = path;
    while (*in) {
        size_t len = 1 + strcspn(in + 1, "/");
        bool last = in[len] == '\0';
        if (len == 2 && in[1] == '.') {
            if (last)
                *out++ = '/';
        } else if (len == 3 && in[1] == '.' && in[2] == '.') {
            while (out > path && *--out != '/')
                ;
            if (last)
                *out++ = '/';
        } else {
            memmove(out, in, len);
            out += len;
        }
        in += len;
    }
    *out = '\0';
}

/* The path of a reference that is neither absolute nor empty, on BASE's path. */
static void merge_path(const struct httpurl *base, struct httpurl *url)
{
    const char *slash = strrchr(base->path, '/');
    int keep = slash ? (int)(slash - base->path) : 0;
    char *merged = str_printf("%.*s/%s", keep, base->path, url->path);
    free(url->path);
    url->path = merged;
}

int httpurl_resolve(const struct httpurl *base, const char *reference, struct httpurl *ret,
                    struct err *err)
{
    if (scheme_len(reference) != 0)
        return httpurl_parse(reference, ret, err);
    if (str_starts_with(reference, "//")) {
        CLEANUP(mem_freep)
        char *whole = str_printf("%s:%s", base->https ? "https" : "http", reference);
        return httpurl_parse(whole, ret, err);
    }
    if (check_bytes(reference, err) != 0)
        return -1;
    struct httpurl url = {.https = base->https, .host = str_dup(base->host), .port = base->port};
    parse_path(reference, &url);
    if (url.path[0] == '\0') {
        str_set(&url.path, base->path);
        if (!url.query)
            url.query = str_dup(base->query);
    } else {
        if (url.path[0] != '/')
            merge_path(base, &url);
        remove_dots(url.path);
    }
    *ret = url;
    return 0;
}

unsigned httpurl_port(const struct httpurl *url)
{
    return url->port != 0 ? url->port : url->https ? 443 : 80;
}

bool httpurl_same_host(const struct httpurl *a, const struct httpurl *b)
{
    return str_equal(a->host, b->host) && httpurl_port(a) == httpurl_port(b);
}

bool httpurl_same_origin(const struct httpurl *a, const struct httpurl *b)
{
    return a->https == b->https && httpurl_same_host(a, b);
}

void httpurl_print_host(const struct httpurl *url, struct buf *ret)
{
    buf_adds(ret, url->host);
    if (url->port != 0)
        buf_addf(ret, ":%u", url->port);
}

static void print_front(const struct httpurl *url, struct buf *ret)
{
    buf_adds(ret, url->https ? "https://" : "http://");
    httpurl_print_host(url, ret);
    buf_adds(ret, url->path);
}

void httpurl_print(const struct httpurl *url, struct buf *ret)
{
    print_front(url, ret);
    if (url->query)
        buf_addf(ret, "?%s", url->query);
}

/* Query parameters whose values are part of the protocols spoken here, and
 * tell nobody a secret. */
static bool harmless(struct span name)
{
    static const char *const names[] = {
        "n",
        "last",
        "scope",
        "service",
        "digest",
        "mount",
        "from",
        "limit",
        "labelSelector",
        "fieldSelector",
        "resourceVersion",
        "watch",
        "force",
        "timeoutSeconds",
        "fieldManager",
        "allowWatchBookmarks",
        "api-version",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(name, names[i]))
            return true;
    }
    return false;
}

void httpurl_print_public(const struct httpurl *url, struct buf *ret)
{
    print_front(url, ret);
    char separator = '?';
    for (struct span rest = span_of(url->query), part; span_next(&rest, '&', &part);) {
        ptrdiff_t equals = span_find_byte(part, '=');
        struct span name = span_slice(part, 0, equals < 0 ? part.len : (size_t)equals);
        buf_addc(ret, separator);
        if (harmless(name))
            buf_add_span(ret, part);
        else if (equals < 0)
            buf_adds(ret, "REDACTED");
        else
            buf_addf(ret, "%.*s=REDACTED", (int)name.len, name.data);
        separator = '&';
    }
}

void httpurl_print_escaped(const char *text, struct buf *ret)
{
    for (const char *c = text; *c; c++) {
        unsigned char byte = (unsigned char)*c;
        if (isalnum(byte) || strchr("-_.~", byte)) {
            buf_addc(ret, *c);
        } else if (byte == ' ') {
            buf_addc(ret, '+');
        } else {
            const char escape[] = {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
            buf_add(ret, escape, sizeof(escape));
        }
    }
}

static bool ipv4_is_internal(uint32_t address)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = {
        {0x00000000, 0xff000000}, /* 0.0.0.0/8, which Linux takes for itself */
        {0x0a000000, 0xff000000}, {0x7f000000, 0xff000000}, {0xa9fe0000, 0xffff0000},
        {0xac100000, 0xfff00000}, {0xc0a80000, 0xffff0000},
    };
    for (size_t i = 0; i < ARRAY_LEN(nets); i++) {
        if ((address & nets[i].mask) == nets[i].net)
            return true;
    }
    return false;
}

static bool ipv6_is_internal(const struct in6_addr *address)
{
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const unsigned char *bytes = address->s6_addr;
    uint32_t last = (uint32_t)bytes[12] << 24 | (uint32_t)bytes[13] << 16 |
                    (uint32_t)bytes[14] << 8 | bytes[15];
    if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address) ||
        IN6_IS_ADDR_LINKLOCAL(address) || (bytes[0] & 0xfe) == 0xfc)
        return true;
    bool holds_ipv4 = IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address) ||
                      memcmp(bytes, nat64, sizeof(nat64)) == 0;
    return holds_ipv4 && ipv4_is_internal(last);
}

bool httpurl_host_is_internal(const char *host)
{
    struct span bare = span_of(host);
    if (span_starts_with(bare, "["))
        bare = span_slice(bare, 1, bare.len - 1);
    else if (span_ends_with(bare, "."))
        bare.len--;
    CLEANUP(mem_freep) char *name = span_dup(bare);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return false;
    bool internal = false;
    if (found->ai_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, found->ai_addr, sizeof(address));
        internal = ipv4_is_internal(ntohl(address.sin_addr.s_addr));
    } else if (found->ai_family == AF_INET6) {
        struct sockaddr_in6 address;
        memcpy(&address, found->ai_addr, sizeof(address));
        internal = ipv6_is_internal(&address.sin6_addr);
    }
    freeaddrinfo(found);
    return internal;
}

bool httpurl_host_is_localhost(const char *host)
{
    struct span name = span_of(host);
    if (span_ends_with(name, "."))
        name.len--;
    return span_is(name, "localhost") || span_ends_with(name, ".localhost");
}
