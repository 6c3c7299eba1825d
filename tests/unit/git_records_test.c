#include "test.h"

#include "base/mem.h"
#include "git/records.h"

static int keep_record(void *arg, struct span record, struct err *err)
{
    (void)err;
    buf_addf(arg, "[%.*s]", (int)record.len, record.data);
    return 0;
}

static void splits_records_anywhere(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\n\nfour\n";
    for (size_t step = 1; step < sizeof(text); step++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(100);
        CLEANUP(git_records_finish) struct git_records records;
        struct err err;
        git_records_init(&records, '\n', keep_record, &got);
        for (size_t at = 0; at < sizeof(text) - 1; at += step) {
            struct span piece = span_slice(span_of(text), at, at + step);
            check_ok("feed", git_records_feed(&records, piece, &err), &err);
        }
        check_ok("end", git_records_end(&records, &err), &err);
        check_text("records", buf_text(&got), "[one][two][][four]");
    }
}

static void caps_records(void **state)
{
    (void)state;
    CLEANUP(mem_freep) char *text = mem_alloc(GIT_RECORD_MAX + 2);
    memset(text, 'x', GIT_RECORD_MAX + 1);
    text[GIT_RECORD_MAX + 1] = '\n';
    CLEANUP(buf_finish) struct buf got = BUF_INIT(2 * GIT_RECORD_MAX);
    CLEANUP(git_records_finish) struct git_records records;
    struct err err;
    git_records_init(&records, '\n', keep_record, &got);
    struct span longest = {text + 1, GIT_RECORD_MAX + 1};
    check_ok("at the limit", git_records_feed(&records, longest, &err), &err);
    struct span over = {text, GIT_RECORD_MAX + 2};
    check_fails("past the limit", git_records_feed(&records, over, &err), &err, ERR_INVALID,
                "git: an entry is longer than the limit of 65536 bytes");
}

static void misses_the_end_of_a_record(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf got = BUF_INIT(100);
    CLEANUP(git_records_finish) struct git_records records;
    struct err err;
    git_records_init(&records, '\0', keep_record, &got);
    check_ok("feed", git_records_feed(&records, SPAN_LITERAL("a\0b"), &err), &err);
    check_fails("end", git_records_end(&records, &err), &err, ERR_UNAVAILABLE,
                "git: the output ends in the middle of an entry");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_records_anywhere),
        cmocka_unit_test(caps_records),
        cmocka_unit_test(misses_the_end_of_a_record),
    };
    return test_main("git_records", tests);
}
