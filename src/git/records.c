#include "git/records.h"

void git_records_init(struct git_records *records, char separator,
                      int (*on_record)(void *arg, struct span record, struct err *err), void *arg)
{
    *records = (struct git_records){.separator = separator, .on_record = on_record, .arg = arg};
    buf_init(&records->partial, GIT_RECORD_MAX);
}

void git_records_finish(struct git_records *records)
{
    buf_finish(&records->partial);
}

static int keep(struct git_records *records, struct span part, struct err *err)
{
    buf_add_span(&records->partial, part);
    if (buf_overflowed(&records->partial))
        return err_set(err, ERR_INVALID, "git: an entry is longer than the limit of %d bytes",
                       GIT_RECORD_MAX);
    return 0;
}

static int deliver(struct git_records *records, struct span part, struct err *err)
{
    if (records->partial.len == 0 && part.len <= GIT_RECORD_MAX)
        return records->on_record(records->arg, part, err);
    if (keep(records, part, err) != 0)
        return -1;
    int answer = records->on_record(records->arg, buf_span(&records->partial), err);
    buf_clear(&records->partial);
    return answer;
}

int git_records_feed(void *arg, struct span piece, struct err *err)
{
    struct git_records *records = arg;
    ptrdiff_t end;
    while ((end = span_find_byte(piece, records->separator)) >= 0) {
        if (deliver(records, span_slice(piece, 0, (size_t)end), err) != 0)
            return -1;
        piece = span_slice(piece, (size_t)end + 1, piece.len);
    }
    return keep(records, piece, err);
}

int git_records_end(const struct git_records *records, struct err *err)
{
    if (records->partial.len != 0)
        return err_set(err, ERR_UNAVAILABLE, "git: the output ends in the middle of an entry");
    return 0;
}
