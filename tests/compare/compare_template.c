/* Templates, against Go's text/template and Sprig. */
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/str.h"
#include "base/strmap.h"
#include "compare/compare.h"
#include "compare/template_questions.h"
#include "template/data.h"
#include "template/template.h"

enum {
    FILE_MAX = 1024 * 1024,
};

/* What the oracle takes too when a question brings nothing of its own: the
 * commit of template.message and the dot of template.render. */
static struct json *a_commit;
static struct json *some_data;

/* The JSON value of the argument NAME, if there is one. */
static int parse_arg(const struct json *args, const char *name, struct json **ret, struct err *err)
{
    struct span text = json_span(json_member(args, name));
    return text.len != 0 ? json_parse(text, ret, err) : 0;
}

static const char *text_of(const struct json *object, const char *key)
{
    const char *text = json_member_text(object, key);
    return text ? text : "";
}

static struct template_change *read_changes(const struct json *list)
{
    struct template_change *changes = mem_calloc(json_count(list), sizeof(*changes));
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *change = json_at(list, i);
        changes[i] = (struct template_change){
            .file = text_of(change, "file"),
            .api_version = text_of(change, "apiVersion"),
            .kind = text_of(change, "kind"),
            .name = text_of(change, "name"),
            .namespace = text_of(change, "namespace"),
            .old_value = text_of(change, "old"),
            .new_value = text_of(change, "new"),
            .setter = text_of(change, "setter"),
            .policy_namespace = text_of(change, "policyNamespace"),
            .policy_name = text_of(change, "policyName"),
            .image = text_of(change, "image"),
        };
    }
    return changes;
}

static int render(const struct json *args, struct template_data *data, struct json **ret,
                  struct err *err)
{
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(TEMPLATE_OUTPUT_MAX);
    if (template_parse("commit message", json_span(json_member(args, "template")), &template,
                       err) != 0 ||
        template_render(template, data, &text, err) != 0)
        return -1;
    CLEANUP(buf_finish) struct buf shown = BUF_INIT(3 * TEMPLATE_OUTPUT_MAX);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\0')
            buf_adds(&shown, "\u2400"); /* JSON here has no NUL; the oracle does the same */
        else
            buf_addc(&shown, text.data[i]);
    }
    *ret = json_new_span(buf_span(&shown));
    return 0;
}

static int answer_render(const struct json *args, struct json **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *json = NULL;
    if (parse_arg(args, "data", &json, err) != 0)
        return -1;
    CLEANUP(template_data_freep)
    struct template_data *data = template_data_new_json(json ? json : some_data);
    return render(args, data, ret, err);
}

static int answer_message(const struct json *args, struct json **ret, struct err *err)
{
    CLEANUP(json_freep) struct json *json = NULL;
    CLEANUP(strmap_finish) struct strmap values = STRMAP_INIT;
    CLEANUP(template_data_freep) struct template_data *data = NULL;
    if (parse_arg(args, "commit", &json, err) != 0)
        return -1;
    const struct json *commit = json ? json : a_commit;
    json_foreach_member (key, value, json_member(commit, "values"))
        strmap_set(&values, key, json_text(value));
    CLEANUP(mem_freep)
    struct template_change *changes = read_changes(json_member(commit, "changes"));
    const struct template_commit input = {
        .automation_namespace = text_of(commit, "namespace"),
        .automation_name = text_of(commit, "name"),
        .changes = changes,
        .n_changes = json_count(json_member(commit, "changes")),
        .values = &values,
    };
    if (template_data_new_commit(&input, &data, err) != 0)
        return -1;
    return render(args, data, ret, err);
}

/* Behind a list's end Go may have hidden elements, which slicing shows
 * (differences.txt). */
static bool agree(const struct json *ours, const struct json *theirs)
{
    const char *error = json_member_text(ours, "error");
    return json_same(ours, theirs) ||
           (error && str_ends_with(error, "reflect.Value.Slice: slice index out of bounds"));
}

static bool is_limit(const char *error)
{
    return strstr(error, " is longer than ") || strstr(error, "template needs more than ");
}

static int read_default(const char *tests, const char *name, struct json **ret)
{
    CLEANUP(mem_freep) char *path = str_printf("%s/oracle/%s", tests, name);
    CLEANUP(buf_finish) struct buf text = BUF_INIT(FILE_MAX);
    struct err err;
    if (file_read(path, &text, &err) == 0 && json_parse(buf_span(&text), ret, &err) == 0)
        return 0;
    printf("Bail out! %s\n", err.text);
    return -1;
}

int main(int argc, char **argv)
{
    static const struct compare_op ops[] = {
        {"template.render", answer_render, agree, is_limit},
        {"template.message", answer_message, agree, is_limit},
    };
    static const char *const files[] = {
        "template/builtins.txt", "template/case.txt",        "template/dates.txt",
        "template/dicts.txt",    "template/differences.txt", "template/encoding.txt",
        "template/json.txt",     "template/language.txt",    "template/lists.txt",
        "template/message.txt",  "template/numbers.txt",     "template/paths.txt",
        "template/printf.txt",   "template/refused.txt",     "template/regexps.txt",
        "template/split.txt",    "template/strings.txt",     "template/types.txt",
        "template/urls.txt",     "template/versions.txt"};
    static const struct compare_questions questions[] = {
        {"template.render", 9000, template_roll_call, "golden/template-calls.txt"},
        {"template.render", 5000, template_roll_printf, "golden/template-printf.txt"},
        {"template.render", 3000, template_roll_language, "golden/template-language.txt"},
        {"template.message", 2000, template_roll_message, "golden/template-message.txt"},
        {"template.render", 4000, template_roll_spoiled, "golden/template-spoiled.txt"},
    };
    static const struct compare compare = COMPARE(ops, files, questions);
    if (argc > 1 && (read_default(argv[1], "commit.json", &a_commit) != 0 ||
                     read_default(argv[1], "data.json", &some_data) != 0))
        return 1;
    int answer = compare_main(argc, argv, &compare);
    json_free(a_commit);
    json_free(some_data);
    return answer;
}
