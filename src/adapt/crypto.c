#include "adapt/crypto.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <pthread.h>

struct crypto_stream {
    EVP_MD_CTX *context;
};

/* Looked up once: a look-up takes OpenSSL longer than to hash a short text. */
static EVP_MD *algorithms[CRYPTO_DIGEST_COUNT];

static void fetch_algorithms(void)
{
    static const char *const names[CRYPTO_DIGEST_COUNT] = {
        [CRYPTO_SHA1] = "SHA1", [CRYPTO_SHA256] = "SHA256", [CRYPTO_SHA512] = "SHA512"};
    for (size_t i = 0; i < CRYPTO_DIGEST_COUNT; i++) {
        algorithms[i] = EVP_MD_fetch(NULL, names[i], NULL);
        if (!algorithms[i])
            abort();
    }
}

static const EVP_MD *algorithm(enum crypto_digest digest)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch_algorithms);
    return algorithms[digest];
}

static const char *to_hex(const unsigned char *bytes, size_t len, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * len] = '\0';
    return hex;
}

/* OpenSSL's digests fail only when memory is out or the library is broken. */
static void must(int answer)
{
    if (answer != 1)
        abort();
}

size_t crypto_hash(enum crypto_digest digest, struct span data,
                   unsigned char ret[static CRYPTO_DIGEST_MAX])
{
    unsigned len = 0;
    must(EVP_Digest(data.data, data.len, ret, &len, algorithm(digest), NULL));
    return len;
}

const char *crypto_hash_hex(enum crypto_digest digest, struct span data,
                            char hex[static CRYPTO_HEX_SIZE])
{
    unsigned char bytes[CRYPTO_DIGEST_MAX];
    return to_hex(bytes, crypto_hash(digest, data, bytes), hex);
}

struct crypto_stream *crypto_stream_new(enum crypto_digest digest)
{
    struct crypto_stream *stream = mem_zalloc(sizeof(*stream));
    stream->context = EVP_MD_CTX_new();
    if (!stream->context)
        abort();
    must(EVP_DigestInit_ex(stream->context, algorithm(digest), NULL));
    return stream;
}

void crypto_stream_free(struct crypto_stream *stream)
{
    if (!stream)
        return;
    EVP_MD_CTX_free(stream->context);
    free(stream);
}

void crypto_stream_add(struct crypto_stream *stream, struct span piece)
{
    must(EVP_DigestUpdate(stream->context, piece.data, piece.len));
}

const char *crypto_stream_hex(struct crypto_stream *stream, char hex[static CRYPTO_HEX_SIZE])
{
    unsigned char bytes[CRYPTO_DIGEST_MAX];
    unsigned len = 0;
    must(EVP_DigestFinal_ex(stream->context, bytes, &len));
    return to_hex(bytes, len, hex);
}

void crypto_base64_encode(struct span data, struct buf *ret)
{
    /* EVP_EncodeBlock() counts in int: feed it pieces of whole triples. */
    const size_t piece_max = 3 * 1024 * 1024;
    while (data.len != 0) {
        struct span piece = span_slice(data, 0, piece_max);
        char *room = buf_reserve(ret, (piece.len + 2) / 3 * 4);
        if (!room)
            return;
        int len = EVP_EncodeBlock((unsigned char *)room, (const unsigned char *)piece.data,
                                  (int)piece.len);
        buf_added(ret, (size_t)len);
        data = span_slice(data, piece.len, data.len);
    }
}

/* TEXT without line ends and padding. False if padding stands elsewhere than
 * at the end, or does not complete the last group of four. */
static bool bare_base64(struct span text, struct buf *ret)
{
    size_t padding = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '\r' || c == '\n')
            continue;
        if (c == '=')
            padding++;
        else if (padding != 0)
            return false;
        else
            buf_addc(ret, c);
    }
    size_t rest = ret->len % 4;
    return rest != 1 && (padding == 0 || (rest != 0 && rest + padding == 4));
}

bool crypto_base64_decode(struct span text, struct buf *ret)
{
    CLEANUP(buf_finish) struct buf bare = BUF_INIT(text.len + 4);
    if (text.len > INT_MAX || !bare_base64(text, &bare))
        return false;
    size_t len = bare.len;
    if (span_find_byte(buf_span(&bare), ' ') >= 0 || span_find_byte(buf_span(&bare), '\t') >= 0)
        return false; /* OpenSSL would skip blanks at the ends */
    while (bare.len % 4 != 0)
        buf_addc(&bare, '=');
    if (len == 0)
        return true;
    CLEANUP(mem_freep) unsigned char *bytes = mem_alloc(bare.len / 4 * 3);
    if (EVP_DecodeBlock(bytes, (const unsigned char *)bare.data, (int)bare.len) < 0)
        return false;
    buf_add(ret, bytes, bare.len / 4 * 3 - (bare.len - len));
    return true;
}

MEM_DEFINE_FREEP(BIO, BIO_free_all)
MEM_DEFINE_FREEP(X509, X509_free)
MEM_DEFINE_FREEP(EVP_PKEY, EVP_PKEY_free)

static BIO *open_pem(struct span pem)
{
    BIO *bio = BIO_new_mem_buf(pem.data, pem.len < INT_MAX ? (int)pem.len : INT_MAX);
    if (!bio)
        abort();
    return bio;
}

/* The next certificate in BIO, or NULL. */
static X509 *next_certificate(BIO *bio)
{
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    ERR_clear_error();
    return certificate;
}

size_t crypto_count_certificates(struct span pem)
{
    size_t count = 0;
    if (pem.len == 0)
        return 0;
    CLEANUP(BIO_free_allp) BIO *bio = open_pem(pem);
    for (X509 *found; (found = next_certificate(bio)); count++)
        X509_free(found);
    return count;
}

/* A key with a passphrase is refused, not asked for. */
static int no_passphrase(char *text, int size, int writing, void *arg)
{
    (void)text, (void)size, (void)writing, (void)arg;
    return -1;
}

int crypto_check_key_pair(struct span cert, struct span key, struct err *err)
{
    static const char begin[] = "-----BEGIN";
    if (span_find(cert, span_of(begin)) < 0)
        return err_set(err, ERR_INVALID, "tls: failed to find any PEM data in certificate input");
    if (span_find(key, span_of(begin)) < 0)
        return err_set(err, ERR_INVALID, "tls: failed to find any PEM data in key input");
    CLEANUP(BIO_free_allp) BIO *cert_bio = open_pem(cert);
    CLEANUP(BIO_free_allp) BIO *key_bio = open_pem(key);
    CLEANUP(X509_freep) X509 *certificate = next_certificate(cert_bio);
    CLEANUP(EVP_PKEY_freep)
    EVP_PKEY *private = PEM_read_bio_PrivateKey(key_bio, NULL, no_passphrase, NULL);
    bool match = certificate && private && X509_check_private_key(certificate, private) == 1;
    ERR_clear_error();
    if (!certificate)
        return err_set(err, ERR_INVALID, "tls: failed to parse certificate");
    if (!private)
        return err_set(err, ERR_INVALID, "tls: failed to parse private key");
    return match ? 0 : err_set(err, ERR_INVALID, "tls: private key does not match public key");
}

void crypto_random(void *data, size_t len)
{
    must(RAND_bytes(data, (int)len));
}
