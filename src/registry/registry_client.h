/*
 * A client of one image repository in a container registry: the distribution
 * API ("OCI Distribution Specification") as far as tags and digests need it.
 *
 * A client lives for one pass: it asks the registry once how it wants to be
 * spoken to (the ping), once for credentials, once for a token, and uses those
 * for what follows. It belongs to one thread at a time; the pool is shared.
 *
 *     struct registry_options options = {.registry = …, .repository = …, …};
 *     CLEANUP(registry_client_freep)
 *     struct registry_client *client = registry_client_new(pool, &options);
 *     if (registry_client_list_tags(client, on_tag, arg, &listing, err) != 0) …
 *
 * Errors carry the texts that Flux's users know, with a hint in parentheses
 * behind them where one helps. Classes: unauthorized and not-found as the
 * registry says; unavailable (the network, TLS, whatever is the registry's
 * fault); canceled; invalid only for what is beyond a limit, and for names and
 * credentials with which no request can be made.
 */
#ifndef TIDEMARK_REGISTRY_REGISTRY_CLIENT_H
#define TIDEMARK_REGISTRY_REGISTRY_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "registry/credential.h"
#include "registry/registry_pool.h"
#include "registry/tag_stream.h"

enum {
    REGISTRY_DIGEST_SIZE = sizeof("sha256:") + 64, /* with the NUL */
    REGISTRY_MANIFEST_MAX = 4 * 1024 * 1024,       /* bytes of a manifest */
};

/* All pointers are borrowed for the life of the client. */
struct registry_options {
    const char *registry;   /* "ghcr.io", as image_name.h has it */
    const char *repository; /* "acme/app" */
    /* Plain HTTP may be used if HTTPS does not work; that is also so for
     * registries on this machine or in a private IPv4 network. */
    bool insecure;
    const struct http_tls *tls;     /* or NULL */
    const struct http_proxy *proxy; /* or NULL: as the environment says */
    struct credential_provider credentials;
    const struct deadline *deadline; /* of everything the client does; or NULL */
};

struct registry_client;

/* Talks to nobody yet. */
struct registry_client *registry_client_new(struct registry_pool *pool,
                                            const struct registry_options *options);
void registry_client_free(struct registry_client *client);
MEM_DEFINE_FREEP(struct registry_client, registry_client_free)

struct registry_listing {
    size_t tags;    /* handed on */
    size_t skipped; /* names that no reference could have; see tag_stream.h */
    char first_skipped[TAG_STREAM_TAG_MAX + 1];
    size_t pages;
};

/*
 * Hands every tag of the repository to ON_TAG, in the registry's order, as they
 * arrive; memory does not depend on their number. When it fails, part of them
 * may have been handed on already. ON_TAG's own error is passed through.
 */
int registry_client_list_tags(struct registry_client *client, tag_stream_fn *on_tag, void *arg,
                              struct registry_listing *ret, struct err *err);

/* The digest of what TAG names ("sha256:…"): that of the index, if it is one
 * for several platforms. */
int registry_client_get_digest(struct registry_client *client, const char *tag,
                               char ret[static REGISTRY_DIGEST_SIZE], struct err *err);

#endif
