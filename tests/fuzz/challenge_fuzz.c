/* Reading challenges ends, and a challenge written anew reads back the same. */
#include <string.h>

#include "fuzz.h"

#include "base/mem.h"
#include "registry/challenge.h"

static void write_challenge(const struct challenge *challenge, struct buf *text)
{
    const char *separator = "Bearer ";
    strmap_foreach (entry, &challenge->params) {
        buf_addf(text, "%s%s=\"", separator, entry->key);
        for (const char *c = entry->value; *c; c++) {
            if (*c == '"' || *c == '\\')
                buf_addc(text, '\\');
            buf_addc(text, *c);
        }
        buf_addc(text, '"');
        separator = ", ";
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(challenge_finish) struct challenge challenge = CHALLENGE_INIT;
    struct span rest = {(const char *)data, size};
    for (size_t before = size + 1; challenge_next(&rest, &challenge); before = rest.len) {
        FUZZ_ASSERT(rest.len < before);
        FUZZ_ASSERT(challenge.params.len <= CHALLENGE_PARAMS_MAX);
        CLEANUP(challenge_finish) struct challenge again = CHALLENGE_INIT;
        CLEANUP(buf_finish) struct buf text = BUF_INIT(4 * size + 100);
        write_challenge(&challenge, &text);
        struct span written = buf_span(&text);
        if (challenge.params.len == 0)
            continue;
        FUZZ_ASSERT(challenge_next(&written, &again) && written.len == 0);
        FUZZ_ASSERT(again.scheme == CHALLENGE_BEARER);
        FUZZ_ASSERT(strmap_equal(&challenge.params, &again.params));
    }
    return 0;
}
