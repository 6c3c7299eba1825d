/* Whatever lines a watch receives, each object is told as added, then changed,
 * then deleted, and the table knows what is there. The first byte of a line may
 * be '!': then the line is an object of a list, and an empty one ends a list. */
#include "fuzz.h"

#include "base/str.h"
#include "base/strmap.h"
#include "kube/list.h"
#include "kube/watch_table.h"

struct mirror {
    struct strmap uids; /* by key */
    bool synced;
};

static void note(void *arg, enum kube_change change, const struct json *object)
{
    struct mirror *mirror = arg;
    CLEANUP(mem_freep) char *key = kube_object_key(object);
    const char *uid = json_member_text(json_member(object, "metadata"), "uid");
    if (change == KUBE_SYNCED) {
        FUZZ_ASSERT(!mirror->synced);
        mirror->synced = true;
        return;
    }
    FUZZ_ASSERT(key && uid && !json_member(json_member(object, "metadata"), "managedFields"));
    const char *known = strmap_get(&mirror->uids, key);
    FUZZ_ASSERT(change == KUBE_ADDED ? !known : str_equal(known, uid));
    if (change == KUBE_DELETED)
        strmap_remove(&mirror->uids, key);
    else
        strmap_set(&mirror->uids, key, uid);
}

static void take_listed(struct watch_table *table, struct span line)
{
    CLEANUP(json_freep) struct json *object = NULL;
    if (line.len == 0) {
        watch_table_list_end(table, "1");
        watch_table_list_begin(table);
    } else if (json_parse(line, &object, NULL) == 0) {
        kube_trim(object);
        watch_table_list_object(table, object, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mirror mirror = {STRMAP_INIT, false};
    const struct kube_watcher watcher = {.on_change = note, .arg = &mirror};
    CLEANUP(watch_table_freep) struct watch_table *table = watch_table_new(&watcher, KUBE_LIST_MAX);
    struct span rest = {(const char *)data, size};
    watch_table_list_begin(table);
    while (rest.len > 0) {
        ptrdiff_t end = span_find_byte(rest, '\n');
        struct span line = span_slice(rest, 0, end < 0 ? rest.len : (size_t)end);
        enum watch_table_verdict verdict;
        rest = span_slice(rest, end < 0 ? rest.len : (size_t)end + 1, rest.len);
        if (line.len > 0 && line.data[0] == '!')
            take_listed(table, span_slice(line, 1, line.len));
        else
            watch_table_event(table, line, &verdict, NULL);
    }
    /* An empty list is the end of all that the table knows. */
    watch_table_list_begin(table);
    watch_table_list_end(table, "1");
    FUZZ_ASSERT(mirror.uids.len == 0);
    strmap_finish(&mirror.uids);
    return 0;
}
