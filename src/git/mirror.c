#include "git/mirror.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapt/crypto.h"
#include "base/file.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/fault.h"
#include "git/mirror_state.h"
#include "git/run.h"

enum {
    KEY_DIGITS = 32,        /* hex digits of a digest in a name */
    CONFIG_MAX = 64 * 1024, /* bytes of a mirror's configuration */
    WAIT_MIN_MS = 2,        /* between two looks at a lock that is taken */
    WAIT_MAX_MS = 100,
};

/* Part of every mirror's key: changed when the layout or the settings below
 * do, so that mirrors of an older version are not met. */
#define LAYOUT "1"

/*
 * The settings of a mirror, and why:
 * - nothing runs on the side or stays behind: no hooks, no gc, no maintenance;
 * - everything stays in packs: unpacking into loose objects is another process
 *   after each fetch and commit, and makes thousands of files;
 * - one thread packs: a push packs a dozen objects, threads only cost;
 * - nothing is synced to disk: what a crash damages is fetched again.
 */
static const char settings[] = "[core]\n"
                               "\thooksPath = /dev/null\n"
                               "\tfsync = none\n"
                               "\tfsmonitor = false\n"
                               "[gc]\n"
                               "\tauto = 0\n"
                               "[maintenance]\n"
                               "\tauto = false\n"
                               "[fetch]\n"
                               "\tunpackLimit = 1\n"
                               "[fastimport]\n"
                               "\tunpackLimit = 0\n"
                               "[pack]\n"
                               "\tthreads = 1\n";

static char *key_of(const char *text)
{
    char hex[CRYPTO_HEX_SIZE];
    crypto_hash_hex(CRYPTO_SHA256, span_of(text), hex);
    return str_printf("%.*s", KEY_DIGITS, hex);
}

char *git_mirror_ref(const char *remote_ref)
{
    /* A digest, because the names of branches that come and go would collide:
     * 'a' cannot be a file and the folder of 'a/b' at once. */
    CLEANUP(mem_freep) char *key = key_of(remote_ref);
    return str_printf("refs/tidemark/%s", key);
}

static int wait_for_lock(const char *path, const struct deadline *deadline, int *ret_fd,
                         struct err *err)
{
    for (int wait_ms = WAIT_MIN_MS;;) {
        int answer = file_try_lock(path, ret_fd, err);
        if (answer != 0)
            return answer < 0 ? -1 : 0;
        if (deadline_sleep_ms(deadline, wait_ms, err) != 0 || deadline_check(deadline, err) != 0)
            return -1;
        wait_ms = wait_ms * 2 < WAIT_MAX_MS ? wait_ms * 2 : WAIT_MAX_MS;
    }
}

static int add_settings(const char *dir, struct err *err)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/config", dir);
    CLEANUP(buf_finish) struct buf config = BUF_INIT(CONFIG_MAX);
    if (file_read(path, &config, err) != 0)
        return -1;
    buf_adds(&config, settings);
    unlink(path);
    return file_write_new(path, buf_span(&config), 0600, err);
}

/* Makes the empty repository beside its place, then moves it there, so that a
 * half-made one is never taken for a mirror. */
static int create(struct git_mirror *mirror, struct err *err)
{
    CLEANUP(mem_freep) char *dir = str_printf("%s.new", mirror->dir);
    CLEANUP(mem_freep)
    char *format = str_printf("--object-format=%s", git_format_name(mirror->format));
    const char *const args[] = {
        "init", "--bare", "--quiet", "--template=", format, "--initial-branch=main", NULL};
    const struct git_command command = {.args = args, .git_dir = dir, .lock_fd = mirror->lock_fd};
    CLEANUP(git_outcome_finish) struct git_outcome outcome = {0};
    if (mkdir(dir, 0700) != 0) /* others may not read what is in it */
        return err_set_errno(err, errno, "cannot create '%s'", dir);
    if (git_run(&command, &outcome, err) != 0)
        return -1;
    if (outcome.status != 0)
        return git_fail(&outcome, NULL, err);
    if (add_settings(dir, err) != 0)
        return -1;
    if (rename(dir, mirror->dir) != 0)
        return err_set_errno(err, errno, "cannot create '%s'", mirror->dir);
    mirror->fresh = true;
    mirror->damaged = false;
    return 0;
}

/* What a process that died while it made or removed the mirror left. */
static int remove_halves(const char *dir, struct err *err)
{
    CLEANUP(mem_freep) char *half_made = str_printf("%s.new", dir);
    CLEANUP(mem_freep) char *half_removed = str_printf("%s.old", dir);
    if (file_remove_tree(half_made, err) != 0)
        return -1;
    return file_remove_tree(half_removed, err);
}

/* Out of the way in one step, then away. */
static int discard(const char *dir, struct err *err)
{
    CLEANUP(mem_freep) char *old = str_printf("%s.old", dir);
    if (remove_halves(dir, err) != 0)
        return -1;
    if (rename(dir, old) != 0 && errno != ENOENT)
        return err_set_errno(err, errno, "cannot remove '%s'", dir);
    return file_remove_tree(old, err);
}

/* Removes from the folder NAME of the mirror what killed processes left; the
 * lock says that none is alive. Counts the other entries. */
static int clean_folder(const struct git_mirror *mirror, const char *name, size_t *ret_count,
                        struct err *err)
{
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    CLEANUP(mem_freep) char *folder = str_printf("%s/%s", mirror->dir, name);
    *ret_count = 0;
    if (access(folder, F_OK) != 0)
        return 0;
    if (file_list_dir(folder, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        const char *entry = names.items[i];
        if (str_ends_with(entry, ".lock") || str_starts_with(entry, "tmp_") ||
            str_starts_with(entry, ".tmp-") || str_starts_with(entry, "fast_import_crash_")) {
            CLEANUP(mem_freep) char *path = str_printf("%s/%s", folder, entry);
            if (file_remove_tree(path, err) != 0)
                return -1;
        } else {
            ++*ret_count;
        }
    }
    return 0;
}

int git_mirror_measure(const struct git_mirror *mirror, struct git_mirror_usage *ret,
                       struct err *err)
{
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    CLEANUP(mem_freep) char *folder = str_printf("%s/objects/pack", mirror->dir);
    *ret = (struct git_mirror_usage){0};
    if (file_list_dir(folder, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        CLEANUP(mem_freep) char *path = str_printf("%s/%s", folder, names.items[i]);
        struct stat info;
        if (lstat(path, &info) != 0)
            continue;
        uint64_t bytes = (uint64_t)info.st_size;
        ret->bytes += bytes;
        if (!str_ends_with(path, ".pack"))
            continue;
        ret->packs++;
        if (bytes > ret->largest_bytes)
            ret->largest_bytes = bytes;
    }
    return 0;
}

int git_mirror_begin_anew(struct git_mirror *mirror, struct err *err)
{
    if (discard(mirror->dir, err) != 0 || create(mirror, err) != 0)
        return err_wrap(err, "cannot rebuild the mirror of '%s'", mirror->url);
    return 0;
}

/* Whether the mirror is there, whole as far as one look tells, and not past
 * its limits. Anything else is answered by beginning anew. */
static bool is_usable(const struct git_mirror *mirror)
{
    static const char *const folders[] = {"", "refs", "refs/tidemark", "objects", "objects/pack"};
    size_t count = 0, refs = 0;
    struct git_mirror_usage usage;
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        if (clean_folder(mirror, folders[i], &count, NULL) != 0)
            return false;
        if (strcmp(folders[i], "refs/tidemark") == 0)
            refs = count;
    }
    if (git_mirror_measure(mirror, &usage, NULL) != 0)
        return false;
    return refs <= GIT_MIRROR_REFS_MAX && usage.packs <= GIT_MIRROR_PACKS_MAX &&
           usage.bytes <= 2 * usage.largest_bytes + GIT_MIRROR_SLACK_BYTES &&
           (mirror->size_max_bytes == 0 || usage.bytes <= mirror->size_max_bytes);
}

static int prepare(struct git_mirror *mirror, struct err *err)
{
    if (remove_halves(mirror->dir, err) != 0)
        return -1;
    return is_usable(mirror) ? 0 : git_mirror_begin_anew(mirror, err);
}

int git_mirror_open(const struct git_mirror_options *options, const struct deadline *deadline,
                    struct git_mirror **ret, struct err *err)
{
    CLEANUP(git_mirror_closep) struct git_mirror *mirror = mem_zalloc(sizeof(*mirror));
    CLEANUP(mem_freep)
    char *identity =
        str_printf(LAYOUT "\n%s\n%s\n%s\n%ju", options->url, options->scope ? options->scope : "",
                   git_format_name(options->format), (uintmax_t)options->blob_max_bytes);
    CLEANUP(mem_freep) char *key = key_of(identity);
    CLEANUP(mem_freep) char *lock = str_printf("%s/%s.lock", options->cache_dir, key);
    mirror->dir = str_printf("%s/%s", options->cache_dir, key);
    mirror->url = str_dup(options->url);
    mirror->format = options->format;
    mirror->blob_max_bytes = options->blob_max_bytes;
    mirror->size_max_bytes = options->size_max_bytes;
    mirror->lock_fd = -1;
    if (file_make_dirs(options->cache_dir, 0700, err) != 0)
        return err_wrap(err, "cannot keep a mirror of '%s'", options->url);
    if (wait_for_lock(lock, deadline, &mirror->lock_fd, err) != 0)
        return err_wrap(err, "waiting for another user of the mirror of '%s'", options->url);
    futimens(mirror->lock_fd, NULL); /* for git_mirror_evict() */
    if (prepare(mirror, err) != 0)
        return -1;
    *ret = MEM_STEAL(mirror);
    return 0;
}

void git_mirror_close(struct git_mirror *mirror)
{
    if (!mirror)
        return;
    file_closep(&mirror->lock_fd);
    free(mirror->dir);
    free(mirror->url);
    free(mirror);
}

int git_mirror_repair(struct git_mirror *mirror, struct err *err)
{
    if (!mirror->damaged || mirror->fresh)
        return 0;
    return git_mirror_begin_anew(mirror, err) == 0 ? 1 : -1;
}

void git_mirror_prepare(const struct git_mirror *mirror, struct git_command *command)
{
    command->git_dir = mirror->dir;
    command->lock_fd = mirror->lock_fd;
}

int git_mirror_run(struct git_mirror *mirror, struct git_command *command, struct git_outcome *ret,
                   struct err *err)
{
    git_mirror_prepare(mirror, command);
    command->access = NULL;
    if (git_run(command, ret, err) != 0)
        return -1;
    if (ret->status == 0)
        return 0;
    mirror->damaged = git_fault_of(ret) != GIT_FAULT_LOCAL;
    git_fail(ret, NULL, err);
    return err_wrap(err, "the mirror of '%s' is damaged or unusable", mirror->url);
}

int git_mirror_evict(const char *cache_dir, int64_t wall_ns, struct err *err)
{
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    if (file_list_dir(cache_dir, &names, err) != 0)
        return -1;
    for (size_t i = 0; i < names.len; i++) {
        struct stat info;
        if (!str_ends_with(names.items[i], ".lock"))
            continue;
        CLEANUP(mem_freep) char *lock = str_printf("%s/%s", cache_dir, names.items[i]);
        if (stat(lock, &info) != 0 ||
            info.st_mtim.tv_sec * CLOCK_NS_PER_S + info.st_mtim.tv_nsec >= wall_ns)
            continue;
        CLEANUP(file_closep) int lock_fd = -1;
        if (file_try_lock(lock, &lock_fd, NULL) != 1)
            continue;
        /* The lock file stays: whoever waits for it has it open. */
        CLEANUP(mem_freep)
        char *dir = str_printf("%.*s", (int)(strlen(lock) - strlen(".lock")), lock);
        if (discard(dir, err) != 0)
            return -1;
    }
    return 0;
}
