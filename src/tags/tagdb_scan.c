#include <stdio.h>
#include <string.h>

#include "adapt/crypto.h"
#include "base/str.h"
#include "tags/chunk_writer.h"
#include "tags/run.h"
#include "tags/spill.h"
#include "tags/tagdb_row.h"

enum {
    DIGEST_BLOCK = 16 * 1024, /* bytes that go into the digest at a time */
};

struct tagdb_scan {
    struct tagdb *tags;
    struct tagdb_limits limits;
    uint64_t count;
    uint64_t size;
    struct run run;      /* what is in memory */
    struct spill *spill; /* what is not; NULL for most */
    bool failed;
};

struct tagdb_scan *tagdb_scan_new(struct tagdb *tags, const struct tagdb_limits *limits)
{
    struct tagdb_scan *scan = mem_zalloc(sizeof(*scan));
    scan->tags = tags;
    if (limits)
        scan->limits = *limits;
    if (scan->limits.tags == 0)
        scan->limits.tags = TAGDB_TAGS_MAX;
    if (scan->limits.size == 0)
        scan->limits.size = TAGDB_SCAN_SIZE_MAX;
    if (scan->limits.run_size == 0)
        scan->limits.run_size = TAGDB_RUN_SIZE;
    return scan;
}

void tagdb_scan_free(struct tagdb_scan *scan)
{
    if (!scan)
        return;
    run_finish(&scan->run);
    spill_free(scan->spill);
    free(scan);
}

/* Moves what is in memory to the disk. */
static int spill_run(struct tagdb_scan *scan, struct err *err)
{
    if (!scan->spill && spill_new(db_folder(scan->tags->db), &scan->spill, err) != 0)
        return -1;
    run_sort(&scan->run);
    if (spill_write(scan->spill, &scan->run, err) != 0)
        return -1;
    run_clear(&scan->run);
    return 0;
}

static int add(struct tagdb_scan *scan, struct span tag, struct err *err)
{
    if (tag_check(tag, err) != 0)
        return -1;
    if (scan->count == scan->limits.tags)
        return err_set(err, ERR_INVALID, "there are more tags than the limit of %llu",
                       (unsigned long long)scan->limits.tags);
    if (tag.len > scan->limits.size - scan->size)
        return err_set(err, ERR_INVALID, "the tags take more than the limit of %llu bytes",
                       (unsigned long long)scan->limits.size);
    scan->count++;
    scan->size += tag.len;
    run_add(&scan->run, tag);
    return run_size(&scan->run) < scan->limits.run_size ? 0 : spill_run(scan, err);
}

int tagdb_scan_add(struct tagdb_scan *scan, struct span tag, struct err *err)
{
    int answer = add(scan, tag, err);
    scan->failed = scan->failed || answer != 0;
    return answer;
}

/* Hands all tags to FN in stored order, each once. Can be repeated. */
typedef int (*tag_fn)(void *arg, struct span tag, struct err *err);

static int each_tag(struct tagdb_scan *scan, tag_fn fn, void *arg, struct err *err)
{
    for (size_t i = 0; i < scan->run.count; i++) {
        if (fn(arg, run_at(&scan->run, i), err) != 0)
            return -1;
    }
    if (!scan->spill)
        return 0;
    struct span tag;
    int found = spill_rewind(scan->spill, err);
    while (found == 0 && (found = spill_next(scan->spill, &tag, err)) == 1)
        found = fn(arg, tag, err);
    return found;
}

/* Puts the tags in order, wherever they are. */
static int sort_tags(struct tagdb_scan *scan, struct err *err)
{
    if (scan->spill)
        return scan->run.count != 0 ? spill_run(scan, err) : 0;
    run_sort(&scan->run);
    return 0;
}

struct digest {
    struct crypto_stream *stream;
    struct tagdb_summary *summary;
    size_t len;
    char block[DIGEST_BLOCK];
};

static void digest_flush(struct digest *digest)
{
    crypto_stream_add(digest->stream, (struct span){digest->block, digest->len});
    digest->len = 0;
}

static int digest_tag(void *arg, struct span tag, struct err *err)
{
    (void)err;
    struct digest *digest = arg;
    if (digest->len + tag.len + 1 > sizeof(digest->block))
        digest_flush(digest);
    memcpy(digest->block + digest->len, tag.data, tag.len);
    digest->len += tag.len;
    digest->block[digest->len++] = '\n';
    if (digest->summary->count++ < TAGDB_LATEST)
        strlist_add_span(&digest->summary->latest, tag);
    return 0;
}

/* Fills in all of the summary that follows from the tags. */
static int summarize(struct tagdb_scan *scan, struct tagdb_summary *summary, struct err *err)
{
    CLEANUP(crypto_stream_freep)
    struct crypto_stream *stream = crypto_stream_new(CRYPTO_SHA256);
    char hex[CRYPTO_HEX_SIZE];
    struct digest digest;
    digest.stream = stream;
    digest.summary = summary;
    digest.len = 0;
    if (each_tag(scan, digest_tag, &digest, err) != 0)
        return -1;
    digest_flush(&digest);
    snprintf(summary->revision, sizeof(summary->revision), "sha256:%s",
             crypto_stream_hex(stream, hex));
    return 0;
}

/* Stores the row of the list, new or in place of the one that there is. */
static int put_row(struct db_tx *tx, const struct tagdb_scan_info *info,
                   const struct tagdb_summary *summary, int64_t *ret_id, struct err *err)
{
    CLEANUP(db_stmt_finish) struct db_stmt *put = NULL;
    CLEANUP(buf_finish) struct buf latest = BUF_INIT(TAGDB_LATEST * (TAG_SIZE_MAX + 1));
    for (size_t i = 0; i < summary->latest.len; i++)
        buf_addf(&latest, "%s\n", summary->latest.items[i]);
    if (db_prepare(tx,
                   "INSERT INTO tag_list (uid, namespace, name, image, revision, tag_count,"
                   " scanned_at, latest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                   " ON CONFLICT (uid) DO UPDATE SET namespace = ?2, name = ?3, image = ?4,"
                   " revision = ?5, tag_count = ?6, scanned_at = ?7, latest = ?8 RETURNING id",
                   &put, err) != 0)
        return -1;
    db_bind_text(put, 1, info->key.uid);
    db_bind_text(put, 2, info->key.namespace);
    db_bind_text(put, 3, info->key.name);
    db_bind_text(put, 4, info->image);
    db_bind_text(put, 5, summary->revision);
    db_bind_int(put, 6, (int64_t)summary->count);
    db_bind_int(put, 7, info->scanned_at_ns);
    db_bind_text(put, 8, buf_text(&latest));
    if (db_step(put, err) != 1)
        return -1;
    *ret_id = db_column_int(put, 0);
    return db_run(put, err);
}

static int write_chunk_tag(void *arg, struct span tag, struct err *err)
{
    return chunk_writer_add(arg, tag, err);
}

static int put_chunks(struct tagdb_scan *scan, struct db_tx *tx, int64_t list, struct err *err)
{
    CLEANUP(chunk_writer_freep) struct chunk_writer *writer = NULL;
    if (chunk_writer_new(tx, list, &writer, err) != 0 ||
        each_tag(scan, write_chunk_tag, writer, err) != 0)
        return -1;
    return chunk_writer_end(writer, err);
}

static int store(struct tagdb_scan *scan, const struct tagdb_scan_info *info,
                 const struct deadline *deadline, const struct tagdb_summary *summary,
                 bool *ret_changed, struct err *err)
{
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(tagdb_summary_finish) struct tagdb_summary before = {0};
    int64_t id = 0;
    if (db_begin(scan->tags->db, DB_WRITE_RELAXED, deadline, &tx, err) != 0)
        return -1;
    int found = tagdb_row_find(&tx, info->key.uid, &id, &before, err);
    if (found < 0 || put_row(&tx, info, summary, &id, err) != 0)
        return -1;
    bool changed = found == 0 || strcmp(before.revision, summary->revision) != 0;
    if (changed && put_chunks(scan, &tx, id, err) != 0)
        return -1;
    if (db_commit(&tx, err) != 0)
        return -1;
    *ret_changed = changed;
    return 0;
}

int tagdb_scan_finish(struct tagdb_scan *scan, const struct tagdb_scan_info *info,
                      const struct deadline *deadline, struct tagdb_summary *ret_summary,
                      bool *ret_changed, struct err *err)
{
    CLEANUP(tagdb_summary_finish)
    struct tagdb_summary summary = {
        .image = str_dup(info->image),
        .scanned_at_ns = info->scanned_at_ns,
    };
    if (scan->failed)
        return err_set(err, ERR_INTERNAL, "a scan that failed cannot be finished");
    if (sort_tags(scan, err) != 0 || summarize(scan, &summary, err) != 0 ||
        store(scan, info, deadline, &summary, ret_changed, err) != 0) {
        scan->failed = true;
        return -1;
    }
    *ret_summary = summary;
    summary = (struct tagdb_summary){0};
    return 0;
}
