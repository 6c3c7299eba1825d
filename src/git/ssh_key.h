/*
 * SSH keys of repositories and of their servers: made, read and collected by
 * OpenSSH's own programs. The private key passes through a private folder, and
 * stands in no argument.
 */
#ifndef TIDEMARK_GIT_SSH_KEY_H
#define TIDEMARK_GIT_SSH_KEY_H

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"

enum {
    GIT_SSH_KEY_MAX = 64 * 1024,         /* bytes of a private key */
    GIT_SSH_KNOWN_HOSTS_MAX = 64 * 1024, /* bytes of what a server's scan may bring */
    GIT_SSH_SCAN_TIMEOUT_MS = 30 * 1000, /* of that scan */
};

struct git_ssh_key {
    char *identity; /* the private key, PEM */
    char *public;   /* "ecdsa-sha2-nistp384 AAAA…" and a newline */
};

/* Overwrites the private key and frees both. */
void git_ssh_key_finish(struct git_ssh_key *key);

/*
 * Makes a key of ALGORITHM ("rsa", "ecdsa", "ed25519") with BITS (without
 * meaning for ed25519), without passphrase. BASE is the absolute folder in
 * which the private one is made. RET is filled on success only.
 */
int git_ssh_key_make(const char *algorithm, unsigned bits, const char *base,
                     const struct deadline *deadline, struct git_ssh_key *ret, struct err *err);

/*
 * Finds the public part of IDENTITY, which PASSPHRASE (or NULL) decrypts. Class
 * invalid, in the words of Go's crypto/ssh: "ssh: no key found", "ssh: this
 * private key is passphrase protected", "x509: decryption password incorrect".
 */
int git_ssh_key_read(const char *identity, const char *passphrase, const char *base,
                     const struct deadline *deadline, struct git_ssh_key *ret, struct err *err);

/*
 * Asks an SSH server for its host keys: lines of known_hosts(5), appended to
 * RET. Whoever can answer in the server's name can give other ones: they are
 * trusted because they came first. Class unavailable, with the program's own
 * words, if none came.
 */
int git_ssh_scan(const char *host, unsigned port, const struct deadline *deadline, struct buf *ret,
                 struct err *err);

#endif
