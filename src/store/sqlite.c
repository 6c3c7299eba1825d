#include "store/sqlite.h"

#include <inttypes.h>

#include "base/str.h"
#include "store/sqlite_row.h"

/*
 * Every write of an object takes the next version; it is the object's
 * resourceVersion, and what watches go by. "forgotten" is the version of the
 * last tombstone that was removed. A body is the object's manifest.
 */
static const char *const steps[] = {
    "CREATE TABLE store_state ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " version INTEGER NOT NULL,"
    " forgotten INTEGER NOT NULL);"
    "INSERT INTO store_state VALUES (1, 0, 0);"
    "CREATE TABLE object ("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " namespace TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " version INTEGER NOT NULL,"
    " body TEXT NOT NULL,"
    " UNIQUE (kind, namespace, name));"
    "CREATE INDEX object_version ON object (kind, version);"
    "CREATE TABLE tombstone ("
    " version INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL,"
    " namespace TEXT NOT NULL,"
    " body TEXT NOT NULL);"
    "CREATE TABLE event ("
    " id INTEGER PRIMARY KEY," /* grows with every occurrence */
    " kind TEXT NOT NULL,"
    " namespace TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " uid TEXT NOT NULL,"
    " resource_version TEXT NOT NULL,"
    " type TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " message TEXT NOT NULL,"
    " annotations TEXT NOT NULL," /* a JSON object */
    " first_at INTEGER NOT NULL,"
    " last_at INTEGER NOT NULL,"
    " count INTEGER NOT NULL);"
    "CREATE INDEX event_object ON event (kind, namespace, name);",
};

struct sqlite_store *sqlite_store_of(struct store *store)
{
    return (struct sqlite_store *)store; /* local.base is its first member */
}

/* Bodies. */

static char *print_body(const struct api_object *object)
{
    CLEANUP(json_freep) struct json *manifest = api_object_to_json(object, API_FORM_FULL);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * CHANGE_OBJECT_SIZE_MAX);
    json_print(manifest, JSON_STYLE_COMPACT, &text);
    return buf_take(&text);
}

/* Reads the body in a column of the row. */
static int read_body(const struct sqlite_store *store, struct db_stmt *row, int column,
                     struct api_object **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *manifest = NULL;
    struct err why;
    if (json_parse(db_column_blob(row, column), &manifest, &why) == 0 &&
        api_object_from_json(manifest, "", ret, &why) == 0)
        return 0;
    return err_set(err, ERR_INTERNAL,
                   "database '%s' is damaged: an object in it cannot be read: %s",
                   db_path(store->db), why.text);
}

/* Objects. */

static int find(const struct sqlite_store *store, struct db_tx *tx, struct api_ref ref,
                struct api_object **ret, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    if (db_prepare(tx, "SELECT body FROM object WHERE kind = ?1 AND namespace = ?2 AND name = ?3",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, api_kind_info(ref.kind)->name);
    db_bind_text(row, 2, ref.namespace);
    db_bind_text(row, 3, ref.name);
    int found = db_step(row, err);
    if (found == 1 && read_body(store, row, 0, ret, err) != 0)
        return -1;
    return found;
}

static int get(struct store *base, struct api_ref ref, struct api_object **ret, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(base);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    if (db_begin(store->db, DB_READ, NULL, &tx, err) != 0)
        return -1;
    return find(store, &tx, ref, ret, err);
}

static int list(struct store *base, const struct store_query *query, store_visit_fn visit,
                void *arg, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(base);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    int found;
    if (db_begin(store->db, DB_READ, NULL, &tx, err) != 0 ||
        db_prepare(&tx,
                   "SELECT body FROM object WHERE kind = ?1 AND (?2 IS NULL OR namespace = ?2)"
                   " ORDER BY namespace, name",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, api_kind_info(query->kind)->name);
    db_bind_text(row, 2, query->namespace);
    while ((found = db_step(row, err)) == 1) {
        CLEANUP(api_object_freep) struct api_object *object = NULL;
        if (read_body(store, row, 0, &object, err) != 0 || visit(arg, object, err) != 0)
            return -1;
    }
    return found;
}

static int next_version(struct db_tx *tx, struct api_object *object, int64_t *ret, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *state = NULL;
    if (db_prepare(tx, "UPDATE store_state SET version = version + 1 RETURNING version", &state,
                   err) != 0 ||
        db_step(state, err) != 1)
        return -1;
    *ret = db_column_int(state, 0);
    free(object->meta.resource_version);
    object->meta.resource_version = str_printf("%" PRId64, *ret);
    return db_run(state, err);
}

static int put(struct db_tx *tx, struct api_object *object, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    int64_t version;
    if (next_version(tx, object, &version, err) != 0 ||
        db_prepare(tx,
                   "INSERT INTO object (kind, namespace, name, version, body)"
                   " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (kind, namespace, name)"
                   " DO UPDATE SET version = ?4, body = ?5",
                   &stmt, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *body = print_body(object);
    db_bind_text(stmt, 1, api_kind_info(object->kind)->name);
    db_bind_text(stmt, 2, object->meta.namespace);
    db_bind_text(stmt, 3, object->meta.name);
    db_bind_int(stmt, 4, version);
    db_bind_text(stmt, 5, body);
    return db_run(stmt, err);
}

/* Removes tombstones beyond their cap, and remembers up to where. */
static int forget_tombstones(struct db_tx *tx, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *last = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *note = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *drop = NULL;
    if (db_prepare(tx, "SELECT version FROM tombstone ORDER BY version DESC LIMIT 1 OFFSET ?1",
                   &last, err) != 0)
        return -1;
    db_bind_int(last, 1, WATCH_TOMBSTONES);
    int found = db_step(last, err);
    if (found != 1)
        return found;
    int64_t version = db_column_int(last, 0);
    if (db_prepare(tx, "UPDATE store_state SET forgotten = ?1", &note, err) != 0 ||
        db_prepare(tx, "DELETE FROM tombstone WHERE version <= ?1", &drop, err) != 0)
        return -1;
    db_bind_int(note, 1, version);
    db_bind_int(drop, 1, version);
    return db_run(note, err) != 0 ? -1 : db_run(drop, err);
}

static int drop(struct db_tx *tx, struct api_object *object, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *gone = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *stone = NULL;
    CLEANUP(api_object_freep) struct api_object *left = NULL;
    int64_t version;
    if (next_version(tx, object, &version, err) != 0 ||
        db_prepare(tx, "DELETE FROM object WHERE kind = ?1 AND namespace = ?2 AND name = ?3", &gone,
                   err) != 0 ||
        db_prepare(tx,
                   "INSERT INTO tombstone (version, kind, namespace, body)"
                   " VALUES (?1, ?2, ?3, ?4)",
                   &stone, err) != 0)
        return -1;
    left = local_tombstone(object);
    CLEANUP(mem_freep) char *body = print_body(left);
    db_bind_text(gone, 1, api_kind_info(object->kind)->name);
    db_bind_text(gone, 2, object->meta.namespace);
    db_bind_text(gone, 3, object->meta.name);
    db_bind_int(stone, 1, version);
    db_bind_text(stone, 2, api_kind_info(object->kind)->name);
    db_bind_text(stone, 3, object->meta.namespace);
    db_bind_text(stone, 4, body);
    if (db_run(gone, err) != 0 || db_run(stone, err) != 0)
        return -1;
    return forget_tombstones(tx, err);
}

static int apply(struct local_store *local, const struct change_request *request,
                 enum change_verdict *ret_verdict, struct api_object **ret, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(&local->base);
    const enum db_mode mode = request->verb == CHANGE_STATUS ? DB_WRITE_RELAXED : DB_WRITE;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(api_object_freep) struct api_object *stored = NULL;
    CLEANUP(api_object_freep) struct api_object *object = NULL;
    enum change_verdict verdict;
    if (db_begin(store->db, mode, NULL, &tx, err) != 0 ||
        find(store, &tx, request->ref, &stored, err) < 0 ||
        change_decide(request, stored, &verdict, &object, err) != 0)
        return -1;
    if (verdict == CHANGE_PUT || verdict == CHANGE_DROP) {
        if ((verdict == CHANGE_PUT ? put(&tx, object, err) : drop(&tx, object, err)) != 0 ||
            db_commit(&tx, err) != 0)
            return -1;
    }
    *ret_verdict = verdict;
    *ret = MEM_STEAL(object);
    return 0;
}

/* Watches. */

static int read_state(struct db_tx *tx, struct watch_batch *ret, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *state = NULL;
    if (db_prepare(tx, "SELECT version, forgotten FROM store_state", &state, err) != 0 ||
        db_step(state, err) != 1)
        return -1;
    ret->current = db_column_int(state, 0);
    ret->forgotten = db_column_int(state, 1);
    return 0;
}

static int read_rows(const struct sqlite_store *store, struct db_stmt *row, struct watch_batch *ret,
                     struct err *err)
{
    int found;
    while ((found = db_step(row, err)) == 1) {
        struct watch_change *change = &ret->changes[ret->count];
        if (read_body(store, row, 2, &change->object, err) != 0)
            return -1;
        change->version = db_column_int(row, 0);
        change->removed = db_column_int(row, 1) != 0;
        ret->count++;
    }
    return found;
}

static int read_changes(void *arg, const struct store_query *query, int64_t after,
                        struct watch_batch *ret, struct err *err)
{
    const struct sqlite_store *store = arg;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    ret->count = 0;
    if (db_begin(store->db, DB_READ, NULL, &tx, err) != 0 || read_state(&tx, ret, err) != 0 ||
        db_prepare(&tx,
                   "SELECT version, 0, body FROM object"
                   " WHERE kind = ?1 AND version > ?2 AND (?3 IS NULL OR namespace = ?3)"
                   " UNION ALL SELECT version, 1, body FROM tombstone"
                   " WHERE kind = ?1 AND version > ?2 AND (?3 IS NULL OR namespace = ?3)"
                   " ORDER BY 1 LIMIT ?4",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, api_kind_info(query->kind)->name);
    db_bind_int(row, 2, after);
    db_bind_text(row, 3, query->namespace);
    db_bind_int(row, 4, WATCH_BATCH);
    if (read_rows(store, row, ret, err) == 0)
        return 0;
    while (ret->count > 0)
        api_object_free(ret->changes[--ret->count].object);
    return -1;
}

static int list_for_watch(void *arg, const struct store_query *query, store_visit_fn visit,
                          void *visit_arg, struct err *err)
{
    struct sqlite_store *store = arg;
    return list(&store->local.base, query, visit, visit_arg, err);
}

static int watch(struct store *base, const struct store_query *query,
                 const struct store_watcher *watcher, struct store_watch **ret, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(base);
    int answer = 0;
    pthread_mutex_lock(&store->lock);
    if (!store->poll) /* a program that watches nothing needs no thread */
        answer = poll_new(store->db, store->local.hub, &store->poll, err);
    pthread_mutex_unlock(&store->lock);
    return answer == 0 ? local_watch(base, query, watcher, ret, err) : -1;
}

static void store_end(struct store *base)
{
    struct sqlite_store *store = sqlite_store_of(base);
    poll_free(store->poll);
    watch_hub_free(store->local.hub);
    pthread_mutex_destroy(&store->lock);
    free(store);
}

int sqlite_store_open(struct db *db, const struct clock *clock, struct store **ret, struct err *err)
{
    static const struct db_schema schema = {"store", steps, ARRAY_LEN(steps)};
    static const struct store_ops ops = {
        .get = get,
        .list = list,
        .create = local_create,
        .update = local_update,
        .patch = local_patch,
        .patch_status = local_patch_status,
        .remove = local_remove,
        .watch = watch,
        .unwatch = local_unwatch,
        .record_event = sqlite_record_event,
        .list_events = sqlite_list_events,
        .free = store_end,
    };
    if (db_migrate(db, &schema, err) != 0)
        return -1;
    struct sqlite_store *store = mem_zalloc(sizeof(*store));
    const struct watch_source source = {read_changes, list_for_watch, store};
    store->local.base.ops = &ops;
    store->local.clock = clock;
    store->local.apply = apply;
    store->local.hub = watch_hub_new(&source);
    store->db = db;
    pthread_mutex_init(&store->lock, NULL);
    *ret = &store->local.base;
    return 0;
}
