#include "db_counter.h"

static void keeps_values(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *add = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *get = NULL;
    struct err err;
    check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    check_ok("table", db_exec(&tx, "CREATE TABLE v (n INTEGER, t TEXT, b BLOB)", &err), &err);
    check_ok("add", db_prepare(&tx, "INSERT INTO v VALUES (?1, ?2, ?3)", &add, &err), &err);
    static const struct {
        int64_t number;
        const char *text;
        struct span blob;
    } rows[] = {
        {0, "", {"", 0}},
        {INT64_MIN, NULL, {"\0\xff\0", 3}},
        {INT64_MAX, "gr\xc3\xbc\xc3\x9f'e", {NULL, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        db_bind_int(add, 1, rows[i].number);
        db_bind_text(add, 2, rows[i].text);
        db_bind_blob(add, 3, rows[i].blob);
        check_ok("run", db_run(add, &err), &err);
        check_int("changes", db_changes(&tx), 1);
        check_int("id", db_last_id(&tx), i + 1);
    }
    check_ok("get", db_prepare(&tx, "SELECT n, t, b, b IS NULL FROM v", &get, &err), &err);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int("row", db_step(get, &err), 1);
        check_int("number", db_column_int(get, 0), rows[i].number);
        check_text("text", db_column_text(get, 1), rows[i].text);
        check_span("blob", db_column_blob(get, 2), rows[i].blob);
        check_int("an empty blob is not NULL", db_column_int(get, 3), 0);
    }
    check_int("end", db_step(get, &err), 0);
}

static void rolls_back_what_is_not_committed(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("change", db_exec(&tx, "UPDATE counter SET value = 7", &err), &err);
        check_int("inside", ask_tx(&tx, "SELECT value FROM counter"), 7);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
}

static void a_failed_transaction_stays_failed(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(mem_freep)
    char *want = str_printf("database '%s': the transaction has ended", place->path);
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("change", db_exec(&tx, "UPDATE counter SET value = 7", &err), &err);
        check_int("bad", db_exec(&tx, "UPDATE nothing SET value = 7", &err), -1);
        check_fails("next", db_exec(&tx, "UPDATE counter SET value = 8", &err), &err, ERR_INTERNAL,
                    want);
        check_int("commit", db_commit(&tx, &err), -1);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
        check_ok("commit", db_commit(&tx, &err), &err);
        check_fails("after commit", db_exec(&tx, "UPDATE counter SET value = 8", &err), &err,
                    ERR_INTERNAL, want);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
}

static void a_broken_rule_is_a_conflict_and_no_more(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *stmt = NULL;
    check_ok("begin", db_begin(db, DB_WRITE, NULL, &tx, &err), &err);
    check_ok("add", db_prepare(&tx, "INSERT INTO counter (id, value) VALUES (?1, ?2)", &stmt, &err),
             &err);
    db_bind_int(stmt, 1, 1);
    db_bind_int(stmt, 2, 5);
    CLEANUP(mem_freep)
    char *want = str_printf("database '%s': UNIQUE constraint failed: counter.id", place->path);
    check_fails("same id", db_run(stmt, &err), &err, ERR_CONFLICT, want);
    db_bind_int(stmt, 1, 2);
    check_ok("other id", db_run(stmt, &err), &err);
    check_ok("commit", db_commit(&tx, &err), &err);
}

static void hands_out_each_statement_once_at_a_time(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *outer = NULL;
    CLEANUP(db_stmt_finish) struct db_stmt *inner = NULL;
    static const char sql[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                              "WHERE i < 3) SELECT i FROM n";
    check_ok("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    check_ok("outer", db_prepare(&tx, sql, &outer, &err), &err);
    check_int("outer", db_step(outer, &err), 1);
    check_ok("inner", db_prepare(&tx, sql, &inner, &err), &err);
    check_int("inner", db_step(inner, &err), 1);
    check_int("inner", db_step(inner, &err), 1);
    check_int("inner", db_column_int(inner, 0), 2);
    check_int("outer", db_column_int(outer, 0), 1);
    /* More than are kept: the oldest go, and all still work. */
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            CLEANUP(mem_freep) char *text = str_printf("SELECT %d", i);
            check_int(text, ask_tx(&tx, text), i);
        }
    }
}

static void readers_cannot_write(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    {
        CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
        check_ok("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
        check_int("write", db_exec(&tx, "UPDATE counter SET value = 1", &err), -1);
    }
    check_int("after", ask(db, "SELECT value FROM counter"), 0);
}

static void readers_see_one_state_and_do_not_block(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx before = DB_TX_INIT;
    check_ok("begin", db_begin(db, DB_READ, NULL, &before, &err), &err);
    check_int("before", ask_tx(&before, "SELECT value FROM counter"), 0);
    CLEANUP(db_tx_finish) struct db_tx write = DB_TX_INIT;
    check_ok("write", db_begin(db, DB_WRITE, NULL, &write, &err), &err);
    check_ok("write", db_exec(&write, "UPDATE counter SET value = 1", &err), &err);
    check_int("meanwhile", ask(db, "SELECT value FROM counter"), 0);
    check_ok("commit", db_commit(&write, &err), &err);
    check_int("before, still", ask_tx(&before, "SELECT value FROM counter"), 0);
    check_int("after", ask(db, "SELECT value FROM counter"), 1);
}

static void migrates_step_by_step(void **state)
{
    struct place *place = *state;
    static const char *const steps[] = {
        "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1)",
        "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 2",
        "CREATE TABLE b (x INTEGER); INSERT INTO missing VALUES (1)",
    };
    struct db_schema schema = {.module = "m", .steps = steps, .count = 1};
    CLEANUP(db_closep) struct db *db = NULL;
    struct err err;
    check_ok("open", db_open(place->path, &db, &err), &err);
    check_ok("1", db_migrate(db, &schema, &err), &err);
    check_ok("1 again", db_migrate(db, &schema, &err), &err);
    check_int("1", ask(db, "SELECT sum(x) FROM a"), 1);
    schema.count = 2;
    check_ok("2", db_migrate(db, &schema, &err), &err);
    check_int("2", ask(db, "SELECT y FROM a"), 2);
    schema.count = 3;
    CLEANUP(mem_freep)
    char *bad = str_printf("cannot bring the tables of m to version 3: database '%s': no such "
                           "table: missing (code 1)",
                           place->path);
    check_fails("3", db_migrate(db, &schema, &err), &err, ERR_INTERNAL, bad);
    check_int("3", ask(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'"), 0);
    schema.count = 1;
    CLEANUP(mem_freep)
    char *new = str_printf("database '%s' was written by a newer tidemark (m version 2, this one "
                           "knows 1): use that one, or another file",
                           place->path);
    check_fails("back", db_migrate(db, &schema, &err), &err, ERR_INVALID, new);
}

static void deadlines_end_statements(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(mem_freep)
    char *over = str_printf("waiting for database '%s': context deadline exceeded", place->path);
    struct err err;
    struct deadline soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    check_ok("begin", db_begin(db, DB_WRITE, &soon, &tx, &err), &err);
    check_fails("endless",
                db_exec(&tx,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT count(*) FROM n",
                        &err),
                &err, ERR_CANCELED, over);
    db_tx_finish(&tx);
    check_ok("works on", increment(db, DB_WRITE, &err), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(keeps_values),
        place_test(rolls_back_what_is_not_committed),
        place_test(a_failed_transaction_stays_failed),
        place_test(a_broken_rule_is_a_conflict_and_no_more),
        place_test(hands_out_each_statement_once_at_a_time),
        place_test(readers_cannot_write),
        place_test(readers_see_one_state_and_do_not_block),
        place_test(migrates_step_by_step),
        place_test(deadlines_end_statements),
    };
    return test_main("db", tests);
}
