#include "test.h"

#include "adapt/json.h"

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    struct err err;
    check_ok(text, json_parse(span_of(text), &value, &err), &err);
    return value;
}

static void prints_in_each_style(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *value = parse("{\"b\":1,\"a\":[true,null,\"x\",1.5]}");
    CLEANUP(buf_finish) struct buf text = BUF_INIT(1000);
    json_print(value, JSON_STYLE_COMPACT, &text);
    check_text("compact", buf_text(&text), "{\"b\":1,\"a\":[true,null,\"x\",1.5]}");
    buf_clear(&text);
    json_print(value, JSON_STYLE_SORTED, &text);
    check_text("sorted", buf_text(&text), "{\"a\":[true,null,\"x\",1.5],\"b\":1}");
}

static void readers_take_anything(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *value = parse("{\"a\":{\"b\":\"text\"},\"n\":3}");
    int64_t number = 0;
    check_text("path", json_text(json_member(json_member(value, "a"), "b")), "text");
    check_text("absent", json_text(json_member(json_member(value, "x"), "b")), NULL);
    check_text("wrong kind", json_member_text(json_member(value, "n"), "b"), NULL);
    assert_true(json_int(json_member(value, "n"), &number) && number == 3);
    assert_false(json_int(json_member(value, "a"), &number));
    assert_int_equal(json_count(NULL), 0);
}

static void refuses_bad_texts(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf deep = BUF_INIT(10000);
    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        buf_addc(&deep, '[');
    const struct span bad[] = {SPAN_LITERAL(""),         SPAN_LITERAL("{"),
                               SPAN_LITERAL("1 2"),      SPAN_LITERAL("\"\\u0000\""),
                               SPAN_LITERAL("\"\xff\""), buf_span(&deep),
                               SPAN_LITERAL("[1\0]")};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct json *value = NULL;
        struct err err;
        check_int("refused", json_parse(bad[i], &value, &err), -1);
        assert_int_equal(err.class, ERR_INVALID);
        assert_null(value);
    }
}

static void patches_merge_and_diff(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        /* before, after, patch */
        {"{\"a\":1}", "{\"a\":1}", "{}"},
        {"{\"a\":1,\"b\":2}", "{\"b\":3}", "{\"a\":null,\"b\":3}"},
        {"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"x\":1}}", "{\"a\":{\"y\":null}}"},
        {"{\"a\":[1,2]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"a\":1}", "{\"a\":{\"b\":{\"c\":1}}}", "{\"a\":{\"b\":{\"c\":1}}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(json_freep) struct json *before = parse(rows[i][0]);
        CLEANUP(json_freep) struct json *after = parse(rows[i][1]);
        CLEANUP(json_freep) struct json *want = parse(rows[i][2]);
        CLEANUP(json_freep) struct json *patch = json_diff_patch(before, after);
        check_int(rows[i][2], json_same(patch, want), true);
        json_merge_patch(before, patch);
        check_int(rows[i][1], json_same(before, after), true);
    }
}

static void texts_become_utf8(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *value = json_new_span(SPAN_LITERAL("a\xff"));
    check_text("bad byte", json_text(value), "a\xef\xbf\xbd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_in_each_style), cmocka_unit_test(readers_take_anything),
        cmocka_unit_test(refuses_bad_texts),    cmocka_unit_test(patches_merge_and_diff),
        cmocka_unit_test(texts_become_utf8),
    };
    return test_main("json", tests);
}
