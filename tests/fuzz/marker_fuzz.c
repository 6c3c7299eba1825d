/*
 * A marker that reads has a setter that says what it says, and reads the same
 * when it is written again in the plainest form.
 */
#include "fuzz.h"

#include <string.h>

#include "adapt/json.h"
#include "base/str.h"
#include "update/marker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const parts[] = {"", ":tag", ":name", ":digest"};
    CLEANUP(marker_finish) struct marker marker = MARKER_INIT;
    CLEANUP(marker_finish) struct marker again = MARKER_INIT;
    const char *why;
    if (!marker_parse((struct span){(const char *)data, size}, &marker, &why)) {
        FUZZ_ASSERT(*why != '\0' && !marker.setter);
        return 0;
    }
    CLEANUP(mem_freep)
    char *setter = str_printf("%s:%s%s", marker.namespace, marker.policy, parts[marker.part]);
    FUZZ_ASSERT(strcmp(setter, marker.setter) == 0);

    CLEANUP(json_freep) struct json *object = json_new_object();
    CLEANUP(buf_finish) struct buf plain = BUF_INIT(16 * size + 64);
    json_put_text(object, "$imagepolicy", setter);
    buf_adds(&plain, "# ");
    json_print(object, JSON_STYLE_COMPACT, &plain);
    FUZZ_ASSERT(marker_find(buf_span(&plain), 0) >= 0);
    if (plain.len > MARKER_TEXT_MAX)
        return 0;
    FUZZ_ASSERT(marker_parse(buf_span(&plain), &again, &why));
    FUZZ_ASSERT(strcmp(again.setter, setter) == 0);
    return 0;
}
