#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

enum {
    READ_STEP = 64 * 1024,
};

void file_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int file_read_fd(int fd, const char *name, struct buf *buf, struct err *err)
{
    struct stat info;
    size_t step = READ_STEP;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0)
        step = (size_t)info.st_size + 1;
    for (;;) {
        size_t room = buf->max - buf->len;
        char *into = buf_reserve(buf, step < room ? step : room);
        char over;
        ssize_t got =
            room != 0 && into ? read(fd, into, step < room ? step : room) : read(fd, &over, 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set_errno(err, errno, "cannot read '%s'", name);
        if (got == 0)
            return 0;
        if (room == 0)
            return err_set(err, ERR_INVALID, "'%s' is larger than the limit of %zu bytes", name,
                           buf->max);
        buf_added(buf, (size_t)got);
        step = READ_STEP;
    }
}

int file_read(const char *path, struct buf *buf, struct err *err)
{
    CLEANUP(file_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot open '%s'", path);
    return file_read_fd(fd, path, buf, err);
}

int file_read_input(const char *path, struct buf *buf, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return file_read_fd(STDIN_FILENO, "stdin", buf, err);
    return file_read(path, buf, err);
}

static int write_all(int fd, struct span content)
{
    while (content.len != 0) {
        ssize_t put = write(fd, content.data, content.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        content = span_slice(content, (size_t)put, content.len);
    }
    return 0;
}

int file_write_atomic(const char *path, struct span content, mode_t mode, struct err *err)
{
    CLEANUP(mem_freep) char *temp = str_printf("%s.XXXXXX", path);
    CLEANUP(file_closep) int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot create '%s'", temp);
    if (fchmod(fd, mode) == 0 && write_all(fd, content) == 0 && fsync(fd) == 0 &&
        rename(temp, path) == 0)
        return 0;
    err_set_errno(err, errno, "cannot write '%s'", path);
    unlink(temp);
    return -1;
}

int file_write_new(const char *path, struct span content, mode_t mode, struct err *err)
{
    CLEANUP(file_closep)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot create '%s'", path);
    if (fchmod(fd, mode) == 0 && write_all(fd, content) == 0)
        return 0;
    err_set_errno(err, errno, "cannot write '%s'", path);
    unlink(path);
    return -1;
}

int file_make_dirs(const char *path, mode_t mode, struct err *err)
{
    CLEANUP(mem_freep) char *partial = str_dup(path);
    for (char *slash = partial; slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(partial, mode) != 0 && errno != EEXIST)
            return err_set_errno(err, errno, "cannot create folder '%s'", partial);
        if (slash)
            *slash = '/';
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
        return err_set(err, ERR_INVALID, "cannot create folder '%s': a file is in the way", path);
    return 0;
}

int file_list_dir(const char *path, struct strlist *ret_names, struct err *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return err_set_errno(err, errno, "cannot open folder '%s'", path);
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strlist_add(ret_names, entry->d_name);
        errno = 0;
    }
    int errnum = errno;
    closedir(dir);
    if (errnum != 0)
        return err_set_errno(err, errnum, "cannot read folder '%s'", path);
    strlist_sort(ret_names, false);
    return 0;
}

/* Removes what DIR_FD holds, then lets the caller remove the folder itself. */
static int remove_content(int dir_fd)
{
    DIR *dir = fdopendir(dir_fd);
    if (!dir) {
        close(dir_fd);
        return -1;
    }
    int failed = 0;
    for (struct dirent *entry; !failed && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            continue;
        int below =
            openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        failed = below < 0 || remove_content(below) != 0 ||
                 unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) != 0;
    }
    int errnum = errno;
    closedir(dir);
    errno = errnum;
    return failed ? -1 : 0;
}

int file_remove_tree(const char *path, struct err *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || remove_content(fd) != 0 || rmdir(path) != 0)
        return err_set_errno(err, errno, "cannot remove '%s'", path);
    return 0;
}

int64_t file_tree_size(const char *path)
{
    enum { BLOCK = 512 }; /* what st_blocks counts, whatever the file system */
    CLEANUP(mem_freep) char *copy = str_dup(path);
    char *paths[] = {copy, NULL};
    int64_t blocks = 0;
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    for (const FTSENT *entry; walk && (entry = fts_read(walk));) {
        if (entry->fts_info == FTS_F || entry->fts_info == FTS_D)
            blocks += entry->fts_statp->st_blocks;
    }
    if (walk)
        fts_close(walk);
    return blocks * BLOCK;
}

int file_make_temp_dir(const char *prefix, char **ret_path, struct err *err)
{
    CLEANUP(mem_freep) char *path = str_printf("%sXXXXXX", prefix);
    if (!mkdtemp(path))
        return err_set_errno(err, errno, "cannot create a folder '%s'", path);
    *ret_path = MEM_STEAL(path);
    return 0;
}

int file_open_temp(const char *folder, int *ret_fd, struct err *err)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/.tidemark-XXXXXX", folder);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) { /* not in this file system */
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return err_set_errno(err, errno, "cannot create a temporary file in '%s'", folder);
    *ret_fd = fd;
    return 0;
}

int file_try_lock(const char *path, int *ret_fd, struct err *err)
{
    CLEANUP(file_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set_errno(err, errno, "cannot open lock file '%s'", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return 0;
        return err_set_errno(err, errno, "cannot lock '%s'", path);
    }
    *ret_fd = fd;
    fd = -1;
    return 1;
}
