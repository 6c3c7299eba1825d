/* git's output comes in pieces that end anywhere. Wherever they end, the same
 * records and objects come out of it, and the same verdict. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "git/batch.h"
#include "git/records.h"

enum {
    OBJECTS = 3,
    RESULT_MAX = 1024 * 1024,
};

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int on_record(void *arg, struct span record, struct err *err)
{
    (void)err;
    buf_addf(arg, "%zu:", record.len);
    buf_add_span(arg, record);
    return 0;
}

static int on_object(void *arg, const struct git_object *object, struct err *err)
{
    (void)err;
    buf_addf(arg, "%zu %d %ju:", object->index, (int)object->kind, (uintmax_t)object->size_bytes);
    buf_add_span(arg, object->content);
    return 0;
}

/* Appends what comes out of TEXT, fed in pieces of STEP bytes, and the verdict. */
static void read_records(struct span text, size_t step, struct buf *ret)
{
    CLEANUP(git_records_finish) struct git_records records;
    int answer = 0;
    git_records_init(&records, '\n', on_record, ret);
    for (size_t at = 0; at < text.len && answer == 0; at += step)
        answer = git_records_feed(&records, span_slice(text, at, at + step), NULL);
    if (answer == 0)
        answer = git_records_end(&records, NULL);
    buf_addf(ret, "=%d", answer);
}

static void read_batch(struct span text, size_t step, struct buf *ret)
{
    static const struct git_oid oids[OBJECTS] = {{ID_A}, {ID_B}, {ID_A}};
    CLEANUP(git_batch_finish) struct git_batch batch;
    int answer = 0;
    git_batch_init(&batch, oids, OBJECTS, 16, on_object, ret);
    for (size_t at = 0; at < text.len && answer == 0; at += step)
        answer = git_batch_feed(&batch, span_slice(text, at, at + step), NULL);
    if (answer == 0)
        answer = git_batch_end(&batch, NULL);
    buf_addf(ret, "=%d", answer);
}

static void check_same(void (*read)(struct span text, size_t step, struct buf *ret),
                       struct span text, size_t step)
{
    CLEANUP(buf_finish) struct buf whole = BUF_INIT(RESULT_MAX);
    CLEANUP(buf_finish) struct buf pieces = BUF_INIT(RESULT_MAX);
    read(text, text.len + 1, &whole);
    read(text, step, &pieces);
    FUZZ_ASSERT(span_equal(buf_span(&whole), buf_span(&pieces)));
}

/* The first byte says how long the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span text = {(const char *)data + 1, size - 1};
    size_t step = (size_t)data[0] + 1;
    check_same(read_records, text, step);
    check_same(read_batch, text, step);
    return 0;
}
