/* Sprig's encodings and digests. */
#include "adapt/crypto.h"
#include "base/mem.h"
#include "template/base_n.h"
#include "template/funcs.h"

static int b64enc(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    crypto_base64_encode(call->args[0].text, &out);
    return call_give_buf(call, &out);
}

static int b32enc(struct call *call)
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    base_n_write32(call->args[0].text, &out);
    return call_give_buf(call, &out);
}

/* A fault is handed out as the text. */
static int decode(struct call *call, const char *name,
                  ptrdiff_t (*read)(struct span text, struct buf *ret))
{
    CLEANUP(buf_finish) struct buf out = BUF_INIT(BUDGET_TEXT_MAX);
    ptrdiff_t fault = read(call->args[0].text, &out);
    if (fault >= 0) {
        buf_clear(&out);
        buf_addf(&out, "illegal %s data at input byte %td", name, fault);
    }
    return call_give_buf(call, &out);
}

static int b64dec(struct call *call)
{
    return decode(call, "base64", base_n_read64);
}

static int b32dec(struct call *call)
{
    return decode(call, "base32", base_n_read32);
}

static int give_hash(struct call *call, enum crypto_digest digest)
{
    char hex[CRYPTO_HEX_SIZE];
    struct span copy;
    crypto_hash_hex(digest, call->args[0].text, hex);
    if (budget_text(call->budget, span_of(hex), &copy, call->err) != 0)
        return -1;
    return call_give_text(call, copy);
}

static int sha1sum(struct call *call)
{
    return give_hash(call, CRYPTO_SHA1);
}

static int sha256sum(struct call *call)
{
    return give_hash(call, CRYPTO_SHA256);
}

static int sha512sum(struct call *call)
{
    return give_hash(call, CRYPTO_SHA512);
}

/* RFC 1950, section 8.2. */
static int adler32sum(struct call *call)
{
    const uint32_t modulus = 65521;
    const size_t run = 5552; /* bytes that the sums hold without overflow */
    uint32_t a = 1, b = 0;
    struct span text = call->args[0].text;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(16);
    for (size_t i = 0; i < text.len; i++) {
        a += (unsigned char)text.data[i];
        b += a;
        if (i % run == run - 1) {
            a %= modulus;
            b %= modulus;
        }
    }
    a %= modulus;
    b %= modulus;
    buf_addf(&out, "%u", b << 16 | a);
    return call_give_buf(call, &out);
}

const struct func funcs_encoding[] = {
    {"adler32sum", "s", adler32sum}, {"b32dec", "s", b32dec},       {"b32enc", "s", b32enc},
    {"b64dec", "s", b64dec},         {"b64enc", "s", b64enc},       {"sha1sum", "s", sha1sum},
    {"sha256sum", "s", sha256sum},   {"sha512sum", "s", sha512sum}, {0},
};
