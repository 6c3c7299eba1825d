/* The canonical name of a reference is a reference to the same thing, and its
 * own canonical name. */
#include "fuzz.h"

#include <string.h>

#include "base/imageref.h"
#include "base/mem.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(mem_freep) char *text = mem_dup(data, size);
    CLEANUP(imageref_finish) struct imageref ref = IMAGEREF_INIT;
    CLEANUP(imageref_finish) struct imageref again = IMAGEREF_INIT;
    if (imageref_parse(text, &ref, NULL) != 0)
        return 0;
    /* "library/" may lengthen a name beyond what is legal. */
    if (strlen(ref.repository) > IMAGEREF_REPOSITORY_MAX)
        return 0;
    CLEANUP(mem_freep) char *name = imageref_name(&ref);
    FUZZ_ASSERT(imageref_parse(name, &again, NULL) == 0);
    FUZZ_ASSERT(str_equal(ref.registry, again.registry));
    FUZZ_ASSERT(str_equal(ref.repository, again.repository));
    FUZZ_ASSERT(str_equal(ref.tag, again.tag));
    FUZZ_ASSERT(str_equal(ref.digest, again.digest));
    CLEANUP(mem_freep) char *name_again = imageref_name(&again);
    FUZZ_ASSERT(str_equal(name, name_again));
    return 0;
}
