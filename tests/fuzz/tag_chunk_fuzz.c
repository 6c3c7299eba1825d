/*
 * Two properties of chunks. Lines that are sorted and cut into chunks read
 * back the same. And any bytes that carry a right check value can be read
 * without harm: each tag is within its limit, and there is an end.
 */
#include "fuzz.h"

#include <endian.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strlist.h"
#include "tags/chunk.h"

/* Appends the tags of a chunk; false if it is damaged. */
static bool read_chunk(struct span first, struct span data, struct strlist *ret)
{
    struct chunk_reader reader;
    struct span tag;
    int found;
    if (!chunk_open(&reader, first, data))
        return false;
    while ((found = chunk_next(&reader, &tag)) == 1) {
        FUZZ_ASSERT(tag.len <= TAG_SIZE_MAX);
        FUZZ_ASSERT(tag.data[tag.len] == '\0');
        strlist_add_span(ret, tag);
    }
    return found == 0;
}

static void check_round_trip(struct span lines)
{
    CLEANUP(strlist_finish) struct strlist tags = STRLIST_INIT;
    CLEANUP(strlist_finish) struct strlist back = STRLIST_INIT;
    struct chunk chunk;
    for (struct span line; span_next(&lines, '\n', &line);) {
        if (tag_check(line, NULL) == 0)
            strlist_add_span(&tags, line);
    }
    strlist_sort(&tags, true);
    chunk_clear(&chunk);
    const char *first = NULL;
    for (size_t i = tags.len; i-- > 0;) {
        first = first ? first : tags.items[i];
        chunk_add(&chunk, span_of(tags.items[i]));
        if (!chunk.full && i > 0)
            continue;
        struct span data = chunk_seal(&chunk);
        FUZZ_ASSERT(data.len <= CHUNK_SIZE_MAX);
        FUZZ_ASSERT(read_chunk(span_of(first), data, &back));
        chunk_clear(&chunk);
        first = NULL;
    }
    FUZZ_ASSERT(back.len == tags.len);
    for (size_t i = 0; i < back.len; i++)
        FUZZ_ASSERT(span_is(span_of(back.items[i]), tags.items[tags.len - 1 - i]));
}

/* The input's first line is where the chunk begins, the rest its entries. */
static void check_any(struct span input)
{
    CLEANUP(strlist_finish) struct strlist tags = STRLIST_INIT;
    CLEANUP(buf_finish) struct buf data = BUF_INIT(input.len + CHUNK_CHECK_SIZE);
    struct span first;
    if (!span_next(&input, '\n', &first))
        return;
    uint32_t check = htole32((uint32_t)tag_hash(tag_hash(0, first), input));
    buf_add_span(&data, input);
    buf_add(&data, &check, sizeof(check));
    read_chunk(first, buf_span(&data), &tags);
    FUZZ_ASSERT(tags.len <= 2 * input.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_round_trip((struct span){(const char *)data, size});
    check_any((struct span){(const char *)data, size});
    return 0;
}
