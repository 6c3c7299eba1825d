/* A duration that reads prints as a text that reads as the same duration. */
#include "fuzz.h"

#include "base/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ns, again;
    char text[DURATION_TEXT_SIZE];
    if (duration_parse((struct span){(const char *)data, size}, &ns, NULL) != 0)
        return 0;
    FUZZ_ASSERT(duration_parse(span_of(duration_format(ns, text)), &again, NULL) == 0);
    FUZZ_ASSERT(ns == again);
    return 0;
}
