/* A template renders to the same text, or the same error, each time; within
 * its budget; and to nothing at all if it fails. */
#include "fuzz.h"

#include "adapt/json.h"
#include "template/data.h"
#include "template/template.h"
#include "template/value.h"

static const char some_data[] =
    "{\"s\":\"text\",\"n\":3,\"f\":1.5,\"nil\":null,\"l\":[1,\"a\",null,[2]],"
    "\"m\":{\"x\":1,\"y\":{\"z\":\"deep\"}},\"e\":\"\"}";

static const struct template_change changes[] = {
    {.file = "b.yaml",
     .api_version = "apps/v1",
     .kind = "Deployment",
     .name = "web",
     .namespace = "shop",
     .old_value = "reg/web:1",
     .new_value = "reg/web:2",
     .setter = "flux:web",
     .policy_namespace = "flux",
     .policy_name = "web",
     .image = "reg/web:2"},
    {.file = "a.yaml",
     .api_version = "",
     .kind = "",
     .name = "",
     .namespace = "",
     .old_value = "x",
     .new_value = "nginx",
     .setter = "flux:db:name",
     .policy_namespace = "flux",
     .policy_name = "db",
     .image = "nginx"},
};

static struct template_data *new_data(bool commit)
{
    struct template_data *data = NULL;
    CLEANUP(json_freep) struct json *json = NULL;
    const struct template_commit input = {.automation_namespace = "flux",
                                          .automation_name = "auto",
                                          .changes = changes,
                                          .n_changes = ARRAY_LEN(changes)};
    if (commit) {
        FUZZ_ASSERT(template_data_new_commit(&input, &data, NULL) == 0);
        return data;
    }
    FUZZ_ASSERT(json_parse(span_of(some_data), &json, NULL) == 0);
    return template_data_new_json(json);
}

static int render(const struct template *template, bool commit, struct buf *out, struct err *err)
{
    CLEANUP(template_data_freep) struct template_data *data = new_data(commit);
    size_t before = data->budget.arena.used;
    int answer = template_render(template, data, out, err);
    FUZZ_ASSERT(data->budget.arena.used - before <= BUDGET_MEMORY_MAX);
    FUZZ_ASSERT(data->budget.steps <= BUDGET_STEPS_MAX);
    return answer;
}

/* The first byte chooses the data. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(template_freep) struct template *template = NULL;
    CLEANUP(buf_finish) struct buf first = BUF_INIT(2 * TEMPLATE_OUTPUT_MAX);
    CLEANUP(buf_finish) struct buf second = BUF_INIT(2 * TEMPLATE_OUTPUT_MAX);
    struct err one = {0}, other = {0};
    if (size == 0)
        return 0;
    bool commit = data[0] & 1;
    if (template_parse("fuzz", (struct span){(const char *)data + 1, size - 1}, &template, NULL) !=
        0)
        return 0;
    int answer = render(template, commit, &first, &one);
    FUZZ_ASSERT(answer == 0 || (first.len == 0 && one.class == ERR_INVALID));
    FUZZ_ASSERT(first.len <= TEMPLATE_OUTPUT_MAX);
    FUZZ_ASSERT(render(template, commit, &second, &other) == answer);
    FUZZ_ASSERT(span_equal(buf_span(&first), buf_span(&second)));
    FUZZ_ASSERT(span_is(span_of(one.text), other.text));
    return 0;
}
