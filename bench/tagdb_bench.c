/*
 * What the tag database costs: CPU milliseconds to store and read a list.
 *
 *     tagdb_bench [FOLDER [TAGS]]
 *
 * For each kind of list: storing it fresh, storing the same again, storing it
 * with one more tag, and reading it. Prints the best of many
 * rounds: other work on the machine only ever adds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/file.h"
#include "base/str.h"
#include "tags/tagdb.h"

enum {
    ROUNDS = 41,
};

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

static double best(const double *times)
{
    double least = times[0];
    for (int i = 1; i < ROUNDS; i++)
        least = times[i] < least ? times[i] : least;
    return least;
}

static void measure(const char *folder, const char *name, char *(*make)(size_t), bool in_order,
                    size_t count)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/%s-%d.db", folder, name, in_order);
    CLEANUP(db_closep) struct db *db = NULL;
    CLEANUP(tagdb_closep) struct tagdb *tags = NULL;
    CLEANUP(strlist_finish) struct strlist list = STRLIST_INIT;
    double fresh[ROUNDS], same[ROUNDS], more[ROUNDS], reading[ROUNDS];
    struct err err;
    if (db_open(path, &db, &err) != 0 || tagdb_open(db, &tags, &err) != 0)
        give_up(&err);
    for (size_t i = 0; i < count + 1; i++)
        strlist_add_take(&list, make(i));
    if (in_order)
        strlist_sort(&list, true);
    else
        shuffle(&list);
    /* One behind the other in memory, as a page from a registry brings them. */
    CLEANUP(buf_finish) struct buf page = BUF_INIT(SIZE_MAX / 2);
    CLEANUP(mem_freep) struct span *spans = mem_calloc(list.len, sizeof(*spans));
    for (size_t i = 0; i < list.len; i++)
        buf_adds(&page, list.items[i]);
    const char *at = buf_text(&page);
    for (size_t i = 0; i < list.len; i++, at += spans[i - 1].len)
        spans[i] = (struct span){at, strlen(list.items[i])};
    for (int i = 0; i < ROUNDS; i++) {
        if (tagdb_remove(tags, &key, NULL, &err) < 0)
            give_up(&err);
        fresh[i] = store(tags, spans, list.len - 1, true);
        same[i] = store(tags, spans, list.len - 1, false);
        reading[i] = read_back(tags, list.len - 1);
        more[i] = store(tags, spans, list.len, true);
    }
    struct stat info;
    if (db_trim(db, &err) != 0 || stat(path, &info) != 0)
        give_up(&err);
    printf("%-8s %-8s %8zu %7.2f %7.2f %9.2f %7.2f %8.1f\n", name, in_order ? "sorted" : "shuffled",
           list.len - 1, best(fresh), best(same), best(more), best(reading),
           (double)info.st_size / (double)list.len);
}

int main(int argc, char **argv)
{
    struct err err;
    CLEANUP(mem_freep) char *folder = NULL;
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 50000;
    if (file_make_temp_dir(argc > 1 ? argv[1] : "/tmp/tagdb-bench.", &folder, &err) != 0)
        give_up(&err);
    printf("%-8s %-8s %8s %7s %7s %9s %7s %8s\n", "kind", "order", "tags", "fresh", "same",
           "one more", "read", "bytes/tag");
    for (int in_order = 0; in_order < 2; in_order++) {
        measure(folder, "commit", commit_tag, in_order, count);
        measure(folder, "version", version_tag, in_order, count);
        measure(folder, "build", build_tag, in_order, count);
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("peak memory %.1f MiB\n", (double)usage.ru_maxrss / 1024);
    file_remove_tree(folder, NULL);
    return 0;
}
