#include "base/imageref.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/url.h"
#include "base/utf8.h"

#define REPOSITORY_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-./"
#define TAG_CHARS        "abcdefghijklmnopqrstuvwxyz0123456789_-.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGEST_PREFIX    "sha256:"

enum {
    DIGEST_HEX_LEN = 64,
    PORT_DIGITS_MAX = 5,
};

/* What the parts of a reference are before they are checked. */
struct parts {
    struct span registry; /* empty: the default */
    struct span repository;
    struct span tag;
    struct span digest;
};

void imageref_finish(struct imageref *ref)
{
    free(ref->registry);
    free(ref->repository);
    free(ref->tag);
    free(ref->digest);
    *ref = (struct imageref)IMAGEREF_INIT;
}

static int check_size(const char *text, struct err *err)
{
    if (strlen(text) <= IMAGEREF_TEXT_MAX)
        return 0;
    return err_set(err, ERR_INVALID, "image reference is longer than %d bytes", IMAGEREF_TEXT_MAX);
}

static int check_element(const char *what, struct span element, const char *chars, size_t min,
                         size_t max, struct err *err)
{
    size_t count = utf8_count(element);
    if (count < min || count > max)
        return err_set(err, ERR_INVALID,
                       "%s must be between %zu and %zu characters in length: %.*s", what, min, max,
                       (int)element.len, element.data);
    for (size_t i = 0; i < element.len; i++) {
        if (!strchr(chars, element.data[i]))
            return err_set(err, ERR_INVALID, "%s can only contain the characters `%s`: %.*s", what,
                           chars, (int)element.len, element.data);
    }
    return 0;
}

/* The registry is what stands before the first slash, if it looks like a host. */
static int split_repository(struct span text, struct parts *parts, struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_INVALID, "a repository name must be specified");
    ptrdiff_t slash = span_find_byte(text, '/');
    struct span host = span_slice(text, 0, slash < 0 ? 0 : (size_t)slash);
    bool named = span_find_byte(host, '.') >= 0 || span_find_byte(host, ':') >= 0;
    parts->registry = named ? host : (struct span){0};
    parts->repository = named ? span_slice(text, host.len + 1, text.len) : text;
    if (check_element("repository", parts->repository, REPOSITORY_CHARS, IMAGEREF_REPOSITORY_MIN,
                      IMAGEREF_REPOSITORY_MAX, err) != 0)
        return -1;
    if (!url_is_authority(parts->registry))
        return err_set(err, ERR_INVALID, "registries must be valid RFC 3986 URI authorities: %.*s",
                       (int)host.len, host.data);
    return 0;
}

static int split_tag(struct span text, struct parts *parts, struct err *err)
{
    size_t colon = text.len;
    while (colon > 0 && text.data[colon - 1] != ':' && text.data[colon - 1] != '/')
        colon--;
    struct span repository = text;
    parts->tag = SPAN_LITERAL(IMAGEREF_DEFAULT_TAG);
    if (colon > 0 && text.data[colon - 1] == ':') {
        repository = span_slice(text, 0, colon - 1);
        parts->tag = span_slice(text, colon, text.len);
        if (parts->tag.len == 0)
            return err_set(err, ERR_INVALID, "%.*s must specify a tag name after the colon",
                           (int)text.len, text.data);
        if (check_element("tag", parts->tag, TAG_CHARS, 1, IMAGEREF_TAG_MAX, err) != 0)
            return -1;
    }
    return split_repository(repository, parts, err);
}

static int check_digest(struct span digest, struct err *err)
{
    if (!span_starts_with(digest, DIGEST_PREFIX))
        return err_set(err, ERR_INVALID, "unsupported digest algorithm: %.*s", (int)digest.len,
                       digest.data);
    struct span hex = span_slice(digest, strlen(DIGEST_PREFIX), digest.len);
    if (hex.len != DIGEST_HEX_LEN)
        return err_set(err, ERR_INVALID, "invalid checksum digest length");
    for (size_t i = 0; i < hex.len; i++) {
        if (!strchr("0123456789abcdef", hex.data[i]))
            return err_set(err, ERR_INVALID, "invalid checksum digest format");
    }
    return 0;
}

static int split_digest(struct span text, struct parts *parts, struct err *err)
{
    ptrdiff_t at = span_find_byte(text, '@');
    struct span base = span_slice(text, 0, at < 0 ? 0 : (size_t)at);
    parts->digest = span_slice(text, base.len + 1, text.len);
    if (at < 0 || span_find_byte(parts->digest, '@') >= 0)
        return err_set(err, ERR_INVALID,
                       "a digest must contain exactly one '@' separator (e.g. "
                       "registry/repository@digest) saw: %.*s",
                       (int)text.len, text.data);
    if (check_digest(parts->digest, err) != 0)
        return -1;
    /* A tag before the digest says nothing more; but it has to be right. */
    if (split_tag(base, parts, NULL) == 0) {
        parts->tag = (struct span){0};
        return 0;
    }
    parts->tag = (struct span){0};
    return split_repository(base, parts, err);
}

static void fill(struct imageref *ret, const struct parts *parts)
{
    bool hub = parts->registry.len == 0 || span_is(parts->registry, "docker.io") ||
               span_is(parts->registry, IMAGEREF_DEFAULT_REGISTRY);
    bool bare = span_find_byte(parts->repository, '/') < 0;
    *ret = (struct imageref){
        .registry = hub ? str_dup(IMAGEREF_DEFAULT_REGISTRY) : span_dup(parts->registry),
        .repository = str_printf("%s%.*s", hub && bare ? "library/" : "",
                                 (int)parts->repository.len, parts->repository.data),
        .tag = parts->tag.len != 0 ? span_dup(parts->tag) : NULL,
        .digest = parts->digest.len != 0 ? span_dup(parts->digest) : NULL,
    };
}

static int parse_with(int (*split)(struct span, struct parts *, struct err *), const char *text,
                      struct imageref *ret, struct err *err)
{
    struct parts parts = {0};
    if (check_size(text, err) != 0 || split(span_of(text), &parts, err) != 0)
        return -1;
    fill(ret, &parts);
    return 0;
}

int imageref_parse_tag(const char *text, struct imageref *ret, struct err *err)
{
    return parse_with(split_tag, text, ret, err);
}

int imageref_parse_digest(const char *text, struct imageref *ret, struct err *err)
{
    return parse_with(split_digest, text, ret, err);
}

int imageref_parse_repository(const char *text, struct imageref *ret, struct err *err)
{
    return parse_with(split_repository, text, ret, err);
}

int imageref_parse(const char *text, struct imageref *ret, struct err *err)
{
    if (check_size(text, err) != 0)
        return -1;
    if (imageref_parse_tag(text, ret, NULL) == 0 || imageref_parse_digest(text, ret, NULL) == 0)
        return 0;
    return err_set(err, ERR_INVALID, "could not parse reference: %s", text);
}

const char *imageref_identifier(const struct imageref *ref)
{
    return ref->digest ? ref->digest : ref->tag;
}

char *imageref_name(const struct imageref *ref)
{
    const char *sign = ref->digest ? "@" : ref->tag ? ":" : "";
    const char *identifier = imageref_identifier(ref);
    return str_printf("%s/%s%s%s", ref->registry, ref->repository, sign,
                      identifier ? identifier : "");
}

static bool is_private_ipv4(const char *registry)
{
    char host[INET_ADDRSTRLEN];
    struct in_addr address;
    size_t len = strcspn(registry, ":");
    if (len >= sizeof(host))
        return false;
    memcpy(host, registry, len);
    host[len] = '\0';
    if (inet_pton(AF_INET, host, &address) != 1)
        return false;
    uint32_t ip = ntohl(address.s_addr);
    return ip >> 24 == 10 || ip >> 20 == (172 << 4 | 1) || ip >> 16 == (192 << 8 | 168);
}

/* "….localhost", or that with a port. */
static bool is_localhost_name(const char *registry)
{
    static const char suffix[] = ".localhost";
    const char *found = NULL;
    for (const char *at = registry; (at = strstr(at, suffix)) != NULL; at++)
        found = at;
    if (!found)
        return false;
    const char *port = found + strlen(suffix);
    if (*port == '\0')
        return true;
    size_t digits = strspn(port + 1, "0123456789");
    return *port == ':' && digits > 0 && digits <= PORT_DIGITS_MAX && port[1 + digits] == '\0';
}

bool imageref_registry_is_local(const char *registry)
{
    return is_private_ipv4(registry) || str_starts_with(registry, "localhost:") ||
           is_localhost_name(registry) || strstr(registry, "127.0.0.1") || strstr(registry, "::1");
}
