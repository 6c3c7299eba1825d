#include "git/private.h"

#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strlist.h"

#define FOLDER_PREFIX "tidemark-git-"
#define LOCK_NAME     "lock"

enum {
    SWEEP_AGE_S = 60, /* a younger folder may not have its lock yet */
};

struct git_private {
    char *path;
    int lock_fd;
};

char *git_private_path(const struct git_private *folder, const char *name)
{
    return str_printf("%s/%s", folder->path, name);
}

int git_private_new(const char *base, struct git_private **ret, struct err *err)
{
    CLEANUP(git_private_freep) struct git_private *folder = mem_zalloc(sizeof(*folder));
    folder->lock_fd = -1;
    /* The path ends up in configuration lines of git and ssh and in a shell
     * command; all of them quote, but none can quote everything. */
    if (base[0] != '/' || strpbrk(base, "\"'\\%$`\n\r\t"))
        return err_set(err, ERR_INVALID,
                       "cannot keep secrets in '%s': not an absolute path without quotes, "
                       "'%%', '$' and backslashes",
                       base);
    CLEANUP(mem_freep) char *prefix = str_printf("%s/" FOLDER_PREFIX, base);
    if (file_make_temp_dir(prefix, &folder->path, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *lock = git_private_path(folder, LOCK_NAME);
    int answer = file_try_lock(lock, &folder->lock_fd, err);
    if (answer == 0)
        return err_set(err, ERR_INTERNAL, "the new folder '%s' is in use", folder->path);
    if (answer < 0)
        return -1;
    *ret = MEM_STEAL(folder);
    return 0;
}

void git_private_free(struct git_private *folder)
{
    if (!folder)
        return;
    if (folder->path)
        file_remove_tree(folder->path, NULL);
    file_closep(&folder->lock_fd);
    free(folder->path);
    free(folder);
}

int git_private_write(struct git_private *folder, const char *name, struct span content,
                      mode_t mode, char **ret_path, struct err *err)
{
    CLEANUP(mem_freep) char *path = git_private_path(folder, name);
    if (file_write_new(path, content, mode, err) != 0)
        return -1;
    if (ret_path)
        *ret_path = MEM_STEAL(path);
    return 0;
}

int git_private_write_askpass(struct git_private *folder, const char *secret, char **ret_path,
                              struct err *err)
{
    CLEANUP(mem_freep) char *path = NULL;
    char *line = str_printf("%s\n", secret);
    int answer = git_private_write(folder, "passphrase", span_of(line), 0600, &path, err);
    str_wipe(line);
    if (answer != 0)
        return -1;
    CLEANUP(mem_freep) char *script = str_printf("#!/bin/sh\nexec cat \"%s\"\n", path);
    return git_private_write(folder, "askpass", span_of(script), 0700, ret_path, err);
}

static bool is_old_folder(const char *path, int64_t now_s)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) && now_s - info.st_mtime > SWEEP_AGE_S;
}

int git_private_sweep(const char *base, const struct clock *clock, struct err *err)
{
    int64_t now_s = clock_wall_ns(clock) / CLOCK_NS_PER_S;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    if (file_list_dir(base, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        if (!str_starts_with(names.items[i], FOLDER_PREFIX))
            continue;
        CLEANUP(mem_freep) char *path = str_printf("%s/%s", base, names.items[i]);
        CLEANUP(mem_freep) char *lock = str_printf("%s/" LOCK_NAME, path);
        CLEANUP(file_closep) int lock_fd = -1;
        /* What cannot be locked or removed belongs to somebody else. */
        if (is_old_folder(path, now_s) && file_try_lock(lock, &lock_fd, NULL) == 1)
            file_remove_tree(path, NULL);
    }
    return 0;
}
