#include "kube/watch_table.h"

#include <string.h>

#include "base/sorted.h"
#include "base/str.h"
#include "kube/list.h"
#include "kube/parse.h"

enum {
    STATUS_GONE = 410,
};

/* "namespace/name", uid and resourceVersion in one piece of memory. */
struct entry {
    uint16_t uid_at;
    uint16_t version_at;
    bool listed; /* by the list under way */
    char text[];
};

struct watch_table {
    struct kube_watcher watcher;
    struct entry **entries; /* sorted by key */
    size_t count;
    size_t cap;
    size_t max;
    char *version;
    bool synced;
};

/* What an object says of itself; borrowed from it but for the key. */
struct identity {
    char *key;
    const char *uid;
    const char *version;
};

struct watch_table *watch_table_new(const struct kube_watcher *watcher, size_t max)
{
    struct watch_table *table = mem_zalloc(sizeof(*table));
    table->watcher = *watcher;
    table->max = max;
    table->version = str_dup("");
    return table;
}

void watch_table_free(struct watch_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->count; i++)
        free(table->entries[i]);
    free(table->entries);
    free(table->version);
    free(table);
}

const char *watch_table_version(const struct watch_table *table)
{
    return table->version;
}

static const char *entry_uid(const struct entry *entry)
{
    return entry->text + entry->uid_at;
}

static const char *entry_version(const struct entry *entry)
{
    return entry->text + entry->version_at;
}

static struct entry *entry_new(const struct identity *identity)
{
    size_t key_size = strlen(identity->key) + 1;
    size_t uid_size = strlen(identity->uid) + 1;
    size_t version_size = strlen(identity->version) + 1;
    struct entry *entry = mem_alloc(sizeof(*entry) + key_size + uid_size + version_size);
    entry->uid_at = (uint16_t)key_size;
    entry->version_at = (uint16_t)(key_size + uid_size);
    entry->listed = true;
    memcpy(entry->text, identity->key, key_size);
    memcpy(entry->text + entry->uid_at, identity->uid, uid_size);
    memcpy(entry->text + entry->version_at, identity->version, version_size);
    return entry;
}

static int compare(const void *key, const void *item)
{
    return strcmp(key, (*(struct entry *const *)item)->text);
}

/* Where the key is or belongs. */
static size_t place(const struct watch_table *table, const char *key, bool *ret_found)
{
    size_t count = table->count;
    *ret_found = false;
    /* Lists come in order: mostly it belongs to the end. */
    if (count > 0 && compare(key, &table->entries[count - 1]) > 0)
        return count;
    return sorted_place(key, table->entries, count, sizeof(struct entry *), compare, ret_found);
}

static void insert(struct watch_table *table, size_t at, struct entry *entry)
{
    table->entries =
        mem_grow(table->entries, &table->cap, table->count + 1, sizeof(struct entry *));
    memmove(table->entries + at + 1, table->entries + at,
            (table->count - at) * sizeof(struct entry *));
    table->entries[at] = entry;
    table->count++;
}

static void drop(struct watch_table *table, size_t at)
{
    free(table->entries[at]);
    table->count--;
    memmove(table->entries + at, table->entries + at + 1,
            (table->count - at) * sizeof(struct entry *));
}

static void tell(struct watch_table *table, enum kube_change change, const struct json *object)
{
    table->watcher.on_change(table->watcher.arg, change, object);
}

/* Tells that an object is gone of which nothing but its name is left. */
static void tell_lost(struct watch_table *table, const struct entry *entry)
{
    const char *slash = strchr(entry->text, '/');
    CLEANUP(mem_freep) char *namespace = mem_dup(entry->text, (size_t)(slash - entry->text));
    CLEANUP(json_freep) struct json *object = json_new_object();
    struct json *meta = json_ensure_object(object, "metadata");
    json_put_text(meta, "name", slash + 1);
    if (*namespace)
        json_put_text(meta, "namespace", namespace);
    json_put_text(meta, "uid", entry_uid(entry));
    tell(table, KUBE_DELETED, object);
}

static void identity_finish(struct identity *identity)
{
    free(identity->key);
}

static bool fits(const char *text)
{
    return !str_empty(text) && strlen(text) <= WATCH_TABLE_TEXT_MAX;
}

static int identify(const struct json *object, struct identity *ret, struct err *err)
{
    const struct json *meta = json_member(object, "metadata");
    ret->uid = json_member_text(meta, "uid");
    ret->version = json_member_text(meta, "resourceVersion");
    ret->key = kube_object_key(object);
    if (fits(ret->key) && fits(ret->uid) && fits(ret->version))
        return 0;
    return err_set(err, ERR_UNAVAILABLE,
                   "the server sent an object without name, uid and resourceVersion");
}

/* Is there place for one of this KEY in a table of MAX? */
static int check_place(const struct watch_table *table, const char *key, size_t max,
                       struct err *err)
{
    bool found = false;
    if (table->count >= max)
        place(table, key, &found);
    if (table->count < max || found)
        return 0;
    return err_set(err, ERR_INVALID,
                   "there are more than %zu objects, which is too many to follow: let tidemark "
                   "watch a part of them, by namespace or label",
                   table->max);
}

/* The object is there, as it says. */
static void note_present(struct watch_table *table, const struct identity *identity,
                         const struct json *object)
{
    bool found;
    size_t at = place(table, identity->key, &found);
    if (!found) {
        insert(table, at, entry_new(identity));
        tell(table, KUBE_ADDED, object);
        return;
    }
    struct entry *before = table->entries[at];
    before->listed = true;
    bool same_uid = str_equal(entry_uid(before), identity->uid);
    if (same_uid && str_equal(entry_version(before), identity->version))
        return;
    table->entries[at] = entry_new(identity);
    if (!same_uid)
        tell_lost(table, before);
    free(before);
    tell(table, same_uid ? KUBE_MODIFIED : KUBE_ADDED, object);
}

static void note_gone(struct watch_table *table, const struct identity *identity,
                      const struct json *object)
{
    bool found;
    size_t at = place(table, identity->key, &found);
    if (!found || !str_equal(entry_uid(table->entries[at]), identity->uid))
        return;
    drop(table, at);
    tell(table, KUBE_DELETED, object);
}

void watch_table_list_begin(struct watch_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        table->entries[i]->listed = false;
}

int watch_table_list_object(struct watch_table *table, const struct json *object, struct err *err)
{
    CLEANUP(identity_finish) struct identity identity = {0};
    if (identify(object, &identity, err) != 0 ||
        check_place(table, identity.key, 2 * table->max, err) != 0)
        return -1;
    note_present(table, &identity, object);
    return 0;
}

void watch_table_list_end(struct watch_table *table, const char *version)
{
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        struct entry *entry = table->entries[i];
        if (entry->listed) {
            table->entries[kept++] = entry;
        } else {
            tell_lost(table, entry);
            free(entry);
        }
    }
    table->count = kept;
    str_set(&table->version, version);
    if (!table->synced)
        tell(table, KUBE_SYNCED, NULL);
    table->synced = true;
}

/* An event of type ERROR holds a Status. */
static int take_error(const struct json *status, enum watch_table_verdict *ret, struct err *err)
{
    const char *message = json_member_text(status, "message");
    int64_t code = 0;
    json_int(json_member(status, "code"), &code);
    if (code == STATUS_GONE) {
        *ret = WATCH_TABLE_EXPIRED;
        return 0;
    }
    return err_set(err, ERR_UNAVAILABLE, "the server ended the watch: %s",
                   message ? message : "it does not say why");
}

static int take_bookmark(struct watch_table *table, const struct json *object, struct err *err)
{
    const char *version = json_member_text(json_member(object, "metadata"), "resourceVersion");
    if (!fits(version))
        return err_set(err, ERR_UNAVAILABLE, "the server sent a bookmark without resourceVersion");
    str_set(&table->version, version);
    return 0;
}

int watch_table_event(struct watch_table *table, struct span line, enum watch_table_verdict *ret,
                      struct err *err)
{
    CLEANUP(json_freep) struct json *event = NULL;
    CLEANUP(identity_finish) struct identity identity = {0};
    if (kube_parse(line, &event, err) != 0) {
        if (err)
            err->class = ERR_UNAVAILABLE;
        return err_wrap(err, "malformed event of a watch");
    }
    const char *type = json_member_text(event, "type");
    struct json *object = json_member_mut(event, "object");
    *ret = WATCH_TABLE_GO_ON;
    if (str_equal(type, "ERROR"))
        return take_error(object, ret, err);
    if (str_equal(type, "BOOKMARK"))
        return take_bookmark(table, object, err);
    bool gone = str_equal(type, "DELETED");
    if (!gone && !str_equal(type, "ADDED") && !str_equal(type, "MODIFIED"))
        return err_set(err, ERR_UNAVAILABLE, "the server sent an event of an unknown type");
    if (identify(object, &identity, err) != 0 ||
        (!gone && check_place(table, identity.key, table->max, err) != 0))
        return -1;
    str_set(&table->version, identity.version);
    kube_trim(object);
    if (gone)
        note_gone(table, &identity, object);
    else
        note_present(table, &identity, object);
    return 0;
}
