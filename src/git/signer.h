/*
 * Signing commits, by the programs gpg and ssh-keygen with a key of the
 * caller's: the user's own keyring, agent and configuration take no part.
 *
 * The key lies in a private folder (private.h) while the signer lives.
 * Used by one thread at a time.
 *
 * Signatures are what git writes itself: an armoured detached OpenPGP
 * signature, or an SSHSIG (OpenSSH's PROTOCOL.sshsig) in the namespace "git".
 */
#ifndef TIDEMARK_GIT_SIGNER_H
#define TIDEMARK_GIT_SIGNER_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

enum git_signer_kind {
    GIT_SIGNER_GPG, /* an armoured OpenPGP private key */
    GIT_SIGNER_SSH, /* a private key in any form that ssh-keygen reads */
};

struct git_signer_options {
    enum git_signer_kind kind;
    const char *key;          /* the private key itself */
    const char *passphrase;   /* or NULL */
    const char *secret_name;  /* where the key is from: for errors */
    const char *private_base; /* absolute folder in which the private one is made */
};

struct git_signer;

/*
 * Reads the key and tries it. Class invalid, in Flux's words, if it cannot be
 * read, is more than one key, or needs another passphrase; not-found if the
 * program is not installed.
 */
int git_signer_open(const struct git_signer_options *options, const struct deadline *deadline,
                    struct git_signer **ret, struct err *err);

/* Ends what the signer has started and removes the key. */
void git_signer_free(struct git_signer *signer);
MEM_DEFINE_FREEP(struct git_signer, git_signer_free)

/* Appends the armoured signature of PAYLOAD to RET. */
int git_signer_sign(struct git_signer *signer, struct span payload, const struct deadline *deadline,
                    struct buf *ret, struct err *err);

#endif
