/*
 * The inside of a mirror, for the files of this folder that work in it. For
 * what a mirror is see mirror.h.
 */
#ifndef TIDEMARK_GIT_MIRROR_STATE_H
#define TIDEMARK_GIT_MIRROR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "git/oid.h"
#include "git/run.h"

struct git_mirror {
    char *dir; /* the bare repository */
    char *url;
    enum git_format format;
    uint64_t blob_max_bytes;
    uint64_t size_max_bytes;
    int lock_fd;
    bool fresh;   /* made since it was opened: making it anew cannot help */
    bool damaged; /* a command failed for no other reason that we know */
};

/* The mirror's own ref for a remote one, owned. */
char *git_mirror_ref(const char *remote_ref);

/* Lets a command work in the mirror. */
void git_mirror_prepare(const struct git_mirror *mirror, struct git_command *command);

/* Runs a local command in the mirror; 0 if it succeeded. A failure of git,
 * other than for lack of space, marks the mirror as damaged. */
int git_mirror_run(struct git_mirror *mirror, struct git_command *command, struct git_outcome *ret,
                   struct err *err);

/* Empties the mirror. */
int git_mirror_begin_anew(struct git_mirror *mirror, struct err *err);

/* What the packs come to. */
struct git_mirror_usage {
    size_t packs;
    uint64_t bytes;
    uint64_t largest_bytes;
};
int git_mirror_measure(const struct git_mirror *mirror, struct git_mirror_usage *ret,
                       struct err *err);

#endif
