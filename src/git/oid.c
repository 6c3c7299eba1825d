#include "git/oid.h"

#include <stdio.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/mem.h"

enum {
    SHA1_DIGITS = 40,
    SHA256_DIGITS = 64,
};

static int lower_hex(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
        return c;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 'a';
    return -1;
}

bool git_oid_read(struct span text, struct git_oid *ret)
{
    struct git_oid oid = GIT_OID_NONE;
    bool zeros = true;
    if (text.len != SHA1_DIGITS && text.len != SHA256_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = lower_hex(text.data[i]);
        if (digit < 0)
            return false;
        oid.hex[i] = (char)digit;
        zeros = zeros && digit == '0';
    }
    *ret = zeros ? GIT_OID_NONE : oid;
    return true;
}

bool git_oid_is_none(const struct git_oid *oid)
{
    return oid->hex[0] == '\0';
}

bool git_oid_equal(const struct git_oid *a, const struct git_oid *b)
{
    return strcmp(a->hex, b->hex) == 0;
}

enum git_format git_oid_format(const struct git_oid *oid)
{
    return strlen(oid->hex) == SHA256_DIGITS ? GIT_FORMAT_SHA256 : GIT_FORMAT_SHA1;
}

const char *git_format_name(enum git_format format)
{
    return format == GIT_FORMAT_SHA256 ? "sha256" : "sha1";
}

struct git_oid git_oid_of_blob(enum git_format format, struct span content)
{
    CLEANUP(crypto_stream_freep)
    struct crypto_stream *stream =
        crypto_stream_new(format == GIT_FORMAT_SHA256 ? CRYPTO_SHA256 : CRYPTO_SHA1);
    char header[32];
    int len = snprintf(header, sizeof(header), "blob %zu", content.len);
    crypto_stream_add(stream, (struct span){header, (size_t)len + 1}); /* with its NUL */
    crypto_stream_add(stream, content);
    char hex[CRYPTO_HEX_SIZE];
    struct git_oid oid = GIT_OID_NONE;
    git_oid_read(span_of(crypto_stream_hex(stream, hex)), &oid);
    return oid;
}
