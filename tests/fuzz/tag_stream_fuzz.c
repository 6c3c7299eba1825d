/*
 * The tag stream takes what the JSON parser takes, and hands on the same tags,
 * wherever the pieces are cut; what it refuses beyond that, its header names.
 */
#include <string.h>

#include "fuzz.h"

#include "adapt/json.h"
#include "base/buf.h"
#include "registry/tag_stream.h"

static int collect(void *arg, struct span tag, struct err *err)
{
    (void)err;
    FUZZ_ASSERT(tag.len >= 1 && tag.len <= TAG_STREAM_TAG_MAX);
    buf_add_span(arg, tag);
    buf_addc(arg, '\n');
    return 0;
}

/* Reads TEXT in pieces whose lengths SEED chooses. */
static int stream_tags(struct span text, uint32_t seed, struct buf *tags, struct err *err)
{
    struct tag_stream stream;
    tag_stream_init(&stream, collect, tags);
    while (text.len != 0) {
        seed = seed * 1664525 + 1013904223;
        struct span piece = span_slice(text, 0, 1 + (seed >> 16) % 97);
        if (tag_stream_feed(&stream, piece, err) != 0)
            return -1;
        text = span_slice(text, piece.len, text.len);
    }
    return tag_stream_end(&stream, err);
}

static bool is_tag(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.",
                    text.data[i]))
            return false;
    }
    return text.len >= 1 && text.len <= TAG_STREAM_TAG_MAX;
}

/* The tags of a parsed document; -1 if it is no tag list. */
static int parsed_tags(const struct json *document, struct buf *tags)
{
    const struct json *list = json_member(document, "tags");
    if (json_kind(document) != JSON_KIND_OBJECT || (!list && !json_member(document, "name")) ||
        (json_kind(list) != JSON_KIND_ARRAY && json_kind(list) != JSON_KIND_NULL))
        return -1;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *tag = json_at(list, i);
        if (json_kind(tag) != JSON_KIND_STRING)
            return -1;
        if (is_tag(json_span(tag)))
            collect(tags, json_span(tag), NULL);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    CLEANUP(buf_finish) struct buf first = BUF_INIT(2 * size + 16);
    CLEANUP(buf_finish) struct buf second = BUF_INIT(2 * size + 16);
    CLEANUP(buf_finish) struct buf parsed = BUF_INIT(2 * size + 16);
    CLEANUP(json_freep) struct json *document = NULL;
    struct err first_err, second_err, json_err;
    int one = stream_tags(text, (uint32_t)size, &first, &first_err);
    int two = stream_tags(text, (uint32_t)size + 7, &second, &second_err);
    FUZZ_ASSERT(one == two && span_equal(buf_span(&first), buf_span(&second)));
    FUZZ_ASSERT(one == 0 || strcmp(first_err.text, second_err.text) == 0);
    int json = json_parse(text, &document, &json_err);
    if (one == 0) {
        /* The parser alone also refuses numbers that do not fit its types. */
        FUZZ_ASSERT(json == 0 || strstr(json_err.text, "too big") ||
                    strstr(json_err.text, "overflow"));
        FUZZ_ASSERT(json != 0 || parsed_tags(document, &parsed) == 0);
        FUZZ_ASSERT(json != 0 || span_equal(buf_span(&first), buf_span(&parsed)));
    } else if (json == 0) {
        FUZZ_ASSERT(parsed_tags(document, &parsed) != 0 || strstr(first_err.text, "nests deeper") ||
                    strstr(first_err.text, "two members") || strstr(first_err.text, "no list"));
    }
    return 0;
}
