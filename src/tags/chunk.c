#include "tags/chunk.h"

#include <endian.h>

enum {
    NIBBLE = 15, /* stands for a length that does not fit four bits */
};

void chunk_clear(struct chunk *chunk)
{
    chunk->first_len = 0;
    chunk->last_len = 0;
    chunk->count = 0;
    chunk->full = false;
    chunk->len = 0;
}

static void put_more(struct chunk *chunk, size_t value)
{
    if (value < NIBBLE)
        return;
    value -= NIBBLE;
    if (value >= 0x80)
        chunk->data[chunk->len++] = (unsigned char)(0x80 | value >> 7);
    chunk->data[chunk->len++] = value & 0x7f;
}

/* Whether the list is to be cut after TAG, which took ENTRY_LEN bytes: long
 * tags more often than short ones, for chunks of the same size. */
static bool is_cut(const struct chunk *chunk, struct span tag, size_t entry_len)
{
    if (chunk->len < CHUNK_CUT_MIN)
        return false;
    return chunk->len > CHUNK_CUT_MAX || tag_hash(0, tag) % CHUNK_CUT_MEAN < entry_len;
}

void chunk_add(struct chunk *chunk, struct span tag)
{
    if (chunk->count == 0) {
        memcpy(chunk->first, tag.data, tag.len);
        chunk->first[tag.len] = '\0';
        chunk->first_len = tag.len;
        memcpy(chunk->last, tag.data, tag.len);
        chunk->last_len = tag.len;
    }
    size_t before = chunk->len;
    size_t common = tag_common_prefix((struct span){chunk->last, chunk->last_len}, tag);
    size_t rest = tag.len - common;
    size_t high = common < NIBBLE ? common : NIBBLE;
    size_t low = rest < NIBBLE ? rest : NIBBLE;
    chunk->data[chunk->len++] = (unsigned char)(high << 4 | low);
    put_more(chunk, common);
    put_more(chunk, rest);
    memcpy(chunk->data + chunk->len, tag.data + common, rest);
    chunk->len += rest;
    memcpy(chunk->last + common, tag.data + common, rest);
    chunk->last_len = tag.len;
    chunk->count++;
    chunk->full = is_cut(chunk, tag, chunk->len - before);
}

static uint32_t check_value(struct span first, struct span data)
{
    return htole32((uint32_t)tag_hash(tag_hash(0, first), data));
}

struct span chunk_seal(struct chunk *chunk)
{
    struct span data = {(const char *)chunk->data, chunk->len};
    uint32_t check = check_value((struct span){chunk->first, chunk->first_len}, data);
    memcpy(chunk->data + chunk->len, &check, sizeof(check));
    chunk->full = true;
    data.len += sizeof(check);
    return data;
}

bool chunk_open(struct chunk_reader *reader, struct span first, struct span data)
{
    if (first.len > TAG_SIZE_MAX || data.len <= CHUNK_CHECK_SIZE)
        return false;
    struct span entries = span_slice(data, 0, data.len - CHUNK_CHECK_SIZE);
    uint32_t check = check_value(first, entries);
    if (memcmp(&check, data.data + entries.len, sizeof(check)) != 0)
        return false;
    memcpy(reader->tag, first.data, first.len);
    reader->len = first.len;
    reader->rest = entries;
    return true;
}

static bool take_byte(struct span *rest, unsigned *ret)
{
    if (rest->len == 0)
        return false;
    *ret = (unsigned char)rest->data[0];
    rest->data++;
    rest->len--;
    return true;
}

/* Completes a length whose four bits say that more follows. */
static bool take_more(struct span *rest, size_t *length)
{
    unsigned byte = 0;
    unsigned low = 0;
    if (*length != NIBBLE)
        return true;
    if (!take_byte(rest, &byte) || ((byte & 0x80) != 0 && !take_byte(rest, &low)))
        return false;
    *length += (byte & 0x80) != 0 ? (byte & 0x7f) << 7 | low : byte;
    return true;
}

int chunk_next(struct chunk_reader *reader, struct span *ret_tag)
{
    struct span rest = reader->rest;
    unsigned header = 0;
    if (!take_byte(&rest, &header))
        return 0;
    size_t common = header >> 4;
    size_t more = header & 15;
    if (!take_more(&rest, &common) || !take_more(&rest, &more) || common > reader->len ||
        more > rest.len || common + more > TAG_SIZE_MAX)
        return -1;
    memcpy(reader->tag + common, rest.data, more);
    reader->len = common + more;
    reader->tag[reader->len] = '\0';
    reader->rest = (struct span){rest.data + more, rest.len - more};
    *ret_tag = (struct span){reader->tag, reader->len};
    return 1;
}
