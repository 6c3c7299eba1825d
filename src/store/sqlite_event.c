#include "base/str.h"
#include "store/sqlite_row.h"

enum {
    FORGET_EVERY = 64, /* events that may be kept beyond the cap */
};

/* A row of the table, and the view into it that is handed out. */
struct event_row {
    struct api_event event;
    struct json *json; /* annotations */
    struct strmap annotations;
};

static void event_row_finish(struct event_row *row)
{
    strmap_finish(&row->annotations);
    json_free(row->json);
}

#define EVENT_COLUMNS                                                                              \
    "id, kind, namespace, name, uid, resource_version, type, reason, message, annotations,"        \
    " first_at, last_at, count"

static enum api_kind kind_of(const char *name)
{
    size_t kind = 0;
    while (kind + 1 < API_KIND_COUNT && !str_equal(api_kind_info((enum api_kind)kind)->name, name))
        kind++;
    return (enum api_kind)kind;
}

/* The event in the row, borrowed from it until the next step. */
static void read_row(struct db_stmt *row, struct event_row *ret)
{
    *ret = (struct event_row){
        .event =
            {
                .object = {kind_of(db_column_text(row, 1)), db_column_text(row, 2),
                           db_column_text(row, 3)},
                .uid = db_column_text(row, 4),
                .resource_version = db_column_text(row, 5),
                .type = db_column_text(row, 6),
                .reason = db_column_text(row, 7),
                .message = db_column_text(row, 8),
                .first_ns = db_column_int(row, 10),
                .last_ns = db_column_int(row, 11),
                .count = db_column_int(row, 12),
                .sequence = db_column_int(row, 0),
            },
    };
    json_parse(db_column_blob(row, 9), &ret->json, NULL);
    json_foreach_member (key, value, ret->json) {
        if (json_text(value))
            strmap_set(&ret->annotations, key, json_text(value));
    }
}

static char *print_annotations(const struct strmap *annotations)
{
    CLEANUP(json_freep) struct json *object = json_new_object();
    CLEANUP(buf_finish) struct buf text = BUF_INIT(2 * CHANGE_OBJECT_SIZE_MAX);
    if (annotations) {
        strmap_foreach (entry, annotations) {
            json_put_text(object, entry->key, entry->value);
        }
    }
    json_print(object, JSON_STYLE_COMPACT, &text);
    return buf_take(&text);
}

/* Keeps the newest; their ids grow by one with every occurrence. */
static int forget_oldest(struct db_tx *tx, int64_t newest, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (newest % FORGET_EVERY != 0)
        return 0;
    if (db_prepare(tx,
                   "DELETE FROM event WHERE id <="
                   " (SELECT id FROM event ORDER BY id DESC LIMIT 1 OFFSET ?1)",
                   &stmt, err) != 0)
        return -1;
    db_bind_int(stmt, 1, LOCAL_EVENTS_MAX);
    return db_run(stmt, err);
}

static int insert(struct db_tx *tx, const struct api_event *event, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx,
                   "INSERT INTO event (kind, namespace, name, uid, resource_version, type, reason,"
                   " message, annotations, first_at, last_at, count)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                   &stmt, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *annotations = print_annotations(event->annotations);
    db_bind_text(stmt, 1, api_kind_info(event->object.kind)->name);
    db_bind_text(stmt, 2, event->object.namespace);
    db_bind_text(stmt, 3, event->object.name);
    db_bind_text(stmt, 4, event->uid);
    db_bind_text(stmt, 5, event->resource_version);
    db_bind_text(stmt, 6, event->type);
    db_bind_text(stmt, 7, event->reason);
    db_bind_text(stmt, 8, event->message);
    db_bind_text(stmt, 9, annotations);
    db_bind_int(stmt, 10, event->first_ns);
    db_bind_int(stmt, 11, event->last_ns);
    db_bind_int(stmt, 12, event->count);
    return db_run(stmt, err) != 0 ? -1 : forget_oldest(tx, db_last_id(tx), err);
}

/* Raises the count of an event, which is the newest now. */
static int repeat(struct db_tx *tx, int64_t id, const struct api_event *event, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    if (db_prepare(tx,
                   "UPDATE event SET id = (SELECT max(id) + 1 FROM event), resource_version = ?2,"
                   " annotations = ?3, last_at = ?4, count = count + ?5 WHERE id = ?1 RETURNING id",
                   &stmt, err) != 0)
        return -1;
    CLEANUP(mem_freep) char *annotations = print_annotations(event->annotations);
    db_bind_int(stmt, 1, id);
    db_bind_text(stmt, 2, event->resource_version);
    db_bind_text(stmt, 3, annotations);
    db_bind_int(stmt, 4, event->last_ns);
    db_bind_int(stmt, 5, event->count);
    if (db_step(stmt, err) != 1)
        return -1;
    int64_t newest = db_column_int(stmt, 0);
    return db_run(stmt, err) != 0 ? -1 : forget_oldest(tx, newest, err);
}

/* 1 with the id of the object's last event, if EVENT repeats it; else 0. */
static int find_repeated(struct db_tx *tx, const struct api_event *event, int64_t *ret_id,
                         struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    if (db_prepare(tx,
                   "SELECT " EVENT_COLUMNS " FROM event WHERE kind = ?1 AND namespace = ?2"
                   " AND name = ?3 ORDER BY id DESC LIMIT 1",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, api_kind_info(event->object.kind)->name);
    db_bind_text(row, 2, event->object.namespace);
    db_bind_text(row, 3, event->object.name);
    int found = db_step(row, err);
    if (found != 1)
        return found;
    CLEANUP(event_row_finish) struct event_row last;
    read_row(row, &last);
    *ret_id = db_column_int(row, 0);
    return local_event_repeats(event, &last.event);
}

int sqlite_record_event(struct store *base, const struct api_event *event, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(base);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(mem_freep) char *message = local_event_message(event);
    struct api_event kept = *event;
    int64_t id = 0;
    kept.message = message;
    if (db_begin(store->db, DB_WRITE_RELAXED, NULL, &tx, err) != 0)
        return -1;
    int repeated = find_repeated(&tx, &kept, &id, err);
    if (repeated < 0 ||
        (repeated == 1 ? repeat(&tx, id, &kept, err) : insert(&tx, &kept, err)) != 0)
        return -1;
    return db_commit(&tx, err);
}

int sqlite_list_events(struct store *base, const char *namespace, store_visit_event_fn visit,
                       void *arg, struct err *err)
{
    struct sqlite_store *store = sqlite_store_of(base);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    int found;
    if (db_begin(store->db, DB_READ, NULL, &tx, err) != 0 ||
        db_prepare(&tx,
                   "SELECT " EVENT_COLUMNS " FROM event WHERE ?1 IS NULL OR namespace = ?1"
                   " ORDER BY id",
                   &row, err) != 0)
        return -1;
    db_bind_text(row, 1, namespace);
    while ((found = db_step(row, err)) == 1) {
        CLEANUP(event_row_finish) struct event_row event;
        read_row(row, &event);
        event.event.annotations = &event.annotations;
        if (visit(arg, &event.event, err) != 0)
            return -1;
    }
    return found;
}
