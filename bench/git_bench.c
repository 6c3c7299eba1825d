/*
 * The Git side of an update, alone, for bench/git_bench.sh to measure.
 *
 *     git_bench measure LABEL COMMAND…    runs COMMAND; prints "LABEL", and the CPU time of it
 *                                         and its children in milliseconds
 *     git_bench update URL DIR ROUND      one update: new values in the marked files of branch
 *                                         main, pushed; state and mirror live in DIR
 *
 * `update` does what an automation does: it lists the remote, fetches if the
 * head moved, reads the files that it does not know yet, edits those that hold
 * the marker, commits and pushes. What it remembers between runs (the head,
 * and the marked files with their blob ids) stands in DIR/state.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/strlist.h"
#include "git/commit.h"
#include "git/mirror.h"
#include "git/object.h"
#include "git/push.h"
#include "git/remote.h"
#include "git/tree.h"

enum {
    FILE_MAX = 1024 * 1024,
    STATE_MAX = 16 * 1024 * 1024,
    MARKED_MAX = 1000,
};

#define MARKER "\"$imagepolicy\""

struct file {
    char *path;
    struct git_entry entry;
    char *content; /* with the edit, once it is made */
};

struct update {
    struct git_remote *remote;
    struct git_mirror *mirror;
    struct deadline deadline;
    struct git_oid head;
    const char *round;
    struct file *files; /* to be read; in the end those that hold the marker */
    size_t len;
    size_t cap;
};

static int die(const struct err *err)
{
    fprintf(stderr, "git_bench: %s\n", err->text);
    return 1;
}

static void add_file(struct update *update, const char *path, const struct git_entry *entry)
{
    update->files = mem_grow(update->files, &update->cap, update->len + 1, sizeof(*update->files));
    update->files[update->len++] = (struct file){.path = str_dup(path), .entry = *entry};
}

static int on_entry(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    (void)err;
    if (git_entry_is_file(entry) && str_ends_with(path, ".yaml"))
        add_file(arg, path, entry);
    return 0;
}

/* A changed file takes the place of what was known of it. */
static int on_change(void *arg, const char *path, const struct git_entry *before,
                     const struct git_entry *after, struct err *err)
{
    (void)before;
    struct update *update = arg;
    for (size_t i = 0; i < update->len; i++) {
        if (strcmp(update->files[i].path, path) == 0) {
            update->files[i].entry = *after;
            return 0;
        }
    }
    return on_entry(arg, path, after, err);
}

/* Keeps the file with its new value if it holds the marker. */
static int on_object(void *arg, const struct git_object *object, struct err *err)
{
    (void)err;
    struct update *update = arg;
    ptrdiff_t mark = span_find(object->content, SPAN_LITERAL(MARKER));
    if (mark < 0)
        return 0;
    size_t tag = (size_t)mark;
    while (tag > 0 && object->content.data[tag - 1] != ':')
        tag--;
    if (tag == 0) /* no tag in front of the marker */
        return 0;
    size_t end = tag;
    while (object->content.data[end] != ' ')
        end++;
    update->files[object->index].content =
        str_printf("%.*sv%s%.*s", (int)tag, object->content.data, update->round,
                   (int)(object->content.len - end), object->content.data + end);
    return 0;
}

static char *state_path(const char *dir)
{
    return str_printf("%s/state", dir);
}

/* Reads "<head>" and "<kind> <id> <path>" lines. */
static struct git_oid load_state(struct update *update, const char *dir)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(STATE_MAX);
    CLEANUP(mem_freep) char *path = state_path(dir);
    struct git_oid head = GIT_OID_NONE;
    if (file_read(path, &text, NULL) != 0)
        return head;
    struct span rest = buf_span(&text), line;
    span_next(&rest, '\n', &line);
    git_oid_read(line, &head);
    while (span_next(&rest, '\n', &line)) {
        struct span kind, id;
        struct git_entry entry = {.kind = GIT_ENTRY_FILE};
        if (!span_next(&line, ' ', &kind) || !span_next(&line, ' ', &id) ||
            !git_oid_read(id, &entry.oid))
            continue;
        CLEANUP(mem_freep) char *name = span_dup(line);
        add_file(update, name, &entry);
    }
    return head;
}

static int save_state(const struct update *update, const struct git_oid *head, const char *dir,
                      struct err *err)
{
    CLEANUP(buf_finish) struct buf text = BUF_INIT(STATE_MAX);
    CLEANUP(mem_freep) char *path = state_path(dir);
    buf_addf(&text, "%s\n", head->hex);
    for (size_t i = 0; i < update->len; i++) {
        const struct file *file = &update->files[i];
        if (!file->content)
            continue;
        struct git_oid oid = git_oid_of_blob(GIT_FORMAT_SHA1, span_of(file->content));
        buf_addf(&text, "f %s %s\n", oid.hex, file->path);
    }
    unlink(path);
    return file_write_new(path, buf_span(&text), 0600, err);
}

static int find_head(struct update *update, struct err *err)
{
    static const char *const names[] = {"refs/heads/main"};
    CLEANUP(git_refs_finish) struct git_refs refs = {0};
    const struct git_list_query query = {.names = names, .name_count = 1};
    if (git_remote_list(update->remote, &query, &update->deadline, &refs, err) != 0)
        return -1;
    if (refs.len == 0)
        return err_set(err, ERR_NOT_FOUND, "no branch main");
    update->head = refs.items[0].oid;
    return 0;
}

/* Lists all files, or those that changed since the known head, or none. */
static int find_files(struct update *update, const struct git_oid *known, struct err *err)
{
    int answer = 0;
    if (git_oid_equal(known, &update->head))
        return 0;
    if (!git_oid_is_none(known))
        answer = git_tree_diff(update->mirror, known, &update->head, "", on_change, update,
                               &update->deadline, err);
    if (answer == 0)
        answer = git_tree_list(update->mirror, &update->head, "", on_entry, update,
                               &update->deadline, err);
    return answer < 0 ? -1 : 0;
}

static int read_files(struct update *update, struct err *err)
{
    struct git_oid *oids = mem_calloc(update->len, sizeof(*oids));
    for (size_t i = 0; i < update->len; i++)
        oids[i] = update->files[i].entry.oid;
    int answer = git_object_read(update->mirror, oids, update->len, FILE_MAX, on_object, update,
                                 &update->deadline, err);
    free(oids);
    return answer;
}

static int commit(struct update *update, struct git_oid *ret, struct err *err)
{
    struct git_edit edits[MARKED_MAX];
    size_t count = 0;
    for (size_t i = 0; i < update->len && count < MARKED_MAX; i++) {
        const struct file *file = &update->files[i];
        if (file->content)
            edits[count++] = (struct git_edit){file->path, file->entry, span_of(file->content)};
    }
    const struct git_commit_request request = {
        .parent = update->head,
        .ref = "refs/heads/main",
        .edits = edits,
        .edit_count = count,
        .name = "bench",
        .email = "bench@example.com",
        .time_s = 1700000000,
        .message = SPAN_LITERAL("Update from image update automation"),
    };
    int answer = git_commit_create(update->mirror, &request, &update->deadline, ret, err);
    return answer == 0 ? err_set(err, ERR_INTERNAL, "nothing to commit") : answer;
}

static int run_update(struct update *update, const char *dir, struct err *err)
{
    const struct git_mirror_options options = {
        .cache_dir = dir, .url = git_remote_url(update->remote), .blob_max_bytes = FILE_MAX};
    struct git_oid known = load_state(update, dir), made = GIT_OID_NONE;
    if (find_head(update, err) != 0 ||
        git_mirror_open(&options, &update->deadline, &update->mirror, err) != 0)
        return -1;
    const struct git_want want = {"refs/heads/main", update->head};
    if (git_mirror_fetch(update->mirror, update->remote, &want, 1, &update->deadline, err) != 0 ||
        find_files(update, &known, err) != 0 || read_files(update, err) != 0 ||
        commit(update, &made, err) < 0)
        return -1;
    struct git_push_ref ref = {.ref = "refs/heads/main", .commit = made, .expected = update->head};
    const struct git_push_request request = {.refs = &ref, .ref_count = 1};
    if (git_push(update->mirror, update->remote, &request, &update->deadline, err) != 0)
        return -1;
    return save_state(update, &made, dir, err);
}

static int update_main(const char *url, const char *dir, const char *round)
{
    const struct git_remote_options options = {
        .url = url, .allow_local = true, .private_base = dir};
    struct update update = {.round = round,
                            .deadline = deadline_in(clock_system(), 300 * CLOCK_NS_PER_S, NULL)};
    struct err err = {0};
    signal(SIGPIPE, SIG_IGN);
    if (git_remote_open(&options, &update.remote, &err) != 0)
        return die(&err);
    int answer = run_update(&update, dir, &err);
    git_mirror_close(update.mirror);
    git_remote_free(update.remote);
    for (size_t i = 0; i < update.len; i++) {
        free(update.files[i].path);
        free(update.files[i].content);
    }
    free(update.files);
    return answer == 0 ? 0 : die(&err);
}

static double milliseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

static int measure_main(const char *label, char **argv)
{
    struct rusage usage;
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    if (wait4(pid, &status, 0, &usage) < 0 || status != 0) {
        fprintf(stderr, "git_bench: %s failed\n", argv[0]);
        return 1;
    }
    printf("%s %.1f\n", label, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 4 && strcmp(argv[1], "measure") == 0)
        return measure_main(argv[2], argv + 3);
    if (argc == 5 && strcmp(argv[1], "update") == 0)
        return update_main(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: git_bench measure LABEL COMMAND… | update URL DIR ROUND\n");
    return 2;
}
