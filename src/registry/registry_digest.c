#include "registry/registry_client.h"

#include <stdio.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"
#include "registry/registry_session.h"
#include "registry/status_error.h"

/* Everything that a tag may name, as one header, like go-containerregistry's. */
static const struct http_header accept = {
    "Accept", "application/vnd.docker.distribution.manifest.v1+json,"
              "application/vnd.docker.distribution.manifest.v1+prettyjws,"
              "application/vnd.docker.distribution.manifest.v2+json,"
              "application/vnd.oci.image.manifest.v1+json,"
              "application/vnd.docker.distribution.manifest.list.v2+json,"
              "application/vnd.oci.image.index.v1+json"};

/* The digest of a signed manifest of schema 1 is not that of its bytes. */
#define SIGNED_MANIFEST "application/vnd.docker.distribution.manifest.v1+prettyjws"

/* Is it "sha256:" and 64 lower-case hex digits? */
static bool is_digest(struct span text)
{
    struct span hex = span_slice(text, strlen("sha256:"), text.len);
    for (size_t i = 0; i < hex.len; i++) {
        if (!strchr("0123456789abcdef", hex.data[i]))
            return false;
    }
    return hex.len == 64 && span_starts_with(text, "sha256:");
}

static bool digest_header(const struct http_response *response,
                          char ret[static REGISTRY_DIGEST_SIZE])
{
    struct span digest;
    if (!http_response_header(response, "Docker-Content-Digest", 0, &digest) || !is_digest(digest))
        return false;
    snprintf(ret, REGISTRY_DIGEST_SIZE, "%.*s", (int)digest.len, digest.data);
    return true;
}

static int take_piece(void *arg, const struct http_response *response, struct span piece,
                      struct err *err)
{
    (void)response, (void)err;
    crypto_stream_add(arg, piece);
    return HTTP_BODY_MORE;
}

/* Reads the whole manifest and computes what HEAD did not tell. */
static int get_manifest(struct registry_client *client, const char *url,
                        char ret[static REGISTRY_DIGEST_SIZE], struct err *err)
{
    CLEANUP(exchange_answer_finish) struct exchange_answer answer = EXCHANGE_ANSWER_INIT;
    CLEANUP(crypto_stream_freep) struct crypto_stream *stream = crypto_stream_new(CRYPTO_SHA256);
    const struct exchange_request request = {
        .url = url,
        .headers = &accept,
        .header_count = 1,
        .on_body = take_piece,
        .body_max = REGISTRY_MANIFEST_MAX,
        .arg = stream,
    };
    if (registry_session_send(client, request, &answer, err) != 0)
        return -1;
    if (answer.response.status != 200)
        return status_error_set("GET", &answer.response, buf_span(&answer.body), err);
    char hex[CRYPTO_HEX_SIZE], said[REGISTRY_DIGEST_SIZE], computed[REGISTRY_DIGEST_SIZE];
    snprintf(computed, sizeof(computed), "sha256:%.64s", crypto_stream_hex(stream, hex));
    bool is_said = digest_header(&answer.response, said);
    struct span type = {0};
    http_response_header(&answer.response, "Content-Type", 0, &type);
    if (is_said && !str_equal(said, computed) && !span_starts_with(type, SIGNED_MANIFEST))
        return err_set(err, ERR_UNAVAILABLE,
                       "GET %s: the manifest's digest is %s, but the registry says %s", url,
                       computed, said);
    memcpy(ret, is_said ? said : computed, REGISTRY_DIGEST_SIZE);
    return 0;
}

/* 1, 0 if the registry does not tell a digest this way, or -1. */
static int head_manifest(struct registry_client *client, const char *url,
                         char ret[static REGISTRY_DIGEST_SIZE], struct err *err)
{
    CLEANUP(exchange_answer_finish) struct exchange_answer answer = EXCHANGE_ANSWER_INIT;
    const struct exchange_request request = {
        .method = "HEAD", .url = url, .headers = &accept, .header_count = 1};
    if (registry_session_send(client, request, &answer, err) != 0)
        return -1;
    int status = answer.response.status;
    if (status == 405 || status == 501)
        return 0;
    if (status != 200)
        return status_error_set("HEAD", &answer.response, (struct span){0}, err);
    return digest_header(&answer.response, ret);
}

int registry_client_get_digest(struct registry_client *client, const char *tag,
                               char ret[static REGISTRY_DIGEST_SIZE], struct err *err)
{
    struct err own;
    if (!err)
        err = &own;
    CLEANUP(mem_freep) char *rest = str_printf("manifests/%s", tag);
    CLEANUP(mem_freep) char *image = str_printf("%s:%s", client->options.repository, tag);
    if (registry_session_connect(client, err) != 0)
        return registry_session_hint(client, image, err);
    CLEANUP(mem_freep) char *url = registry_session_url(client, rest);
    int known = head_manifest(client, url, ret, err);
    if (known == 0)
        known = get_manifest(client, url, ret, err) == 0 ? 1 : -1;
    return known == 1 ? 0 : registry_session_hint(client, image, err);
}
