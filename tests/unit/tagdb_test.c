#include "place.h"

#include <pthread.h>
#include <sys/resource.h>

#include "tags/tagdb.h"

static const struct tagdb_key web = {"uid-web", "apps", "web"};
static const struct tagdb_key api = {"uid-api", "apps", "api"};

/* The database of one test. */
struct fixture {
    struct db *db;
    struct tagdb *tags;
};

static struct fixture fixture_open(const char *path)
{
    struct fixture fixture = {0};
    struct err err;
    must("db", db_open(path, &fixture.db, &err), &err);
    must("tags", tagdb_open(fixture.db, &fixture.tags, &err), &err);
    return fixture;
}

static void fixture_close(struct fixture *fixture)
{
    tagdb_close(fixture->tags);
    db_close(fixture->db);
}

/* A scan of LIST that finds what FINISH says, with its summary's revision. */
struct outcome {
    bool changed;
    uint64_t count;
    char revision[TAGDB_REVISION_SIZE];
};

static struct outcome scan_list(struct tagdb *tags, const struct tagdb_key *key,
                                const struct strlist *list, size_t run_size)
{
    const struct tagdb_limits limits = {.run_size = run_size};
    const struct tagdb_scan_info info = {*key, "example.org/app", 1700000000 * CLOCK_NS_PER_S};
    CLEANUP(tagdb_scan_freep) struct tagdb_scan *scan = tagdb_scan_new(tags, &limits);
    CLEANUP(tagdb_summary_finish) struct tagdb_summary summary = {0};
    struct outcome outcome = {0};
    struct err err;
    for (size_t i = 0; i < list->len; i++)
        must("add", tagdb_scan_add(scan, span_of(list->items[i]), &err), &err);
    must("finish", tagdb_scan_finish(scan, &info, NULL, &summary, &outcome.changed, &err), &err);
    outcome.count = summary.count;
    memcpy(outcome.revision, summary.revision, sizeof(outcome.revision));
    return outcome;
}

static struct outcome scan_text(struct tagdb *tags, const struct tagdb_key *key, const char *text)
{
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    for (struct span rest = span_of(text), tag; span_next(&rest, ' ', &tag);)
        strlist_add_span(&list, tag);
    return scan_list(tags, key, &list, 0);
}

/* The tags of KEY's list; false if there is none. */
static bool read_list(struct tagdb *tags, const struct tagdb_key *key, struct strlist *ret)
{
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
    struct span tag;
    struct err err;
    int found = tagdb_reader_open(tags, key, NULL, &reader, &err);
    must("open reader", found, &err);
    if (found == 0)
        return false;
    while ((found = tagdb_reader_next(reader, &tag, &err)) == 1) {
        must_hold(tag.data[tag.len] == '\0');
        strlist_add_span(ret, tag);
    }
    must("read", found, &err);
    must("after the end", tagdb_reader_next(reader, &tag, &err), &err);
    must_hold(tagdb_reader_summary(reader)->count == ret->len);
    return true;
}

static void check_list(const char *row, struct tagdb *tags, const struct tagdb_key *key,
                       const char *want)
{
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1024 * 1024);
    check_int(row, read_list(tags, key, &list), want != NULL);
    for (size_t i = 0; i < list.len; i++)
        buf_addf(&text, "%s%s", i > 0 ? " " : "", list.items[i]);
    if (want)
        check_text(row, buf_text(&text), want);
}

static void keeps_lists_sorted_with_their_revision(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    /* The digests are those of the lines as sha256sum sees them. */
    static const struct {
        const char *add;
        const char *want;
        const char *revision;
    } rows[] = {
        {"latest 1.0.0", "latest 1.0.0",
         "sha256:72e44850be43d56b4a1b9896c283fbdb07e1c05d13534a93d5fd52de0de8d548"},
        {"1.0.0 latest 1.0.0 latest", "latest 1.0.0",
         "sha256:72e44850be43d56b4a1b9896c283fbdb07e1c05d13534a93d5fd52de0de8d548"},
        {"", "", "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"1.9 1.10 V1 v1 \xff 1.1 1", "\xff v1 V1 1.9 1.10 1.1 1",
         "sha256:f71bdd92a9a248934a6ffda132d9f4157aa0a58ef2a56008d2dd01bf4edd0c4c"},
        {"abcdefgh abcdefgha abcdefg abcdefghabcdefgh abcdefghabcdefghi",
         "abcdefghabcdefghi abcdefghabcdefgh abcdefgha abcdefgh abcdefg",
         "sha256:8f26471d8bb50cc338855fd65905e4943532d33f0d2edcc3d0f7dc929d04ab41"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct outcome outcome = scan_text(fixture.tags, &web, rows[i].add);
        check_text(rows[i].add, outcome.revision, rows[i].revision);
        check_list(rows[i].add, fixture.tags, &web, rows[i].want);
    }
}

static void summarizes_a_scan(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    CLEANUP(tagdb_scan_freep) struct tagdb_scan *scan = tagdb_scan_new(fixture.tags, NULL);
    struct err err;
    for (int i = 0; i < 12; i++) {
        CLEANUP(mem_freep) char *tag = str_printf("1.%d", i);
        check_ok(tag, tagdb_scan_add(scan, span_of(tag), &err), &err);
    }
    const struct tagdb_scan_info info = {web, "example.org/web", 1700000000123456789};
    CLEANUP(tagdb_summary_finish) struct tagdb_summary found = {0};
    CLEANUP(tagdb_summary_finish) struct tagdb_summary stored = {0};
    bool changed = false;
    check_int("before", tagdb_summary(fixture.tags, &web, NULL, &stored, &err), 0);
    check_ok("finish", tagdb_scan_finish(scan, &info, NULL, &found, &changed, &err), &err);
    check_int("first", changed, true);
    check_int("after", tagdb_summary(fixture.tags, &web, NULL, &stored, &err), 1);
    const struct tagdb_summary *const both[] = {&found, &stored};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        check_int("count", both[i]->count, 12);
        check_text("image", both[i]->image, "example.org/web");
        check_int("time", both[i]->scanned_at_ns, 1700000000123456789);
        check_text("revision", both[i]->revision, found.revision);
        check_int("latest", both[i]->latest.len, TAGDB_LATEST);
        check_text("first", both[i]->latest.items[0], "1.9");
        check_text("last", both[i]->latest.items[9], "1.10");
    }
}

/* All chunks, as lines of row id, list and a value over the content. */
static char *chunk_rows(struct db *db)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(64 * 1024 * 1024);
    struct err err;
    must("begin", db_begin(db, DB_READ, NULL, &tx, &err), &err);
    must("prepare",
         db_prepare(&tx,
                    "SELECT id || ' ' || list || ' ' || first || ' ' || hex(data)"
                    " FROM tag_chunk ORDER BY id",
                    &row, &err),
         &err);
    while (db_step(row, &err) == 1)
        buf_addf(&text, "%s\n", db_column_text(row, 0));
    return buf_take(&text);
}

static int count_lines_not_in(const char *lines, const char *other)
{
    int count = 0;
    for (struct span rest = span_of(lines), line; span_next(&rest, '\n', &line);)
        count += span_find(span_of(other), line) < 0;
    return count;
}

static void writes_only_the_chunks_that_differ(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    for (int i = 0; i < 20000; i++)
        strlist_addf(&list, "main-%06d", i * 7);
    struct outcome first = scan_list(fixture.tags, &web, &list, 0);
    CLEANUP(mem_freep) char *before = chunk_rows(fixture.db);
    int chunks = count_lines_not_in(before, "");
    if (chunks < 30 || chunks > 130)
        fail_msg("20000 tags are in %d chunks", chunks);
    check_int("first", first.changed, true);

    struct outcome again = scan_list(fixture.tags, &web, &list, 0);
    CLEANUP(mem_freep) char *same = chunk_rows(fixture.db);
    check_int("again", again.changed, false);
    check_text("again", again.revision, first.revision);
    check_text("again", same, before);

    /* One tag more, in the middle: its chunk, and seldom a neighbour. */
    int rewritten = 0;
    for (int i = 0; i < 20; i++) {
        CLEANUP(mem_freep) char *old = chunk_rows(fixture.db);
        strlist_addf(&list, "main-%06d-rc", i * 6789);
        struct outcome more = scan_list(fixture.tags, &web, &list, 0);
        check_int("more", more.changed, true);
        check_int("more", more.count, list.len);
        CLEANUP(mem_freep) char *new = chunk_rows(fixture.db);
        rewritten += count_lines_not_in(new, old);
    }
    if (rewritten > 40)
        fail_msg("20 new tags rewrote %d of %d chunks", rewritten, chunks);
}

static void a_scan_that_is_given_up_changes_nothing(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    scan_text(fixture.tags, &web, "1 2 3");
    {
        CLEANUP(tagdb_scan_freep) struct tagdb_scan *scan = tagdb_scan_new(fixture.tags, NULL);
        struct err err;
        check_ok("add", tagdb_scan_add(scan, SPAN_LITERAL("4"), &err), &err);
    }
    check_list("after", fixture.tags, &web, "3 2 1");
}

static void lists_belong_to_objects(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    const struct tagdb_key again = {"uid-web-2", "apps", "web"}; /* deleted and made again */
    scan_text(fixture.tags, &web, "1 2");
    scan_text(fixture.tags, &api, "3");
    check_list("web", fixture.tags, &web, "2 1");
    check_list("api", fixture.tags, &api, "3");
    check_list("same name", fixture.tags, &again, NULL);
    struct err err;
    check_int("remove", tagdb_remove(fixture.tags, &web, NULL, &err), 1);
    check_int("remove", tagdb_remove(fixture.tags, &web, NULL, &err), 0);
    check_list("web", fixture.tags, &web, NULL);
    check_list("api", fixture.tags, &api, "3");
    CLEANUP(mem_freep) char *rest = chunk_rows(fixture.db);
    check_int("its chunks are gone too", count_lines_not_in(rest, ""), 1);
}

struct visited {
    struct fixture *fixture;
    struct buf text;
    int stop_after;
};

static int visit(void *arg, const struct tagdb_key *key, struct err *err)
{
    struct visited *visited = arg;
    if (visited->stop_after-- == 0)
        return err_set(err, ERR_CANCELED, "enough");
    buf_addf(&visited->text, "%s/%s=%s ", key->namespace, key->name, key->uid);
    return tagdb_remove(visited->fixture->tags, key, NULL, err) == 1 ? 0 : -1;
}

static void visits_all_keys(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    scan_text(fixture.tags, &web, "1");
    scan_text(fixture.tags, &api, "2");
    scan_text(fixture.tags, &(struct tagdb_key){"uid-x", "aaa", "x"}, "3");
    struct err err;
    struct visited visited = {&fixture, BUF_INIT(1000), 1};
    check_fails("stop", tagdb_each(fixture.tags, visit, &visited, &err), &err, ERR_CANCELED,
                "enough");
    check_text("stopped", buf_text(&visited.text), "aaa/x=uid-x ");
    buf_clear(&visited.text);
    visited.stop_after = 10;
    check_ok("rest", tagdb_each(fixture.tags, visit, &visited, &err), &err);
    check_text("rest", buf_text(&visited.text), "apps/api=uid-api apps/web=uid-web ");
    check_list("removed", fixture.tags, &web, NULL);
    buf_finish(&visited.text);
}

static void holds_to_its_limits(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    static char longest[TAG_SIZE_MAX + 2];
    memset(longest, 'a', TAG_SIZE_MAX + 1);
    CLEANUP(mem_freep)
    char *too_long = str_printf("tag '%.40s...' is longer than 1024 bytes", longest);
    const struct {
        struct tagdb_limits limits;
        struct span tags[3]; /* all but the last one fit */
        const char *want;
    } rows[] = {
        {{0}, {{"a", 1}, {"", 0}}, "a tag is empty"},
        {{0}, {{longest, TAG_SIZE_MAX}, {longest, TAG_SIZE_MAX + 1}}, too_long},
        {{0}, {{"a b~", 4}, {"a\nb", 3}}, "tag 'a b' holds a control character"},
        {{0}, {{"12345678", 8}, {"1234567\x1f", 8}}, "tag '1234567 ' holds a control character"},
        {{0}, {{"\x80\xff", 2}, {"a\0b", 3}}, "tag 'a' holds a control character"},
        {{.tags = 2}, {{"a", 1}, {"a", 1}, {"b", 1}}, "there are more tags than the limit of 2"},
        {{.size = 4},
         {{"ab", 2}, {"cd", 2}, {"e", 1}},
         "the tags take more than the limit of 4 bytes"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int with_last = 0; with_last < 2; with_last++) {
            CLEANUP(tagdb_scan_freep)
            struct tagdb_scan *scan = tagdb_scan_new(fixture.tags, &rows[i].limits);
            CLEANUP(tagdb_summary_finish) struct tagdb_summary summary = {0};
            const struct tagdb_scan_info info = {web, "example.org/web", 0};
            bool changed;
            struct err err;
            size_t fits = rows[i].tags[2].data ? 2 : 1;
            for (size_t k = 0; k < fits; k++)
                check_ok(rows[i].want, tagdb_scan_add(scan, rows[i].tags[k], &err), &err);
            if (with_last) {
                check_fails("last", tagdb_scan_add(scan, rows[i].tags[fits], &err), &err,
                            ERR_INVALID, rows[i].want);
                check_fails("finish",
                            tagdb_scan_finish(scan, &info, NULL, &summary, &changed, &err), &err,
                            ERR_INTERNAL, "a scan that failed cannot be finished");
            } else {
                check_ok(rows[i].want,
                         tagdb_scan_finish(scan, &info, NULL, &summary, &changed, &err), &err);
            }
        }
    }
}

static void readers_see_the_list_they_opened(void **state)
{
    struct place *place = *state;
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    CLEANUP(strlist_finish) struct strlist old = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist new = STRLIST_INIT;
    for (int i = 0; i < 5000; i++) {
        strlist_addf(&old, "old-%05d", i);
        strlist_addf(&new, "new-%05d", i);
    }
    struct outcome before = scan_list(fixture.tags, &web, &old, 0);
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
    struct span tag;
    struct err err;
    check_int("open", tagdb_reader_open(fixture.tags, &web, NULL, &reader, &err), 1);
    scan_list(fixture.tags, &web, &new, 0);
    check_text("revision", tagdb_reader_summary(reader)->revision, before.revision);
    for (size_t i = old.len; i-- > 0;) {
        check_int("next", tagdb_reader_next(reader, &tag, &err), 1);
        check_span("tag", tag, span_of(old.items[i]));
    }
    check_int("end", tagdb_reader_next(reader, &tag, &err), 0);
    CLEANUP(strlist_finish) struct strlist now = STRLIST_INIT;
    check_int("now", read_list(fixture.tags, &web, &now), 1);
    check_text("now", now.items[0], "new-04999");
}

static void drops_a_damaged_list(void **state)
{
    struct place *place = *state;
    static const char *const damages[] = {
        "UPDATE tag_chunk SET data = substr(data, 1, length(data) - 1)",
        "UPDATE tag_chunk SET data = x'00'",
        "UPDATE tag_chunk SET data = x'0162' || substr(data, 3)",
        "UPDATE tag_chunk SET first = 'zzzz'",
        "DELETE FROM tag_chunk",
        "UPDATE tag_list SET tag_count = 4",
    };
    CLEANUP(fixture_close) struct fixture fixture = fixture_open(place->path);
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        scan_text(fixture.tags, &web, "1 2 3");
        struct err err;
        {
            CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
            check_ok("begin", db_begin(fixture.db, DB_WRITE, NULL, &tx, &err), &err);
            check_ok("damage", db_exec(&tx, damages[i], &err), &err);
            check_ok("commit", db_commit(&tx, &err), &err);
        }
        CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
        struct span tag;
        int found;
        check_int("open", tagdb_reader_open(fixture.tags, &web, NULL, &reader, &err), 1);
        while ((found = tagdb_reader_next(reader, &tag, &err)) == 1)
            continue;
        check_fails(damages[i], found, &err, ERR_UNAVAILABLE,
                    "the stored tags of 'apps/web' were damaged and are dropped: the next scan "
                    "stores them again");
        check_list(damages[i], fixture.tags, &web, NULL);
        check_int("stored again", scan_text(fixture.tags, &web, "1 2 3").changed, true);
        check_list(damages[i], fixture.tags, &web, "3 2 1");
    }
}

/* A small generator of the same numbers on every machine. */
static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static char *random_tag(uint64_t *seed)
{
    static const char *const forms[] = {"%d", "v%d.0", "sha256-aaaaaaaaaaaaaaaaaaaaaa%06d.sig",
                                        "latest", "abcdefgh%d"};
    CLEANUP(mem_freep) char *tag = NULL;
    int number = (int)(next_random(seed) % 3000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    tag = str_printf(forms[next_random(seed) % ARRAY_LEN(forms)], number);
#pragma GCC diagnostic pop
    if (next_random(seed) % 500 == 0) /* now and then a very long one */
        return str_printf("%s%0*d", tag, (int)(next_random(seed) % 1000), number);
    return MEM_STEAL(tag);
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
        place_test(keeps_lists_sorted_with_their_revision),
        place_test(summarizes_a_scan),
        place_test(writes_only_the_chunks_that_differ),
        place_test(a_scan_that_is_given_up_changes_nothing),
        place_test(lists_belong_to_objects),
        place_test(visits_all_keys),
        place_test(holds_to_its_limits),
        place_test(readers_see_the_list_they_opened),
        place_test(drops_a_damaged_list),
        place_test(stores_what_a_plain_list_holds),
        place_test(tells_when_it_cannot_sort),
        place_test(survives_being_killed),
        place_test(threads_do_not_disturb_each_other),
    };
    return test_main("tagdb", tests);
}
