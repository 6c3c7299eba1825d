#include "test.h"

#include "base/mem.h"
#include "base/quote.h"

static void quotes_as_go_does(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *quoted, *ascii;
        bool raw;
    } rows[] = {
        {SPAN_LITERAL(""), "\"\"", "\"\"", true},
        {SPAN_LITERAL("a b"), "\"a b\"", "\"a b\"", true},
        {SPAN_LITERAL("a\"\\'`"), "\"a\\\"\\\\'`\"", "\"a\\\"\\\\'`\"", false},
        {SPAN_LITERAL("\a\b\f\n\r\t\v"), "\"\\a\\b\\f\\n\\r\\t\\v\"", "\"\\a\\b\\f\\n\\r\\t\\v\"",
         false},
        {SPAN_LITERAL("\t"), "\"\\t\"", "\"\\t\"", true},
        {SPAN_LITERAL("\0\x1b\x7f"), "\"\\x00\\x1b\\x7f\"", "\"\\x00\\x1b\\x7f\"", false},
        {SPAN_LITERAL("\xff"
                      "a"),
         "\"\\xffa\"", "\"\\xffa\"", false},
        {SPAN_LITERAL("\xc3\xa9"), "\"\xc3\xa9\"", "\"\\u00e9\"", true},
        {SPAN_LITERAL("\xc2\xa0"), "\"\\u00a0\"", "\"\\u00a0\"", true},
        {SPAN_LITERAL("\xef\xbb\xbf"), "\"\\ufeff\"", "\"\\ufeff\"", false},
        {SPAN_LITERAL("\xef\xbf\xbd"), "\"\xef\xbf\xbd\"", "\"\\ufffd\"", true},
        {SPAN_LITERAL("\xf0\x9f\x98\x80"), "\"\xf0\x9f\x98\x80\"", "\"\\U0001f600\"", true},
        {SPAN_LITERAL("\xf3\xa0\x81\xbf"), "\"\\U000e007f\"", "\"\\U000e007f\"", true},
        {SPAN_LITERAL("\xcd\xb8"), "\"\\u0378\"", "\"\\u0378\"", true}, /* not assigned */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf quoted = BUF_INIT(100);
        CLEANUP(buf_finish) struct buf ascii = BUF_INIT(100);
        CLEANUP(buf_finish) struct buf again = BUF_INIT(100);
        quote_go(rows[i].text, &quoted);
        check_text("quoted", buf_text(&quoted), rows[i].quoted);
        quote_go_ascii(rows[i].text, &ascii);
        check_text("ascii", buf_text(&ascii), rows[i].ascii);
        check_int(rows[i].quoted, quote_go_fits_raw(rows[i].text), rows[i].raw);
        assert_true(quote_go_read(buf_span(&ascii), &again));
        check_span(rows[i].ascii, buf_span(&again), rows[i].text);
    }
}

static void quotes_as_package_time_does(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf quoted = BUF_INIT(100);
    quote_go_time(SPAN_LITERAL("a\"\\\n\x7f\xc3\xa9"), &quoted);
    check_text("quoted", buf_text(&quoted), "\"a\\\"\\\\\\x0a\x7f\\xc3\\xa9\"");
}

static void quotes_runes(void **state)
{
    (void)state;
    static const struct {
        uint32_t rune;
        const char *quoted, *ascii;
    } rows[] = {
        {'a', "'a'", "'a'"},
        {'\'', "'\\''", "'\\''"},
        {'"', "'\"'", "'\"'"},
        {0xe9, "'\xc3\xa9'", "'\\u00e9'"},
        {0, "'\\x00'", "'\\x00'"},
        {0xd800, "'\xef\xbf\xbd'", "'\\ufffd'"},
        {0x110000, "'\xef\xbf\xbd'", "'\\ufffd'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf quoted = BUF_INIT(100);
        quote_go_rune(rows[i].rune, false, &quoted);
        check_text("rune", buf_text(&quoted), rows[i].quoted);
        buf_clear(&quoted);
        quote_go_rune(rows[i].rune, true, &quoted);
        check_text("ascii", buf_text(&quoted), rows[i].ascii);
    }
}

static void reads_literals(void **state)
{
    (void)state;
    static const struct {
        struct span text, value;
    } good[] = {
        {SPAN_LITERAL("\"\\101\\x41\\u0041\\U00000041\""), SPAN_LITERAL("AAAA")},
        {SPAN_LITERAL("\"\\377\\xff\""), SPAN_LITERAL("\xff\xff")},
        {SPAN_LITERAL("\"\xff\""), SPAN_LITERAL("\xef\xbf\xbd")},
        {SPAN_LITERAL("\"'\""), SPAN_LITERAL("'")},
        {SPAN_LITERAL("`a\\n\"\r\n`"), SPAN_LITERAL("a\\n\"\n")},
    };
    static const char *const bad[] = {
        "",          "\"",
        "\"a",       "a\"",
        "\"\\'\"",   "\"\\q\"",
        "\"\\\"",    "\"\\400\"",
        "\"\\12\"",  "\"\\x1\"",
        "\"\\u12\"", "\"\\ud800\"",
        "\"a\nb\"",  "\"\\U00110000\"",
        "`a`b`",     "'a'",
        "\"a\"b\"",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        CLEANUP(buf_finish) struct buf value = BUF_INIT(100);
        assert_true(quote_go_read(good[i].text, &value));
        check_span(good[i].text.data, buf_span(&value), good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEANUP(buf_finish) struct buf value = BUF_INIT(100);
        check_int(bad[i], quote_go_read(span_of(bad[i]), &value), false);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_as_go_does),
        cmocka_unit_test(quotes_as_package_time_does),
        cmocka_unit_test(quotes_runes),
        cmocka_unit_test(reads_literals),
    };
    return test_main("quote", tests);
}
