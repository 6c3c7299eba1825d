/*
 * What the tests of the tag database share.
 */
#ifndef TIDEMARK_TESTS_UNIT_TAGDB_FIXTURE_H
#define TIDEMARK_TESTS_UNIT_TAGDB_FIXTURE_H

#include "place.h"

#include "tags/tagdb.h"

static const struct tagdb_key web = {"uid-web", "apps", "web"};
static const struct tagdb_key api = {"uid-api", "apps", "api"};

/* The database of one test. */
struct fixture {
    struct db *db;
    struct tagdb *tags;
};

static inline struct fixture fixture_open(const char *path)
{
    struct fixture fixture = {0};
    struct err err;
    must("db", db_open(path, &fixture.db, &err), &err);
    must("tags", tagdb_open(fixture.db, &fixture.tags, &err), &err);
    return fixture;
}

static inline void fixture_close(struct fixture *fixture)
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

static inline struct outcome scan_list(struct tagdb *tags, const struct tagdb_key *key,
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

static inline struct outcome scan_text(struct tagdb *tags, const struct tagdb_key *key,
                                       const char *text)
{
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    for (struct span rest = span_of(text), tag; span_next(&rest, ' ', &tag);)
        strlist_add_span(&list, tag);
    return scan_list(tags, key, &list, 0);
}

/* The tags of KEY's list; false if there is none. */
static inline bool read_list(struct tagdb *tags, const struct tagdb_key *key, struct strlist *ret)
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
    return true;
}

static inline void check_list(const char *row, struct tagdb *tags, const struct tagdb_key *key,
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

#endif
