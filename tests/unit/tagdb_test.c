#include "tagdb_fixture.h"

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
    scan_list(fixture.tags, &web, &old, 0);
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
    struct span tag;
    struct err err;
    check_int("open", tagdb_reader_open(fixture.tags, &web, NULL, &reader, &err), 1);
    scan_list(fixture.tags, &web, &new, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        place_test(keeps_lists_sorted_with_their_revision),
        place_test(summarizes_a_scan),
        place_test(writes_only_the_chunks_that_differ),
        place_test(a_scan_that_is_given_up_changes_nothing),
        place_test(lists_belong_to_objects),
        place_test(holds_to_its_limits),
        place_test(readers_see_the_list_they_opened),
        place_test(drops_a_damaged_list),
    };
    return test_main("tagdb", tests);
}
