/* What json_parse() accepts, json_print() writes so that it reads back the same. */
#include "fuzz.h"

#include "adapt/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(json_freep) struct json *value = NULL;
    CLEANUP(json_freep) struct json *again = NULL;
    if (json_parse((struct span){(const char *)data, size}, &value, NULL) != 0)
        return 0;
    CLEANUP(buf_finish) struct buf text = BUF_INIT(16 * size + 1024);
    json_print(value, JSON_STYLE_SORTED, &text);
    FUZZ_ASSERT(json_parse(buf_span(&text), &again, NULL) == 0);
    FUZZ_ASSERT(json_same(value, again));
    return 0;
}
