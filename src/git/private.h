/*
 * A private folder: where secrets lie while git and ssh need them.
 *
 * The folder has mode 0700 and a random name, its files 0600. It goes away
 * with git_private_free(). A process that was killed leaves its folder behind,
 * but not the lock in it; git_private_sweep() removes those.
 */
#ifndef TIDEMARK_GIT_PRIVATE_H
#define TIDEMARK_GIT_PRIVATE_H

#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"

struct git_private;

/* Makes a new folder below BASE, which must exist; best a memory file system. */
int git_private_new(const char *base, struct git_private **ret, struct err *err);
void git_private_free(struct git_private *folder);
MEM_DEFINE_FREEP(struct git_private, git_private_free)

/* Creates the file NAME (mode 0600; 0700 for a script) and gives its absolute
 * path, owned, if RET_PATH is not NULL. */
int git_private_write(struct git_private *folder, const char *name, struct span content,
                      mode_t mode, char **ret_path, struct err *err);

/* Creates a script that prints SECRET, for SSH_ASKPASS; its path to *RET_PATH.
 * An empty one is the answer of somebody who has no passphrase. Once a folder. */
int git_private_write_askpass(struct git_private *folder, const char *secret, char **ret_path,
                              struct err *err);

/* The path that NAME has or would have, owned. */
char *git_private_path(const struct git_private *folder, const char *name);

/* Removes the folders below BASE that dead processes left. To be called when
 * the program starts; other processes may be at work. */
int git_private_sweep(const char *base, const struct clock *clock, struct err *err);

#endif
