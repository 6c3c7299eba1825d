#include "test.h"

#include "golden.h"
#include "yaml/yaml_key.h"
#include "yaml/yaml_load.h"
#include "yaml/yaml_plain.h"
#include "yaml/yaml_print.h"
#include "yaml/yaml_tree.h"

static struct json *parse_json(const char *row, struct span text)
{
    struct json *value = NULL;
    struct err err;
    check_ok(row, json_parse(text, &value, &err), &err);
    return value;
}

/* VALUE's document without its first line, in BUF. */
static struct span printed(const struct json *value, struct buf *buf)
{
    yaml_print_document(value, buf);
    return span_slice(buf_span(buf), strlen("---\n"), buf->len);
}

static void check_print(const char *row, struct span in, struct span out)
{
    CLEANUP(json_freep) struct json *value = parse_json(row, in);
    CLEANUP(buf_finish) struct buf got = BUF_INIT(GOLDEN_MAX);
    check_span(row, printed(value, &got), out);

    /* And it reads back. */
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    CLEANUP(buf_finish) struct buf again = BUF_INIT(GOLDEN_MAX);
    struct err err;
    check_ok(row, yaml_load(buf_span(&got), &docs, &err), &err);
    check_span(row, printed(docs.len != 0 ? docs.items[0].value : NULL, &again), out);
}

static void prints_as_kubernetes_does(void **state)
{
    (void)state;
    golden_each(CASES "/yaml/print.txt", check_print);
}

static void prints_documents(void **state)
{
    (void)state;
    CLEANUP(json_freep) struct json *value = parse_json("object", span_of("{\"a\":[]}"));
    CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
    yaml_print_document(value, &got);
    yaml_print_document(value, &got);
    check_text("two", buf_text(&got), "---\na: []\n---\na: []\n");
}

static void check_load(const char *row, struct span in, struct span out)
{
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    CLEANUP(buf_finish) struct buf got = BUF_INIT(GOLDEN_MAX);
    struct err err;
    if (yaml_load(in, &docs, &err) != 0) {
        buf_addf(&got, "error: %s\n", err.text);
        check_int(row, err.class, ERR_INVALID);
    }
    for (size_t i = 0; i < docs.len; i++) {
        buf_addf(&got, "%zu: ", docs.items[i].line);
        json_print(docs.items[i].value, JSON_STYLE_SORTED, &got);
        buf_addc(&got, '\n');
    }
    check_span(row, buf_span(&got), out);
}

static void loads_as_kubernetes_does(void **state)
{
    (void)state;
    golden_each(CASES "/yaml/load.txt", check_load);
}

static void add_times(struct buf *buf, const char *text, size_t count)
{
    while (count-- != 0)
        buf_adds(buf, text);
}

static void check_loads(const char *row, struct buf *text, const char *want)
{
    CLEANUP(yaml_load_finish) struct yaml_docs docs = YAML_DOCS_INIT;
    struct err err;
    int answer = yaml_load(buf_span(text), &docs, &err);
    if (want)
        check_fails(row, answer, &err, ERR_INVALID, want);
    else
        check_ok(row, answer, &err);
    buf_clear(text);
}

static void bounds_what_aliases_make(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(GOLDEN_MAX);
    /* Ten times ten times ten … */
    buf_adds(&text, "- &a0 x\n");
    for (int i = 1; i <= 9; i++)
        buf_addf(&text, "- &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
    check_loads("laughs", &text, "line 2: document contains excessive aliasing");

    /* One long text, many times. */
    buf_adds(&text, "- &a ");
    add_times(&text, "x", 4096);
    add_times(&text, "\n- *a", YAML_LOAD_COST_MAX / 4096);
    check_loads("long", &text, "line 8067: document contains excessive aliasing");

    /* A chain that is deep only once it is resolved: every second level. */
    for (size_t over = 0; over <= 1; over++) {
        buf_adds(&text, "- &a0 []\n");
        for (size_t i = 1; i < YAML_LOAD_DEPTH_MAX - 1 + over; i++)
            buf_addf(&text, "- &a%zu [*a%zu]\n", i, i - 1);
        check_loads("chain", &text, over ? "line 1: nests deeper than 256 levels" : NULL);
    }
}

static void refuses_large_texts(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(YAML_LOAD_SIZE_MAX + 1);
    buf_adds(&text, "{\"a\": 1}");
    add_times(&text, " ", YAML_LOAD_SIZE_MAX + 1 - text.len);
    check_loads("as JSON too", &text, "YAML text is longer than 8388608 bytes");
}

static void knows_plain_scalars(void **state)
{
    (void)state;
    static const struct {
        enum yaml_plain_kind kind;
        const char *texts[40];
    } rows[] = {
        {YAML_PLAIN_NULL, {"", "~", "null", "Null", "NULL"}},
        {YAML_PLAIN_BOOL,
         {"y",    "Y",    "yes",   "Yes",   "YES",   "n",  "N",  "no", "No",  "NO",  "true",
          "True", "TRUE", "false", "False", "FALSE", "on", "On", "ON", "off", "Off", "OFF"}},
        {YAML_PLAIN_NUMBER,
         {"0",
          "42",
          "-1",
          "+1",
          "012",
          "08",
          "1_000",
          "0x1f",
          "0X1F",
          "0o17",
          "0b101",
          "1.20",
          "1.",
          ".5",
          "-.5",
          "1e3",
          "1E-3",
          "1.5e+10",
          ".inf",
          "-.Inf",
          "+.INF",
          ".nan",
          ".NaN",
          "1:20",
          "190:20:30.15",
          "-1:2",
          "685_230.15",
          "1__0",
          "+_1",
          "0_x1",
          "123456789012345678901234567890",
          "1e400"}},
        {YAML_PLAIN_DATE,
         {"2024-01-31", "2024-1-3", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43.10 -5",
          "2001-12-15T2:59:43Z", "9999-99-99"}},
        {YAML_PLAIN_STRING,
         {"a",
          "v1",
          "2.4.1",
          "1.2.3",
          "nO",
          "tRUE",
          "nuLL",
          "~a",
          "..",
          ".",
          "+",
          "-",
          "0x",
          "0b2",
          "0o8",
          "1e",
          "e1",
          ".e3",
          "._5",
          "_1",
          "=",
          "<<",
          "inf",
          "nan",
          "1:60",
          "1:",
          "1:2:",
          "12a",
          "0xg",
          "2024-01",
          "2024-01-31x",
          "20240-01-01",
          "2024-01-31T10:00",
          "yess",
          "1.2.3-rc.1",
          "sha256:12",
          "reg.example/shop/web:2.4.1",
          "1 2",
          "\xc3\xa9"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (size_t j = 0; j < ARRAY_LEN(rows[i].texts) && rows[i].texts[j]; j++)
            check_int(rows[i].texts[j], yaml_plain_kind(span_of(rows[i].texts[j])), rows[i].kind);
    }
}

static void knows_what_fits_plain(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool in_block, in_flow;
    } rows[] = {
        {"a", true, true},
        {"", false, false},
        {"a b", true, true},
        {" a", false, false},
        {"a ", false, false},
        {"a:b", true, true},
        {"a: b", false, false},
        {"a:", false, false},
        {"a:,b", true, false},
        {"a#b", true, true},
        {"a #b", false, false},
        {"#a", false, false},
        {"a,b", true, false},
        {"a]", true, false},
        {"a{", true, false},
        {"-a", true, true},
        {"-", false, false},
        {"- a", false, false},
        {"-]", true, false},
        {"?a", true, true},
        {"? a", false, false},
        {":a", true, true},
        {":", false, false},
        {"*a", false, false},
        {"&a", false, false},
        {"!a", false, false},
        {"|", false, false},
        {">", false, false},
        {"'a", false, false},
        {"\"a", false, false},
        {"%a", false, false},
        {"@a", false, false},
        {"`a", false, false},
        {"---", false, false},
        {"...", false, false},
        {"--", true, true},
        {"a\tb", false, false},
        {"a\nb", false, false},
        {"\xc3\xa9", true, true},
        {"\xff", false, false},
        {"a\xc2\x85", false, false},
        {"a\xe2\x80\xa8", false, false},
        {"a\xef\xbb\xbf", false, false},
        {"a\x7f", false, false},
        {"web:2.4.1@sha256:0f", true, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int(rows[i].text, yaml_plain_fits(span_of(rows[i].text), false), rows[i].in_block);
        check_int(rows[i].text, yaml_plain_fits(span_of(rows[i].text), true), rows[i].in_flow);
    }
}

static void orders_keys(void **state)
{
    (void)state;
    static const char *const sorted[] = {
        "",    "-",  ".b",  "1",  "1a",  "01",    "2",     "10",     "A",  "a", "a-b",      "a0",
        "a00", "a1", "a1b", "a2", "a10", "a10.1", "a10.9", "a10.10", "ab", "b", "\xc3\xa9",
    };
    for (size_t i = 0; i < ARRAY_LEN(sorted); i++) {
        for (size_t j = i + 1; j < ARRAY_LEN(sorted); j++) {
            CLEANUP(json_freep) struct json *object = json_new_object();
            json_put_text(object, sorted[j], "");
            json_put_text(object, sorted[i], "");
            const char **keys = yaml_key_sorted(object);
            check_text(sorted[j], keys[0], sorted[i]);
            check_text(sorted[i], keys[1], sorted[j]);
            free(keys);
        }
    }
}

/* Each node as `role@start/content-end`, and its parent. */
static void builds_trees(void **state)
{
    (void)state;
    CLEANUP(yaml_tree_finish) struct yaml_tree tree = YAML_TREE_INIT;
    CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
    struct span text = SPAN_LITERAL("a: &x # c\n  !!str b\nc: [d, {e: f}]\n---\n? [g]\n: *x\n");
    struct err err;
    check_ok("parse", yaml_tree_parse(text, &tree, &err), &err);
    for (size_t i = 0; i < tree.len; i++) {
        const struct yaml_node *node = &tree.nodes[i];
        assert_int_equal(yaml_tree_index(&tree, node), i);
        buf_addf(&got, "%zu<%d %c%.*s@%u/%u-%u after %u line %u%s\n", i, (int)node->parent,
                 "rikv"[node->role], (int)node -> value.len, node->value.data, node->start,
                 node->content, node->end, node->after, node->line,
                 yaml_tree_in_flow(&tree, node) ? " flow" : "");
    }
    check_text("nodes", buf_text(&got),
               "0<-1 r@0/0-35 after 9 line 1\n"
               "1<0 ka@0/0-1 after 2 line 1\n"
               "2<0 vb@3/18-19 after 3 line 1\n"
               "3<0 kc@20/20-21 after 4 line 3\n"
               "4<0 v@23/23-34 after 9 line 3\n"
               "5<4 id@24/24-25 after 6 line 3 flow\n"
               "6<4 i@27/27-33 after 9 line 3 flow\n"
               "7<6 ke@28/28-29 after 8 line 3 flow\n"
               "8<6 vf@31/31-32 after 9 line 3 flow\n"
               "9<-1 r@39/39-50 after 13 line 5\n"
               "10<9 k@41/41-44 after 12 line 5\n"
               "11<10 ig@42/42-43 after 12 line 5 flow\n"
               "12<9 vx@47/47-49 after 13 line 6\n");
    check_text("anchor", tree.nodes[2].anchor.len == 1 ? "x" : "", "x");
    check_span("tag", tree.nodes[2].tag, span_of("tag:yaml.org,2002:str"));
    assert_ptr_equal(yaml_tree_member(&tree, 0, "c"), &tree.nodes[4]);
    assert_ptr_equal(yaml_tree_member(&tree, 6, "e"), &tree.nodes[8]);
    assert_null(yaml_tree_member(&tree, 0, "b"));
    assert_null(yaml_tree_member(&tree, 4, "d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_as_kubernetes_does),
        cmocka_unit_test(prints_documents),
        cmocka_unit_test(loads_as_kubernetes_does),
        cmocka_unit_test(bounds_what_aliases_make),
        cmocka_unit_test(refuses_large_texts),
        cmocka_unit_test(knows_plain_scalars),
        cmocka_unit_test(knows_what_fits_plain),
        cmocka_unit_test(orders_keys),
        cmocka_unit_test(builds_trees),
    };
    return test_main("yaml", tests);
}
