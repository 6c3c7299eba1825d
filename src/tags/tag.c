#include "tags/tag.h"

/* Does one of the eight bytes stand below 0x20? */
static bool has_control(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    return ((word - ones * 0x20) & ~word & ones * 0x80) != 0;
}

int tag_check(struct span tag, struct err *err)
{
    if (tag.len == 0)
        return err_set(err, ERR_INVALID, "a tag is empty");
    if (tag.len > TAG_SIZE_MAX)
        return err_set(err, ERR_INVALID, "tag '%.40s...' is longer than %d bytes", tag.data,
                       TAG_SIZE_MAX);
    size_t whole = tag.len & ~(size_t)7;
    bool bad = false;
    for (size_t i = 0; i < whole; i += 8)
        bad = bad || has_control(tag_word(tag, i));
    for (size_t i = whole; i < tag.len; i++)
        bad = bad || (unsigned char)tag.data[i] < 0x20;
    if (bad)
        return err_set(err, ERR_INVALID, "tag '%.*s' holds a control character", (int)tag.len,
                       tag.data);
    return 0;
}

size_t tag_common_prefix(struct span a, struct span b)
{
    size_t most = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < most; i += 8) {
        uint64_t differing = tag_word(a, i) ^ tag_word(b, i);
        if (differing != 0) {
            size_t same = i + (size_t)__builtin_clzll(differing) / 8;
            return same < most ? same : most;
        }
    }
    return most;
}

uint64_t tag_hash(uint64_t hash, struct span tag)
{
    const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; i < tag.len; i += 8) {
        hash = (hash ^ tag_word(tag, i)) * factor;
        hash ^= hash >> 32;
    }
    hash = (hash ^ tag.len) * factor;
    return hash ^ hash >> 29;
}
