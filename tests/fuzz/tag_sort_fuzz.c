/*
 * Lines in any order come out of a run, and out of several runs merged from
 * the disk, as a plain sort orders them: the greatest first, each once. The
 * first byte says after how many tags a run is spilled.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "base/strlist.h"
#include "tags/spill.h"
#include "tags/tag.h"

static void read_tags(struct span lines, struct strlist *ret)
{
    for (struct span line; span_next(&lines, '\n', &line);) {
        if (tag_check(line, NULL) == 0)
            strlist_add_span(ret, line);
    }
}

static void check_run(const struct strlist *added, const struct strlist *sorted)
{
    CLEANUP(run_finish) struct run run = RUN_INIT;
    for (size_t i = 0; i < added->len; i++)
        run_add(&run, span_of(added->items[i]));
    run_sort(&run);
    FUZZ_ASSERT(run.count == sorted->len);
    for (size_t i = 0; i < run.count; i++)
        FUZZ_ASSERT(span_is(run_at(&run, i), sorted->items[run.count - 1 - i]));
}

static void check_spill(const struct strlist *added, size_t run_len, const struct strlist *sorted)
{
    CLEANUP(run_finish) struct run run = RUN_INIT;
    CLEANUP(spill_freep) struct spill *spill = NULL;
    FUZZ_ASSERT(spill_new("/tmp", &spill, NULL) == 0);
    for (size_t i = 0; i < added->len; i++) {
        run_add(&run, span_of(added->items[i]));
        if (run.count < run_len && i + 1 < added->len)
            continue;
        run_sort(&run);
        FUZZ_ASSERT(spill_write(spill, &run, NULL) == 0);
        run_clear(&run);
    }
    for (int pass = 0; pass < 2; pass++) {
        struct span tag;
        size_t left = sorted->len;
        int found;
        FUZZ_ASSERT(spill_rewind(spill, NULL) == 0);
        while ((found = spill_next(spill, &tag, NULL)) == 1) {
            FUZZ_ASSERT(left > 0 && span_is(tag, sorted->items[left - 1]));
            left--;
        }
        FUZZ_ASSERT(found == 0 && left == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(strlist_finish) struct strlist added = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist sorted = STRLIST_INIT;
    if (size == 0)
        return 0;
    struct span lines = {(const char *)data + 1, size - 1};
    read_tags(lines, &added);
    read_tags(lines, &sorted);
    strlist_sort(&sorted, true);
    check_run(&added, &sorted);
    check_spill(&added, data[0], &sorted);
    return 0;
}
