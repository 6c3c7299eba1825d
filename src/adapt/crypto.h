/*
 * Digests, random bytes and the encodings that go with them (over OpenSSL).
 * All functions are pure and may be called from any thread.
 */
#ifndef TIDEMARK_ADAPT_CRYPTO_H
#define TIDEMARK_ADAPT_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum crypto_digest {
    CRYPTO_SHA1,
    CRYPTO_SHA256,
    CRYPTO_SHA512,
    CRYPTO_DIGEST_COUNT,
};

enum {
    CRYPTO_DIGEST_MAX = 64,                      /* bytes of the longest digest */
    CRYPTO_HEX_SIZE = 2 * CRYPTO_DIGEST_MAX + 1, /* its hex digits and a NUL */
};

/* Writes the digest of DATA to RET and returns its length in bytes. */
size_t crypto_hash(enum crypto_digest digest, struct span data,
                   unsigned char ret[static CRYPTO_DIGEST_MAX]);

/* The digest as lower-case hex digits with a NUL; returns HEX. */
const char *crypto_hash_hex(enum crypto_digest digest, struct span data,
                            char hex[static CRYPTO_HEX_SIZE]);

/* A digest of data that comes piece by piece. */
struct crypto_stream;
struct crypto_stream *crypto_stream_new(enum crypto_digest digest);
void crypto_stream_free(struct crypto_stream *stream);
MEM_DEFINE_FREEP(struct crypto_stream, crypto_stream_free)
void crypto_stream_add(struct crypto_stream *stream, struct span piece);
/* The digest so far; the stream is of no use afterwards but to be freed. */
const char *crypto_stream_hex(struct crypto_stream *stream, char hex[static CRYPTO_HEX_SIZE]);

/* Appends base64 with padding (RFC 4648, section 4). */
void crypto_base64_encode(struct span data, struct buf *ret);

/* Appends what the base64 text TEXT stands for; padding may be missing, CR and
 * LF are skipped. False (with part of it appended) if it is malformed. */
bool crypto_base64_decode(struct span text, struct buf *ret);

/* The number of X.509 certificates in the PEM text PEM; what is none is passed over. */
size_t crypto_count_certificates(struct span pem);

/* Is KEY the private key, without passphrase, of the first certificate in CERT
 * (both PEM)? Class invalid, with the words of Go's crypto/tls, if not. */
int crypto_check_key_pair(struct span cert, struct span key, struct err *err);

/* Fills DATA with bytes that nobody can guess. */
void crypto_random(void *data, size_t len);

#endif
