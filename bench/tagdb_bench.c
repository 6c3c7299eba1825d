/*
 * What the tag database costs: CPU milliseconds to store and read a list.
 *
 *     tagdb_bench [FOLDER [TAGS]]
 *
 * For each kind of list: storing it fresh, storing the same again, storing it
 * with one more tag, and reading it, as ratios to a table of the same database
 * with a row for each tag, written in one transaction and read in order. The
 * best of many rounds: other work on the machine only ever adds. Exits with 1
 * if a target is missed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/str.h"
#include "row.h"
#include "tags/tagdb.h"

enum {
    ROUNDS = 21,
};

/* Targets: ratios to the table of rows, and sizes. */
#define STORE_RATIO_MAX 0.25
#define SAME_RATIO_MAX  0.25 /* of storing: the other has no way to know that nothing is new */
#define READ_RATIO_MAX  0.5
#define BYTES_A_TAG_MAX 10
#define PEAK_MIB_MAX    32

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void give_up(const struct err *err)
{
    fprintf(stderr, "tagdb_bench: %s\n", err->text);
    exit(1);
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 31) * UINT64_C(0x7fb5d329728ea185);
    value = (value ^ value >> 27) * UINT64_C(0x81dadef4bc2dd44d);
    return value ^ value >> 33;
}

/* The kinds of tags that registries are full of, about 12 bytes each. */
static char *commit_tag(size_t i)
{
    return str_printf("sha-%08x", (unsigned)mix(i));
}

static char *version_tag(size_t i)
{
    return str_printf("v%zu.%zu.%zu-rc%zu", i / 5000, i / 100 % 50, i / 5 % 20, i % 5);
}

static char *build_tag(size_t i)
{
    return str_printf("main-%07zu", 1000000 + i);
}

static void shuffle(struct strlist *list)
{
    for (size_t i = list->len; i > 1; i--) {
        size_t other = mix(i) % i;
        char *kept = list->items[i - 1];
        list->items[i - 1] = list->items[other];
        list->items[other] = kept;
    }
}

static const struct tagdb_key key = {"3b2a0a4e-uid", "apps", "web"};

static double store(struct tagdb *tags, const struct span *list, size_t count, bool want_changed)
{
    struct err err;
    double before = cpu_ms();
    CLEANUP(tagdb_scan_freep) struct tagdb_scan *scan = tagdb_scan_new(tags, NULL);
    CLEANUP(tagdb_summary_finish) struct tagdb_summary summary = {0};
    const struct tagdb_scan_info info = {key, "registry/app", 0};
    bool changed = false;
    for (size_t i = 0; i < count; i++) {
        if (tagdb_scan_add(scan, list[i], &err) != 0)
            give_up(&err);
    }
    if (tagdb_scan_finish(scan, &info, NULL, &summary, &changed, &err) != 0)
        give_up(&err);
    if (changed != want_changed || summary.count != count)
        abort();
    return cpu_ms() - before;
}

static double read_back(struct tagdb *tags, size_t count)
{
    struct err err;
    struct span tag;
    size_t bytes = 0;
    double before = cpu_ms();
    CLEANUP(tagdb_reader_freep) struct tagdb_reader *reader = NULL;
    if (tagdb_reader_open(tags, &key, NULL, &reader, &err) != 1)
        give_up(&err);
    int found;
    while ((found = tagdb_reader_next(reader, &tag, &err)) == 1) {
        bytes += tag.len;
        count--;
    }
    if (found < 0)
        give_up(&err);
    if (count != 0 || bytes == 0)
        abort();
    return cpu_ms() - before;
}

/* The table of rows: what one would do who has SQLite and nothing else. */

static double store_rows(struct db *db, const struct span *list, size_t count)
{
    struct err err;
    double before = cpu_ms();
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *add = NULL;
    if (db_begin(db, DB_WRITE_RELAXED, NULL, &tx, &err) != 0 ||
        db_exec(&tx, "DELETE FROM row", &err) != 0 ||
        db_prepare(&tx, "INSERT OR IGNORE INTO row (tag) VALUES (?1)", &add, &err) != 0)
        give_up(&err);
    for (size_t i = 0; i < count; i++) {
        db_bind_blob(add, 1, list[i]);
        if (db_run(add, &err) != 0)
            give_up(&err);
    }
    if (db_commit(&tx, &err) != 0)
        give_up(&err);
    return cpu_ms() - before;
}

static double read_rows(struct db *db, size_t count)
{
    struct err err;
    size_t bytes = 0;
    double before = cpu_ms();
    CLEANUP(db_tx_finish) struct db_tx tx = DB_TX_INIT;
    CLEANUP(db_stmt_finish) struct db_stmt *row = NULL;
    if (db_begin(db, DB_READ, NULL, &tx, &err) != 0 ||
        db_prepare(&tx, "SELECT tag FROM row ORDER BY tag DESC", &row, &err) != 0)
        give_up(&err);
    while (db_step(row, &err) == 1) {
        bytes += db_column_blob(row, 0).len;
        count--;
    }
    if (count != 0 || bytes == 0)
        abort();
    return cpu_ms() - before;
}

static void make_rows(struct db *db)
{
    static const char *const steps[] = {"CREATE TABLE row (tag BLOB PRIMARY KEY) WITHOUT ROWID"};
    static const struct db_schema schema = {"bench", steps, ARRAY_LEN(steps)};
    struct err err;
    if (db_migrate(db, &schema, &err) != 0)
        give_up(&err);
}

static double best(const double *times)
{
    double least = times[0];
    for (int i = 1; i < ROUNDS; i++)
        least = times[i] < least ? times[i] : least;
    return least;
}

/* One behind the other in memory, as a page from a registry brings them. */
static struct span *lay_out(const struct strlist *list, struct buf *page)
{
    struct span *spans = mem_calloc(list->len, sizeof(*spans));
    for (size_t i = 0; i < list->len; i++)
        buf_adds(page, list->items[i]);
    const char *at = buf_text(page);
    for (size_t i = 0; i < list->len; i++, at += spans[i - 1].len)
        spans[i] = (struct span){at, strlen(list->items[i])};
    return spans;
}

static double size_of(struct db *db, const char *path)
{
    struct err err;
    struct stat info;
    if (db_trim(db, &err) != 0 || stat(path, &info) != 0)
        give_up(&err);
    return (double)info.st_size;
}

struct times {
    double fresh[ROUNDS], same[ROUNDS], more[ROUNDS], reading[ROUNDS];
    double rows_fresh[ROUNDS], rows_reading[ROUNDS];
    double bytes_a_tag;
};

static void take_times(const char *folder, const char *name, const struct span *spans, size_t count,
                       struct times *ret)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/%s.db", folder, name);
    CLEANUP(mem_freep) char *rows_path = str_printf("%s/%s-rows.db", folder, name);
    CLEANUP(db_closep) struct db *db = NULL, *rows = NULL;
    CLEANUP(tagdb_closep) struct tagdb *tags = NULL;
    struct err err;
    if (db_open(path, &db, &err) != 0 || tagdb_open(db, &tags, &err) != 0 ||
        db_open(rows_path, &rows, &err) != 0)
        give_up(&err);
    make_rows(rows);
    for (int i = 0; i < ROUNDS; i++) {
        if (tagdb_remove(tags, &key, NULL, &err) < 0)
            give_up(&err);
        ret->fresh[i] = store(tags, spans, count - 1, true);
        ret->same[i] = store(tags, spans, count - 1, false);
        ret->reading[i] = read_back(tags, count - 1);
        ret->more[i] = store(tags, spans, count, true);
        ret->rows_fresh[i] = store_rows(rows, spans, count);
        ret->rows_reading[i] = read_rows(rows, count);
    }
    ret->bytes_a_tag = size_of(db, path) / (double)count;
}

static bool measure(const char *folder, const char *name, char *(*make)(size_t), bool in_order,
                    size_t count)
{
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    CLEANUP(buf_finish) struct buf page = BUF_INIT(SIZE_MAX / 2);
    CLEANUP(mem_freep) char *label = str_printf("%s, %s", name, in_order ? "sorted" : "shuffled");
    CLEANUP(mem_freep) char *same = str_printf("%s: the same again", label);
    CLEANUP(mem_freep) char *more = str_printf("%s: one more", label);
    CLEANUP(mem_freep) char *reading = str_printf("%s: read", label);
    CLEANUP(mem_freep) char *size = str_printf("%s: on the disk, of a tag", label);
    struct times times;
    bool missed = false;
    for (size_t i = 0; i < count + 1; i++)
        strlist_add_take(&list, make(i));
    if (in_order)
        strlist_sort(&list, true);
    else
        shuffle(&list);
    CLEANUP(mem_freep) struct span *spans = lay_out(&list, &page);
    take_times(folder, label, spans, list.len, &times);
    double rows = best(times.rows_fresh);
    missed |= bench_ratio(label, best(times.fresh), rows, STORE_RATIO_MAX);
    missed |= bench_ratio(same, best(times.same), rows, SAME_RATIO_MAX);
    missed |= bench_ratio(more, best(times.more), rows, STORE_RATIO_MAX);
    missed |= bench_ratio(reading, best(times.reading), best(times.rows_reading), READ_RATIO_MAX);
    missed |= bench_value(size, times.bytes_a_tag, "B", BYTES_A_TAG_MAX);
    return missed;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        char *(*make)(size_t);
    } kinds[] = {{"commits", commit_tag}, {"versions", version_tag}, {"builds", build_tag}};
    struct err err;
    CLEANUP(mem_freep) char *folder = NULL;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 50000;
    if (file_make_temp_dir(argc > 1 ? argv[1] : "/tmp/tagdb-bench.", &folder, &err) != 0)
        give_up(&err);
    CLEANUP(mem_freep) char *title = str_printf("tag database: a list of %zu tags", count);
    bool missed = false;
    bench_heading(title, "a row a tag");
    for (int in_order = 0; in_order < 2; in_order++) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            missed |= measure(folder, kinds[i].name, kinds[i].make, in_order, count);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    missed |=
        bench_value("most memory of all that", (double)usage.ru_maxrss / 1024, "MiB", PEAK_MIB_MAX);
    file_remove_tree(folder, NULL);
    return missed;
}
