/* The link that is found lies in the header, between its brackets. */
#include <string.h>

#include "fuzz.h"

#include "base/buf.h"
#include "base/mem.h"
#include "registry/link_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span header = {(const char *)data, size}, reference = {0};
    struct err err;
    int answer = link_header_next(header, &reference, &err);
    if (answer < 0)
        FUZZ_ASSERT(err.class == ERR_INVALID);
    if (answer != 1)
        return 0;
    FUZZ_ASSERT(reference.data > header.data &&
                reference.data + reference.len < header.data + size);
    FUZZ_ASSERT(span_find_byte(reference, '>') < 0);
    /* Alone in a header it is found again. */
    CLEANUP(buf_finish) struct buf alone = BUF_INIT(size + 32);
    buf_addc(&alone, '<');
    buf_add_span(&alone, reference);
    buf_adds(&alone, ">; rel=\"next\"");
    struct span again = {0};
    FUZZ_ASSERT(link_header_next(buf_span(&alone), &again, NULL) == 1);
    FUZZ_ASSERT(span_equal(reference, again));
    return 0;
}
