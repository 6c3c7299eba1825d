#include "adapt/http_env.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/span.h"
#include "base/str.h"

static char *env_copy(const char *upper, const char *lower)
{
    const char *value = getenv(upper);
    if (str_empty(value))
        value = getenv(lower);
    return str_empty(value) ? NULL : str_dup(value);
}

/* Does the folder hold certificates under the names by which OpenSSL looks
 * them up, such as "5ed36f99.0"? */
static bool is_hashed_dir(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return false;
    bool found = false;
    for (struct dirent *entry; !found && (entry = readdir(dir));)
        found =
            strspn(entry->d_name, "0123456789abcdef") == 8 && strcmp(entry->d_name + 8, ".0") == 0;
    closedir(dir);
    return found;
}

/*
 * A hashed folder is preferred: of the hundred and more roots only the one that
 * a connection needs is read, where a file is parsed as a whole.
 */
static void find_roots(struct http_env *env)
{
    static const char *const dirs[] = {"/etc/ssl/certs",
                                       "/etc/pki/ca-trust/extracted/pem/directory-hash"};
    static const char *const files[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    };
    env->roots_file = env_copy("SSL_CERT_FILE", "SSL_CERT_FILE");
    env->roots_dir = env_copy("SSL_CERT_DIR", "SSL_CERT_DIR");
    for (size_t i = 0; i < ARRAY_LEN(dirs) && !env->roots_file && !env->roots_dir; i++) {
        if (is_hashed_dir(dirs[i]))
            env->roots_dir = str_dup(dirs[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(files) && !env->roots_file && !env->roots_dir; i++) {
        if (access(files[i], R_OK) == 0)
            env->roots_file = str_dup(files[i]);
    }
}

void http_env_read(struct http_env *ret)
{
    *ret = (struct http_env){
        .https_proxy = env_copy("HTTPS_PROXY", "https_proxy"),
        .no_proxy = env_copy("NO_PROXY", "no_proxy"),
    };
    /* In a CGI program HTTP_PROXY is the client's header "Proxy". */
    if (!getenv("REQUEST_METHOD"))
        ret->http_proxy = env_copy("HTTP_PROXY", "http_proxy");
    find_roots(ret);
}

void http_env_finish(struct http_env *env)
{
    free(env->http_proxy);
    free(env->https_proxy);
    free(env->no_proxy);
    free(env->roots_file);
    free(env->roots_dir);
    *env = (struct http_env){0};
}

/* An address of either family, for comparison under a mask. */
struct address {
    int family; /* 0: the text was no address */
    unsigned char bytes[16];
};

static struct address address_of(struct span text)
{
    struct address address = {0};
    if (span_starts_with(text, "[") && span_ends_with(text, "]"))
        text = span_slice(text, 1, text.len - 1);
    CLEANUP(mem_freep) char *copy = span_dup(text);
    if (inet_pton(AF_INET, copy, address.bytes) == 1)
        address.family = AF_INET;
    else if (inet_pton(AF_INET6, copy, address.bytes) == 1)
        address.family = AF_INET6;
    return address;
}

static bool same_bits(const struct address *a, const struct address *b, size_t bits)
{
    size_t width = a->family == AF_INET ? 32 : 128;
    if (a->family == 0 || a->family != b->family || bits > width)
        return false;
    for (size_t i = 0; i < bits; i++) {
        if (((a->bytes[i / 8] ^ b->bytes[i / 8]) >> (7 - i % 8)) & 1)
            return false;
    }
    return true;
}

static bool same_name(struct span a, struct span b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

/* ".y.com" takes x.y.com; "y.com" takes y.com itself too. */
static bool matches_domain(struct span host, struct span domain)
{
    if (span_starts_with(domain, "*."))
        domain = span_slice(domain, 1, domain.len);
    bool below_only = span_starts_with(domain, ".");
    struct span bare = span_slice(domain, below_only ? 1 : 0, domain.len);
    if (bare.len == 0)
        return false;
    if (same_name(host, bare))
        return !below_only;
    return host.len > bare.len && host.data[host.len - bare.len - 1] == '.' &&
           same_name(span_slice(host, host.len - bare.len, host.len), bare);
}

/* Splits "host:port" if what follows the last colon is a port. */
static bool split_port(struct span *entry, uint64_t *ret_port)
{
    for (size_t i = entry->len; i-- > 0 && entry->data[i] != ']';) {
        if (entry->data[i] != ':')
            continue;
        bool ipv6 = span_find_byte(span_slice(*entry, 0, i), ':') >= 0 && entry->data[0] != '[';
        if (ipv6 || !span_to_u64(span_slice(*entry, i + 1, entry->len), ret_port))
            return false;
        entry->len = i;
        return true;
    }
    return false;
}

/* Does one entry of NO_PROXY take the URL? */
static bool matches_entry(struct span entry, const struct httpurl *url)
{
    struct span host = span_of(url->host);
    struct address address = address_of(host);
    if (span_is(entry, "*"))
        return true;
    ptrdiff_t slash = span_find_byte(entry, '/');
    if (slash >= 0) {
        uint64_t bits = 0;
        struct address net = address_of(span_slice(entry, 0, (size_t)slash));
        return span_to_u64(span_slice(entry, (size_t)slash + 1, entry.len), &bits) &&
               same_bits(&net, &address, bits);
    }
    uint64_t port = 0;
    if (split_port(&entry, &port) && port != httpurl_port(url))
        return false;
    struct address single = address_of(entry);
    if (single.family != 0)
        return same_bits(&single, &address, single.family == AF_INET ? 32 : 128);
    return address.family == 0 && matches_domain(host, entry);
}

static bool is_loopback(const struct httpurl *url)
{
    static const struct address ipv4 = {AF_INET, {127}}, ipv6 = {AF_INET6, {[15] = 1}};
    struct address address = address_of(span_of(url->host));
    return str_equal(url->host, "localhost") || same_bits(&address, &ipv4, 8) ||
           same_bits(&address, &ipv6, 128);
}

const char *http_env_proxy(const struct http_env *env, const struct httpurl *url)
{
    const char *proxy = url->https ? env->https_proxy : env->http_proxy;
    if (!proxy || is_loopback(url))
        return NULL;
    for (struct span rest = span_of(env->no_proxy), entry; span_next(&rest, ',', &entry);) {
        entry = span_trim(entry);
        if (entry.len != 0 && matches_entry(entry, url))
            return NULL;
    }
    return proxy;
}
