#include "tags/run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tags/tag.h"

enum {
    FIRST_BYTES = 64 * 1024,
    FIRST_ENTRIES = 4096,
    INSERTION_MAX = 20, /* entries that are quicker sorted by insertion */
};

void run_finish(struct run *run)
{
    free(run->bytes);
    free(run->entries);
    *run = (struct run)RUN_INIT;
}

void run_clear(struct run *run)
{
    run->bytes_len = 0;
    run->count = 0;
}

size_t run_size(const struct run *run)
{
    return run->bytes_len + run->count * 2 * sizeof(*run->entries);
}

void run_add(struct run *run, struct span tag)
{
    size_t bytes = run->bytes_len + tag.len;
    if (bytes > run->bytes_cap)
        run->bytes =
            mem_grow(run->bytes, &run->bytes_cap, bytes < FIRST_BYTES ? FIRST_BYTES : bytes, 1);
    if (run->count == run->cap)
        run->entries =
            mem_grow(run->entries, &run->cap, run->count == 0 ? FIRST_ENTRIES : run->count + 1,
                     sizeof(*run->entries));
    memcpy(run->bytes + run->bytes_len, tag.data, tag.len);
    run->entries[run->count++] = (struct run_entry){
        .word = tag_word(tag, 0),
        .offset = (uint32_t)run->bytes_len,
        .len = (uint32_t)tag.len,
    };
    run->bytes_len = bytes;
}

static struct span text(const struct run *run, const struct run_entry *entry)
{
    return (struct span){run->bytes + entry->offset, entry->len};
}

/* Orders two entries whose words were taken at DEPTH, and whose bytes before
 * it are the same. */
static int compare(const struct run *run, size_t depth, const struct run_entry *a,
                   const struct run_entry *b)
{
    if (a->word != b->word)
        return a->word < b->word ? -1 : 1;
    if ((a->word & 0xff) == 0)
        return 0; /* both ended */
    size_t next = depth + sizeof(a->word);
    return span_compare(span_slice(text(run, a), next, a->len),
                        span_slice(text(run, b), next, b->len));
}

/* A part that is still to be sorted: its bytes before `depth` are the same, and
 * its words were taken there. */
struct part {
    struct run_entry *entries;
    size_t count;
    size_t depth;
};

struct sorter {
    const struct run *run;
    struct run_entry *spare; /* as many as the run has */
    struct part *parts;      /* a stack: tags chosen to be hard must not exhaust the real one */
    size_t len;
    size_t cap;
    bool repeated; /* a tag was seen twice */
};

static void push(struct sorter *sorter, struct part part)
{
    sorter->parts = mem_grow(sorter->parts, &sorter->cap, sorter->len + 1, sizeof(*sorter->parts));
    sorter->parts[sorter->len++] = part;
}

/* The bits in which the words of the part differ. */
static uint64_t differing_bits(const struct part *part)
{
    uint64_t bits = 0;
    for (size_t i = 1; i < part->count; i++)
        bits |= part->entries[i].word ^ part->entries[0].word;
    return bits;
}

/* Moves a part whose words are all the same on to the next eight bytes. False
 * if there are none: the tags are all equal. */
static bool deepen(const struct run *run, struct part *part)
{
    if ((part->entries[0].word & 0xff) == 0)
        return false;
    part->depth += sizeof(part->entries[0].word);
    for (size_t i = 0; i < part->count; i++)
        part->entries[i].word = tag_word(text(run, &part->entries[i]), part->depth);
    return true;
}

/* Sorts by insertion. What has eight more bytes in common is moved on first: to
 * compare words is cheaper than to compare bytes, pair by pair. */
static void sort_few(struct sorter *sorter, struct part part)
{
    struct run_entry *entries = part.entries;
    while (differing_bits(&part) == 0 && deepen(sorter->run, &part))
        ;
    for (size_t i = 1; i < part.count; i++) {
        struct run_entry entry = entries[i];
        int order = 0;
        size_t at = i;
        while (at > 0 && (order = compare(sorter->run, part.depth, &entries[at - 1], &entry)) > 0) {
            entries[at] = entries[at - 1];
            at--;
        }
        if (at > 0 && order == 0)
            sorter->repeated = true;
        entries[at] = entry;
    }
}

/* Distributes a part by the byte of its words that lies SHIFT bits up, in a
 * counting sort, and leaves what has that byte in common for later. */
static void distribute(struct sorter *sorter, const struct part *part, int shift)
{
    size_t begins[257] = {0};
    size_t ends[256];
    for (size_t i = 0; i < part->count; i++)
        begins[(part->entries[i].word >> shift & 0xff) + 1]++;
    for (size_t i = 0; i < 256; i++) {
        begins[i + 1] += begins[i];
        ends[i] = begins[i];
    }
    for (size_t i = 0; i < part->count; i++)
        sorter->spare[ends[part->entries[i].word >> shift & 0xff]++] = part->entries[i];
    memcpy(part->entries, sorter->spare, part->count * sizeof(*part->entries));
    for (size_t i = 0; i < 256; i++) {
        const struct part sub = {part->entries + begins[i], ends[i] - begins[i], part->depth};
        if (sub.count > INSERTION_MAX)
            push(sorter, sub);
        else if (sub.count > 1)
            sort_few(sorter, sub);
    }
}

static void sort_part(struct sorter *sorter, struct part part)
{
    if (part.count <= INSERTION_MAX) {
        sort_few(sorter, part);
        return;
    }
    uint64_t bits = differing_bits(&part);
    while (bits == 0) {
        if (!deepen(sorter->run, &part)) {
            sorter->repeated = true;
            return;
        }
        bits = differing_bits(&part);
    }
    int highest = 63 - __builtin_clzll(bits);
    distribute(sorter, &part, highest & ~7);
}

/* True if some tags are there more than once. */
static bool sort_all(struct run *run)
{
    struct sorter sorter = {
        .run = run,
        .spare = mem_calloc(run->count, sizeof(*run->entries)),
    };
    push(&sorter, (struct part){run->entries, run->count, 0});
    while (sorter.len != 0)
        sort_part(&sorter, sorter.parts[--sorter.len]);
    free(sorter.spare);
    free(sorter.parts);
    return sorter.repeated;
}

/* Each greater than the one before it, as most registries list them? */
static bool is_sorted(const struct run *run)
{
    for (size_t i = 1; i < run->count; i++) {
        if (compare(run, 0, &run->entries[i - 1], &run->entries[i]) >= 0)
            return false;
    }
    return true;
}

static void drop_repeated(struct run *run)
{
    size_t kept = 1;
    for (size_t i = 1; i < run->count; i++) {
        if (!span_equal(text(run, &run->entries[i]), text(run, &run->entries[kept - 1])))
            run->entries[kept++] = run->entries[i];
    }
    run->count = kept;
}

void run_sort(struct run *run)
{
    if (run->count < 2 || is_sorted(run))
        return;
    if (sort_all(run))
        drop_repeated(run);
}
