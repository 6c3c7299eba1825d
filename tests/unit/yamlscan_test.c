#include "test.h"

#include "adapt/yamlscan.h"
#include "base/buf.h"

enum {
    TEXT_MAX = 16 * 1024 * 1024,
};

static const char *kind_name(const struct yamlscan_event *event)
{
    static const char *const names[] = {
        [YAMLSCAN_DOCUMENT_START] = "---",
        [YAMLSCAN_DOCUMENT_END] = "...",
        [YAMLSCAN_SCALAR] = "",
        [YAMLSCAN_ALIAS] = "*",
        [YAMLSCAN_SEQUENCE_START] = "[",
        [YAMLSCAN_SEQUENCE_END] = "]",
        [YAMLSCAN_MAPPING_START] = "{",
        [YAMLSCAN_MAPPING_END] = "}",
    };
    return names[event->kind];
}

static bool shows_bytes(const struct yamlscan_event *event)
{
    return event->kind == YAMLSCAN_SCALAR || event->kind == YAMLSCAN_ALIAS ||
           event->style == YAMLSCAN_FLOW;
}

/* All events as one line: `{ a@0-1 [ …`, the bytes of scalars and brackets. */
static int render(struct span text, struct buf *ret, struct err *err)
{
    CLEANUP(yamlscan_freep) struct yamlscan *scan = yamlscan_new(text);
    struct yamlscan_event event;
    int found;
    while ((found = yamlscan_next(scan, &event, err)) == 1) {
        buf_addf(ret, "%s%s%.*s", ret->len != 0 ? " " : "", kind_name(&event), (int)event.value.len,
                 event.value.data);
        if (shows_bytes(&event))
            buf_addf(ret, "@%zu-%zu", event.start, event.end);
        if (event.anchor.len != 0)
            buf_addf(ret, "&%.*s", (int)event.anchor.len, event.anchor.data);
        if (event.tag.len != 0)
            buf_addf(ret, "!%.*s", (int)event.tag.len, event.tag.data);
    }
    return found;
}

static void tells_the_bytes(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {SPAN_LITERAL(""), ""},
        {SPAN_LITERAL("a: b"), "--- { a@0-1 b@3-4 } ..."},
        {SPAN_LITERAL("a:"), "--- { a@0-1 @2-2 } ..."},
        {SPAN_LITERAL("a:  'it''s'  # c\n"), "--- { a@0-1 it's@4-11 } ..."},
        {SPAN_LITERAL("\"\\x41\": \"b\"\n"), "--- { A@0-6 b@8-11 } ..."},
        {SPAN_LITERAL("- a\n-   b\n"), "--- [ a@2-3 b@8-9 ] ..."},
        {SPAN_LITERAL("[a, {b: c}]"), "--- [@0-1 a@1-2 {@4-5 b@5-6 c@8-9 } ] ..."},
        {SPAN_LITERAL("a: &x !!str b\nc: *x"),
         "--- { a@0-1 b@3-13&x!tag:yaml.org,2002:str c@14-15 *x@17-19 } ..."},
        {SPAN_LITERAL("a: |  # c\n  b\n\nc: d"), "--- { a@0-1 b\n@3-15 c@15-16 d@18-19 } ..."},
        {SPAN_LITERAL("a: b\n  c\n"), "--- { a@0-1 b c@3-8 } ..."},
        {SPAN_LITERAL("--- a\n---\nb\n...\n"), "--- a@4-5 ... --- b@10-11 ..."},
        /* Characters of two, three and four bytes, in front and behind. */
        {SPAN_LITERAL("\xc3\xa4: \xe2\x82\xac # \xf0\x9f\x8c\x8a\nb: c"),
         "--- { \xc3\xa4@0-2 \xe2\x82\xac@4-7 b@15-16 c@18-19 } ..."},
        {SPAN_LITERAL("\xef\xbb\xbf\x61: b"), "--- { a@3-4 b@6-7 } ..."},
        {SPAN_LITERAL("a: b\r\nc: d\r\n"), "--- { a@0-1 b@3-4 c@6-7 d@9-10 } ..."},
        {SPAN_LITERAL("a: b\rc: d"), "--- { a@0-1 b@3-4 c@5-6 d@8-9 } ..."},
        {SPAN_LITERAL("a:\tb\t# c\n"), "--- { a@0-1 b@3-4 } ..."},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        struct err err;
        check_ok(rows[i].want, render(rows[i].text, &got, &err), &err);
        check_text(rows[i].text.data, buf_text(&got), rows[i].want);
    }
}

static void refuses_what_is_no_yaml(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {SPAN_LITERAL("a: b\nc: d: e\n"), "line 2: mapping values are not allowed in this context"},
        {SPAN_LITERAL("a: {{ x }}: y\n"), "line 1: mapping values are not allowed in this context"},
        {SPAN_LITERAL("a: [b\n"),
         "line 2: did not find expected ',' or ']' while parsing a flow sequence"},
        {SPAN_LITERAL("a:\n\tb: c\n"),
         "line 2: found character that cannot start any token while scanning for the next token"},
        {SPAN_LITERAL("a: b\nc: \0\n"), "line 2: control characters are not allowed"},
        {SPAN_LITERAL("a: b\n\xff: c\n"), "line 2: invalid leading UTF-8 octet"},
        {SPAN_LITERAL("\xff\xfe\x61\0"), "line 1: YAML text is UTF-16, not UTF-8"},
        {SPAN_LITERAL("\xfe\xff\0\x61"), "line 1: YAML text is UTF-16, not UTF-8"},
        {SPAN_LITERAL("a: !x!y b\n"), "line 1: found undefined tag handle while parsing a node"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        struct err err;
        check_fails(rows[i].text.data, render(rows[i].text, &got, &err), &err, ERR_INVALID,
                    rows[i].want);
    }
}

static void add_times(struct buf *buf, const char *text, size_t count)
{
    while (count-- != 0)
        buf_adds(buf, text);
}

static void check_limit(const char *row, struct buf *text, const char *want)
{
    CLEANUP(buf_finish) struct buf got = BUF_INIT(TEXT_MAX);
    struct err err;
    int answer = render(buf_span(text), &got, &err);
    if (want)
        check_fails(row, answer, &err, ERR_INVALID, want);
    else
        check_ok(row, answer, &err);
    buf_clear(text);
}

static void holds_its_limits(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    for (size_t over = 0; over <= 1; over++) {
        const size_t depth = YAMLSCAN_DEPTH_MAX + over;
        add_times(&text, "[", depth);
        add_times(&text, "]", depth);
        check_limit("flow", &text, over ? "line 1: YAML text nests deeper than 256 levels" : NULL);
        add_times(&text, "- ", depth);
        check_limit("block", &text, over ? "line 1: YAML text nests deeper than 256 levels" : NULL);

        add_times(&text, "#", YAMLSCAN_SIZE_MAX + over);
        check_limit("size", &text, over ? "YAML text is longer than 8388608 bytes" : NULL);

        /* Beside the items: two events of the sequence, two of the document. */
        add_times(&text, "- a\n", YAMLSCAN_EVENTS_MAX - 4 + over);
        check_limit("events", &text,
                    over ? "line 499998: YAML text has more than 500000 nodes" : NULL);

        for (size_t i = 0; i < YAMLSCAN_DIRECTIVES_MAX + over; i++)
            buf_addf(&text, "%%TAG !t%zu! tag:x\n", i);
        buf_adds(&text, "--- a\n");
        add_times(&text, "# %TAG\xc3\xa9%TAG", YAMLSCAN_DIRECTIVES_MAX);
        check_limit("directives", &text,
                    over ? "YAML text has more than 32 %TAG directives" : NULL);
    }
}

/* libyaml alone takes minutes for this. */
static void stops_early_on_deep_nesting(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEXT_MAX);
    add_times(&text, "[", YAMLSCAN_SIZE_MAX);
    check_limit("deep", &text, "line 1: YAML text nests deeper than 256 levels");
    add_times(&text, "{a: ", YAMLSCAN_SIZE_MAX / 4);
    check_limit("deep", &text, "line 1: YAML text nests deeper than 256 levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_bytes),
        cmocka_unit_test(refuses_what_is_no_yaml),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(stops_early_on_deep_nesting),
    };
    return test_main("yamlscan", tests);
}
