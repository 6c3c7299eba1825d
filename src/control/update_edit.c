#include "control/update_edit.h"

#include <string.h>

#include "base/str.h"
#include "git/object.h"

/* A file that has to be read: one that carries markers, or that may. */
struct candidate {
    char *path;
    struct git_entry entry;
};

struct scan {
    const struct update_edit_request *request;
    struct update_edit *edit;
    struct candidate *items;
    size_t len;
    size_t cap;
    struct update_policy *policies;
    size_t content_bytes; /* of the edited files so far */
};

static void scan_finish(struct scan *scan)
{
    for (size_t i = 0; i < scan->len; i++)
        free(scan->items[i].path);
    free(scan->items);
    free(scan->policies);
}

void update_edit_finish(struct update_edit *edit)
{
    for (size_t i = 0; i < edit->len; i++) {
        free(edit->files[i].path);
        update_result_finish(&edit->files[i].result);
    }
    free(edit->files);
    marker_index_finish(&edit->index);
    strlist_finish(&edit->notices);
    *edit = (struct update_edit)UPDATE_EDIT_INIT;
}

static int add_candidate(struct scan *scan, const char *path, const struct git_entry *entry,
                         struct err *err)
{
    if (scan->len >= UPDATE_EDIT_FILES_MAX)
        return err_set(err, ERR_INVALID,
                       "there are more than %d manifests; narrow spec.update.path",
                       UPDATE_EDIT_FILES_MAX);
    scan->items = mem_grow(scan->items, &scan->cap, scan->len + 1, sizeof(*scan->items));
    scan->items[scan->len++] = (struct candidate){str_dup(path), *entry};
    return 0;
}

static bool is_manifest(const char *path, const struct git_entry *entry)
{
    return git_entry_is_file(entry) && update_is_manifest_name(path);
}

/* Symlinks are not followed; below a folder they are passed over, but a path
 * that names one would never do anything. */
static int check_entry(const struct scan *scan, const char *path, const struct git_entry *entry,
                       struct err *err)
{
    if (entry->kind != GIT_ENTRY_SYMLINK || !str_equal(path, scan->request->path))
        return 0;
    return err_set(err, ERR_INVALID,
                   "update path '%s' is a symlink: name the folder or file that it points to",
                   path);
}

static int on_entry(void *arg, const char *path, const struct git_entry *entry, struct err *err)
{
    if (check_entry(arg, path, entry, err) != 0)
        return -1;
    return is_manifest(path, entry) ? add_candidate(arg, path, entry, err) : 0;
}

static int on_change(void *arg, const char *path, const struct git_entry *before,
                     const struct git_entry *after, struct err *err)
{
    struct scan *scan = arg;
    (void)before;
    if (check_entry(scan, path, after, err) != 0)
        return -1;
    /* Whether it still carries a marker shows when it is read. */
    marker_index_remove(&scan->edit->index, path);
    return is_manifest(path, after) ? add_candidate(scan, path, after, err) : 0;
}

static struct git_entry entry_of(const struct marker_file *file)
{
    bool executable = str_equal(file->mode, "100755");
    return (struct git_entry){executable ? GIT_ENTRY_EXECUTABLE : GIT_ENTRY_FILE, file->blob};
}

static int list_all(struct scan *scan, struct err *err)
{
    const struct update_edit_request *request = scan->request;
    marker_index_finish(&scan->edit->index);
    int answer = git_tree_list(request->mirror, request->parent, request->path, on_entry, scan,
                               request->deadline, err);
    if (answer == 0)
        return err_set(err, ERR_NOT_FOUND,
                       "walking path for files: lstat %s: no such file or directory",
                       request->path);
    return answer < 0 ? -1 : 0;
}

/* Fills the list of candidates. */
static int find_candidates(struct scan *scan, struct err *err)
{
    const struct update_edit_request *request = scan->request;
    struct marker_index *index = &scan->edit->index;
    if (marker_index_load(request->db, request->key, index, err) != 0)
        return -1;
    if (git_oid_is_none(&index->commit))
        return list_all(scan, err);
    if (!git_oid_equal(&index->commit, request->parent)) {
        int answer = git_tree_diff(request->mirror, &index->commit, request->parent, request->path,
                                   on_change, scan, request->deadline, err);
        if (answer < 0)
            return -1;
        if (answer == 0)
            return list_all(scan, err);
    }
    for (size_t i = 0; i < index->len; i++) {
        const struct git_entry entry = entry_of(&index->files[i]);
        if (add_candidate(scan, index->files[i].path, &entry, err) != 0)
            return -1;
    }
    return 0;
}

static void add_notice(struct update_edit *edit, const char *path, size_t line, const char *text)
{
    if (edit->notices.len < UPDATE_EDIT_NOTICES_MAX)
        strlist_addf(&edit->notices, "%s:%zu: %s", path, line, text);
}

static int edit_file(struct scan *scan, const struct candidate *candidate, struct span content,
                     struct err *err)
{
    struct update_edit *edit = scan->edit;
    struct update_result result = UPDATE_RESULT_INIT;
    if (update_file(content, candidate->path, scan->policies, scan->request->policies->len, &result,
                    err) != 0) {
        update_result_finish(&result);
        return -1;
    }
    for (size_t i = 0; i < result.notice_count; i++)
        add_notice(edit, candidate->path, result.notices[i].line, result.notices[i].text);
    if (!result.changed) {
        update_result_finish(&result);
        return 0;
    }
    scan->content_bytes += result.content.len;
    if (scan->content_bytes > GIT_COMMIT_CONTENT_MAX) {
        update_result_finish(&result);
        return err_set(err, ERR_INVALID,
                       "the edited files are larger than %d bytes in all; narrow spec.update.path",
                       GIT_COMMIT_CONTENT_MAX);
    }
    edit->files = mem_grow(edit->files, &edit->cap, edit->len + 1, sizeof(*edit->files));
    edit->files[edit->len++] =
        (struct edited_file){str_dup(candidate->path), candidate->entry, result};
    return 0;
}

static int on_object(void *arg, const struct git_object *object, struct err *err)
{
    struct scan *scan = arg;
    const struct candidate *candidate = &scan->items[object->index];
    bool executable = candidate->entry.kind == GIT_ENTRY_EXECUTABLE;
    if (object->kind == GIT_OBJECT_MISSING || object->size_bytes > UPDATE_FILE_MAX)
        return 0; /* too large for a manifest: left alone */
    if (!update_may_have_marker(object->content)) {
        marker_index_remove(&scan->edit->index, candidate->path);
        return 0;
    }
    if (marker_index_put(&scan->edit->index, candidate->path, executable ? "100755" : "100644",
                         &candidate->entry.oid, err) != 0)
        return -1;
    return edit_file(scan, candidate, object->content, err);
}

static int compare_path(const void *a, const void *b)
{
    return strcmp(((const struct edited_file *)a)->path, ((const struct edited_file *)b)->path);
}

static void list_policies(struct scan *scan)
{
    const struct policy_images *images = scan->request->policies;
    scan->policies = mem_calloc(images->len, sizeof(*scan->policies));
    for (size_t i = 0; i < images->len; i++) {
        const struct policy_image *image = &images->items[i];
        scan->policies[i] = (struct update_policy){image->namespace, image->policy, image->name,
                                                   image->tag, image->digest};
    }
}

static int read_candidates(struct scan *scan, struct err *err)
{
    CLEANUP(mem_freep) struct git_oid *oids = mem_calloc(scan->len, sizeof(*oids));
    for (size_t i = 0; i < scan->len; i++)
        oids[i] = scan->items[i].entry.oid;
    return scan->len == 0 ? 0
                          : git_object_read(scan->request->mirror, oids, scan->len, UPDATE_FILE_MAX,
                                            on_object, scan, scan->request->deadline, err);
}

int update_edit_make(const struct update_edit_request *request, struct update_edit *ret,
                     struct err *err)
{
    CLEANUP(scan_finish) struct scan scan = {.request = request, .edit = ret};
    list_policies(&scan);
    if (find_candidates(&scan, err) != 0 || read_candidates(&scan, err) != 0)
        return -1;
    if (ret->len != 0)
        qsort(ret->files, ret->len, sizeof(*ret->files), compare_path);
    return 0;
}

int update_edit_save(struct update_edit *edit, struct db *db, const char *key,
                     const struct git_oid *commit, bool committed, struct err *err)
{
    for (size_t i = 0; committed && i < edit->len; i++) {
        const struct edited_file *file = &edit->files[i];
        const struct git_oid blob =
            git_oid_of_blob(git_oid_format(commit), buf_span(&file->result.content));
        bool executable = file->before.kind == GIT_ENTRY_EXECUTABLE;
        if (marker_index_put(&edit->index, file->path, executable ? "100755" : "100644", &blob,
                             err) != 0)
            return -1;
    }
    edit->index.commit = *commit;
    return marker_index_save(db, key, &edit->index, err);
}
