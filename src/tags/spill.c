#include "tags/spill.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tags/tag.h"

enum {
    WINDOW_SIZE = 64 * 1024, /* bytes of a run that are in memory while it is read */
};

/* A run in the file, and the window of it that is in memory. */
struct source {
    off_t begin;
    off_t end;
    off_t at;     /* in the file, behind the window */
    char *window; /* NULL until it is read */
    size_t window_at;
    size_t window_len;
    struct span tag; /* the next one, in the window */
};

struct spill {
    int fd;
    off_t len;
    struct source *sources;
    size_t count;
    size_t cap;
    struct source **heap; /* those that have a next tag, the one with the greatest on top */
    size_t heap_len;
    bool begun;
    char last[TAG_SIZE_MAX]; /* the tag that spill_next() gave last */
    size_t last_len;
};

int spill_new(const char *folder, struct spill **ret, struct err *err)
{
    int fd = -1;
    if (file_open_temp(folder, &fd, err) != 0)
        return -1;
    struct spill *spill = mem_zalloc(sizeof(*spill));
    spill->fd = fd;
    *ret = spill;
    return 0;
}

void spill_free(struct spill *spill)
{
    if (!spill)
        return;
    for (size_t i = 0; i < spill->count; i++)
        free(spill->sources[i].window);
    free(spill->sources);
    free(spill->heap);
    file_closep(&spill->fd);
    free(spill);
}

static int write_out(struct spill *spill, struct span data, struct err *err)
{
    while (data.len != 0) {
        ssize_t put = pwrite(spill->fd, data.data, data.len, spill->len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return err_set_errno(err, errno, "cannot write a temporary file for sorting tags");
        spill->len += put;
        data = span_slice(data, (size_t)put, data.len);
    }
    return 0;
}

int spill_write(struct spill *spill, const struct run *run, struct err *err)
{
    CLEANUP(mem_freep) char *block = mem_alloc(WINDOW_SIZE);
    size_t filled = 0;
    off_t begin = spill->len;
    for (size_t i = 0; i < run->count; i++) {
        struct span tag = run_at(run, i);
        uint16_t len = (uint16_t)tag.len;
        if (filled + sizeof(len) + tag.len > WINDOW_SIZE) {
            if (write_out(spill, (struct span){block, filled}, err) != 0)
                return -1;
            filled = 0;
        }
        memcpy(block + filled, &len, sizeof(len));
        memcpy(block + filled + sizeof(len), tag.data, tag.len);
        filled += sizeof(len) + tag.len;
    }
    if (write_out(spill, (struct span){block, filled}, err) != 0)
        return -1;
    spill->sources =
        mem_grow(spill->sources, &spill->cap, spill->count + 1, sizeof(*spill->sources));
    spill->sources[spill->count++] = (struct source){.begin = begin, .end = spill->len};
    return 0;
}

/* Moves what is left of the window to its front and fills it up. */
static int refill(struct spill *spill, struct source *source, struct err *err)
{
    size_t left = source->window_len - source->window_at;
    memmove(source->window, source->window + source->window_at, left);
    source->window_at = 0;
    source->window_len = left;
    while (source->window_len < WINDOW_SIZE && source->at < source->end) {
        size_t room = WINDOW_SIZE - source->window_len;
        off_t rest = source->end - source->at;
        ssize_t got = pread(spill->fd, source->window + source->window_len,
                            (off_t)room < rest ? room : (size_t)rest, source->at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set_errno(err, got < 0 ? errno : EIO,
                                 "cannot read the temporary file for sorting tags");
        source->at += got;
        source->window_len += (size_t)got;
    }
    return 0;
}

/* 1 with the source's next tag in it, 0 at its end. */
static int advance(struct spill *spill, struct source *source, struct err *err)
{
    const size_t most = sizeof(uint16_t) + TAG_SIZE_MAX;
    if (source->window_len - source->window_at < most && source->at < source->end &&
        refill(spill, source, err) != 0)
        return -1;
    if (source->window_at == source->window_len)
        return 0;
    uint16_t len;
    memcpy(&len, source->window + source->window_at, sizeof(len));
    source->tag = (struct span){source->window + source->window_at + sizeof(len), len};
    source->window_at += sizeof(len) + len;
    return 1;
}

/* Lets the source at INDEX sink to its place in the heap. */
static void sink(struct spill *spill, size_t index)
{
    struct source **heap = spill->heap;
    struct source *sinking = heap[index];
    for (size_t child; (child = 2 * index + 1) < spill->heap_len; index = child) {
        if (child + 1 < spill->heap_len && span_compare(heap[child + 1]->tag, heap[child]->tag) > 0)
            child++;
        if (span_compare(sinking->tag, heap[child]->tag) >= 0)
            break;
        heap[index] = heap[child];
    }
    heap[index] = sinking;
}

int spill_rewind(struct spill *spill, struct err *err)
{
    free(spill->heap);
    spill->heap = mem_calloc(spill->count, sizeof(struct source *));
    spill->heap_len = 0;
    spill->begun = false;
    for (size_t i = 0; i < spill->count; i++) {
        struct source *source = &spill->sources[i];
        source->at = source->begin;
        source->window_at = source->window_len = 0;
        off_t len = source->end - source->begin;
        if (!source->window)
            source->window = mem_alloc(len < WINDOW_SIZE ? (size_t)len : WINDOW_SIZE);
        int found = advance(spill, source, err);
        if (found < 0)
            return -1;
        if (found == 1)
            spill->heap[spill->heap_len++] = source;
    }
    for (size_t i = spill->heap_len; i-- > 0;)
        sink(spill, i);
    return 0;
}

/* Takes the greatest tag into spill->last. 0 at the end. */
static int take_top(struct spill *spill, struct err *err)
{
    if (spill->heap_len == 0)
        return 0;
    struct source *top = spill->heap[0];
    memcpy(spill->last, top->tag.data, top->tag.len);
    spill->last_len = top->tag.len;
    int found = advance(spill, top, err);
    if (found < 0)
        return -1;
    if (found == 0)
        spill->heap[0] = spill->heap[--spill->heap_len];
    if (spill->heap_len != 0)
        sink(spill, 0);
    return 1;
}

int spill_next(struct spill *spill, struct span *ret_tag, struct err *err)
{
    const struct span last = {spill->last, spill->last_len};
    /* The same tag may come from several runs. */
    while (spill->begun && spill->heap_len != 0 && span_equal(spill->heap[0]->tag, last)) {
        if (take_top(spill, err) < 0)
            return -1;
    }
    int found = take_top(spill, err);
    if (found != 1)
        return found;
    spill->begun = true;
    *ret_tag = (struct span){spill->last, spill->last_len};
    return 1;
}
