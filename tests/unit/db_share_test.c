/* One file in the hands of many threads and processes, some of which are killed. */
#include "db_counter.h"

#include <pthread.h>

enum {
    WORKERS = 4,
    ROUNDS = 50,
};

static void *increment_often(void *arg)
{
    struct err err;
    for (int i = 0; i < ROUNDS; i++) {
        if (increment(arg, i % 2 ? DB_WRITE : DB_WRITE_RELAXED, &err) != 0)
            return str_dup(err.text);
    }
    return NULL;
}

static void threads_lose_no_update(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    pthread_t threads[WORKERS];
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, increment_often, db), 0);
    for (int i = 0; i < WORKERS; i++) {
        void *failure = NULL;
        pthread_join(threads[i], &failure);
        check_text("thread", failure, NULL);
    }
    check_int("sum", ask(db, "SELECT value FROM counter"), WORKERS * ROUNDS);
}

static void open_and_increment_often(void *arg)
{
    const struct place *place = arg;
    struct db *db = open_counter(place->path);
    char *failure = increment_often(db);
    if (failure)
        fprintf(stderr, "%s\n", failure);
    must_hold(!failure);
    db_close(db);
}

static void processes_lose_no_update(void **state)
{
    struct place *place = *state;
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++) /* all of them make the new file at once */
        pids[i] = child_start(open_and_increment_often, place);
    for (int i = 0; i < WORKERS; i++)
        child_end(pids[i]);
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    check_int("sum", ask(db, "SELECT value FROM counter"), WORKERS * ROUNDS);
}

static void notices_the_changes_of_others(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_closep) struct db *other = open_counter(place->path);
    struct err err;
    int64_t start = 0, own = 0, others = 0;
    check_ok("start", db_data_version(db, &start, &err), &err);
    check_ok("own", increment(db, DB_WRITE, &err), &err);
    check_ok("own", db_data_version(db, &own, &err), &err);
    check_int("own", own, start);
    check_ok("other", increment(other, DB_WRITE, &err), &err);
    check_ok("other", db_data_version(db, &others, &err), &err);
    assert_true(others != start);
    check_ok("again", db_data_version(db, &own, &err), &err);
    check_int("again", own, others);
}

static void deadlines_end_waits(void **state)
{
    struct place *place = *state;
    CLEANUP(db_closep) struct db *db = open_counter(place->path);
    CLEANUP(db_closep) struct db *other = open_counter(place->path);
    CLEANUP(mem_freep)
    char *over = str_printf("waiting for database '%s': context deadline exceeded", place->path);
    struct err err;
    CLEANUP(db_tx_finish) struct db_tx holder = DB_TX_INIT;
    check_ok("hold", db_begin(db, DB_WRITE, NULL, &holder, &err), &err);
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    struct deadline soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    check_fails("same process", db_begin(db, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED, over);
    soon = deadline_in(clock_system(), 30 * CLOCK_NS_PER_MS, NULL);
    check_fails("other process", db_begin(other, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED,
                over);
    check_fails("over before", db_begin(other, DB_WRITE, &soon, &tx, &err), &err, ERR_CANCELED,
                "context deadline exceeded");
    db_tx_finish(&holder);
    check_ok("free again", increment(other, DB_WRITE, &err), &err);
}

struct counting {
    const struct place *place;
    int to_parent;
};

static void count_and_tell(void *arg)
{
    const struct counting *counting = arg;
    struct db *db = open_counter(counting->place->path);
    struct err err;
    for (int i = 0;; i++) {
        must("increment", increment(db, i % 3 ? DB_WRITE_RELAXED : DB_WRITE, &err), &err);
        must_hold(write(counting->to_parent, "+", 1) == 1);
    }
}

/* A child counts up and tells each commit; killed at any moment, none of them
 * may be missing. */
static void nothing_acknowledged_is_lost(void **state)
{
    struct place *place = *state;
    db_close(open_counter(place->path));
    int64_t reached = 0;
    for (int round = 0; round < 20; round++) {
        int ends[2];
        char byte;
        assert_int_equal(pipe(ends), 0);
        struct counting counting = {place, ends[1]};
        pid_t pid = child_start(count_and_tell, &counting);
        close(ends[1]);
        for (int i = 0; i < 1 + round * 3; i++) {
            check_int("acknowledged", read(ends[0], &byte, 1), 1);
            reached++;
        }
        child_kill(pid);
        while (read(ends[0], &byte, 1) == 1)
            reached++;
        close(ends[0]);
        CLEANUP(db_closep) struct db *db = open_counter(place->path);
        int64_t value = ask(db, "SELECT value FROM counter");
        if (value != reached && value != reached + 1)
            fail_msg("round %d: got %lld, want %lld or one more", round, (long long)value,
                     (long long)reached);
        reached = value;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(threads_lose_no_update),        place_test(processes_lose_no_update),
        place_test(notices_the_changes_of_others), place_test(deadlines_end_waits),
        place_test(nothing_acknowledged_is_lost),
    };
    return test_main("db_share", tests);
}
