/*
 * `spec.update.path`: the folder, or the one file, that an automation may edit.
 */
#ifndef TIDEMARK_UPDATE_UPDATE_PATH_H
#define TIDEMARK_UPDATE_UPDATE_PATH_H

#include "base/err.h"

enum {
    UPDATE_PATH_MAX = 4096, /* bytes */
};

/*
 * Cleans PATH, which counts from the repository's root with or without a `/` in
 * front: `./a//b/../c/` becomes "a/c"; "", "." and "/" become "", which is all
 * of the repository. Nothing is looked up, so symlinks are the caller's
 * business. The owned path goes to *RET; class invalid if PATH leaves the
 * repository or is too long.
 */
int update_path_clean(const char *path, char **ret, struct err *err);

#endif
