#include "test.h"

#include "base/buf.h"
#include "base/mem.h"
#include "registry/tag_stream.h"

static int collect(void *arg, struct span tag, struct err *err)
{
    (void)err;
    buf_add_span(arg, tag);
    buf_addc(arg, '\n');
    return 0;
}

/* Feeds TEXT in pieces of STEP bytes. */
static int read_all(struct span text, size_t step, struct tag_stream *stream, struct buf *tags,
                    struct err *err)
{
    tag_stream_init(stream, collect, tags);
    for (size_t at = 0; at < text.len; at += step) {
        if (tag_stream_feed(stream, span_slice(text, at, at + step), err) != 0)
            return -1;
    }
    return tag_stream_end(stream, err);
}

static const size_t steps[] = {1, 2, 3, 7, 1000000};

static void reads_tags(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tags;
        size_t skipped;
        const char *first_skipped;
    } rows[] = {
        {"{\"name\":\"a/b\",\"tags\":[\"1.0\",\"latest\",\"v2_x-y.Z\"]}", "1.0\nlatest\nv2_x-y.Z\n",
         0, ""},
        {" {\n\t\"tags\" : [ \"a\" , \"b\" ] , \"name\" : \"x\" } \r\n", "a\nb\n", 0, ""},
        {"{\"tags\":[]}", "", 0, ""},
        {"{\"tags\":null}", "", 0, ""},
        {"{\"name\":\"x\"}", "", 0, ""},
        {"{\"name\":null,\"next\":\"/v2/x\",\"tags\":[\"a\",\"a\"]}", "a\na\n", 0, ""},
        {"{\"x\":{\"tags\":[\"no\",{\"tags\":[\"no\"]}]},\"tags\":[\"a\"],\"y\":[[\"no\"]]}", "a\n",
         0, ""},
        {"{\"x\":[1,-0,0.5,1e9,-2E-3,1.25e+7,true,false,null],\"tags\":[\"a\"]}", "a\n", 0, ""},
        {"{\"\\u0074ags\":[\"\\u0061\\u002D\\n\",\"\\u0061\"]}", "a\n", 1, "a-\n"},
        {"{\"tags\":[\"\",\"a b\",\"\xc3\xa9\",\"\\ud83d\\ude00\",\"ok\",\"a/b\"]}", "ok\n", 5, ""},
        {"{\"tags\":[\"x:y\",\"\\\"\"]}", "", 2, "x:y"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
            CLEANUP(buf_finish) struct buf tags = BUF_INIT(10000);
            struct tag_stream stream;
            struct err err;
            check_ok(rows[i].text, read_all(span_of(rows[i].text), steps[s], &stream, &tags, &err),
                     &err);
            check_text(rows[i].text, buf_text(&tags), rows[i].tags);
            check_int(rows[i].text, stream.skipped, rows[i].skipped);
            check_text(rows[i].text, stream.first_skipped, rows[i].first_skipped);
        }
    }
}

static void refuses_what_is_no_tag_list(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        enum err_class class;
    } rows[] = {
        {"", "EOF", ERR_UNAVAILABLE},
        {"  ", "EOF", ERR_UNAVAILABLE},
        {"{\"tags\":[\"a\"", "unexpected EOF", ERR_UNAVAILABLE},
        {"{\"tags\":[\"a", "unexpected EOF", ERR_UNAVAILABLE},
        {"<html>", "invalid character '<' looking for beginning of value", ERR_INVALID},
        {"\x1f\x8b\x08", "invalid character '\\x1f' looking for beginning of value", ERR_INVALID},
        {"[\"a\"]", "a JSON value that is no object", ERR_INVALID},
        {"\"tags\"", "a JSON value that is no object", ERR_INVALID},
        {"7", "a JSON value that is no object", ERR_INVALID},
        {"{}", "a JSON object without the member \"tags\"", ERR_INVALID},
        {"{\"errors\":[]}", "a JSON object without the member \"tags\"", ERR_INVALID},
        {"{\"tags\":{}}", "\"tags\" is no list of strings", ERR_INVALID},
        {"{\"tags\":\"a\"}", "\"tags\" is no list of strings", ERR_INVALID},
        {"{\"tags\":[1]}", "\"tags\" is no list of strings", ERR_INVALID},
        {"{\"tags\":[\"a\",null]}", "\"tags\" is no list of strings", ERR_INVALID},
        {"{\"tags\":[[\"a\"]]}", "\"tags\" is no list of strings", ERR_INVALID},
        {"{\"tags\":[],\"tags\":[\"a\"]}", "a tag list with two members \"tags\"", ERR_INVALID},
        {"{\"tags\":[]}x", "invalid character 'x' after top-level value", ERR_INVALID},
        {"{\"tags\":[\"a\"\"b\"]}", "invalid character '\"' after array element", ERR_INVALID},
        {"{\"tags\":[\"a\",]}", "invalid character ']' looking for beginning of value",
         ERR_INVALID},
        {"{\"tags\":[,\"a\"]}", "invalid character ',' looking for beginning of value",
         ERR_INVALID},
        {"{\"tags\":[],}", "invalid character '}' looking for beginning of object key string",
         ERR_INVALID},
        {"{tags:[]}", "invalid character 't' looking for beginning of object key string",
         ERR_INVALID},
        {"{\"tags\" []}", "invalid character '[' after object key", ERR_INVALID},
        {"{\"tags\":[]]", "invalid character ']' after object key:value pair", ERR_INVALID},
        {"{\"a\":01}", "invalid character '1' after object key:value pair", ERR_INVALID},
        {"{\"a\":-}", "invalid character '}' in numeric literal", ERR_INVALID},
        {"{\"a\":1.}", "invalid character '}' after decimal point in numeric literal", ERR_INVALID},
        {"{\"a\":1e}", "invalid character '}' in exponent of numeric literal", ERR_INVALID},
        {"{\"a\":nul}", "invalid character '}' in a literal", ERR_INVALID},
        {"{\"a\":\"\n\"}", "invalid character '\\x0a' in string literal", ERR_INVALID},
        {"{\"a\":\"\xff\"}", "invalid character '\\xff' in string literal", ERR_INVALID},
        {"{\"a\":\"\xc0\x80\"}", "invalid character '\\xc0' in string literal", ERR_INVALID},
        {"{\"a\":\"\xed\xa0\x80\"}", "invalid character '\\xa0' in string literal", ERR_INVALID},
        {"{\"a\":\"\\x\"}", "invalid character 'x' in string escape code", ERR_INVALID},
        {"{\"a\":\"\\u12g4\"}", "invalid character 'g' in \\u hexadecimal character escape",
         ERR_INVALID},
        {"{\"a\":\"\\u0000\"}", "invalid code point in \\u escape", ERR_INVALID},
        {"{\"a\":\"\\ud800\"}", "invalid code point in \\u escape", ERR_INVALID},
        {"{\"a\":\"\\ud800\\u0041\"}", "invalid code point in \\u escape", ERR_INVALID},
        {"{\"a\":\"\\udc00\"}", "invalid code point in \\u escape", ERR_INVALID},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
            CLEANUP(buf_finish) struct buf tags = BUF_INIT(10000);
            struct tag_stream stream;
            struct err err;
            check_fails(rows[i].text,
                        read_all(span_of(rows[i].text), steps[s], &stream, &tags, &err), &err,
                        rows[i].class, rows[i].want);
        }
    }
}

static void refuses_nul_bytes(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf tags = BUF_INIT(100);
    struct tag_stream stream;
    struct err err;
    check_fails("in a tag",
                read_all(SPAN_LITERAL("{\"tags\":[\"a\0b\"]}"), 100, &stream, &tags, &err), &err,
                ERR_INVALID, "invalid character '\\x00' in string literal");
    check_fails("between", read_all(SPAN_LITERAL("{\0}"), 100, &stream, &tags, &err), &err,
                ERR_INVALID,
                "invalid character '\\x00' looking for beginning of object key string");
}

static void holds_its_limits(void **state)
{
    (void)state;
    char longest[TAG_STREAM_TAG_MAX + 2];
    memset(longest, 't', sizeof(longest));
    for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
        CLEANUP(buf_finish) struct buf tags = BUF_INIT(10000);
        struct tag_stream stream;
        struct err err;
        buf_addf(&text, "{\"tags\":[\"%.*s\",\"%.*s\",\"a\"]}", TAG_STREAM_TAG_MAX, longest,
                 TAG_STREAM_TAG_MAX + 1, longest);
        check_ok("length", read_all(buf_span(&text), steps[s], &stream, &tags, &err), &err);
        check_int("at and after", tags.len, TAG_STREAM_TAG_MAX + 1 + 2);
        check_int("over", stream.skipped, 1);
        check_int("sample", strlen(stream.first_skipped), TAG_STREAM_TAG_MAX);
    }
    for (int over = 0; over < 2; over++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(10000);
        CLEANUP(buf_finish) struct buf tags = BUF_INIT(10000);
        struct tag_stream stream;
        struct err err;
        int depth = TAG_STREAM_DEPTH_MAX - 1 + over;
        buf_adds(&text, "{\"tags\":[],\"x\":");
        for (int i = 0; i < depth; i++)
            buf_addc(&text, '[');
        for (int i = 0; i < depth; i++)
            buf_addc(&text, ']');
        buf_addc(&text, '}');
        int answer = read_all(buf_span(&text), 1, &stream, &tags, &err);
        if (over)
            check_fails("depth", answer, &err, ERR_INVALID, "JSON nests deeper than 64 levels");
        else
            check_ok("depth", answer, &err);
    }
}

static int stop_at_b(void *arg, struct span tag, struct err *err)
{
    buf_add_span(arg, tag);
    return span_is(tag, "b") ? err_set(err, ERR_CONFLICT, "enough") : 0;
}

static void stops_when_told(void **state)
{
    (void)state;
    for (size_t s = 0; s < ARRAY_LEN(steps); s++) {
        CLEANUP(buf_finish) struct buf tags = BUF_INIT(100);
        struct tag_stream stream;
        struct err err;
        struct span text = SPAN_LITERAL("{\"tags\":[\"a\",\"b\",\"c\"]}");
        int answer = 0;
        tag_stream_init(&stream, stop_at_b, &tags);
        for (size_t at = 0; answer == 0 && at < text.len; at += steps[s])
            answer = tag_stream_feed(&stream, span_slice(text, at, at + steps[s]), &err);
        check_fails("stop", answer, &err, ERR_CONFLICT, "enough");
        check_text("tags", buf_text(&tags), "ab");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tags),        cmocka_unit_test(refuses_what_is_no_tag_list),
        cmocka_unit_test(refuses_nul_bytes), cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(stops_when_told),
    };
    return test_main("tag_stream", tests);
}
