/*
 * Files and folders of the machine that tidemark runs on: its state, its
 * configuration, and what `apply -f` and `edit` are pointed at.
 */
#ifndef TIDEMARK_BASE_FILE_H
#define TIDEMARK_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/strlist.h"

/* Closes *FD if it is not negative: `CLEANUP(file_closep) int fd = -1;` */
void file_closep(int *fd);

/*
 * Appends the whole content of PATH (or of the open descriptor) to BUF. A
 * file with more bytes than BUF may still take is refused with class invalid;
 * nothing but its size decides, so a pipe or /proc file works too.
 */
int file_read(const char *path, struct buf *buf, struct err *err);
int file_read_fd(int fd, const char *name, struct buf *buf, struct err *err);
/* The same for what a user names on the command line: "-" is stdin. */
int file_read_input(const char *path, struct buf *buf, struct err *err);

/*
 * Replaces the content of PATH in one step: writes a temporary file beside it
 * with MODE, syncs it and renames it over PATH. After a crash the old or the
 * new content is there, whole. A symlink at PATH is replaced, not followed.
 */
int file_write_atomic(const char *path, struct span content, mode_t mode, struct err *err);

/* Creates PATH, which must not exist yet, with MODE and CONTENT. For files that
 * need not outlive a crash: nothing is synced. */
int file_write_new(const char *path, struct span content, mode_t mode, struct err *err);

/* Makes PATH and the folders above it that are missing, each with MODE. */
int file_make_dirs(const char *path, mode_t mode, struct err *err);

/* The names in the folder PATH, sorted bytewise, without "." and "..". */
int file_list_dir(const char *path, struct strlist *ret_names, struct err *err);

/* Removes PATH and everything below it, without following symlinks. A PATH
 * that does not exist is fine. */
int file_remove_tree(const char *path, struct err *err);

/* The room that PATH and everything below it take up on the disk, in bytes,
 * without following symlinks; what cannot be read counts as nothing. */
int64_t file_tree_size(const char *path);

/* Makes a new private folder (mode 0700) with a name that begins with PREFIX,
 * itself a path. The owned path goes to *RET_PATH. */
int file_make_temp_dir(const char *prefix, char **ret_path, struct err *err);

/* Opens a new empty file in the folder FOLDER that has no name, so that it is
 * gone with its descriptor, however that ends. */
int file_open_temp(const char *folder, int *ret_fd, struct err *err);

/*
 * Takes the advisory lock of the file PATH, which is made if it is missing
 * and never removed. Returns 1 with the descriptor that holds the lock in
 * *RET_FD (closing it, or the end of the process, however it comes, lets go),
 * 0 if another process holds it, -1 if the file cannot be opened.
 */
int file_try_lock(const char *path, int *ret_fd, struct err *err);

#endif
