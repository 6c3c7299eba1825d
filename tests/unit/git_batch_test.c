#include "test.h"

#include "base/mem.h"
#include "git/batch.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static int keep_object(void *arg, const struct git_object *object, struct err *err)
{
    (void)err;
    static const char *const kinds[] = {"missing", "blob", "commit", "other"};
    buf_addf(arg, "%zu %s %ju [%.*s]|", object->index, kinds[object->kind],
             (uintmax_t)object->size_bytes, (int)object->content.len, object->content.data);
    return 0;
}

static int feed_batch(struct span text, size_t step, size_t max_bytes, bool all_present,
                      struct buf *got, struct err *err)
{
    static const struct git_oid oids[] = {{ID_A}, {ID_B}, {ID_A}};
    CLEANUP(git_batch_finish) struct git_batch batch;
    git_batch_init(&batch, oids, ARRAY_LEN(oids), max_bytes, keep_object, got);
    batch.all_present = all_present;
    for (size_t at = 0; at < text.len; at += step) {
        if (git_batch_feed(&batch, span_slice(text, at, at + step), err) != 0)
            return -1;
    }
    return git_batch_end(&batch, err);
}

static void reads_batches_in_any_pieces(void **state)
{
    (void)state;
    const struct span text =
        SPAN_LITERAL(ID_A " blob 6\none\n2\n\n" ID_B " missing\n" ID_A " commit 0\n\n");
    static const struct {
        size_t max;
        const char *want;
    } cases[] = {
        {6, "0 blob 6 [one\n2\n]|1 missing 0 []|2 commit 0 []|"},
        {5, "0 blob 6 []|1 missing 0 []|2 commit 0 []|"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t step = 1; step <= text.len; step++) {
            CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
            struct err err;
            check_ok("feed", feed_batch(text, step, cases[i].max, false, &got, &err), &err);
            check_text("objects", buf_text(&got), cases[i].want);
        }
    }
}

static void refuses_malformed_batches(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        ID_A " blob 3\none\n",                  /* two are missing */
        ID_B " blob 3\none\n",                  /* another object */
        ID_A " blob 3\nfour\n",                 /* no newline where it belongs */
        ID_A " blob -3\n",                      /* no size */
        ID_A " blob 99999999999999999999999\n", /* too large a size */
        ID_A " blob 18446744073709551615\n",    /* the newline does not fit any more */
        ID_A " blob\n",                         /* half a header */
        "rubbish\n",
        "fatal: something without an end",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        struct err err;
        check_fails(texts[i], feed_batch(span_of(texts[i]), 7, 100, false, &got, &err), &err,
                    ERR_UNAVAILABLE, "git: malformed list of objects");
    }
    CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
    struct err err;
    check_fails("missing", feed_batch(span_of(ID_A " missing\n"), 7, 100, true, &got, &err), &err,
                ERR_UNAVAILABLE, "git: object " ID_A " is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_batches_in_any_pieces),
        cmocka_unit_test(refuses_malformed_batches),
    };
    return test_main("git_batch", tests);
}
