/*
 * The tag database: what the last scan of each image repository found.
 *
 * One list of tags belongs to one object, known by its uid; namespace and name
 * go along for people and for finding lists whose object is gone. A list is
 * kept sorted bytewise, the greatest tag first, each tag once, in chunks (see
 * chunk.h), together with a summary. It is replaced as a whole, in one
 * transaction, by a scan that is complete:
 *
 *     CLEANUP(tagdb_scan_freep) struct tagdb_scan *scan = tagdb_scan_new(tags, NULL);
 *     while (next page of the registry)
 *         if (tagdb_scan_add(scan, tag, err) != 0)
 *             return -1;
 *     return tagdb_scan_finish(scan, &info, deadline, &summary, &changed, err);
 *
 * A scan that is not finished changes nothing. A list that is the same as
 * before is not written again, and of one that is nearly the same only the
 * chunks that differ are. Memory stays bounded whatever the number of tags:
 * beyond some 100,000 they are sorted through a temporary file beside the
 * database, and readers hold one chunk.
 *
 * Lists are a cache of what registries hold. They survive the end of the
 * process at any moment, and come back whole or in their older state after the
 * end of the machine (DB_WRITE_RELAXED in adapt/db.h). A list that reads back
 * damaged is dropped, with an error, so that the next scan stores it anew.
 *
 * All functions may be called from any thread; a scan and a reader belong to
 * one thread at a time.
 */
#ifndef TIDEMARK_TAGS_TAGDB_H
#define TIDEMARK_TAGS_TAGDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapt/db.h"
#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/span.h"
#include "base/strlist.h"
#include "tags/tag.h"

enum {
    TAGDB_TAGS_MAX = 2000000,                /* tags of one scan, repeated ones included */
    TAGDB_SCAN_SIZE_MAX = 256 * 1024 * 1024, /* their bytes in all */
    TAGDB_RUN_SIZE = 8 * 1024 * 1024,        /* bytes that are sorted in memory */
    TAGDB_LATEST = 10,                       /* tags in a summary */
    TAGDB_REVISION_SIZE = 72,                /* "sha256:", 64 digits and a NUL */
};

struct tagdb;

/* DB must outlive the result. */
int tagdb_open(struct db *db, struct tagdb **ret, struct err *err);
void tagdb_close(struct tagdb *tags);
MEM_DEFINE_FREEP(struct tagdb, tagdb_close)

/* The object that a list belongs to. */
struct tagdb_key {
    const char *uid;
    const char *namespace;
    const char *name;
};

struct tagdb_summary {
    /* "sha256:" and the digest of the tags in stored order, each ended by \n. */
    char revision[TAGDB_REVISION_SIZE];
    uint64_t count;
    char *image;           /* what was scanned, as tagdb_scan_finish() was told */
    int64_t scanned_at_ns; /* likewise */
    struct strlist latest; /* the first TAGDB_LATEST tags, or all if they are fewer */
};

void tagdb_summary_finish(struct tagdb_summary *summary);

/* Limits of a scan; what is 0 has its default from above. */
struct tagdb_limits {
    uint64_t tags;
    uint64_t size;
    size_t run_size;
};

struct tagdb_scan;

/* Begins to collect tags; LIMITS may be NULL. */
struct tagdb_scan *tagdb_scan_new(struct tagdb *tags, const struct tagdb_limits *limits);

/* Gives a scan up, or back after it was finished. */
void tagdb_scan_free(struct tagdb_scan *scan);
MEM_DEFINE_FREEP(struct tagdb_scan, tagdb_scan_free)

/*
 * Adds one tag, in any order. Class invalid if it is empty, longer than
 * TAG_SIZE_MAX or holds a control character, and if a limit is passed;
 * unavailable if the disk is full. After an error the scan is to be given up.
 */
int tagdb_scan_add(struct tagdb_scan *scan, struct span tag, struct err *err);

struct tagdb_scan_info {
    struct tagdb_key key;
    const char *image;     /* canonical name */
    int64_t scanned_at_ns; /* wall time */
};

/*
 * Makes what was added the object's list. *RET_CHANGED tells whether its tags
 * differ from those of the list before; a first list counts as changed. The
 * summary is to be finished by the caller. No more tags may be added.
 */
int tagdb_scan_finish(struct tagdb_scan *scan, const struct tagdb_scan_info *info,
                      const struct deadline *deadline, struct tagdb_summary *ret_summary,
                      bool *ret_changed, struct err *err);

/* The summary of an object's list: 1 found, 0 there is none. */
int tagdb_summary(struct tagdb *tags, const struct tagdb_key *key, const struct deadline *deadline,
                  struct tagdb_summary *ret, struct err *err);

/*
 * Reads a list in stored order, in the state it is in now, whatever is stored
 * meanwhile. 1 found, 0 there is none. The deadline holds until the reader is
 * freed, which must be soon: the database's log cannot be cut before.
 */
struct tagdb_reader;
int tagdb_reader_open(struct tagdb *tags, const struct tagdb_key *key,
                      const struct deadline *deadline, struct tagdb_reader **ret, struct err *err);
void tagdb_reader_free(struct tagdb_reader *reader);
MEM_DEFINE_FREEP(struct tagdb_reader, tagdb_reader_free)

/* 1 with the next tag, 0 at the end, -1. The tag's bytes, which a NUL follows,
 * are valid until the next call. */
int tagdb_reader_next(struct tagdb_reader *reader, struct span *ret_tag, struct err *err);

/* Drops an object's list: 1, or 0 if there is none. */
int tagdb_remove(struct tagdb *tags, const struct tagdb_key *key, const struct deadline *deadline,
                 struct err *err);

#endif
