/*
 * The credentials of a configuration, kept fresh. Internal to kube/.
 *
 * Files are read again once a minute (service account tokens and certificates
 * are replaced under the program), an exec plugin runs again when what it gave
 * expires; both once more after the server has refused them. A file that cannot
 * be read again leaves in force what it held.
 *
 * All functions may be called from any thread. One thread runs the plugin,
 * others wait for it, each no longer than its own deadline.
 */
#ifndef TIDEMARK_KUBE_CREDENTIAL_H
#define TIDEMARK_KUBE_CREDENTIAL_H

#include <stdint.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "kube/config.h"

enum {
    KUBE_REREAD_MS = 60 * 1000,         /* how long a file's content is taken for current */
    KUBE_EXEC_MS = 60 * 1000,           /* limit for a run of a plugin */
    KUBE_EXEC_OUTPUT_MAX = 1024 * 1024, /* bytes that a plugin may print */
};

struct kube_credential;

/* CONFIG and CLOCK are borrowed. */
struct kube_credential *kube_credential_new(const struct kube_config *config,
                                            const struct clock *clock);
void kube_credential_free(struct kube_credential *credential);
MEM_DEFINE_FREEP(struct kube_credential, kube_credential_free)

/* What one request goes out with: owned texts, or NULL. */
struct kube_identity {
    char *ca, *cert, *key;
    char *authorization;
    uint64_t version; /* grows when something is read again */
};

void kube_identity_finish(struct kube_identity *identity);

/* Class canceled if the deadline comes first; else as the files and the plugin
 * fail. */
int kube_credential_get(struct kube_credential *credential, const struct deadline *deadline,
                        struct kube_identity *ret, struct err *err);

/*
 * The server has refused the identity of that VERSION: all that may have
 * changed is read again by the next kube_credential_get(). False if nothing can
 * have.
 */
bool kube_credential_refuse(struct kube_credential *credential, uint64_t version);

#endif
