/* The tag database against a plain list, a full disk, SIGKILL and other threads. */
#include "tagdb_fixture.h"

#include <pthread.h>
#include <sys/resource.h>

/* A small generator of the same numbers on every machine. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* Tags of several forms, so few that many repeat; now and then a long one. */
static char *random_tag(uint64_t *seed)
{
    const int number = (int)(next_random(seed) % 3000);
    const int width = next_random(seed) % 500 == 0 ? (int)(next_random(seed) % 1000) : 0;
    switch (next_random(seed) % 5) {
    case 0:
        return str_printf("%0*d", width, number);
    case 1:
        return str_printf("v%0*d.0", width, number);
    case 2:
        return str_printf("sha256-aaaaaaaaaaaaaaaaaaaaaa%06d.sig", number);
    case 3:
        return str_printf("abcdefgh%0*d", width, number);
    default:
        return str_dup("latest");
    }
}

/* Random lists, each made from the one before it, sorted in memory and through
 * the disk: what is read is what a plain sorted list of strings has. */
static void stores_what_a_plain_list_holds(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    CLEANUP(strlist_finish) struct strlist added = STRLIST_INIT;
    uint64_t seed = 42;
    char revision[TAGDB_REVISION_SIZE] = "";
    for (int round = 0; round < 40; round++) {
        CLEANUP(strlist_finish) struct strlist model = STRLIST_INIT;
        CLEANUP(strlist_finish) struct strlist stored = STRLIST_INIT;
        if (round % 10 == 9)
            strlist_finish(&added);
        for (uint64_t i = next_random(&seed) % (round % 3 ? 10 : 3000); i > 0; i--)
            strlist_add_take(&added, random_tag(&seed));
        for (size_t i = 0; i < added.len; i++)
            strlist_add(&model, added.items[i]);
        strlist_sort(&model, true);

        struct outcome outcome = scan_list(fixture.tags, &web, &added, round % 2 ? 4000 : 0);
        struct outcome again = scan_list(fixture.tags, &web, &model, 0);
        check_int("changed", outcome.changed, strcmp(revision, outcome.revision) != 0);
        check_int("the same list another way", again.changed, false);
        memcpy(revision, outcome.revision, sizeof(revision));
        check_int("found", read_list(fixture.tags, &web, &stored), 1);
        check_int("tags", stored.len, model.len);
        for (size_t i = 0; i < model.len; i++)
            check_text("tag", stored.items[i], model.items[model.len - 1 - i]);
    }
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct err err;
    check_ok("list", file_list_dir(place->folder, &names, &err), &err);
    check_int("nothing but the database is left in the folder", names.len, 3);
}

static void without_room_to_sort(void *arg)
{
    const struct place *place = arg;
    struct fixture fixture = fixture_open(place->path);
    const struct tagdb_limits limits = {.run_size = 100000};
    struct tagdb_scan *scan = tagdb_scan_new(fixture.tags, &limits);
    struct err err = {0};
    signal(SIGXFSZ, SIG_IGN);
    must_hold(setrlimit(RLIMIT_FSIZE, &(struct rlimit){20000, 20000}) == 0);
    int answer = 0;
    for (int i = 0; i < 100000 && answer == 0; i++) {
        CLEANUP(mem_freep) char *tag = str_printf("%0100d", i);
        answer = tagdb_scan_add(scan, span_of(tag), &err);
    }
    must_hold(answer == -1 && err.class == ERR_UNAVAILABLE);
    must_hold(strcmp(err.text, "cannot write a temporary file for sorting tags: File too large") ==
              0);
    tagdb_scan_free(scan);
    fixture_close(&fixture);
}

static void tells_when_it_cannot_sort(void **state)
{
    child_end(child_start(without_room_to_sort, *state));
}

/* Two lists that differ in every chunk. */
static void fill_lists(struct strlist lists[2])
{
    for (int i = 0; i < 30000; i++) {
        strlist_addf(&lists[0], "v%05d", i);
        strlist_addf(&lists[1], "v%05d-%d", i, i % 10);
    }
}

struct storing {
    const struct place *place;
    int to_parent;
};

static void store_alternately(void *arg)
{
    const struct storing *storing = arg;
    struct strlist lists[2] = {STRLIST_INIT, STRLIST_INIT};
    fill_lists(lists);
    struct fixture fixture = fixture_open(storing->place->path);
    for (int i = 0;; i++) {
        scan_list(fixture.tags, &web, &lists[i % 2], i % 4 < 2 ? 0 : 200000);
        must_hold(write(storing->to_parent, "+", 1) == 1);
    }
}

/* Lets a child store lists, and kills it at some moment. */
static void store_and_die(const struct place *place, uint64_t *seed)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct storing storing = {place, ends[1]};
    pid_t pid = child_start(store_alternately, &storing);
    close(ends[1]);
    for (uint64_t i = 1 + next_random(seed) % 4; i > 0; i--) {
        char byte;
        check_int("stored", read(ends[0], &byte, 1), 1);
    }
    usleep((useconds_t)(next_random(seed) % 20000));
    child_kill(pid);
    close(ends[0]);
}

/* After SIGKILL at any moment one of the lists is there, whole, with its
 * revision. */
static void survives_being_killed(void **state)
{
    struct place *place = *state;
    struct strlist lists[2] = {STRLIST_INIT, STRLIST_INIT};
    struct outcome outcomes[2];
    uint64_t seed = 7;
    fill_lists(lists);
    {
        CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
        for (int i = 0; i < 2; i++)
            outcomes[i] = scan_list(fixture.tags, &web, &lists[i], 0);
    }
    int seen[2] = {0};
    for (int round = 0; round < 40; round++) {
        store_and_die(place, &seed);
        CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
        CLEANUP(strlist_finish) struct strlist stored = STRLIST_INIT;
        CLEANUP(tagdb_summary_finish) struct tagdb_summary summary = {0};
        struct err err;
        check_int("summary", tagdb_summary(fixture.tags, &web, NULL, &summary, &err), 1);
        int which = strcmp(summary.revision, outcomes[0].revision) != 0;
        check_text("revision", summary.revision, outcomes[which].revision);
        check_int("list", read_list(fixture.tags, &web, &stored), 1);
        check_int("tags", stored.len, lists[which].len);
        for (size_t i = 0; i < stored.len; i++)
            check_text("tag", stored.items[i], lists[which].items[stored.len - 1 - i]);
        seen[which]++;
    }
    check_int("both were seen", seen[0] > 0 && seen[1] > 0, 1);
    strlist_finish(&lists[0]);
    strlist_finish(&lists[1]);
}

struct worker {
    struct tagdb *tags;
    struct tagdb_key key;
};

/* Stores and reads one list again and again beside others. */
static void *scan_and_read(void *arg)
{
    const struct worker *worker = arg;
    for (int i = 0; i < 20; i++) {
        CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
        CLEANUP(strlist_finish) struct strlist stored = STRLIST_INIT;
        for (int k = 0; k < 500; k++)
            strlist_addf(&list, "%s-%d-%03d", worker->key.name, i, k);
        scan_list(worker->tags, &worker->key, &list, 0);
        must_hold(read_list(worker->tags, &worker->key, &stored));
        must_hold(stored.len == list.len);
        for (size_t k = 0; k < list.len; k++)
            must_hold(strcmp(stored.items[k], list.items[list.len - 1 - k]) == 0);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    struct worker workers[4] = {
        {fixture.tags, {"1", "a", "one"}},
        {fixture.tags, {"2", "a", "two"}},
        {fixture.tags, {"3", "a", "three"}},
        {fixture.tags, {"4", "a", "four"}},
    };
    pthread_t threads[ARRAY_LEN(workers)];
    for (size_t i = 0; i < ARRAY_LEN(workers); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, scan_and_read, &workers[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(workers); i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(stores_what_a_plain_list_holds),
        place_test(tells_when_it_cannot_sort),
        place_test(survives_being_killed),
        place_test(threads_do_not_disturb_each_other),
    };
    return test_main("tagdb_stress", tests);
}
