/* What `create` and `apply` refuse before any run meets it. */
#include "test.h"

#include "api/trial.h"
#include "base/str.h"

#define UPDATE(template)                                                                           \
    "image.toolkit.fluxcd.io", "ImageUpdateAutomation",                                            \
        "{\"git\":{\"commit\":{\"messageTemplateValues\":{\"cluster\":\"prod\"},"                  \
        "\"messageTemplate\":\"" template "\"}}}"
#define POLICY(spec)     "image.toolkit.fluxcd.io", "ImagePolicy", spec
#define REPOSITORY(spec) "image.toolkit.fluxcd.io", "ImageRepository", spec
#define SOURCE(spec)     "source.toolkit.fluxcd.io", "GitRepository", spec

struct row {
    const char *group, *kind, *spec;
    const char *want; /* behind "<kind> flux-system/web: "; NULL: it passes */
};

static struct api_object *object_of(const struct row *row)
{
    CLEANUP(mem_freep)
    char *text = str_printf("{\"apiVersion\":\"%s/v1\",\"kind\":\"%s\","
                            "\"metadata\":{\"name\":\"web\"},\"spec\":%s}",
                            row->group, row->kind, row->spec);
    CLEANUP(json_freep) struct json *json = NULL;
    struct api_object *object = NULL;
    struct err err;
    check_ok(text, json_parse(span_of(text), &json, &err), &err);
    check_ok(text, api_object_from_json(json, "flux-system", &object, &err), &err);
    return object;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CLEANUP(api_object_freep) struct api_object *object = object_of(&rows[i]);
        struct err err;
        int answer = api_try(object, &err);
        if (!rows[i].want) {
            check_ok(rows[i].spec, answer, &err);
            continue;
        }
        CLEANUP(mem_freep)
        char *want = str_printf("%s flux-system/web: %s", rows[i].kind, rows[i].want);
        check_fails(rows[i].spec, answer, &err, ERR_INVALID, want);
    }
}

#define RUN_FAILED "failed to run template from spec: template: commit message:"

static void templates_are_parsed_and_rendered(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {UPDATE(""), NULL},
        {"image.toolkit.fluxcd.io", "ImageUpdateAutomation", "{}", NULL},
        {UPDATE("{{range .Changed.Changes}}{{.OldValue}} -> {{.NewValue}} {{.Setter}}{{end}}"),
         NULL},
        {UPDATE("{{range .Updated.Images}}{{.Name}}{{end}}{{.AutomationObject}}"), NULL},
        {UPDATE("{{range $f, $o := .Changed.FileChanges}}{{range $o, $c := $o}}{{$o.Kind}}{{end}}"
                "{{end}}"),
         NULL},
        {UPDATE("{{.Values.cluster | upper}}{{.Values.nope}}"), NULL},
        {UPDATE("{{.Values.nope | upper}}"), RUN_FAILED
         "1:17: executing \"commit message\" at <upper>: invalid value; expected string"},
        {UPDATE("a\\n{{.Changed.Nope}}"),
         RUN_FAILED "2:10: executing \"commit message\" at <.Changed.Nope>: can't evaluate field "
                    "Nope in type update.Result"},
        {UPDATE("{{now}}"), "unable to create commit message template from spec: template: commit "
                            "message:1: function \"now\" not defined"},
        {UPDATE("\\n{{if true}}"), "unable to create commit message template from spec: template: "
                                   "commit message:2: unexpected EOF"},
        {UPDATE("{{randInt 1 2}}"),
         RUN_FAILED "1:2: executing \"commit message\" at <randInt 1 2>: error calling randInt: "
                    "not allowed in a commit message, which must be repeatable"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

/* Each of these works for some commits only. */
static void templates_may_expect_something_of_the_changes(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {UPDATE("{{range .Changed.Changes}}{{(semver .NewValue).Major}}{{end}}"), NULL},
        {UPDATE("{{if gt (len .Changed.Changes) 1}}{{fail `one at a time`}}{{end}}"), NULL},
        {UPDATE("{{range .Changed.Changes}}{{index (splitList `:` .NewValue) 1}}{{end}}"), NULL},
        {UPDATE("{{index .Changed.Changes 3}}"), NULL},
        {UPDATE(
             "{{range .Changed.Changes}}{{trimPrefix `sha256:` .NewValue | substr 0 64}}{{end}}"),
         NULL},
        {UPDATE("{{range .Changed.Changes}}{{index (splitList `:` .Setter) 2}}{{end}}"), NULL},
        {UPDATE("{{if .Changed.Changes}}{{fail `no`}}{{end}}"),
         RUN_FAILED "1:25: executing \"commit message\" at <fail `no`>: error calling fail: no"},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

#define SEMVER(range) "{\"policy\":{\"semver\":{\"range\":\"" range "\"}}}"
#define FILTER(pattern, extract)                                                                   \
    "{\"policy\":{\"numerical\":{}},\"filterTags\":{\"pattern\":\"" pattern                        \
    "\",\"extract\":\"" extract "\"}}"

static void ranges_and_patterns_are_compiled(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {POLICY(SEMVER("^1.x-0")), NULL},
        {POLICY(SEMVER("1.0 -2.0")), "invalid policy: improper constraint: \"1.0 -2.0\""},
        {POLICY(SEMVER("1x")), "invalid policy: constraint parser error"},
        {POLICY("{\"policy\":{}}"), "invalid policy: given ImagePolicyChoice object is invalid"},
        {POLICY(FILTER("^(?P<n>[0-9]+)$", "$n")), NULL},
        {POLICY(FILTER("a(", "")), "failed to filter tags: invalid regular expression pattern "
                                   "'a(': error parsing regexp: missing closing ): `a(`"},
        {REPOSITORY("{\"exclusionList\":[\"^.*\\\\.sig$\",\"x\"]}"), NULL},
        {REPOSITORY("{\"exclusionList\":[\"x\",\"[a\"]}"),
         "spec.exclusionList[1]: failed to compile regex [a: error parsing regexp: missing closing "
         "]: `[a`"},
        {SOURCE("{\"ref\":{\"semver\":\">=1\"}}"), NULL},
        {SOURCE("{\"ref\":{\"branch\":\"main\"}}"), NULL},
        {SOURCE("{\"ref\":{\"semver\":\">>1\"}}"),
         "spec.ref.semver: semver parse error: improper constraint: \">>1\""},
        {"image.toolkit.fluxcd.io", "ImageUpdateAutomation",
         "{\"git\":{\"checkout\":{\"ref\":{\"semver\":\"!\"}}}}",
         "spec.git.checkout.ref.semver: semver parse error: improper constraint: \"!\""},
    };
    check_rows(rows, ARRAY_LEN(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_are_parsed_and_rendered),
        cmocka_unit_test(templates_may_expect_something_of_the_changes),
        cmocka_unit_test(ranges_and_patterns_are_compiled),
    };
    return test_main("trial", tests);
}
