#include "test.h"

#include "golden.h"
#include "update/marker.h"
#include "update/update.h"
#include "update/update_path.h"
#include "update_case.h"

static void edits_golden_folders(void **state)
{
    (void)state;
    CLEANUP(strlist_finish) struct strlist names = STRLIST_INIT;
    struct err err;
    size_t count = 0;
    check_ok("cases", file_list_dir(CASES "/update", &names, &err), &err);
    for (size_t i = 0; i < names.len; i++) {
        if (str_ends_with(names.items[i], ".txt"))
            continue;
        case_check(names.items[i]);
        count++;
    }
    assert_true(count > 30);
}

static void check_example(const char *row, struct span in, struct span out)
{
    CLEANUP(case_policies_finish) struct case_policies policies = {.words = STRLIST_INIT};
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    CLEANUP(buf_finish) struct buf report = BUF_INIT(CASE_SIZE_MAX);
    CLEANUP(buf_finish) struct buf got = BUF_INIT(CASE_SIZE_MAX);
    struct err err;
    case_read_policies(CASES "/update/policies.txt", &policies);
    check_ok(row, update_file(in, "in.yaml", policies.items, policies.len, &result, &err), &err);
    case_report(&result, &report);
    buf_add_span(&got, result.changed ? buf_span(&result.content) : in);
    for (struct span rest = buf_span(&report), line; span_next(&rest, '\n', &line);)
        buf_addf(&got, "=> %.*s\n", (int)line.len, line.data);
    check_span(row, buf_span(&got), out);
}

static void edits_the_specified_examples(void **state)
{
    (void)state;
    golden_each(CASES "/update/examples.txt", check_example);
}

static void reads_markers(void **state)
{
    (void)state;
    static const struct {
        const char *comment;
        const char *want; /* namespace, policy, part; or what is wrong */
    } rows[] = {
        {"# {\"$imagepolicy\": \"apps:web\"}", "apps web 0"},
        {"###{\"$imagepolicy\":\"apps:web:tag\"}", "apps web 1"},
        {"# {\"imagepolicy\": \"apps:web:name\"}", "apps web 2"},
        {"#\t{\"a\": null, \"$imagepolicy\": \"apps:web:digest\"}\t", "apps web 3"},
        {"# {\"imagepolicy\": \"a:b\", \"$imagepolicy\": \"c:d\"}", "c d 0"},
        {"# {\"$imagepolicy\": \"a:b\", \"$imagepolicy\": \"c:d\"}", "c d 0"},
        {"# {\"$imagepolicy\": \"\\u0061:b\"}", "a b 0"},
        {"# {\"$imagepolicy\": \"a:b\"} x", "the comment is not one JSON object"},
        {"# [\"$imagepolicy\"]", "the comment is not one JSON object"},
        {"# {\"$imagepolicy\": \"a:b\\u0000\"}", "the comment is not one JSON object"},
        {"# {\"$imagepolicy\": \"a:b\", \"x\": true}", "a value in it is not a text"},
        {"# {\"x\": \"$imagepolicy\"}", "it has no key '$imagepolicy'"},
        {"# {\"$imagepolicy\": \"a\"}", "its value is not 'namespace:policy'"},
        {"# {\"$imagepolicy\": \"a:\"}", "its value is not 'namespace:policy'"},
        {"# {\"$imagepolicy\": \":b\"}", "its value is not 'namespace:policy'"},
        {"# {\"$imagepolicy\": null}", "its value is not 'namespace:policy'"},
        {"# {\"$imagepolicy\": \"a::tag\"}", "its value is not 'namespace:policy'"},
        {"# {\"$imagepolicy\": \"a:b:\"}",
         "the part behind the policy is not 'tag', 'name' or 'digest'"},
        {"# {\"$imagepolicy\": \"a:b:Tag\"}",
         "the part behind the policy is not 'tag', 'name' or 'digest'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(marker_finish) struct marker marker = MARKER_INIT;
        CLEANUP(buf_finish) struct buf got = BUF_INIT(1000);
        const char *why;
        if (marker_parse(span_of(rows[i].comment), &marker, &why))
            buf_addf(&got, "%s %s %d", marker.namespace, marker.policy, (int)marker.part);
        else
            buf_adds(&got, why);
        check_text(rows[i].comment, buf_text(&got), rows[i].want);
    }
}

static void bounds_markers(void **state)
{
    (void)state;
    for (size_t over = 0; over <= 1; over++) {
        CLEANUP(marker_finish) struct marker marker = MARKER_INIT;
        CLEANUP(buf_finish) struct buf comment = BUF_INIT(2 * MARKER_TEXT_MAX);
        const char *why;
        buf_adds(&comment, "#{\"$imagepolicy\": \"a:b\"}");
        while (comment.len < 1 + MARKER_TEXT_MAX + over)
            buf_addc(&comment, ' ');
        check_int("read", marker_parse(buf_span(&comment), &marker, &why), !over);
        check_text("why", why, over ? "the comment is too long" : NULL);
    }
}

static void finds_markers(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        ptrdiff_t want;
    } rows[] = {
        {SPAN_LITERAL(""), -1},
        {SPAN_LITERAL("imagepolicy"), -1},
        {SPAN_LITERAL("imagepolicy\""), 0},
        {SPAN_LITERAL("{'$imagepolicy'"), 3},
        {SPAN_LITERAL("imagepolicy: imagepolicies \"imagepolicy\""), 28},
        {SPAN_LITERAL("ImagePolicy\""), -1},
        {SPAN_LITERAL("a\0imagepolicy\""), 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check_int(rows[i].text.data, marker_find(rows[i].text, 0), rows[i].want);
        check_int(rows[i].text.data, update_may_have_marker(rows[i].text), rows[i].want >= 0);
    }
    check_int("behind", marker_find(SPAN_LITERAL("imagepolicy\" imagepolicy'"), 1), 13);
}

static void knows_manifests_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool want;
    } rows[] = {
        {"a.yaml", true},          {"a.yml", true},
        {".yaml", true},           {"Kustomization", true},
        {"b/Kustomization", true}, {"b/a.yaml", true},
        {"a.YAML", false},         {"a.json", false},
        {"a.yaml.tpl", false},     {"kustomization", false},
        {"xKustomization", false}, {"Kustomization/a", false},
        {"yaml", false},           {"", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_int(rows[i].name, update_is_manifest_name(rows[i].name), rows[i].want);
}

static void cleans_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *want; /* NULL: refused */
    } rows[] = {
        {"", ""},
        {".", ""},
        {"/", ""},
        {"./", ""},
        {"a", "a"},
        {"a/", "a"},
        {"/a", "a"},
        {"./a/b", "a/b"},
        {"a//b", "a/b"},
        {"a/./b/.", "a/b"},
        {"a/../b", "b"},
        {"a/b/../../c", "c"},
        {"a/..", ""},
        {"..", NULL},
        {"/..", NULL},
        {"a/../..", NULL},
        {"../a", NULL},
        {"a/../../a", NULL},
        {"...", "..."},
        {"..a/b..", "..a/b.."},
        {"a b/\xc3\xa9", "a b/\xc3\xa9"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(mem_freep) char *clean = NULL;
        struct err err;
        int answer = update_path_clean(rows[i].path, &clean, &err);
        CLEANUP(mem_freep)
        char *why = str_printf("update path '%s' leaves the repository", rows[i].path);
        if (rows[i].want)
            check_text(rows[i].path, clean, rows[i].want);
        else
            check_fails(rows[i].path, answer, &err, ERR_INVALID, why);
    }
}

static void bounds_paths(void **state)
{
    (void)state;
    char path[UPDATE_PATH_MAX + 2];
    memset(path, 'a', sizeof(path));
    path[UPDATE_PATH_MAX + 1] = '\0';
    CLEANUP(mem_freep) char *clean = NULL;
    struct err err;
    check_fails("over", update_path_clean(path, &clean, &err), &err, ERR_INVALID,
                "update path is longer than 4096 bytes");
    path[UPDATE_PATH_MAX] = '\0';
    check_ok("most", update_path_clean(path, &clean, &err), &err);
    check_text("most", clean, path);
}

static void check_refused(const char *row, struct update_policy policy, const char *marker,
                          const char *want)
{
    CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
    CLEANUP(mem_freep) char *file = str_printf("a: x # {\"$imagepolicy\": \"%s\"}\n", marker);
    struct err err;
    int answer = update_file(span_of(file), "in.yaml", &policy, 1, &result, &err);
    if (want)
        check_fails(row, answer, &err, ERR_INVALID, want);
    else
        check_ok(row, answer, &err);
}

static void refuses_values_that_are_no_text(void **state)
{
    (void)state;
    static const char bad[] = "value of policy 'a/b' is longer than 4096 bytes or not printable";
    static const struct {
        const char *image, *tag, *digest, *marker, *want;
    } rows[] = {
        {"i", "t", NULL, "a:b", NULL},
        {"", "t", NULL, "a:b", "policy 'a/b' has no image"},
        {"", "t", NULL, "a:b:tag", NULL},
        {"i", NULL, NULL, "a:b", "policy 'a/b' has no tag"},
        {"i", "", NULL, "a:b:tag", "policy 'a/b' has no tag"},
        {"i", "", NULL, "a:b:name", NULL},
        {"i", "a\nb", NULL, "a:b:tag", bad},
        {"i",
         "a\xe2\x80\xa8"
         "b",
         NULL, "a:b:tag", bad},
        {"i", "a\xff", NULL, "a:b:tag", bad},
        {"i", "a\x1b[0m", NULL, "a:b", bad},
        {"i", "t", "d\x7f", "a:b", bad},
        {"i", "t", "d\x7f", "a:b:tag", NULL},
        {"i", "\xc3\xa9: # \"'\\", NULL, "a:b:tag", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        check_refused(rows[i].marker,
                      (struct update_policy){"a", "b", rows[i].image, rows[i].tag, rows[i].digest},
                      rows[i].marker, rows[i].want);
    for (size_t over = 0; over <= 1; over++) {
        CLEANUP(buf_finish) struct buf tag = BUF_INIT(2 * UPDATE_VALUE_MAX);
        while (tag.len < UPDATE_VALUE_MAX + over)
            buf_addc(&tag, 't');
        check_refused("length", (struct update_policy){"a", "b", "i", buf_text(&tag), NULL},
                      "a:b:tag", over ? bad : NULL);
    }
}

/* Any text can be written, in any style, and reads back (update_file() checks
 * that itself); a second run finds nothing to do. */
static void writes_any_text_in_any_style(void **state)
{
    (void)state;
    static const char *const values[] = {
        "x",   "a: b", "a #b",       "- a",      "'a'", "\"a\"", "\\a", " a",  "a ",
        "#",   "[a]",  "{a}",        "a,b",      "*a",  "&a",    "!a",  "|",   ">",
        "%",   "@",    "`",          "?",        ":",   "-",     "---", "...", "~",
        "yes", "1.10", "2024-01-31", "\xc3\xa9", "a:b", "<<",    "=",
    };
    static const struct {
        const char *form, *old;
    } forms[] = {
        {"a: x # %s\n", "x"},
        {"a: 'x' # %s\n", "x"},
        {"a: \"x\" # %s\n", "x"},
        {"a: | # %s\n  x\n", "x\n"},
        {"a: >2+ # %s\n  x\n\n", "x\n\n"},
        {"- x # %s\n", "x"},
        {"[x, # %s\n]\n", "x"},
        {"{a: x # %s\n}\n", "x"},
        {"a: !!str x # %s\n", "x"},
        {"a: !t x # %s\n", "x"},
        {"a: &b x # %s\n", "x"},
        {"a: 1 # %s\n", "1"},
        {"a: x y\n  z # %s\n", "x y z"},
    };
    for (size_t i = 0; i < ARRAY_LEN(values) * ARRAY_LEN(forms); i++) {
        const char *value = values[i / ARRAY_LEN(forms)];
        const char *form = forms[i % ARRAY_LEN(forms)].form;
        const char *old = forms[i % ARRAY_LEN(forms)].old;
        const char *at = strchr(form, '%');
        struct update_policy policy = {"a", "b", "i", value, NULL};
        CLEANUP(mem_freep)
        char *file =
            str_printf("%.*s{\"$imagepolicy\": \"a:b:tag\"}%s", (int)(at - form), form, at + 2);
        CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
        CLEANUP(update_result_finish) struct update_result again = UPDATE_RESULT_INIT;
        struct err err;
        check_ok(file, update_file(span_of(file), value, &policy, 1, &result, &err), &err);
        bool is_impossible = value[0] == ' ' && strchr("|>", form[3]);
        check_int(file, result.notice_count, is_impossible);
        check_int(file, result.change_count, strcmp(value, old) != 0 && !is_impossible);
        if (!result.changed)
            continue;
        check_text(file, result.changes[0].new_value, value);
        check_ok(file, update_file(buf_span(&result.content), value, &policy, 1, &again, &err),
                 &err);
        check_int(buf_text(&result.content), again.change_count, 0);
    }
}

static void bounds_notices(void **state)
{
    (void)state;
    CLEANUP(buf_finish) struct buf file = BUF_INIT(UPDATE_FILE_MAX);
    struct err err;
    for (size_t i = 0; i < UPDATE_NOTICES_MAX; i++)
        buf_adds(&file, "# imagepolicy\"\n");
    for (size_t over = 0; over <= 1; over++) {
        CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
        check_ok("notices", update_file(buf_span(&file), "f", NULL, 0, &result, &err), &err);
        check_int("notices", result.notice_count, UPDATE_NOTICES_MAX);
        check_int("left out", result.notices_left_out, over);
        buf_adds(&file, "# imagepolicy\"\n");
    }
}

static void holds_its_limits(void **state)
{
    (void)state;
    static const char field[] = "- x # {\"$imagepolicy\": \"a:b:tag\"}\n";
    const struct update_policy policy = {"a", "b", "i", "longer", NULL};
    const struct update_policy same_length = {"a", "b", "i", "z", NULL};
    CLEANUP(buf_finish) struct buf file = BUF_INIT(UPDATE_FILE_MAX + 1);
    struct err err;
    for (size_t i = 0; i < UPDATE_MARKERS_MAX; i++)
        buf_adds(&file, field);
    for (size_t over = 0; over <= 1; over++) {
        CLEANUP(update_result_finish) struct update_result result = UPDATE_RESULT_INIT;
        check_ok("markers", update_file(buf_span(&file), "f", &policy, 1, &result, &err), &err);
        check_int("changes", result.change_count, UPDATE_MARKERS_MAX);
        check_int("notices", result.notice_count, over);
        buf_adds(&file, field);
    }
    buf_clear(&file);
    buf_adds(&file, field);
    while (file.len < UPDATE_FILE_MAX)
        buf_addc(&file, '#');
    CLEANUP(update_result_finish) struct update_result most = UPDATE_RESULT_INIT;
    CLEANUP(update_result_finish) struct update_result grown = UPDATE_RESULT_INIT;
    CLEANUP(update_result_finish) struct update_result over = UPDATE_RESULT_INIT;
    check_ok("most", update_file(buf_span(&file), "f", &same_length, 1, &most, &err), &err);
    check_int("most", most.change_count, 1);
    /* What cannot be read again is not handed out. */
    check_fails("grown", update_file(buf_span(&file), "f", &policy, 1, &grown, &err), &err,
                ERR_INTERNAL,
                "f:1: the edited file does not read back as it should: YAML text is longer than "
                "8388608 bytes");
    buf_addc(&file, '#');
    check_ok("over", update_file(buf_span(&file), "f", &policy, 1, &over, &err), &err);
    check_int("over", over.changed, false);
    check_text("over", over.notices[0].text, "file is longer than 8388608 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_golden_folders),
        cmocka_unit_test(edits_the_specified_examples),
        cmocka_unit_test(reads_markers),
        cmocka_unit_test(bounds_markers),
        cmocka_unit_test(finds_markers),
        cmocka_unit_test(knows_manifests_by_name),
        cmocka_unit_test(cleans_paths),
        cmocka_unit_test(bounds_paths),
        cmocka_unit_test(refuses_values_that_are_no_text),
        cmocka_unit_test(writes_any_text_in_any_style),
        cmocka_unit_test(bounds_notices),
        cmocka_unit_test(holds_its_limits),
    };
    return test_main("update", tests);
}
