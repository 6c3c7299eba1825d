#include "kube/parse.h"

#include "adapt/json.h"
#include "base/buf.h"
#include "test.h"

/* What is left of TEXT, printed; NULL: it is no JSON. */
struct parse_case {
    const char *text;
    const char *want;
};

static const struct parse_case cases[] = {
    {"{}", "{}"},
    {"{\"metadata\":{\"name\":\"a\",\"managedFields\":[{\"manager\":\"m\"}]},\"spec\":{}}",
     "{\"metadata\":{\"name\":\"a\"},\"spec\":{}}"},
    {"{\"metadata\":{\"managedFields\":[],\"name\":\"a\"}}", "{\"metadata\":{\"name\":\"a\"}}"},
    {"{\"metadata\":{\"managedFields\":[[],[1]]}}", "{\"metadata\":{}}"},
    /* Brackets and quotes in strings are no brackets and quotes. */
    {"{\"managedFields\":[\"]\\\"]\\\\\",{\"a\":\"[\"}],\"b\":1}", "{\"b\":1}"},
    {"{\"a\":\"x,\\\"managedFields\\\":[1]\"}", "{\"a\":\"x,\\\"managedFields\\\":[1]\"}"},
    /* Each one of a list. */
    {"{\"items\":[{\"a\":1,\"managedFields\":[1]},{\"a\":2,\"managedFields\":[2,[3]]}]}",
     "{\"items\":[{\"a\":1},{\"a\":2}]}"},
    /* No array, or another form: it stays, and does no harm. */
    {"{\"managedFields\":null}", "{\"managedFields\":null}"},
    {"{\"managedFields\": [1]}", "{\"managedFields\":[1]}"},
    {"{\"unmanagedFields\":[1]}", "{\"unmanagedFields\":[1]}"},
    /* The end of a stranger's name. */
    {"{\"a,\\\"managedFields\":[1]}", "{\"a,\\\"managedFields\":[1]}"},
    /* Cut off at any place. */
    {"{\"managedFields\":[", NULL},
    {"{\"managedFields\":[\"a", NULL},
    {"{\"managedFields\":[\"a\\", NULL},
    {"{\"managedFields\":[1]", NULL},
    {"\"managedFields\":[1]", NULL},
    {"", NULL},
};

static void managed_fields_are_passed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CLEANUP(json_freep) struct json *value = NULL;
        CLEANUP(buf_finish) struct buf text = BUF_INIT(1024);
        struct err err;
        int answer = kube_parse(span_of(cases[i].text), &value, &err);
        if (answer == 0)
            json_print(value, JSON_STYLE_COMPACT, &text);
        const char *got = answer == 0 ? buf_text(&text) : "(no JSON)";
        const char *want = cases[i].want ? cases[i].want : "(no JSON)";
        if (strcmp(got, want) != 0)
            fail_msg("%s: got %s, want %s", cases[i].text, got, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(managed_fields_are_passed_over),
    };
    return test_main("kube_parse", tests);
}
