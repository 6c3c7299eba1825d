#include "registry/tag_stream.h"

#include <string.h>

enum state {
    BEGIN,        /* the whole: an object */
    VALUE,        /* a value must come */
    VALUE_OR_END, /* after '[' */
    KEY_OR_END,   /* after '{' */
    KEY,          /* after ',' in an object */
    COLON,        /* after a key */
    COMMA_OR_END, /* after a value */
    SCALAR,       /* in a key, string, number or literal */
    DONE,
};

/* The bytes that a tag may have. */
static const bool tag_bytes[256] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true,
    ['_'] = true,         ['-'] = true,         ['.'] = true,
};

void tag_stream_init(struct tag_stream *stream, tag_stream_fn *on_tag, void *arg)
{
    *stream = (struct tag_stream){.on_tag = on_tag, .arg = arg, .state = BEGIN};
}

static bool in_object(const struct tag_stream *stream)
{
    return stream->depth != 0 && (stream->objects >> (stream->depth - 1) & 1) != 0;
}

/* Directly in the list of tags, not in something nested. */
static bool at_tags(const struct tag_stream *stream)
{
    return stream->in_tags && stream->depth == 2;
}

static int enter(struct tag_stream *stream, bool object, struct err *err)
{
    if (stream->depth == TAG_STREAM_DEPTH_MAX)
        return err_set(err, ERR_INVALID, "JSON nests deeper than %d levels", TAG_STREAM_DEPTH_MAX);
    uint64_t bit = UINT64_C(1) << stream->depth++;
    stream->objects = object ? stream->objects | bit : stream->objects & ~bit;
    stream->state = object ? KEY_OR_END : VALUE_OR_END;
    return 0;
}

static void value_ended(struct tag_stream *stream)
{
    if (stream->depth == 1)
        stream->in_tags = false;
    stream->state = stream->depth == 0 ? DONE : COMMA_OR_END;
}

static void leave(struct tag_stream *stream)
{
    stream->depth--;
    value_ended(stream);
}

static int emit_tag(struct tag_stream *stream, struct span tag, struct err *err)
{
    stream->tags++;
    return stream->on_tag(stream->arg, tag, err);
}

static bool is_tag(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!tag_bytes[(unsigned char)text.data[i]])
            return false;
    }
    return text.len != 0;
}

static int key_ended(struct tag_stream *stream, struct span key, struct err *err)
{
    stream->in_key = false;
    stream->state = COLON;
    if (stream->depth != 1)
        return 0;
    stream->has_name |= span_is(key, "name");
    stream->in_tags = span_is(key, "tags");
    if (stream->in_tags && stream->has_tags)
        return err_set(err, ERR_INVALID, "a tag list with two members \"tags\"");
    stream->has_tags |= stream->in_tags;
    return 0;
}

static int tag_ended(struct tag_stream *stream, struct span tag, bool whole, struct err *err)
{
    if (whole && is_tag(tag))
        return emit_tag(stream, tag, err);
    if (stream->skipped++ == 0 && tag.len != 0)
        memcpy(stream->first_skipped, tag.data, tag.len);
    return 0;
}

static int scalar_ended(struct tag_stream *stream, struct err *err)
{
    const struct json_scalar *scalar = &stream->scalar;
    bool whole = scalar->text_len <= TAG_STREAM_TAG_MAX, tag = at_tags(stream);
    struct span text = {scalar->text, whole ? scalar->text_len : TAG_STREAM_TAG_MAX};
    if (stream->in_key)
        return key_ended(stream, text, err);
    value_ended(stream);
    return tag ? tag_ended(stream, text, whole, err) : 0;
}

static int begin_value(struct tag_stream *stream, unsigned char byte, struct err *err)
{
    bool nested = byte == '{' || byte == '[';
    if (!nested && !json_scalar_begin(&stream->scalar, byte))
        return json_scalar_unexpected(byte, "looking for beginning of value", err);
    if (stream->depth == 0 && byte != '{')
        return err_set(err, ERR_INVALID, "a JSON value that is no object");
    /* "tags" holds a list or null, and the list holds strings. */
    if ((stream->in_tags && stream->depth == 1 && byte != '[' && byte != 'n') ||
        (at_tags(stream) && byte != '"'))
        return err_set(err, ERR_INVALID, "\"tags\" is no list of strings");
    if (nested)
        return enter(stream, byte == '{', err);
    stream->state = SCALAR;
    return 0;
}

static int begin_key(struct tag_stream *stream, unsigned char byte, struct err *err)
{
    if (byte != '"')
        return json_scalar_unexpected(byte, "looking for beginning of object key string", err);
    json_scalar_begin(&stream->scalar, byte);
    stream->in_key = true;
    stream->state = SCALAR;
    return 0;
}

static int after_value(struct tag_stream *stream, unsigned char byte, struct err *err)
{
    bool object = in_object(stream);
    if (byte == ',')
        stream->state = object ? KEY : VALUE;
    else if (byte == (object ? '}' : ']'))
        leave(stream);
    else
        return json_scalar_unexpected(
            byte, object ? "after object key:value pair" : "after array element", err);
    return 0;
}

/* A byte between the scalars. */
static int structure(struct tag_stream *stream, unsigned char byte, struct err *err)
{
    if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
        return 0;
    switch ((enum state)stream->state) {
    case BEGIN:
    case VALUE:
        return begin_value(stream, byte, err);
    case VALUE_OR_END:
        return byte == ']' ? (leave(stream), 0) : begin_value(stream, byte, err);
    case KEY_OR_END:
        return byte == '}' ? (leave(stream), 0) : begin_key(stream, byte, err);
    case KEY:
        return begin_key(stream, byte, err);
    case COLON:
        if (byte != ':')
            return json_scalar_unexpected(byte, "after object key", err);
        stream->state = VALUE;
        return 0;
    case COMMA_OR_END:
        return after_value(stream, byte, err);
    default:
        return json_scalar_unexpected(byte, "after top-level value", err);
    }
}

static int step(struct tag_stream *stream, unsigned char byte, struct err *err)
{
    if (stream->state != SCALAR)
        return structure(stream, byte, err);
    int answer = json_scalar_feed(&stream->scalar, byte, err);
    if (answer < 0 || answer == JSON_SCALAR_MORE)
        return answer;
    if (scalar_ended(stream, err) != 0)
        return -1;
    return answer == JSON_SCALAR_ENDED ? 0 : structure(stream, byte, err);
}

/*
 * The short way through what nearly all of an answer is: plain tags, each
 * followed by a comma and the next one. Takes `"tag",` from *AT on as long as
 * it finds that, and leaves everything else to the slow way.
 */
static int plain_tags(struct tag_stream *stream, const char **at, const char *end, struct err *err)
{
    while (*at < end && **at == '"') {
        const char *tag = *at + 1, *stop = tag;
        while (stop < end && tag_bytes[(unsigned char)*stop])
            stop++;
        size_t len = (size_t)(stop - tag);
        if (end - stop < 2 || stop[0] != '"' || stop[1] != ',' || len == 0 ||
            len > TAG_STREAM_TAG_MAX)
            return 0;
        *at = stop + 2;
        stream->state = VALUE;
        if (emit_tag(stream, (struct span){tag, len}, err) != 0)
            return -1;
    }
    return 0;
}

int tag_stream_feed(struct tag_stream *stream, struct span piece, struct err *err)
{
    const char *end = piece.data + piece.len;
    for (const char *at = piece.data; at < end; at++) {
        bool element = stream->state == VALUE || stream->state == VALUE_OR_END;
        if (element && at_tags(stream) && plain_tags(stream, &at, end, err) != 0)
            return -1;
        if (at < end && step(stream, (unsigned char)*at, err) != 0)
            return -1;
    }
    return 0;
}

int tag_stream_end(struct tag_stream *stream, struct err *err)
{
    if (stream->state == BEGIN)
        return err_set(err, ERR_UNAVAILABLE, "EOF");
    if (stream->state != DONE)
        return err_set(err, ERR_UNAVAILABLE, "unexpected EOF");
    if (!stream->has_tags && !stream->has_name)
        return err_set(err, ERR_INVALID, "a JSON object without the member \"tags\"");
    return 0;
}
