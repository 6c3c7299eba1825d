/* A number that reads, read again from 17 of its digits, is the same number. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value, again;
    char text[64];
    if (number_parse_float((struct span){(const char *)data, size}, &value, NULL) != 0)
        return 0;
    if (isnan(value))
        return 0;
    snprintf(text, sizeof(text), "%.17g", value);
    FUZZ_ASSERT(number_parse_float(span_of(text), &again, NULL) == 0);
    FUZZ_ASSERT(memcmp(&value, &again, sizeof(value)) == 0);
    return 0;
}
