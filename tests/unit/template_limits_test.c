/* What bounds a template: each limit is met exactly, and then exceeded. */
#include "test.h"

#include "adapt/json.h"
#include "base/str.h"
#include "template/data.h"
#include "template/template.h"
#include "template/value.h"

/* Renders TEXT with null as data into OUT. */
static int render(struct span text, struct buf *out, struct err *err)
{
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(template_data_freep) struct template_data *data = template_data_new_json(NULL);
    if (template_parse("t", text, &template, err) != 0)
        return -1;
    return template_render(template, data, out, err);
}

static void add_repeated(struct buf *buf, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_adds(buf, text);
}

/* BEFORE, COUNT times REPEATED, and so on. */
struct shape {
    const char *name;
    const char *before, *repeated, *between, *repeated_after, *after;
    size_t most;        /* times that are fine; one more is not */
    const char *output; /* at the limit, or NULL for any */
    const char *error;  /* part of the text beyond it */
};

static void build(const struct shape *shape, size_t count, struct buf *text)
{
    buf_adds(text, shape->before);
    add_repeated(text, shape->repeated, count);
    buf_adds(text, shape->between);
    add_repeated(text, shape->repeated_after, count);
    buf_adds(text, shape->after);
}

static const struct shape shapes[] = {
    {"bytes of a template", "", "x", "", "", "", TEMPLATE_TEXT_MAX, NULL,
     "template: t: text is longer than 65536 bytes"},
    {"nested parentheses", "{{", "(", "1", ")", "}}", TEMPLATE_PARSE_DEPTH_MAX, "1",
     "template: t:1: max expression depth exceeded"},
    {"nested actions", "", "{{if 1}}", "x", "{{end}}", "", TEMPLATE_PARSE_DEPTH_MAX, "x",
     "template: t:1: actions nest too deeply"},
    {"chained else if", "{{if 0}}", "{{else if 0}}", "{{else}}x{{end}}", "", "",
     TEMPLATE_PARSE_DEPTH_MAX - 1, "x", "template: t:1: actions nest too deeply"},
    {"bytes of a regular expression", "{{regexMatch \"", "a", "\" \"\"}}", "", "", 4096, "false",
     "regular expression is longer than 4096 bytes"},
    {"bytes of a layout", "{{len (toDate \"\" \"\").UTC.String}}{{$_ := toDate \"", "x",
     "\" \"\"}}", "", "", 1024, "29", "layout is longer than 1024 bytes"},
    {"bytes of a version", "{{semver \"1.0.0-", "a", "\" | printf \"%T\"}}", "", "", 250,
     "*semver.Version", "version string is too long (max 256 bytes)"},
};

static void each_length_and_depth(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * TEMPLATE_TEXT_MAX);
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        struct err err;
        build(&shapes[i], shapes[i].most, &text);
        check_ok(shapes[i].name, render(buf_span(&text), &out, &err), &err);
        if (shapes[i].output)
            check_text(shapes[i].name, buf_text(&out), shapes[i].output);
        buf_clear(&text);
        build(&shapes[i], shapes[i].most + 1, &text);
        check_int(shapes[i].name, render(buf_span(&text), &out, &err), -1);
        if (!strstr(err.text, shapes[i].error))
            fail_msg("%s: got \"%s\", want \"…%s…\"", shapes[i].name, err.text, shapes[i].error);
        assert_int_equal(err.class, ERR_INVALID);
    }
}

/* A template that is fine, one that exceeds a limit, and the end of its error. */
static const struct {
    const char *name, *good, *output, *bad, *error;
} amounts[] = {
    {"bytes of output", "{{repeat 1048570 \"a\" | len}}{{repeat 3 \"ab\"}}", "1048570ababab",
     "{{repeat 1048570 \"a\"}}{{repeat 4 \"ab\"}}",
     "at <{{repeat 4 \"ab\"}}>: output is longer than 1048576 bytes"},
    {"bytes of output, text", "{{$x := repeat 1048576 \"a\"}}{{len $x}}", "1048576",
     "{{repeat 1048576 \"a\"}}b", "at <b>: output is longer than 1048576 bytes"},
    {"bytes of a text", "{{repeat 1048576 \"a\" | len}}", "1048576",
     "{{repeat 1048577 \"a\" | len}}", "error calling repeat: text is longer than 1048576 bytes"},
    {"bytes printed to a text", "{{printf \"%1048576d\" 1 | len}}", "1048576",
     "{{printf \"%1048577d\" 1}}", "error calling printf: text is longer than 1048576 bytes"},
    {"digits of a float", "{{printf \"%.999999f\" 1.5 | len}}", "1000001",
     "{{printf \"%.1048576f\" 1.5}}", "error calling printf: text is longer than 1048576 bytes"},
    {"indentation", "{{indent 1048575 \"a\" | len}}", "1048576", "{{indent 1048576 \"a\"}}",
     "error calling indent: text is longer than 1048576 bytes"},
    {"elements of a list", "{{until 65536 | len}}", "65536", "{{until 65537}}",
     "error calling until: list is longer than 65536 elements"},
    {"elements of a sequence", "{{seq 65536 | len}}", "382109", "{{seq 65537}}",
     "error calling seq: list is longer than 65536 elements"},
    {"parts of a text", "{{splitList \"\" (repeat 65536 \"a\") | len}}", "65536",
     "{{splitList \"\" (repeat 65537 \"a\")}}",
     "error calling splitList: list is longer than 65536 elements"},
    {"matches", "{{regexFindAll \"a\" (repeat 3000 \"a\") -1 | len}}", "3000",
     "{{regexFindAll \"a*b|a\" (repeat 30000 \"a\") -1 | len}}",
     "error calling regexFindAll: template needs more than 4000000 steps"},
    {"depth of a value",
     "{{$l := list}}{{range until 300}}{{$l = list $l}}{{end}}{{print $l | len}}", "602",
     "{{$l := list}}{{range until 301}}{{$l = list $l}}{{end}}{{print $l}}",
     "error calling print: value nests deeper than 300 levels"},
    {"depth of JSON", "{{print (repeat 300 \"[\") (repeat 300 \"]\") | fromJson | print | len}}",
     "600", "{{print (repeat 301 \"[\") (repeat 301 \"]\") | fromJson}}",
     "error calling fromJson: value nests deeper than 300 levels"},
    {"a value that holds itself", "{{$d := dict}}{{$_ := set $d \"d\" $d}}{{len $d}}", "1",
     "{{$d := dict}}{{$_ := set $d \"d\" $d}}{{$d}}", ": value nests deeper than 300 levels"},
    {"digits of a product", "{{mulf 1.234567890123456 1.234567890123456 | print | len}}", "18",
     "{{$x := 1.2345678901234567}}{{mulf $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x "
     "$x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x "
     "$x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x "
     "$x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x "
     "$x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x $x}}",
     "error calling mulf: number has more than 2048 digits"},
    {"groups of a replacement", "{{regexReplaceAll \"a\" \"a\" \"[$63]\"}}", "[]",
     "{{regexReplaceAll \"(a)\" (repeat 99999999 \"a\") \"$1\"}}",
     "error calling repeat: text is longer than 1048576 bytes"},
};

static void each_amount(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        struct err err;
        check_ok(amounts[i].name, render(span_of(amounts[i].good), &out, &err), &err);
        check_text(amounts[i].name, buf_text(&out), amounts[i].output);
        buf_clear(&out);
        check_int(amounts[i].name, render(span_of(amounts[i].bad), &out, &err), -1);
        if (!str_ends_with(err.text, amounts[i].error))
            fail_msg("%s: got \"%s\", want \"…%s\"", amounts[i].name, err.text, amounts[i].error);
        assert_int_equal(out.len, 0);
    }
}

/* Templates that go on for ever, or nearly, and what stops them. */
static const struct {
    const char *text, *error;
} endless[] = {
    {"{{range 9223372036854775807}}{{end}}", "needs more than 4000000 steps"},
    {"{{range 100000}}{{range 100000}}{{end}}{{end}}", "needs more than 4000000 steps"},
    {"{{define \"d\"}}{{template \"d\" .}}{{end}}{{template \"d\" .}}",
     "exceeded maximum template depth (500)"},
    {"{{define \"a\"}}{{template \"b\" .}}{{end}}{{define \"b\"}}{{template \"a\" .}}{{end}}"
     "{{template \"a\" .}}",
     "exceeded maximum template depth (500)"},
    {"{{range 100}}{{$x := repeat 1000000 \"a\"}}{{end}}",
     "needs more than 67108864 bytes of memory"},
    {"{{$l := list}}{{range until 200}}{{$l = list $l $l}}{{end}}{{$l}}",
     "output is longer than 1048576 bytes"},
    {"{{$l := list}}{{range until 200}}{{$l = list $l $l}}{{end}}{{toJson $l | len}}",
     "needs more than 4000000 steps"},
    {"{{$l := list}}{{$m := list}}{{range until 200}}{{$l = list $l $l}}{{$m = list $m $m}}"
     "{{end}}{{deepEqual $l $m}}",
     "needs more than 4000000 steps"},
    {"{{$d := dict}}{{$_ := set $d \"d\" $d}}{{$e := dict}}{{$_ := set $e \"d\" $e}}"
     "{{deepEqual $d $e}}",
     "value nests deeper than 300 levels"},
    {"{{$d := dict}}{{$_ := set $d \"d\" $d}}{{deepCopy $d}}",
     "value nests deeper than 300 levels"},
    {"{{$d := dict}}{{$_ := set $d \"d\" $d}}{{toJson $d}}", "value nests deeper than 300 levels"},
    {"{{$s := \"x\"}}{{range until 100}}{{$s = print $s $s}}{{end}}",
     "text is longer than 1048576 bytes"},
    {"{{$l := list}}{{range 1000000}}{{$l = append $l .}}{{end}}",
     "list is longer than 65536 elements"},
    {"{{$d := dict}}{{range $i := 1000000}}{{$_ := set $d (printf \"%07d\" (sub 9999999 $i)) 1}}"
     "{{end}}",
     "needs more than 4000000 steps"},
    {"{{$x := repeat 1000000 \"a\"}}{{range 1000000}}{{$_ := sha512sum $x}}{{end}}",
     "needs more than 4000000 steps"},
    {"{{uniq (until 60000)}}", "needs more than 4000000 steps"},
    {"{{range 1000000}}{{$_ := regexMatch \"(\\\\pL{30}){10}\" \"a\"}}{{end}}",
     "needs more than 4000000 steps"},
    {"{{regexMatch \"((\\\\pL{10}){10}){10}\" \"a\"}}", "expression too large"},
};

static void nothing_goes_on_for_ever(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(endless); i++) {
        CLEANUP(buf_finish) struct buf out = BUF_INIT(TEMPLATE_OUTPUT_MAX);
        struct err err;
        check_int(endless[i].text, render(span_of(endless[i].text), &out, &err), -1);
        if (!strstr(err.text, endless[i].error))
            fail_msg("%s: got \"%s\", want \"…%s…\"", endless[i].text, err.text, endless[i].error);
        assert_int_equal(err.class, ERR_INVALID);
    }
}

/* The data's own memory is the caller's; the budget begins anew each time. */
static void a_budget_is_for_one_rendering(void **state)
{
    (void)state;
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(json_freep) struct json *json = NULL;
    struct err err;
    check_ok("json", json_parse(SPAN_LITERAL("{\"a\":[1,2,3]}"), &json, &err), &err);
    CLEANUP(template_data_freep) struct template_data *data = template_data_new_json(json);
    check_ok(
        "parse",
        template_parse("t", SPAN_LITERAL("{{range 1000000}}{{end}}{{len .a}}"), &template, &err),
        &err);
    for (int i = 0; i < 5; i++) {
        CLEANUP(buf_finish) struct buf out = BUF_INIT(100);
        check_ok("render", template_render(template, data, &out, &err), &err);
        check_text("render", buf_text(&out), "3");
    }
}

static void output_goes_behind_what_is_there(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf out = BUF_INIT(100);
    struct err err;
    buf_adds(&out, "before ");
    check_ok("good", render(SPAN_LITERAL("{{print 1}}"), &out, &err), &err);
    check_text("good", buf_text(&out), "before 1");
    check_int("bad", render(SPAN_LITERAL("x{{fail \"no\"}}"), &out, &err), -1);
    check_text("bad", buf_text(&out), "before 1");
}

static void a_long_node_leaves_room_for_the_error(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_TEXT_MAX);
    CLEANUP(buf_finish) struct buf out = BUF_INIT(100);
    struct err err;
    buf_adds(&text, "{{fail (print \"no\") | printf \"");
    add_repeated(&text, "x", 3000);
    buf_adds(&text, "\" | upper 1}}");
    check_int("long", render(buf_span(&text), &out, &err), -1);
    check_text("short", err.text + strlen(err.text) - 4, ": no");
    buf_clear(&text);
    buf_adds(&text, "{{index (list 1) (len \"");
    add_repeated(&text, "x", 3000);
    buf_adds(&text, "\")}}");
    check_int("long", render(buf_span(&text), &out, &err), -1);
    assert_non_null(strstr(err.text, "xxx...>: error calling index: index out of range: 3000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_length_and_depth),
        cmocka_unit_test(each_amount),
        cmocka_unit_test(nothing_goes_on_for_ever),
        cmocka_unit_test(a_budget_is_for_one_rendering),
        cmocka_unit_test(output_goes_behind_what_is_there),
        cmocka_unit_test(a_long_node_leaves_room_for_the_error),
    };
    return test_main("template_limits", tests);
}
