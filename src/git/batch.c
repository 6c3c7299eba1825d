#include "git/batch.h"

#include <string.h>

void git_batch_init(struct git_batch *batch, const struct git_oid *oids, size_t count,
                    size_t max_bytes,
                    int (*on_object)(void *arg, const struct git_object *object, struct err *err),
                    void *arg)
{
    *batch = (struct git_batch){
        .oids = oids, .count = count, .max_bytes = max_bytes, .on_object = on_object, .arg = arg};
    /* Room for a content and the newline behind it, or for a header. */
    buf_init(&batch->kept,
             max_bytes + 1 > GIT_BATCH_HEADER_MAX ? max_bytes + 1 : GIT_BATCH_HEADER_MAX);
}

void git_batch_finish(struct git_batch *batch)
{
    buf_finish(&batch->kept);
}

static int fail(struct err *err)
{
    return err_set(err, ERR_UNAVAILABLE, "git: malformed list of objects");
}

static int deliver(struct git_batch *batch, struct span content, struct err *err)
{
    struct git_object object = batch->object;
    object.content = content;
    batch->next++;
    batch->in_content = false;
    int answer = batch->on_object(batch->arg, &object, err);
    buf_clear(&batch->kept);
    return answer;
}

static enum git_object_kind kind_of(struct span type)
{
    if (span_is(type, "blob"))
        return GIT_OBJECT_BLOB;
    return span_is(type, "commit") ? GIT_OBJECT_COMMIT : GIT_OBJECT_OTHER;
}

static int take_header(struct git_batch *batch, struct span line, struct err *err)
{
    struct span id, type, rest = line;
    struct git_oid oid;
    if (batch->next == batch->count || !span_next(&rest, ' ', &id) ||
        !span_next(&rest, ' ', &type) || !git_oid_read(id, &oid) ||
        !git_oid_equal(&oid, &batch->oids[batch->next]))
        return fail(err);
    batch->object = (struct git_object){.index = batch->next};
    if (span_is(type, "missing") && rest.len == 0) {
        batch->lost = batch->all_present;
        return batch->lost ? err_set(err, ERR_UNAVAILABLE, "git: object %s is missing", oid.hex)
                           : deliver(batch, SPAN_LITERAL(""), err);
    }
    if (!span_to_u64(rest, &batch->object.size_bytes) || batch->object.size_bytes == UINT64_MAX)
        return fail(err);
    batch->object.kind = kind_of(type);
    batch->left_bytes = batch->object.size_bytes + 1;
    batch->in_content = true;
    buf_clear(&batch->kept);
    return 0;
}

/* Takes what *PIECE has of the header line. */
static int feed_header(struct git_batch *batch, struct span *piece, struct err *err)
{
    ptrdiff_t end = span_find_byte(*piece, '\n');
    size_t len = end < 0 ? piece->len : (size_t)end;
    if (batch->kept.len + len > GIT_BATCH_HEADER_MAX)
        return fail(err);
    struct span line = span_slice(*piece, 0, len);
    *piece = span_slice(*piece, end < 0 ? len : len + 1, piece->len);
    if (end < 0 || batch->kept.len != 0) {
        buf_add_span(&batch->kept, line);
        line = buf_span(&batch->kept);
    }
    return end < 0 ? 0 : take_header(batch, line, err);
}

/* Takes what *PIECE has of the content and of the newline behind it. */
static int feed_content(struct git_batch *batch, struct span *piece, struct err *err)
{
    size_t len = batch->left_bytes < piece->len ? (size_t)batch->left_bytes : piece->len;
    struct span part = span_slice(*piece, 0, len);
    bool keep = batch->object.size_bytes <= batch->max_bytes;
    *piece = span_slice(*piece, len, piece->len);
    batch->left_bytes -= len;
    if (keep && (batch->left_bytes != 0 || batch->kept.len != 0)) {
        buf_add_span(&batch->kept, part);
        part = buf_span(&batch->kept); /* else all of it came in one piece: no copy */
    }
    if (batch->left_bytes != 0)
        return 0;
    if (part.data[part.len - 1] != '\n')
        return fail(err);
    return deliver(batch, keep ? span_slice(part, 0, part.len - 1) : SPAN_LITERAL(""), err);
}

int git_batch_feed(void *arg, struct span piece, struct err *err)
{
    struct git_batch *batch = arg;
    while (piece.len != 0) {
        int answer =
            batch->in_content ? feed_content(batch, &piece, err) : feed_header(batch, &piece, err);
        if (answer != 0)
            return -1;
    }
    return 0;
}

int git_batch_end(const struct git_batch *batch, struct err *err)
{
    if (batch->next != batch->count)
        return fail(err);
    return 0;
}
